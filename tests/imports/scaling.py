"""Sizes that change: encoders and decoders, pools, paddings, transposed convolutions."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import nn

from tests.imports.merging import conv
from tests.imports.table import network


class UNet(nn.Module):
    """Two 3x3 a level, 2x2 pooling; upwards by `up`."""

    def __init__(self, depth: int, up: str = "transposed", *, functional_pool: bool = False) -> None:
        super().__init__()
        self.up, self.functional_pool = up, functional_pool
        widths = [3, *[4] * depth]
        self.encoder = nn.ModuleList([self._pair(widths[n], 4) for n in range(depth)])
        self.bottom = self._pair(4, 4)
        transposed = [nn.ConvTranspose2d(4, 4, 2, 2) if up == "transposed" else nn.Identity() for _ in range(depth)]
        self.rise = nn.ModuleList(transposed)
        self.decoder = nn.ModuleList([self._pair(8, 4) for _ in range(depth)])
        self.pool = nn.MaxPool2d(2)

    @staticmethod
    def _pair(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            conv(inputs, outputs), nn.ReLU(inplace=True), conv(outputs, outputs), nn.ReLU(inplace=True)
        )

    def forward(self, x: Any) -> Any:
        kept = []
        for part in self.encoder:
            x = part(x)
            kept.append(x)
            x = F.max_pool2d(x, 2) if self.functional_pool else self.pool(x)
        x = self.bottom(x)
        for rise, part in zip(self.rise, self.decoder, strict=True):
            x = torch.cat([kept.pop(), self._larger(rise(x))], 1)
            x = part(x)
        return x

    def _larger(self, x: Any) -> Any:
        if self.up == "nearest":
            return F.interpolate(x, scale_factor=2)
        if self.up == "bilinear":
            return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        if self.up == "corners":
            return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return x


@network(3, 256, 256, output=(92, 100))
def unet_transposed() -> nn.Module:
    """The field depends on the output pixel."""
    return UNet(3)


@network(3, 128, 128, output=(44, 44))
def unet_functional_pool() -> nn.Module:
    """Pooling by function."""
    return UNet(2, functional_pool=True)


@network(3, 128, 128)
def unet_nearest() -> nn.Module:
    """Nearest neighbours upwards."""
    return UNet(2, "nearest")


@network(3, 128, 128)
def unet_bilinear() -> nn.Module:
    """Bilinear upwards, pixel centres."""
    return UNet(2, "bilinear")


@network(3, 64, 64)
def unet_corners() -> nn.Module:
    """Bilinear upwards, corners aligned: a ratio that is not 2."""
    return UNet(2, "corners")


@network(3, 41, 37)
class CeilingPools(nn.Module):
    """Pools whose last window hangs over the edge, and dilated ones."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.MaxPool2d(3, 2, ceil_mode=True), nn.MaxPool2d(2, 2, padding=1, ceil_mode=True)
        self.c, self.d = nn.AvgPool2d(3, 2, 1, ceil_mode=True), nn.MaxPool2d(3, 1, dilation=2)

    def forward(self, x: Any) -> Any:
        return self.a(x), self.b(x), self.c(x), self.d(self.a(x))


@network(3, 30, 30)
class AdaptivePools(nn.Module):
    """To sizes that divide the input's and to sizes that do not."""

    def __init__(self) -> None:
        super().__init__()
        self.even, self.odd, self.one = (
            nn.AdaptiveAvgPool2d(6),
            nn.AdaptiveMaxPool2d((7, None)),
            nn.AdaptiveAvgPool2d(1),
        )

    def forward(self, x: Any) -> Any:
        return self.even(x), self.odd(x), self.one(x).flatten(1), F.adaptive_avg_pool2d(x, (1, 5))


@network(3, 29, 31)
class ResizeKinds(nn.Module):
    """By size and by factor, up and down, every mode."""

    def forward(self, x: Any) -> Any:
        return (
            F.interpolate(x, size=(40, 50), mode="bilinear", align_corners=False),
            F.interpolate(x, scale_factor=(2.0, 3.0)),
            F.interpolate(x, scale_factor=0.5, mode="bilinear", align_corners=False),
            F.interpolate(x, scale_factor=1.5, mode="nearest"),
            F.interpolate(x, scale_factor=1.5, mode="bilinear", align_corners=False, recompute_scale_factor=True),
            F.interpolate(x, size=57, mode="bilinear", align_corners=True),
            F.interpolate(x, scale_factor=2, mode="bicubic", align_corners=False),
            F.interpolate(x, size=(10, 62), mode="area"),
            F.interpolate(x, scale_factor=2, mode="nearest-exact"),
        )


@network(3, 26, 26)
class TransposedKinds(nn.Module):
    """Kernels that overlap and that leave gaps, output padding, groups, dilation."""

    def __init__(self) -> None:
        super().__init__()
        self.overlap = nn.ConvTranspose2d(3, 4, 4, 2, 1)
        self.odd = nn.ConvTranspose2d(3, 4, 3, 2, 1, output_padding=1)
        self.gaps = nn.ConvTranspose2d(3, 3, (1, 2), 3, groups=3)
        self.dilated = nn.ConvTranspose2d(3, 4, 3, 2, 2, dilation=2)

    def forward(self, x: Any) -> Any:
        return self.overlap(x), self.odd(x), self.gaps(x), self.dilated(x)


@network(3, 31, 25)
class Paddings(nn.Module):
    """Asymmetric, constant, reflected, repeated, circular; cropping by a negative amount; SAME."""

    def __init__(self) -> None:
        super().__init__()
        self.asymmetric, self.conv = nn.ZeroPad2d((0, 1, 2, 0)), nn.Conv2d(3, 4, 3, 2)
        self.reflect, self.replicate = nn.ReflectionPad2d(2), nn.ReplicationPad2d((1, 2, 3, 0))
        self.circular = nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular")
        self.same = nn.Conv2d(3, 4, (4, 3), padding="same", dilation=(1, 2))

    def forward(self, x: Any) -> Any:
        return (
            self.conv(self.asymmetric(x)),
            self.conv(F.pad(x, (1, 1, 0, 2), value=3.0)),
            self.reflect(x),
            self.replicate(x),
            self.circular(x),
            F.pad(x, (-1, -2, -3, 0)),
            self.same(x),
        )


@network(3, 39, 40)
class KerasSame(nn.Module):
    """Padding that is computed from the size, as TensorFlow does."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, 2)

    def forward(self, x: Any) -> Any:
        height, width = x.shape[-2:]
        rows, columns = (max(((n + 1) // 2 - 1) * 2 + 3 - n, 0) for n in (height, width))
        return self.conv(F.pad(x, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2]))


class Blur(nn.Module):
    """A fixed binomial kernel of a buffer, depthwise, after reflection."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        line = torch.tensor([1.0, 2.0, 1.0]) / 4
        self.register_buffer("kernel", (line[:, None] * line).expand(channels, 1, 3, 3).clone())

    def forward(self, x: Any) -> Any:
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.kernel.to(x.dtype), stride=2, groups=x.shape[1])


@network(3, 34, 34, blur=(4, 4), output=(8, 8))
class BlurPool(nn.Module):
    """Maximum, then blur and subsample."""

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.blur, self.conv = nn.MaxPool2d(2, 1), Blur(3), conv(3, 4)

    def forward(self, x: Any) -> Any:
        return self.conv(self.blur(self.pool(x)))


@network(3, 30, 30, output=(13, 13))
def dilated_stack() -> nn.Module:
    """Dilations 1, 2, 3: RF 13, hole-free."""
    return nn.Sequential(*(conv(3, 3, 3, 1, rate) for rate in (1, 2, 3)))


@network(3, 45, 45, output=(13, 13))
class WidthAndHeight(nn.Module):
    """1x7 then 7x1 and a 13x1: axes must not be swapped."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.tall, self.taller = conv(3, 4, (1, 7)), conv(4, 4, (7, 1)), conv(4, 4, (7, 1), 1, (1, 1))

    def forward(self, x: Any) -> Any:
        return self.taller(self.tall(self.wide(x)))


@network(1, 12, 30, 26)
class Volume(nn.Module):
    """Three axes with their own kernels, strides and pools, and back up."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.pool = nn.Conv3d(1, 4, (1, 3, 3), padding=(0, 1, 1)), nn.MaxPool3d((1, 2, 2))
        self.b, self.up = nn.Conv3d(4, 4, 3, (2, 1, 1), 1), nn.ConvTranspose3d(4, 4, (2, 2, 2), (2, 2, 2))
        self.norm = nn.InstanceNorm3d(4)

    def forward(self, x: Any) -> Any:
        y = self.up(self.b(self.pool(F.leaky_relu(self.a(x)))))
        return y, F.interpolate(y, scale_factor=(1, 2, 2), mode="trilinear"), self.norm(y)


@network(3, 24, 24)
class Patches(nn.Module):
    """F.unfold as a convolution by matrix product, and back by F.fold."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 27))
        self.linear = nn.Linear(48, 48)

    def forward(self, x: Any) -> Any:
        columns = F.unfold(x, 3, padding=1)
        convolved = torch.einsum("ok,bkl->bol", self.weight, columns).unflatten(2, x.shape[2:])
        blocks = self.linear(F.unfold(x, 4, stride=4).transpose(1, 2)).transpose(1, 2)
        return convolved, F.fold(blocks, x.shape[2:], 4, stride=4)
