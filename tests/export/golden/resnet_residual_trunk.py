"""ResNet-18(U+0027)s field from basic blocks.

Written by rfsolve 0.1.0: proven optimal, 8,964,672 parameters.
The problem's SHA-256 is
6fa683cc89dec636b652a840dd0dcf0b8e8ad31031c3c8982ccff55dd6484c0b.

What its parts see, in pixels of the input, and below the line its outputs (with
all that they need); 8,964,672 parameters in all.

name   field  stride    ERF  channels  parameters
-----  -----  ------  -----  --------  ----------
stem       7       2    8.0        64       9,536
pool      11       4   10.3        64           0
trunk    435      32  136.5       512   8,955,136
-----  -----  ------  -----  --------  ----------
out      435      32  136.5       512   8,964,672

Weights are drawn anew (see initialise). Run this file to check it.
"""

import sys
from collections import OrderedDict
from math import prod, sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Stage(nn.Sequential):
    """Layers in order, numbered from 1 as in the design."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(OrderedDict((str(number), layer) for number, layer in enumerate(layers, start=1)))


class ConvNormRelu(nn.Sequential):
    """Conv, norm, relu."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel_size: int,
        stride: int = 1,
        padding: int,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            stride=stride,
            bias=False,
            padding=padding,
        )
        self.norm = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()


class MaxPool(nn.Sequential):
    """Pool."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)


class ConvNorm(nn.Sequential):
    """Conv, norm."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel_size: int,
        padding: int = 0,
        stride: int = 1,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            bias=False,
            padding=padding,
            stride=stride,
        )
        self.norm = nn.BatchNorm2d(out_channels)


class Residual(nn.Module):
    """A block with branches that are added."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.unit1 = ConvNormRelu(
            in_channels,
            out_channels,
            kernel_size=3,
            stride=2,
            padding=1,
        )
        self.unit2 = ConvNorm(out_channels, out_channels, kernel_size=3, padding=1)
        self.shortcut = ConvNorm(in_channels, out_channels, kernel_size=1, stride=2)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Run the block."""
        unit1 = self.unit1(x)
        unit2 = self.unit2(unit1)
        shortcut = self.shortcut(x)
        add = unit2 + shortcut
        relu: Tensor = self.relu(add)
        return relu


class Residual2(nn.Module):
    """A block with branches that are added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.unit1 = ConvNormRelu(channels, channels, kernel_size=3, padding=1)
        self.unit2 = ConvNorm(channels, channels, kernel_size=3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Run the block."""
        unit1 = self.unit1(x)
        unit2 = self.unit2(unit1)
        add = unit2 + x
        relu: Tensor = self.relu(add)
        return relu


class Network(nn.Module):
    """ResNet-18(U+0027)s field from basic blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stage(ConvNormRelu(3, 64, kernel_size=7, stride=2, padding=3))
        self.pool = Stage(MaxPool())
        self.trunk = Stage(
            Residual(64, 128),
            Residual2(128),
            Residual2(128),
            Residual(128, 256),
            Residual2(256),
            Residual2(256),
            Residual2(256),
            Residual(256, 512),
        )
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return the output."""
        stem = self.stem(x)
        pool = self.pool(stem)
        trunk: Tensor = self.trunk(pool)
        return trunk


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


class Field(NamedTuple):
    """What is seen along one axis of an input of `size`.

    The outputs from `first` on, `phases` of them, see windows of `least` to `most` pixels.
    """

    size: tuple[int, ...]
    first: int
    phases: int
    least: int
    most: int


class Exit(NamedTuple):
    """One output: its channels and size, and its field along each axis where that is a number."""

    shape: tuple[int, ...]
    fields: tuple[Field, ...]


def field_of(network: nn.Module, channels: int, name: str, axis: int, field: Field) -> tuple[int, int]:
    """Return the smallest and the largest window of an output, from the gradient of a rising and of a falling ramp.

    The weights are positive, so that a max pool hands on the last pixel of a rising ramp and the first of a falling
    one: both ends of a window have a gradient.
    """
    ramp = torch.linspace(0.1, 1.0, field.size[axis], dtype=torch.float64)
    ramp = ramp.view([-1 if dim == axis else 1 for dim in range(len(field.size))])
    touched: list[Tensor] = []
    for slope in (ramp, ramp.flip(axis)):
        x = slope.expand(1, channels, *field.size).clone().requires_grad_()
        y = outputs_of(network, x, [name])[name]
        rows = []
        for index in range(field.first, field.first + field.phases):
            row = y.select(2 + axis, index).sum()
            (gradient,) = torch.autograd.grad(row, x, retain_graph=True)
            rows.append(gradient.abs().sum([d for d in range(x.ndim) if d != 2 + axis]))
        touched.append(torch.stack(rows))
    spans = [row.nonzero().flatten() for row in touched[0] + touched[1]]
    extents = [int(span[-1] - span[0]) + 1 for span in spans if len(span)]
    return min(extents, default=0), max(extents, default=0)


def outputs_of(network: nn.Module, x: Tensor, names: list[str]) -> dict[str, Tensor]:
    """Return the outputs by their names."""
    y = network(x)
    return y if isinstance(y, dict) else {names[0]: y}


def check(network: nn.Module, parameters: int, size: tuple[int, ...], exits: dict[str, Exit]) -> list[str]:
    """Return what is not as it must be: the number of parameters, shapes for an input of `size`, fields (pixels)."""
    network = network.double().eval()
    wrong = []
    counted = sum(weight.numel() for weight in network.parameters())
    if counted != parameters:
        wrong.append(f"{counted} parameters, not {parameters}")
    with torch.no_grad():
        for weight in network.parameters():
            if weight.ndim > 1:
                weight.fill_(1 / weight[0].numel())
        outputs = outputs_of(network, torch.ones(1, *size, dtype=torch.float64), list(exits))
    for name, said in exits.items():
        if outputs[name].shape[1:] != said.shape:
            wrong.append(f"{name}: shape {tuple(outputs[name].shape[1:])}, not {said.shape}")
        for axis, field in enumerate(said.fields):
            seen = field_of(network, size[0], name, axis, field)
            if seen != (field.least, field.most):
                wrong.append(f"{name}: field {seen} on axis {axis}, not {field}")
    return wrong


if __name__ == "__main__":
    PARAMETERS = 8_964_672
    SIZE = (3, 65, 67)
    EXITS = {
        "out": Exit(
            (512, 3, 3),
            (Field((512, 32), 8, 1, 435, 435), Field((32, 512), 8, 1, 435, 435)),
        ),
    }
    WRONG = check(Network(), PARAMETERS, SIZE, EXITS)
    sys.stdout.write("".join(f"{line}\n" for line in WRONG or ["all as designed"]))
    sys.exit(bool(WRONG))
