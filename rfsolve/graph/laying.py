"""Layers that lay pixels end to end along an axis: copies of one node's, those of several nodes.

No pattern of the infinite grid goes on across a seam, so the outputs behind them are listed one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import ANY_NUMBER, Dependence, Layer, Reach, listed
from rfsolve.graph.mixing import KEPT, Mixing
from rfsolve.graph.shape import ShapeError, TensorShape, same_axes
from rfsolve.windows import IDENTITY, part, tiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile(Layer):
    """All pixels `repeats` times over, along each axis."""

    op: ClassVar[str] = "tile"

    repeats: tuple[int, ...]

    def __post_init__(self) -> None:
        fields.per_axis("repeats", self.repeats, fields.number_of_axes("repeats", self.repeats))

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """N * repeats."""
        same_axes(inputs[0], len(self.repeats))
        size = (None if n is None else n * r for n, r in zip(inputs[0].size, self.repeats, strict=True))
        return TensorShape(inputs[0].channels, tuple(size))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Output i reads i modulo the input's size; unknown where that is not known."""
        return tuple(_tiled(n, r) for n, r in zip(inputs[slot].size, self.repeats, strict=True))

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Layer):
    """The pixels of its branches along one axis, one branch after another."""

    op: ClassVar[str] = "join"
    arity: ClassVar[tuple[int, int]] = (2, ANY_NUMBER)

    axis: int

    def __post_init__(self) -> None:
        fields.integer("axis", self.axis, least=0)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The sum of the sizes on the axis; all else must be equal."""
        first = inputs[0]
        if self.axis >= first.axes:
            raise ShapeError(f"joins axis {self.axis}, its input has {first.axes}")
        for slot, shape in enumerate(inputs):
            if (shape.channels, self._others(shape)) != (first.channels, self._others(first)):
                raise ShapeError(f"have the shapes {first} and {shape}", (0, slot))
        size = list(first.size)
        size[self.axis] = self._total(inputs)
        return TensorShape(first.channels, tuple(size))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """On the axis, output i reads i less the sizes of the branches before, where that is a pixel of the branch."""
        total = self._total(inputs)
        own: Dependence = Reach.UNKNOWN
        if total is not None:
            sizes = [shape.size[self.axis] or 0 for shape in inputs]
            own = listed(part, before=sum(sizes[:slot]), size=sizes[slot], total=total, gain=len(inputs))
        return tuple(own if axis == self.axis else IDENTITY for axis in range(inputs[slot].axes))

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own; together the branches have mean gain 1, as each has its share of it."""
        return KEPT

    def _total(self, inputs: Sequence[TensorShape]) -> int | None:
        sizes = [shape.size[self.axis] for shape in inputs]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def _others(self, shape: TensorShape) -> list[int | None]:
        return [extent for axis, extent in enumerate(shape.size) if axis != self.axis]


def _tiled(extent: int | None, repeats: int) -> Dependence:
    if repeats == 1:
        return IDENTITY
    return Reach.UNKNOWN if extent is None else listed(tiled, size=extent, repeats=repeats)
