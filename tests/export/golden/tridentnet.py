"""TridentNet: one set of weights, three fields.

Written by rfsolve 0.1.0: proven optimal, 1,939,488 parameters.
The problem's SHA-256 is
3e883d564483768bd5152e31137a50d3429ae7d3141a013ef9c2ab5651701ea9.

What its parts see, in pixels of the input, and below the line its outputs (with
all that they need); 1,939,488 parameters in all.

name            field  stride    ERF  channels  parameters
--------------  -----  ------  -----  --------  ----------
stem                7       4    7.3        64      19,488
trunk             111      16   51.1       256     739,328
small             175      16   89.9       256   1,180,672
medium            239      16  156.4       256           0
large             303      16  227.5       256           0
--------------  -----  ------  -----  --------  ----------
small_objects     175      16   89.9       256   1,939,488
medium_objects    239      16  156.4       256   1,939,488
large_objects     303      16  227.5       256   1,939,488

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
        stride: int = 1,
        padding: int,
        dilation: int = 1,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size=3,
            stride=stride,
            bias=False,
            padding=padding,
            dilation=dilation,
        )
        self.norm = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()


class Network(nn.Module):
    """TridentNet: one set of weights, three fields."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stage(
            ConvNormRelu(3, 32, stride=2, padding=1),
            ConvNormRelu(32, 64, stride=2, padding=1),
        )
        self.trunk = Stage(
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 64, padding=1),
            ConvNormRelu(64, 128, stride=2, padding=1),
            ConvNormRelu(128, 256, stride=2, padding=1),
        )
        self.small = Stage(
            ConvNormRelu(256, 256, padding=1),
            ConvNormRelu(256, 256, padding=1),
        )
        self.medium = Stage(
            ConvNormRelu(256, 256, padding=2, dilation=2),
            ConvNormRelu(256, 256, padding=2, dilation=2),
        )
        self.large = Stage(
            ConvNormRelu(256, 256, padding=3, dilation=3),
            ConvNormRelu(256, 256, padding=3, dilation=3),
        )
        share_weights(self, "medium", "small")
        share_weights(self, "large", "small")
        initialise(self)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return the outputs by name."""
        stem = self.stem(x)
        trunk = self.trunk(stem)
        small = self.small(trunk)
        medium = self.medium(trunk)
        large = self.large(trunk)
        return {
            "small_objects": small,
            "medium_objects": medium,
            "large_objects": large,
        }


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
    PARAMETERS = 1_939_488
    SIZE = (3, 33, 35)
    EXITS = {
        "small_objects": Exit(
            (256, 3, 3),
            (Field((352, 16), 7, 1, 175, 175), Field((16, 352), 7, 1, 175, 175)),
        ),
        "medium_objects": Exit(
            (256, 3, 3),
            (Field((352, 16), 9, 1, 239, 239), Field((16, 352), 9, 1, 239, 239)),
        ),
        "large_objects": Exit(
            (256, 3, 3),
            (Field((352, 16), 11, 1, 303, 303), Field((16, 352), 11, 1, 303, 303)),
        ),
    }
    WRONG = check(Network(), PARAMETERS, SIZE, EXITS)
    sys.stdout.write("".join(f"{line}\n" for line in WRONG or ["all as designed"]))
    sys.exit(bool(WRONG))
