"""Published trunks as torch modules, with two channels everywhere: receptive fields do not depend on widths.

Built from their papers and reference definitions (TF-Slim's where Distill 2019 measured those).
`TRUNKS` says of each which fields were published at which of its modules.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

Kernel = int | tuple[int, int]
WIDTH = 2


def conv(
    kernel: Kernel, stride: int = 1, *, valid: bool = False, inputs: int = WIDTH, groups: int = 1
) -> nn.Sequential:
    """Convolution, norm, rectifier."""
    height, width = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    padding = (0, 0) if valid else (height // 2, width // 2)
    layer = nn.Conv2d(inputs, WIDTH, (height, width), stride, padding, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(WIDTH), nn.ReLU(inplace=True))


class Branches(nn.Module):
    """Branches side by side, concatenated and brought back to the common width."""

    def __init__(self, *branches: nn.Module, residual: bool = False) -> None:
        super().__init__()
        self.branches, self.residual = nn.ModuleList(branches), residual
        self.mix = nn.Conv2d(WIDTH * len(branches), WIDTH, 1)

    def forward(self, x: Any) -> Any:
        y = self.mix(torch.cat([branch(x) for branch in self.branches], 1))
        return torch.relu(x + y) if self.residual else y


class Fork(nn.Module):
    """1x3 and 3x1 side by side, as at the end of an Inception C block."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.tall = conv((1, 3)), conv((3, 1))

    def forward(self, x: Any) -> Any:
        return self.wide(x) + self.tall(x)


def chain(*layers: Kernel | nn.Module) -> nn.Sequential:
    """Convolutions of these kernels, and modules as they are, one after the other."""
    return nn.Sequential(*(layer if isinstance(layer, nn.Module) else conv(layer) for layer in layers))


def pooled(kernel: int = 3) -> nn.Sequential:
    """An Inception block's pooling branch."""
    return nn.Sequential(nn.AvgPool2d(kernel, 1, kernel // 2), conv(1))


def named(*parts: tuple[str, nn.Module]) -> nn.Sequential:
    """A trunk whose parts have names."""
    return nn.Sequential(OrderedDict(parts))


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 with a shortcut; projected where said, else subsampled by a 1x1 pool (TF-Slim)."""

    def __init__(self, stride: int, *, project: bool) -> None:
        super().__init__()
        self.conv1, self.conv2, self.conv3 = conv(1), conv(3, stride), nn.Conv2d(WIDTH, WIDTH, 1)
        self.downsample = nn.Conv2d(WIDTH, WIDTH, 1, stride) if project else nn.MaxPool2d(1, stride)

    def forward(self, x: Any) -> Any:
        return torch.relu(self.conv3(self.conv2(self.conv1(x))) + self.downsample(x))


class Basic(nn.Module):
    """Two 3x3 with a shortcut."""

    def __init__(self, stride: int, *, project: bool) -> None:
        super().__init__()
        self.conv1, self.conv2 = conv(3, stride), nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.downsample = nn.Conv2d(WIDTH, WIDTH, 1, stride) if project else nn.Identity()

    def forward(self, x: Any) -> Any:
        return torch.relu(self.conv2(self.conv1(x)) + self.downsample(x))


def resnet(depths: Sequence[int], unit: type[nn.Module] = Bottleneck, *, stride_last: bool = False) -> nn.Sequential:
    """Stride in each stage's first unit (torchvision), or its last, but for the last stage (TF-Slim)."""
    stages = []
    for stage, depth in enumerate(depths):
        units = []
        for place in range(depth):
            if stride_last:
                stride = 2 if place == depth - 1 and stage < len(depths) - 1 else 1
            else:
                stride = 2 if place == 0 and stage > 0 else 1
            units.append(unit(stride, project=place == 0))
        stages.append((f"layer{stage + 1}", nn.Sequential(*units)))
    return named(("conv1", conv(7, 2, inputs=3)), ("maxpool", nn.MaxPool2d(3, 2, 1)), *stages)


def vgg16() -> nn.Sequential:
    """Five stages of 3x3 and 2x2 pools (Simonyan and Zisserman 2014)."""
    parts: list[tuple[str, nn.Module]] = []
    for stage, depth in enumerate((2, 2, 3, 3, 3), 1):
        for place in range(1, depth + 1):
            parts.append((f"conv{stage}_{place}", conv(3, inputs=3 if not parts else WIDTH)))
        parts.append((f"pool{stage}", nn.MaxPool2d(2)))
    return named(*parts)


def alexnet_v2() -> nn.Sequential:
    """One tower (Krizhevsky 2014)."""
    return named(
        ("conv1", conv(11, 4, valid=True, inputs=3)),
        ("pool1", nn.MaxPool2d(3, 2)),
        ("conv2", conv(5)),
        ("pool2", nn.MaxPool2d(3, 2)),
        *((f"conv{n}", conv(3)) for n in (3, 4, 5)),
        ("pool5", nn.MaxPool2d(3, 2)),
    )


def mobilenet_v1() -> nn.Sequential:
    """Thirteen depthwise and pointwise pairs (Howard 2017)."""
    parts: list[tuple[str, nn.Module]] = [("stem", conv(3, 2, inputs=3))]
    for number, stride in enumerate((1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1), 1):
        parts += [(f"depthwise{number}", conv(3, stride, groups=WIDTH)), (f"pointwise{number}", conv(1))]
    return named(*parts)


def _stem() -> list[tuple[str, nn.Module]]:
    return [
        ("Conv2d_1a_3x3", conv(3, 2, valid=True, inputs=3)),
        ("Conv2d_2a_3x3", conv(3, valid=True)),
        ("Conv2d_2b_3x3", conv(3)),
    ]


def _blocks(name: str, letters: str, make: Callable[[], nn.Module]) -> list[tuple[str, nn.Module]]:
    return [(f"{name}{letter}", make()) for letter in letters]


def _inception_a(first: Kernel = 5) -> nn.Module:
    return Branches(conv(1), chain(1, first), chain(1, 3, 3), pooled())


def _inception_b() -> nn.Module:
    return Branches(conv(1), chain(1, (1, 7), (7, 1)), chain(1, (7, 1), (1, 7), (7, 1), (1, 7)), pooled())


def _reduction(*branches: nn.Module) -> nn.Module:
    return Branches(*branches, nn.MaxPool2d(3, 2))


def inception_v2() -> nn.Sequential:
    """BN-Inception (Ioffe and Szegedy 2015), with SAME padding."""
    double = lambda: Branches(conv(1), chain(1, 3), chain(1, 3, 3), pooled())  # noqa: E731 - local shorthand
    shrink = lambda: Branches(chain(1, conv(3, 2)), chain(1, 3, conv(3, 2)), nn.MaxPool2d(3, 2, 1))  # noqa: E731
    return named(
        ("Conv2d_1a_7x7", conv(7, 2, inputs=3)),
        ("MaxPool_2a_3x3", nn.MaxPool2d(3, 2, 1)),
        *(("Conv2d_2b_1x1", conv(1)), ("Conv2d_2c_3x3", conv(3)), ("MaxPool_3a_3x3", nn.MaxPool2d(3, 2, 1))),
        *_blocks("Mixed_3", "bc", double),
        ("Mixed_4a", shrink()),
        *_blocks("Mixed_4", "bcde", double),
        ("Mixed_5a", shrink()),
        *_blocks("Mixed_5", "bc", double),
    )


def inception_v3() -> nn.Sequential:
    """Szegedy 2015."""
    last = lambda: Branches(conv(1), chain(1, Fork()), chain(1, 3, Fork()), pooled())  # noqa: E731 - local shorthand
    return named(
        *_stem(),
        ("MaxPool_3a_3x3", nn.MaxPool2d(3, 2)),
        *(("Conv2d_3b_1x1", conv(1)), ("Conv2d_4a_3x3", conv(3, valid=True)), ("MaxPool_5a_3x3", nn.MaxPool2d(3, 2))),
        *_blocks("Mixed_5", "bcd", _inception_a),
        ("Mixed_6a", _reduction(conv(3, 2, valid=True), chain(1, 3, conv(3, 2, valid=True)))),
        *_blocks("Mixed_6", "bcde", _inception_b),
        ("Mixed_7a", _reduction(chain(1, conv(3, 2, valid=True)), chain(1, (1, 7), (7, 1), conv(3, 2, valid=True)))),
        *_blocks("Mixed_7", "bc", last),
    )


def inception_v4() -> nn.Sequential:
    """Szegedy 2016."""
    last = lambda: Branches(conv(1), chain(1, Fork()), chain(1, (3, 1), (1, 3), Fork()), pooled())  # noqa: E731
    return named(
        *_stem(),
        ("Mixed_3a", _reduction(conv(3, 2, valid=True))),
        ("Mixed_4a", Branches(chain(1, conv(3, valid=True)), chain(1, (1, 7), (7, 1), conv(3, valid=True)))),
        ("Mixed_5a", _reduction(conv(3, 2, valid=True))),
        *_blocks("Mixed_5", "bcde", lambda: _inception_a(3)),
        ("Mixed_6a", _reduction(conv(3, 2, valid=True), chain(1, 3, conv(3, 2, valid=True)))),
        *_blocks("Mixed_6", "bcdefgh", _inception_b),
        ("Mixed_7a", _reduction(chain(1, conv(3, 2, valid=True)), chain(1, (1, 7), (7, 1), conv(3, 2, valid=True)))),
        *_blocks("Mixed_7", "bcd", last),
    )


def inception_resnet_v2() -> nn.Sequential:
    """Szegedy 2016."""
    return named(
        *_stem(),
        ("MaxPool_3a_3x3", nn.MaxPool2d(3, 2)),
        *(("Conv2d_3b_1x1", conv(1)), ("Conv2d_4a_3x3", conv(3, valid=True)), ("MaxPool_5a_3x3", nn.MaxPool2d(3, 2))),
        ("Mixed_5b", _inception_a()),
        ("block35", nn.Sequential(*(Branches(conv(1), chain(1, 3), chain(1, 3, 3), residual=True) for _ in range(10)))),
        ("Mixed_6a", _reduction(conv(3, 2, valid=True), chain(1, 3, conv(3, 2, valid=True)))),
        ("block17", nn.Sequential(*(Branches(conv(1), chain(1, (1, 7), (7, 1)), residual=True) for _ in range(20)))),
        ("Mixed_7a", _reduction(chain(1, conv(3, 2, valid=True)), chain(1, 3, conv(3, 2, valid=True)))),
        ("block8", nn.Sequential(*(Branches(conv(1), chain(1, (1, 3), (3, 1)), residual=True) for _ in range(10)))),
    )


@dataclass(frozen=True, slots=True)
class Trunk:
    """A published trunk: how to build it, its fields by module, and its left padding by module."""

    build: Callable[[], nn.Module]
    fields: Mapping[str, int]
    stride: int
    padding: Mapping[str, int]
    source: str


DISTILL = "Araujo, Norris, Sim, Distill 2019"
_POINTWISE = (7, 11, 19, 27, 43, 59, 91, 123, 155, 187, 219, 251, 315)
_VGG = {"conv3_3": 40, "conv4_3": 92, "conv5_3": 196, "pool1": 6, "pool2": 16, "pool3": 44, "pool4": 100, "pool5": 212}
_ALEX = dict(
    zip(("conv1", "pool1", "conv2", "conv3", "conv4", "conv5", "pool5"), (11, 19, 51, 99, 131, 163, 195), strict=True)
)

TRUNKS: dict[str, Trunk] = {
    "vgg16": Trunk(vgg16, _VGG, 32, {"pool1": 2, "pool2": 6, "pool3": 18, "pool4": 42, "pool5": 90}, DISTILL),
    "alexnet_v2": Trunk(alexnet_v2, _ALEX, 32, {"pool5": 64}, DISTILL),
    "mobilenet_v1": Trunk(
        mobilenet_v1, {f"pointwise{n}": field for n, field in enumerate(_POINTWISE, 1)}, 32, {}, DISTILL
    ),
    "inception_v2": Trunk(inception_v2, {"Mixed_5c": 699}, 32, {}, DISTILL),
    "inception_v3": Trunk(inception_v3, {"Mixed_7c": 1311}, 32, {}, DISTILL),
    "inception_v4": Trunk(inception_v4, {"Mixed_7d": 2071}, 32, {}, DISTILL),
    "inception_resnet_v2": Trunk(inception_resnet_v2, {"block8": 3039}, 32, {}, DISTILL),
    **{
        f"resnet{sum(depths) * 3 + 2}_slim": Trunk(
            lambda depths=depths: resnet(depths, stride_last=True), {"layer4": field}, 32, {}, DISTILL
        )
        for depths, field in (((3, 4, 6, 3), 483), ((3, 4, 23, 3), 1027), ((3, 8, 36, 3), 1507))
    },
    "resnet18": Trunk(lambda: resnet((2, 2, 2, 2), Basic), {"layer4": 435}, 32, {}, "measured"),
    "resnet34": Trunk(lambda: resnet((3, 4, 6, 3), Basic), {"layer4": 899}, 32, {}, "measured"),
    "resnet50": Trunk(
        lambda: resnet((3, 4, 6, 3)), {"layer1": 35, "layer2": 91, "layer3": 267, "layer4": 427}, 32, {}, "measured"
    ),
    "resnet101": Trunk(lambda: resnet((3, 4, 23, 3)), {"layer4": 971}, 32, {}, "measured"),
    "resnet152": Trunk(lambda: resnet((3, 8, 36, 3)), {"layer4": 1451}, 32, {}, "measured"),
}
