"""Channels and pixels that change places: shuffles, splits, focus, space to depth, flips, rolls, in-place writes."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import nn

from tests.imports.merging import conv
from tests.imports.table import network


@network(3, 40, 40, output=(11, 11))
class ChannelShuffleUnit(nn.Module):
    """ShuffleNet's unit: split, depthwise, concatenate, shuffle by reshape and transpose."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.deep = (
            conv(3, 8),
            nn.Sequential(nn.Conv2d(4, 4, 1), conv(4, 4, 3, groups=4), nn.Conv2d(4, 4, 1)),
        )
        self.last = conv(8, 8, 3, groups=2)

    @staticmethod
    def shuffle(x: Any) -> Any:
        """Two groups."""
        batch, channels, height, width = x.size()
        x = x.view(batch, 2, channels // 2, height, width)
        return torch.transpose(x, 1, 2).contiguous().view(batch, -1, height, width)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        for _ in range(3):
            kept, worked = x.chunk(2, dim=1)
            x = self.shuffle(torch.cat([kept, self.deep(worked)], 1))
        return self.last(x)


@network(3, 30, 30, output=(9, 9))
class SplitChannels(nn.Module):
    """Res2Net's hierarchy of a split, of which no two parts see the same."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.parts = conv(3, 8), nn.ModuleList([conv(2, 2) for _ in range(3)])

    def forward(self, x: Any) -> Any:
        pieces = torch.split(self.stem(x), 2, 1)
        found = [pieces[0]]
        for part, piece in zip(self.parts, pieces[1:], strict=True):
            found.append(F.relu(part(piece if len(found) == 1 else piece + found[-1])))
        return torch.cat(found, 1)


@network(3, 30, 30)
class SelectedChannels(nn.Module):
    """Only some channels are used, by slice, index and narrow; what the others see does not count."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = conv(3, 4, 9), conv(3, 4)
        self.register_buffer("chosen", torch.tensor([4, 6, 7]))

    def forward(self, x: Any) -> Any:
        both = torch.cat([self.a(x), self.b(x)], 1)
        return both[:, 4:], both.index_select(1, self.chosen), both.narrow(1, 0, 2), both[:, 5:6] * both[:, 4:5]


@network(3, 32, 32, output=(6, 6))
class Focus(nn.Module):
    """YOLO's slicing of every second pixel into channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv(12, 4)

    def forward(self, x: Any) -> Any:
        parts = [x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]]
        return self.conv(torch.cat(parts, 1))


@network(3, 32, 24, output=(4, 4))
class SpaceToDepth(nn.Module):
    """By view and permute; then back by permute and reshape."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.back = nn.Conv2d(48, 16, 1), nn.Conv2d(16, 4, 1)

    def forward(self, x: Any) -> Any:
        n, c, h, w = x.shape
        x = x.view(n, c, h // 4, 4, w // 4, 4).permute(0, 3, 5, 1, 2, 4).reshape(n, c * 16, h // 4, w // 4)
        x = self.conv(x)
        return x.reshape(n, 4, 2, 2, h // 4, w // 4).permute(0, 1, 4, 2, 5, 3).reshape(n, 4, h // 2, w // 2)


@network(3, 24, 24)
class PixelShuffles(nn.Module):
    """Up by pixel shuffle, then a convolution, which sees two sizes; down by unshuffle."""

    def __init__(self) -> None:
        super().__init__()
        self.expand, self.up, self.after = conv(3, 8), nn.PixelShuffle(2), conv(2, 4)
        self.down = nn.PixelUnshuffle(3)

    def forward(self, x: Any) -> Any:
        return self.after(self.up(self.expand(x))), self.down(x), F.pixel_unshuffle(x, 2)


@network(3, 20, 23)
class Flips(nn.Module):
    """The image and its mirror meet."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv(3, 4)

    def forward(self, x: Any) -> Any:
        return self.conv(torch.flip(x, [3])), self.conv(x).flip(2, 3)


@network(3, 24, 24)
class Rolls(nn.Module):
    """Shifted by roll and back, with a convolution across the seam."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.after = conv(3, 4), conv(4, 4)

    def forward(self, x: Any) -> Any:
        rolled = torch.roll(self.conv(x), shifts=(-3, 2), dims=(2, 3))
        return rolled, torch.roll(self.after(rolled), (3, -2), (2, 3))


@network(4, 24, 24)
class ShiftOperation(nn.Module):
    """Channels moved one pixel to each side by writes into a buffer of zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(4, 4, 1)

    def forward(self, x: Any) -> Any:
        out = torch.zeros_like(x)
        out[:, 0, :-1] = x[:, 0, 1:]
        out[:, 1, 1:] = x[:, 1, :-1]
        out[:, 2, :, 1:] = x[:, 2, :, :-1]
        out[:, 3, :, :-1] = x[:, 3, :, 1:]
        return self.mix(out)


@network(3, 30, 26)
class StridedSlices(nn.Module):
    """Crops and strides, from the end, and of one row, whose axis is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv(3, 4)

    def forward(self, x: Any) -> Any:
        y = self.conv(x)
        return y[:, :, 2:-3, 1::3], y[..., -8:], y[:, :, 7:8], y[:, :, ::2].unsqueeze(2).squeeze(2)


@network(3, 16, 16)
class ChannelsLast(nn.Module):
    """Linear layers and norms on the last dimension, as ConvNeXt has them; not contiguous in between."""

    def __init__(self) -> None:
        super().__init__()
        self.depthwise, self.norm = conv(3, 3, 7, groups=3), nn.LayerNorm(3)
        self.wide, self.narrow, self.scale = nn.Linear(3, 12), nn.Linear(12, 3), nn.Parameter(torch.ones(3))

    def forward(self, x: Any) -> Any:
        y = self.depthwise(x).permute(0, 2, 3, 1)
        y = self.narrow(F.gelu(self.wide(self.norm(y)))) * self.scale
        return x + y.permute(0, 3, 1, 2)


@network(3, 16, 16)
class ResponseNorm(nn.Module):
    """ConvNeXt V2's global response normalisation: global by a norm over pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gain = conv(3, 4), nn.Parameter(torch.ones(1, 4, 1, 1))

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        energy = torch.norm(x, p=2, dim=(2, 3), keepdim=True)
        return x * self.gain * (energy / (energy.mean(dim=1, keepdim=True) + 1e-6)) + x


@network(3, 18, 18)
class NormKinds(nn.Module):
    """Which norms see the whole image and which the pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.batch = conv(3, 4), nn.BatchNorm2d(4)
        self.instance, self.group, self.tracked = (
            nn.InstanceNorm2d(4),
            nn.GroupNorm(2, 4),
            nn.BatchNorm2d(4, affine=False),
        )
        self.layer, self.local = nn.LayerNorm([4, 18, 18]), nn.LocalResponseNorm(3)

    def forward(self, x: Any) -> Any:
        y = self.batch(self.conv(x))
        return self.instance(y), self.group(y), self.layer(y), self.local(y), F.normalize(y, dim=1), self.tracked(y)


@network(6, 40, 40, output=(5, 5))
class GroupedAndDepthwise(nn.Module):
    """Groups that never meet, then a pointwise layer."""

    def __init__(self) -> None:
        super().__init__()
        self.grouped, self.depthwise, self.point = (
            conv(6, 12, 3, groups=3),
            conv(12, 24, 3, groups=12),
            nn.Conv2d(24, 4, 1),
        )

    def forward(self, x: Any) -> Any:
        return self.point(F.relu6(self.depthwise(F.hardswish(self.grouped(x)))))


@network(3, 30, 30, output=(5, 5))
class Reparametrised(nn.Module):
    """Weight norm and standardised weights: computed in the forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.normed = nn.utils.parametrizations.weight_norm(conv(3, 4))
        self.plain = conv(4, 4)

    def forward(self, x: Any) -> Any:
        weight = self.plain.weight
        weight = (weight - weight.mean((1, 2, 3), keepdim=True)) / weight.std((1, 2, 3), keepdim=True)
        return F.conv2d(self.normed(x), weight, self.plain.bias, padding=1)


@network(3, 20, 20, unknown=True)
class Deformable(nn.Module):
    """Sampling where an offset field says: it may see anything."""

    def __init__(self) -> None:
        super().__init__()
        self.offset, self.conv = conv(3, 2), conv(3, 4)

    def forward(self, x: Any) -> Any:
        theta = torch.eye(2, 3, dtype=x.dtype).expand(x.shape[0], 2, 3)
        grid = F.affine_grid(theta, list(x.shape), align_corners=False)
        grid = grid + torch.tanh(self.offset(x)).permute(0, 2, 3, 1)
        return self.conv(F.grid_sample(x, grid, align_corners=False))
