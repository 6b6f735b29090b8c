"""The check that generated code carries: parameters, shapes and fields of a network, as it was said to have them.

Its text goes into the code, so that it uses nothing but torch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


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
