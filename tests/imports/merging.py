"""Branches that meet: shortcuts, pyramids, concatenation, shared and dropped branches."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import nn

from tests.imports.table import network


def conv(
    inputs: int, outputs: int, kernel: Any = 3, stride: Any = 1, dilation: Any = 1, *, groups: int = 1
) -> nn.Conv2d:
    """A convolution that keeps the size at stride 1."""
    kernels = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    dilations = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    padding = tuple(d * (k - 1) // 2 for k, d in zip(kernels, dilations, strict=True))
    return nn.Conv2d(inputs, outputs, kernels, stride, padding, dilations, groups)


@network(3, 33, 33, stem=(3, 3), shortcut=(3, 3), output=(9, 9))
class ResidualShortcut(nn.Module):
    """A block whose 1x1 stride 2 shortcut fires last: in series it would be counted twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.bn = conv(3, 8), nn.BatchNorm2d(8)
        self.conv1, self.conv2 = conv(8, 8, 3, 2), conv(8, 8)
        self.shortcut = nn.Conv2d(8, 8, 1, 2)
        self.after = nn.Conv2d(8, 8, 1)

    def forward(self, x: Any) -> Any:
        x = F.relu(self.bn(self.stem(x)), inplace=True)
        y = self.conv2(torch.relu(self.conv1(x)))
        y += self.shortcut(x)
        return F.relu_(self.after(y))


@network(3, 97, 97, output=(75, 75))
class AtrousPyramid(nn.Module):
    """ASPP with functional global pooling, which makes the whole of it global."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv(3, 4, 3)
        self.rates = nn.ModuleList([conv(4, 4, 3, 1, rate) for rate in (6, 12, 36)])
        self.pointwise = nn.Conv2d(4, 4, 1)
        self.fuse = nn.Conv2d(16, 4, 1)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        return self.fuse(torch.cat([self.pointwise(x), *(F.relu(rate(x)) for rate in self.rates)], dim=1))


@network(3, 41, 41)
class PooledPyramid(nn.Module):
    """ASPP's image pooling: global, broadcast back by functional interpolation."""

    def __init__(self) -> None:
        super().__init__()
        self.branch, self.image, self.fuse = conv(3, 4, 3, 1, 3), nn.Conv2d(3, 4, 1), nn.Conv2d(8, 4, 1)

    def forward(self, x: Any) -> Any:
        image = F.adaptive_avg_pool2d(x, 1)
        image = F.interpolate(self.image(image), size=x.shape[-2:], mode="bilinear", align_corners=False)
        return self.fuse(torch.cat((self.branch(x), image), 1))


@network(3, 40, 40, output=(9, 9))
class ConcatenatedBranches(nn.Module):
    """The first branch sees little: a probe of output channel 0 alone would miss the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.small, self.middle = nn.Conv2d(3, 2, 1), nn.Sequential(conv(3, 2), conv(2, 2))
        self.large = conv(3, 2, 9)

    def forward(self, x: Any) -> Any:
        return torch.cat([self.small(x), self.middle(x), self.large(x)], 1)


@network(3, 24, 24, output=(7, 7))
class MisalignedBranches(nn.Module):
    """Two 4-tap branches that lean to opposite sides: the union is 7."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 4, 4), nn.Conv2d(3, 4, 4)

    def forward(self, x: Any) -> Any:
        return self.left(F.pad(x, (3, 0, 3, 0))) + self.right(F.pad(x, (0, 3, 0, 3)))


@network(3, 30, 30, conv=(3, 3), output=(9, 9))
class ReusedModule(nn.Module):
    """One convolution called four times: the output has seen four of them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv(3, 3)

    def forward(self, x: Any) -> Any:
        for _ in range(4):
            x = self.conv(x).relu()
        return x


@network(3, 30, 30, output=(5, 5))
class SharedWeights(nn.Module):
    """Two modules that are one; and a layer that uses another's weight through a function."""

    def __init__(self) -> None:
        super().__init__()
        self.first = conv(3, 3)
        self.second = self.first

    def forward(self, x: Any) -> Any:
        return F.conv2d(self.first(x), self.second.weight, padding=1)


@network(3, 30, 30, output=(3, 3))
class DroppedBranch(nn.Module):
    """A branch whose result nobody uses."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused, self.never_called = conv(3, 4), conv(3, 4, 15), conv(3, 4, 7)

    def forward(self, x: Any) -> Any:
        self.unused(x)
        return self.used(x)


@network(3, 32, 32)
class DictionaryOutputs(nn.Module):
    """Outputs by name, at two strides."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = conv(3, 4), conv(4, 4, 3, 2)

    def forward(self, x: Any) -> Any:
        fine = self.fine(x)
        return {"fine": fine, "coarse": self.coarse(fine)}


@network((3, 31, 31), (3, 31, 31))
class Siamese(nn.Module):
    """Two inputs through one trunk; the template is a convolution kernel that depends on the input."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.head = nn.Sequential(conv(3, 4), nn.ReLU(), conv(4, 4)), nn.Conv2d(4, 1, 1)

    def forward(self, search: Any, template: Any) -> Any:
        embedded = self.trunk(template).mean((2, 3), keepdim=True)
        return self.head(self.trunk(search) * embedded)


@network((3, 32, 32), (3, 32, 32))
class TwoInputs(nn.Module):
    """Colour and depth, each with its own field."""

    def __init__(self) -> None:
        super().__init__()
        self.colour, self.depth, self.fuse = conv(3, 4), conv(3, 4, 7), conv(8, 4)

    def forward(self, colour: Any, depth: Any) -> Any:
        return self.fuse(torch.cat([self.colour(colour), self.depth(depth)], 1))


@network(3, 24, 24, output=(3, 3))
class ConcatenatedConstants(nn.Module):
    """Coordinates beside the features: constants that see nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(5, 4, 3, padding=1)

    def forward(self, x: Any) -> Any:
        rows = torch.linspace(-1, 1, x.shape[2], dtype=x.dtype).view(1, 1, -1, 1).expand(x.shape[0], 1, -1, x.shape[3])
        columns = torch.linspace(-1, 1, x.shape[3], dtype=x.dtype).view(1, 1, 1, -1).expand_as(rows)
        return self.conv(torch.cat([x, rows, columns], 1))


@network(3, 64, 64)
class FeaturePyramid(nn.Module):
    """FPN: four outputs, each level with all that the coarser ones see."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList([conv(3 if n == 0 else 4, 4, 3, 2) for n in range(4)])
        self.lateral = nn.ModuleList([nn.Conv2d(4, 4, 1) for _ in range(4)])
        self.smooth = nn.ModuleList([conv(4, 4) for _ in range(4)])

    def forward(self, x: Any) -> Any:
        levels = []
        for stage in self.stages:
            x = F.relu(stage(x))
            levels.append(x)
        merged = [self.lateral[-1](levels[-1])]
        for level, lateral in zip(levels[-2::-1], self.lateral[-2::-1], strict=False):
            up = F.interpolate(merged[0], scale_factor=2, mode="nearest")
            merged.insert(0, lateral(level) + up)
        return tuple(smooth(level) for smooth, level in zip(self.smooth, merged, strict=True))


@network(3, 64, 64)
class Hourglass(nn.Module):
    """Recursion, with one module list used from the inside out."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([conv(3 if n == 0 else 4, 4) for n in range(3)])
        self.skip = nn.ModuleList([nn.Conv2d(3 if n == 0 else 4, 4, 1) for n in range(3)])
        self.up, self.pool, self.bottom = nn.Upsample(scale_factor=2), nn.MaxPool2d(2), conv(4, 4)

    def forward(self, x: Any) -> Any:
        return self.level(x, 0)

    def level(self, x: Any, depth: int) -> Any:
        """One level and all below it."""
        if depth == len(self.down):
            return self.bottom(x)
        below = self.level(self.down[depth](self.pool(x)), depth + 1)
        return self.up(below) + self.skip[depth](x)


@network(3, 48, 48)
class HighResolution(nn.Module):
    """HRNet's exchange of two resolutions, by a strided convolution down and a resize up."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.halve = conv(3, 4, 3, 2), conv(4, 4, 3, 2)
        self.high, self.low, self.down, self.up = conv(4, 4), conv(4, 4), conv(4, 4, 3, 2), nn.Conv2d(4, 4, 1)

    def forward(self, x: Any) -> Any:
        high = self.stem(x)
        low = self.halve(high)
        high, low = self.high(high), self.low(low)
        up = F.interpolate(self.up(low), size=high.shape[2:], mode="bilinear", align_corners=True)
        return torch.relu(high + up), torch.relu(low + self.down(high))


@network(3, 26, 26)
class SqueezeExcite(nn.Module):
    """A gate that has seen everything, on features that have not."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.reduce, self.expand = conv(3, 8, 3, 2), nn.Linear(8, 2), nn.Linear(2, 8)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        gate = x.mean(dim=(2, 3))
        gate = torch.sigmoid(self.expand(F.relu(self.reduce(gate))))
        return x * gate[:, :, None, None]


@network(3, 30, 30, output=(7, 7))
class ElementwiseKinds(nn.Module):
    """Maximum, minimum, product, quotient, power and choice of branches."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = conv(3, 4), conv(3, 4, 5), conv(3, 4, 7)

    def forward(self, x: Any) -> Any:
        a, b, c = self.a(x), self.b(x), self.c(x)
        chosen = torch.where(a > 0, torch.maximum(a, b), torch.minimum(b, c))
        return chosen * b / (1 + c.abs()) + a**2 - c.clamp(0, 1)
