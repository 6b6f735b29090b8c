"""What every number of a network sees, carried through the network itself: the witness's arithmetic.

A tensor that depends on the source has one batch item for each end of each axis. In item 2a every
entry holds 1 + the highest source index along axis a that it depends on, in item 2a + 1 it holds
the axis's size - the lowest; 0 stands for nothing. Whatever an operation combines, it takes the
maximum of. So a forward pass of the module, with its operations replaced by their maximum, gives
both ends of every window of every output on every axis: all phases and the borders, with no
rounding and no underflow at any depth.
"""

from collections.abc import Callable, Sequence
from dataclasses import is_dataclass
from typing import Any

import pytest

torch = pytest.importorskip("torch")

Rule = Callable[..., Any]
RULES: dict[str, Rule] = {}
CUT, MIRRORED, WRAPPED = 1.0, 2.0, 3.0
STATE = {"axes": 2}  # of the source that is measured at present


class NotWitnessedError(NotImplementedError):
    """An operation that the witness has no rule for: it never guesses."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register the rule of the operations of these names (without underscores at the ends)."""

    def register(function: Rule) -> Rule:
        for name in names:
            assert name not in RULES, name
            RULES[name] = function
        return function

    return register


def source(size: Sequence[int], channels: int) -> Any:
    """The source's own extents: pixel i sees pixel i, and no padding."""
    axes = len(size)
    items = []
    for axis, extent in enumerate(size):
        shape = [1] * axes
        shape[axis] = extent
        index = torch.arange(extent, dtype=torch.float32).view(shape)
        items += [(index + 1).expand(*size), (extent - index).expand(*size)]
    items += [torch.zeros(*size)] * (2 * axes)
    return mark(torch.stack(items)[:, None].repeat(1, channels, *[1] * axes))


def nothing(size: Sequence[int], channels: int, axes: int) -> Any:
    """An input that is not the source: nothing in it depends on the source."""
    return mark(torch.zeros(4 * axes, channels, *size))


def pad_cut(x: Any, dim: int, pair: tuple[int, int], axis: int, axes: int) -> Any:
    """Pad one dimension with what sees nothing, and remember it; crop where negative."""
    if pair == (0, 0):
        return x
    amounts = [0, 0] * (x.ndim - 1 - dim) + list(pair)
    return remember(torch.nn.functional.pad(x, amounts), dim, pair, axis, axes, kind=CUT)


def remember(padded: Any, dim: int, pair: tuple[int, int], axis: int, axes: int, *, kind: float) -> Any:
    """Say of the margins of a dimension on which side of `axis` they lie."""
    items = padded.shape[0] // (4 * axes)
    for side, amount in enumerate(pair):
        if amount > 0:
            first, last = (0, 2) if kind == WRAPPED else (side, side + 1)
            base = 2 * axes + 2 * axis
            start = 0 if side == 0 else padded.shape[dim] - amount
            padded[(base + first) * items : (base + last) * items].narrow(dim, start, amount).fill_(kind)
    return padded


def mark(tensor: Any) -> Any:
    """Say that the entries of a tensor are extents."""
    tensor.extents = True
    return tensor


def is_marked(value: Any) -> bool:
    """Whether the entries of a tensor are extents."""
    return isinstance(value, torch.Tensor) and getattr(value, "extents", False)


def tensors(value: Any) -> list[Any]:
    """All tensors in nested containers, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    elif is_dataclass(value) and not isinstance(value, type):
        value = list(vars(value).values())
    if isinstance(value, (tuple, list)):
        return [found for item in value for found in tensors(item)]
    return []


def merge(*values: Any) -> Any:
    """Entry by entry, after broadcasting: whatever any of them sees. Constants see nothing."""
    shapes = [value.shape for value in values if isinstance(value, torch.Tensor)]
    shape = torch.broadcast_shapes(*shapes)
    total = torch.zeros(shape)
    for value in values:
        if is_marked(value):
            total = torch.maximum(total, value.float())
    return total
