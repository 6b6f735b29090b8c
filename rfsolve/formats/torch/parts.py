"""Modules that torch.nn does not have, and functions that every network needs: whole pieces of generated code.

Source that rfsolve writes holds the text of those that it uses; modules in memory are made of the very same classes.
So they use nothing but torch.
"""

from collections import OrderedDict
from math import prod, sqrt

import torch
from torch import Tensor, nn


class Stage(nn.Sequential):
    """Layers in order, numbered from 1 as in the design."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(OrderedDict((str(number), layer) for number, layer in enumerate(layers, start=1)))


class PaddedConv1d(nn.Conv1d):
    """A convolution with its own number of zeros on each side: `pads` is (left, right)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel_size: int,
        pads: tuple[int, ...],
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, 0, dilation, groups, bias)
        self.pads = pads

    def forward(self, x: Tensor) -> Tensor:
        """Pad, then convolve."""
        return super().forward(nn.functional.pad(x, self.pads))


class PaddedConv2d(nn.Conv2d):
    """A convolution with its own number of zeros on each side: `pads` is (left, right, top, bottom)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel_size: int | tuple[int, int],
        pads: tuple[int, ...],
        stride: int | tuple[int, int] = 1,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, 0, dilation, groups, bias)
        self.pads = pads

    def forward(self, x: Tensor) -> Tensor:
        """Pad, then convolve."""
        return super().forward(nn.functional.pad(x, self.pads))


class PaddedConv3d(nn.Conv3d):
    """A convolution with its own number of zeros on each side: `pads` has a pair for each axis, the last axis first."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel_size: int | tuple[int, int, int],
        pads: tuple[int, ...],
        stride: int | tuple[int, int, int] = 1,
        dilation: int | tuple[int, int, int] = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, 0, dilation, groups, bias)
        self.pads = pads

    def forward(self, x: Tensor) -> Tensor:
        """Pad, then convolve."""
        return super().forward(nn.functional.pad(x, self.pads))


class PaddedMaxPool1d(nn.MaxPool1d):
    """A max pool with its own padding on each side: `pads` has a pair for each axis, the last axis first."""

    def __init__(
        self,
        *,
        kernel_size: int,
        pads: tuple[int, ...],
        stride: int | None = None,
        dilation: int = 1,
    ) -> None:
        super().__init__(kernel_size, stride, 0, dilation)
        self.pads = pads

    def forward(self, x: Tensor) -> Tensor:
        """Pad with what is never the largest, then pool."""
        pooled: Tensor = super().forward(nn.functional.pad(x, self.pads, value=float("-inf")))
        return pooled


class PaddedMaxPool2d(nn.MaxPool2d):
    """A max pool with its own padding on each side: `pads` has a pair for each axis, the last axis first."""

    def __init__(
        self,
        *,
        kernel_size: int | tuple[int, int],
        pads: tuple[int, ...],
        stride: int | tuple[int, int] | None = None,
        dilation: int | tuple[int, int] = 1,
    ) -> None:
        super().__init__(kernel_size, stride, 0, dilation)
        self.pads = pads

    def forward(self, x: Tensor) -> Tensor:
        """Pad with what is never the largest, then pool."""
        pooled: Tensor = super().forward(nn.functional.pad(x, self.pads, value=float("-inf")))
        return pooled


class PaddedMaxPool3d(nn.MaxPool3d):
    """A max pool with its own padding on each side: `pads` has a pair for each axis, the last axis first."""

    def __init__(
        self,
        *,
        kernel_size: int | tuple[int, int, int],
        pads: tuple[int, ...],
        stride: int | tuple[int, int, int] | None = None,
        dilation: int | tuple[int, int, int] = 1,
    ) -> None:
        super().__init__(kernel_size, stride, 0, dilation)
        self.pads = pads

    def forward(self, x: Tensor) -> Tensor:
        """Pad with what is never the largest, then pool."""
        pooled: Tensor = super().forward(nn.functional.pad(x, self.pads, value=float("-inf")))
        return pooled


class Pad(nn.Module):
    """One value on each side: `pads` has a pair for each axis, the last axis first; negative ones cut."""

    def __init__(self, pads: tuple[int, ...], value: float = 0.0) -> None:
        super().__init__()
        self.pads = pads
        self.value = value

    def forward(self, x: Tensor) -> Tensor:
        """Pad or cut."""
        return nn.functional.pad(x, self.pads, value=self.value)


class Slice(nn.Module):
    """Every `step`-th pixel from `start` on, along each axis."""

    def __init__(self, start: tuple[int, ...], step: tuple[int, ...]) -> None:
        super().__init__()
        self.start = start
        self.step = step

    def forward(self, x: Tensor) -> Tensor:
        """Take the pixels."""
        cut = [slice(at, None, by) for at, by in zip(self.start, self.step, strict=True)]
        return x[(slice(None), slice(None), *cut)]


class Flip(nn.Module):
    """Axes mirrored."""

    def __init__(self, axes: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = [axis + 2 for axis in axes]

    def forward(self, x: Tensor) -> Tensor:
        """Mirror."""
        return x.flip(self.dims)


class Roll(nn.Module):
    """Pixels moved along each axis; those that leave at one end come back at the other."""

    def __init__(self, shift: tuple[int, ...]) -> None:
        super().__init__()
        self.shift = shift

    def forward(self, x: Tensor) -> Tensor:
        """Move."""
        return x.roll(self.shift, tuple(range(2, x.ndim)))


class ChannelSlice(nn.Module):
    """The channels from `start` up to, not including, `stop`."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__()
        self.start = start
        self.stop = stop

    def forward(self, x: Tensor) -> Tensor:
        """Take the channels."""
        return x[:, self.start : self.stop]


class LayerScale(nn.Module):
    """A learned factor for each channel (Touvron et al., ICCV 2021)."""

    def __init__(self, channels: int, initial: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), initial))

    def forward(self, x: Tensor) -> Tensor:
        """Scale."""
        return x * self.weight.view(-1, *(1 for _ in x.shape[2:]))


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each pixel (Liu et al., CVPR 2022)."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise each pixel."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class FullyConnected(nn.Linear):
    """A fully connected layer over all pixels; its output keeps the axes, with size 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Flatten, and connect."""
        return super().forward(x.flatten(1)).reshape(len(x), -1, *(1 for _ in x.shape[2:]))


class Flatten(nn.Module):
    """All pixels as channels; the axes keep size 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Flatten."""
        return x.reshape(len(x), -1, *(1 for _ in x.shape[2:]))


def cut_to_smallest(*branches: Tensor) -> list[Tensor]:
    """Return the branches cut at the right and at the bottom to the smallest of them.

    Up-sampling makes a multiple of its factor, so that a branch can be larger than the one it meets.
    """
    sizes = [min(extents) for extents in zip(*(branch.shape[2:] for branch in branches), strict=True)]
    whole = slice(None)
    return [branch[(whole, whole, *(slice(size) for size in sizes))] for branch in branches]


def cut_and_add(*branches: Tensor) -> Tensor:
    """Return the sum of the branches, cut to the smallest of them."""
    total, *others = cut_to_smallest(*branches)
    for other in others:
        total = total + other
    return total


def cut_and_multiply(*branches: Tensor) -> Tensor:
    """Return the product of the branches, cut to the smallest of them."""
    product, *others = cut_to_smallest(*branches)
    for other in others:
        product = product * other
    return product


def share_weights(network: nn.Module, path: str, owner: str) -> None:
    """Give the module at `path` the very parameters of the module at `owner`."""
    module = network.get_submodule(path)
    for name, parameter in network.get_submodule(owner).named_parameters():
        parent, _, leaf = name.rpartition(".")
        setattr(module.get_submodule(parent), leaf, parameter)


def initialise(network: nn.Module) -> None:
    """Draw weights from normal distributions of variance 2 / inputs (He et al., ICCV 2015); biases are 0.

    Normalisations keep scale 1 and shift 0, as torch makes them.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear):
            inputs = float(module.weight[0].numel())
        elif isinstance(module, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d):
            inputs = module.in_channels // module.groups * prod(module.kernel_size) / prod(module.stride)
        else:
            continue
        nn.init.normal_(module.weight, std=sqrt(2 / inputs))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
