"""A network with equal weights everywhere: its twin, whose gradient is what the network depends on, and how much.

In the twin every convolution averages, max pools average over the same window, activations and normalisations do
nothing (statistics are left out), sums are means. So no dependence is lost to a negative value or to a pixel that is
not the largest, and the gradient of an output is the influence of each pixel. Padding is kept along the one axis that
is measured; along the others the twin wraps around, so that a thin input loses nothing there either.
"""

from copy import deepcopy
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.activation import Softmax
from torch.nn.modules.activation import __all__ as activation_names

from rfsolve.formats.torch import parts
from rfsolve.formats.torch.building import Merge, Network

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
MAX_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
AVERAGE_POOLS = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
ADAPTIVE_MAX = {
    nn.AdaptiveMaxPool1d: nn.AdaptiveAvgPool1d,
    nn.AdaptiveMaxPool2d: nn.AdaptiveAvgPool2d,
    nn.AdaptiveMaxPool3d: nn.AdaptiveAvgPool3d,
}
POINTWISE = (
    nn.BatchNorm1d,
    nn.BatchNorm2d,
    nn.BatchNorm3d,
    nn.GroupNorm,
    nn.InstanceNorm1d,
    nn.InstanceNorm2d,
    nn.InstanceNorm3d,
    nn.Dropout,
    parts.LayerScale,
    *(getattr(nn, name) for name in activation_names if name not in {"MultiheadAttention", "Softmax"}),
)

_CONVOLVE = (nn.functional.conv1d, nn.functional.conv2d, nn.functional.conv3d)
_TRANSPOSE = (nn.functional.conv_transpose1d, nn.functional.conv_transpose2d, nn.functional.conv_transpose3d)


def evened(network: Network, axis: int) -> Network:
    """Return the twin of a network for one axis, in double precision; the network stays as it is."""
    twin = deepcopy(network).double().eval().requires_grad_(requires_grad=False)
    for module in list(twin.modules()):
        if isinstance(module, Merge):
            module.averages = True
        for name, child in list(module.named_children()):
            if (even := _even(child, axis)) is not None:
                setattr(module, name, even)
    return twin


def _even(module: nn.Module, axis: int) -> nn.Module | None:  # noqa: PLR0911 - one return for each kind of layer
    """The module's place in the twin; None where it stays or has children of its own."""
    if isinstance(module, CONVOLUTIONS):
        return _Mean(module, axis, (module.in_channels, module.out_channels, module.groups))
    if isinstance(module, MAX_POOLS + AVERAGE_POOLS):
        return _Mean(module, axis, None)
    if isinstance(module, TRANSPOSED):
        return _Spread(module, axis)
    if type(module) in ADAPTIVE_MAX:
        return ADAPTIVE_MAX[type(module)](module.output_size)  # type: ignore[index,arg-type]
    if isinstance(module, parts.ChannelNorm | Softmax):
        return _ChannelMean()
    if isinstance(module, POINTWISE):
        return nn.Identity()
    if isinstance(module, parts.FullyConnected):
        return _evened_linear(module)
    if isinstance(module, parts.Pad):
        return _Along(module, axis)
    return None


def _each(value: Any, axes: int) -> tuple[int, ...]:
    """One number for each axis."""
    return tuple(value) if isinstance(value, tuple) else (value,) * axes


def _axes(module: nn.Module) -> int:
    names = [kind.__name__ for kind in type(module).__mro__]
    return next(int(name[-2]) for name in names if name[-1:] == "d" and name[-2:-1].isdigit())


def _pads(module: Any, axes: int) -> list[tuple[int, int]]:
    """(left, right) for each axis."""
    if (own := getattr(module, "pads", None)) is not None:
        return [(own[2 * at], own[2 * at + 1]) for at in reversed(range(axes))]
    return [(padding, padding) for padding in _each(module.padding, axes)]


class _Mean(nn.Module):
    """Averages over a kernel: a convolution with equal weights, or a pool."""

    def __init__(self, module: Any, axis: int, channels: tuple[int, int, int] | None) -> None:
        super().__init__()
        axes = _axes(module)
        self.axis = axis
        self.kernel = _each(module.kernel_size, axes)
        self.stride = _each(module.kernel_size if module.stride is None else module.stride, axes)
        self.dilation = _each(getattr(module, "dilation", 1), axes)
        self.pads = _pads(module, axes)
        self.channels = channels
        self.ceil = bool(getattr(module, "ceil_mode", False))

    def forward(self, x: Tensor) -> Tensor:
        """Pad along the axis, wrap along the others, and average."""
        c_in, c_out, groups = self.channels or (x.shape[1], x.shape[1], x.shape[1])
        for at, (kernel, stride, dilation) in enumerate(zip(self.kernel, self.stride, self.dilation, strict=True)):
            span = dilation * (kernel - 1)
            left, right = self.pads[at]
            if at == self.axis:
                extra = self._extra(x.shape[2 + at], left + right, span, stride)
                x = _zeros(x, 2 + at, left, right + extra)
            else:
                x = _wrapped(x, 2 + at, left, span - left)
        taps = c_in // groups * prod(self.kernel)
        weight = x.new_full((c_out, c_in // groups, *self.kernel), 1 / taps)
        convolve = _CONVOLVE[len(self.kernel) - 1]
        return convolve(x, weight, None, self.stride, 0, self.dilation, groups)

    def _extra(self, size: int, padding: int, span: int, stride: int) -> int:
        """Cells that the last window of a pool in ceil mode lacks."""
        left_over = (size + padding - span - 1) % stride
        return (stride - left_over) % stride if self.ceil else 0


class _Spread(nn.Module):
    """A transposed convolution with equal weights, whose gain is 1 on the mean over its phases."""

    def __init__(self, module: Any, axis: int) -> None:
        super().__init__()
        self.axis = axis
        self.axes = _axes(module)
        self.kernel, self.stride, self.dilation = module.kernel_size, module.stride, module.dilation
        self.padding = _each(module.padding, self.axes)
        self.extra = _each(module.output_padding, self.axes)
        self.channels = (module.in_channels, module.out_channels, module.groups)

    def forward(self, x: Tensor) -> Tensor:
        """Spread, then cut along the axis and fold along the others."""
        c_in, c_out, groups = self.channels
        gain = prod(self.stride) * groups / c_in / prod(self.kernel)
        weight = x.new_full((c_in, c_out // groups, *self.kernel), gain)
        spread = _TRANSPOSE[self.axes - 1](x, weight, None, self.stride, 0, 0, groups, self.dilation)
        for at in range(self.axes):
            if at == self.axis:
                spread = _zeros(spread, 2 + at, -self.padding[at], self.extra[at] - self.padding[at])
            else:
                spread = _folded(spread, 2 + at, x.shape[2 + at] * self.stride[at])
        return spread


class _ChannelMean(nn.Module):
    """Every channel as the mean of all: what mixes the channels of a pixel."""

    def forward(self, x: Tensor) -> Tensor:
        """Average over the channels."""
        return x.mean(1, keepdim=True).expand_as(x)


class _Along(nn.Module):
    """Padding or cutting along one axis alone."""

    def __init__(self, module: parts.Pad, axis: int) -> None:
        super().__init__()
        self.axis = axis
        self.pads = module.pads

    def forward(self, x: Tensor) -> Tensor:
        """Pad or cut."""
        place = 2 * (x.ndim - 3 - self.axis)
        return _zeros(x, 2 + self.axis, self.pads[place], self.pads[place + 1])


def _evened_linear(module: parts.FullyConnected) -> nn.Module:
    nn.init.constant_(module.weight, 1 / module.in_features)
    if module.bias is not None:
        nn.init.zeros_(module.bias)
    return module


def _zeros(x: Tensor, dim: int, left: int, right: int) -> Tensor:
    """Zeros at both ends of a dimension; cells cut where the numbers are negative."""
    return nn.functional.pad(x, [*(0 for _ in range(2 * (x.ndim - 1 - dim))), left, right])


def _wrapped(x: Tensor, dim: int, left: int, right: int) -> Tensor:
    """The other end's cells at both ends of a dimension."""
    size = x.shape[dim]
    return x.index_select(dim, torch.arange(-left, size + right) % size) if left or right else x


def _folded(x: Tensor, dim: int, size: int) -> Tensor:
    """What lies beyond `size` cells added at the beginning."""
    folded = x.new_zeros([size if at == dim else extent for at, extent in enumerate(x.shape)])
    return folded.index_add(dim, torch.arange(x.shape[dim]) % size, x)
