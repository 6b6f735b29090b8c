"""Pixels laid end to end, copied, summed so far; resizing with wide taps; what reads a part of an axis as a whole."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import nn

from tests.imports.merging import conv
from tests.imports.table import network


@network(3, 20, 24)
class Ring(nn.Module):
    """A panorama, whose two ends are laid beside each other before a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = conv(3, 4), nn.Conv2d(4, 4, 5, padding=(2, 0))

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        return self.conv(torch.cat([x[..., -2:], x, x[..., :2]], -1))


@network(3, 18, 22)
class Parts(nn.Module):
    """Parts of an axis put together without what lay between them, and two maps end to end."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv, self.other = conv(3, 4), conv(4, 4), conv(4, 4, 5)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        both = torch.cat([self.other(x), x], 2)
        return self.conv(torch.cat([x[:, :, :5], x[:, :, 11:]], 2)), self.conv(both)


@network(3, 12, 14)
class Copies(nn.Module):
    """Whole maps and single rows several times over, then a convolution across the seams."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = conv(3, 4), conv(4, 4)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        row, context = x[:, :, 3:4].expand(-1, -1, 9, -1), x.mean((2, 3), keepdim=True).expand(-1, -1, 6, 7)
        return self.conv(x.repeat(1, 1, 2, 1)), self.conv(row), self.conv(context)


@network(3, 16, 16)
class Shifted(nn.Module):
    """A buffer of zeros with the pixels of another map written into a part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = conv(3, 4), conv(4, 4)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        moved = torch.zeros_like(x)
        moved[:, :, 2:] = x[:, :, :-2]
        return self.conv(moved)


@network(4, 30)
class SoFar(nn.Module):
    """A running sum, and one from the other end."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = nn.Conv1d(4, 4, 3, padding=1), nn.Conv1d(4, 4, 3, padding=1)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        return self.conv(x.cumsum(2)), self.conv(x.flip(2).cumsum(2).flip(2))


@network(4, 24)
class Recurrent(nn.Module):
    """One direction sees the past; both see all; so does the state that either ends in."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(4, 6, 3, padding=1)
        self.one, self.two = nn.LSTM(6, 5, 2, batch_first=True), nn.GRU(6, 5, batch_first=True, bidirectional=True)
        self.head = nn.Linear(5, 2)

    def forward(self, x: Any) -> Any:
        steps = self.stem(x).transpose(1, 2)
        past, (last, _) = self.one(steps)
        everything, _ = self.two(steps)
        return past.transpose(1, 2), everything.transpose(1, 2), self.head(last[-1])


@network(3, 40, 36, onnx=False)
class WideTaps(nn.Module):
    """Interpolation with antialias, down by whole and by broken factors, and up."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = conv(3, 4), conv(4, 4)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        half = F.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True)
        odd = F.interpolate(x, size=(13, 17), mode="bicubic", antialias=True)
        return self.conv(half), self.conv(odd), F.interpolate(half, size=(50, 30), mode="bilinear", antialias=True)


@network(3, 18, 18)
class Turns(nn.Module):
    """Quarter turns, and differences between neighbours."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = conv(3, 4), conv(4, 4)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        turned = torch.rot90(x, 2, (2, 3))
        return self.conv(turned), torch.diff(x, n=2, dim=2), torch.diff(x, dim=3, prepend=x[..., 2:3])


@network(3, 24, 20, onnx=False)
class FoldedBack(nn.Module):
    """Windows taken apart, mixed each on its own, and laid back over one another; and laid back as they were."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.mix = conv(3, 4), nn.Linear(36, 36)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        windows = F.unfold(x, 3, padding=1, stride=2)
        mixed = self.mix(windows.transpose(1, 2)).transpose(1, 2)
        whole = F.fold(mixed, (24, 20), 3, padding=1, stride=2)
        return whole, F.fold(windows, (24, 20), 3, padding=1, stride=2)


@network(3, 40, 48)
class CroppedReadout(nn.Module):
    """A mean over the middle of a map sees what the middle sees, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.head = conv(3, 4), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        middle = self.stem(x)[:, :, 12:20, 15:27]
        return self.head(middle.mean((2, 3))), F.adaptive_max_pool2d(middle, 1)


@network(3, 12, 16)
class TokenRuns(nn.Module):
    """Keys of an attention made fewer by a pool over runs of tokens, row by row (NextViT)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.pool = conv(3, 4), nn.AvgPool1d(4, 4)

    def forward(self, x: Any) -> Any:
        runs = self.pool(self.stem(x).flatten(2))
        return runs.unflatten(2, (12, 4))
