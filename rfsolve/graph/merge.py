"""Layers that read several branches: addition, multiplication, concatenation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rfsolve.graph.layer import ANY_NUMBER, Dependence, Layer, Reach
from rfsolve.graph.mixing import KEPT, Joined, Mixing
from rfsolve.graph.shape import ShapeError, Size, TensorShape
from rfsolve.windows import IDENTITY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Elementwise(Layer):
    """Branches of one shape; a branch of one channel, or of size 1 on an axis, is broadcast."""

    arity: ClassVar[tuple[int, int]] = (2, ANY_NUMBER)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The common shape after broadcasting."""
        size = broadcast_size(inputs)
        return TensorShape(_broadcast([shape.channels for shape in inputs], "channels") or 1, size)

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Pixel by pixel; global on an axis along which this branch alone has size 1, as in squeeze-excite."""
        return branch_dependence(inputs, slot)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Channel by channel."""
        return KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(_Elementwise):
    """Sum of its branches (a residual connection)."""

    op: ClassVar[str] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiply(_Elementwise):
    """Product of its branches (a gate)."""

    op: ClassVar[str] = "multiply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat(Layer):
    """Concatenation of its branches along the channels."""

    op: ClassVar[str] = "concat"
    arity: ClassVar[tuple[int, int]] = (1, ANY_NUMBER)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The sum of the channels; the sizes must be equal."""
        _check_axes(inputs)
        size = tuple(_common([shape.size[axis] for shape in inputs], axis) for axis in range(inputs[0].axes))
        return TensorShape(sum(shape.channels for shape in inputs), size)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """One branch after another."""
        return Joined()


def broadcast_size(inputs: Sequence[TensorShape]) -> Size:
    """Return the common size after broadcasting; ShapeError where branches have other axes or sizes."""
    _check_axes(inputs)
    return tuple(
        _broadcast([shape.size[axis] for shape in inputs], f"size on axis {axis}") for axis in range(inputs[0].axes)
    )


def branch_dependence(inputs: Sequence[TensorShape], slot: int) -> tuple[Dependence, ...]:
    """Return what an output reads of one branch: its own pixel; everything where the branch alone has size 1."""
    size = inputs[slot].size
    if 1 not in size:
        return (IDENTITY,) * len(size)
    return tuple(
        Reach.GLOBAL if size[axis] == 1 and any(shape.size[axis] != 1 for shape in inputs) else IDENTITY
        for axis in range(len(size))
    )


def _check_axes(inputs: Sequence[TensorShape]) -> None:
    for slot, shape in enumerate(inputs):
        if shape.axes != inputs[0].axes:
            raise ShapeError(f"have {inputs[0].axes} and {shape.axes} axes", (0, slot))


def _broadcast(extents: Size | list[int] | list[int | None], what: str) -> int | None:
    """The common extent where extents of 1 give way; None where it is not known."""
    known = {extent: slot for slot, extent in reversed(list(enumerate(extents))) if extent != 1}
    known.pop(None, None)
    if len(known) > 1:
        (first, one), (second, other) = sorted(known.items(), key=lambda item: item[1])[:2]
        raise ShapeError(f"differ in {what}: {first} and {second}", (one, other))
    if known:
        return next(iter(known))
    return None if None in extents else 1


def _common(extents: Sequence[int | None], axis: int) -> int | None:
    """The common extent; None where no branch knows it."""
    known: dict[int, int] = {}
    for slot, extent in enumerate(extents):
        if extent is not None:
            known.setdefault(extent, slot)
    if len(known) > 1:
        (first, one), (second, other) = list(known.items())[:2]
        raise ShapeError(f"differ in size on axis {axis}: {first} and {second}", (one, other))
    return next(iter(known), None)
