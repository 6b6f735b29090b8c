"""Layers that only move pixels: pad, crop, slice, flip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.convolution import Pairs
from rfsolve.graph.layer import Dependence, Layer, Pointwise, Reach
from rfsolve.graph.mixing import KEPT, Mixing
from rfsolve.graph.shape import ShapeError, TensorShape, positive, same_axes
from rfsolve.windows import IDENTITY, Border, flip, shift, strided_slice


class PadMode(StrEnum):
    """What a padding is filled with.

    On the infinite grid all are alike; at the border all but constant read more.
    """

    CONSTANT = "constant"
    REFLECT = "reflect"
    REPLICATE = "replicate"
    CIRCULAR = "circular"


_BORDERS = {
    PadMode.CONSTANT: Border.NOTHING,
    PadMode.REFLECT: Border.MIRRORED,
    PadMode.REPLICATE: Border.NEAREST,
    PadMode.CIRCULAR: Border.WRAPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pad(Layer):
    """Pixels added (left, right) on each axis."""

    op: ClassVar[str] = "pad"

    amounts: Pairs
    mode: PadMode = PadMode.CONSTANT

    def __post_init__(self) -> None:
        fields.pairs("amounts", self.amounts, fields.number_of_axes("amounts", self.amounts))
        fields.choice("mode", self.mode, list(PadMode))

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """N + left + right; a reflection needs more pixels than it adds."""
        same_axes(inputs[0], len(self.amounts))
        if self.mode == PadMode.REFLECT and any(
            n is not None and n <= max(pair) for n, pair in zip(inputs[0].size, self.amounts, strict=True)
        ):
            raise ShapeError(f"cannot reflect {list(self.amounts)} pixels of {inputs[0]}")
        size = (None if n is None else n + sum(pair) for n, pair in zip(inputs[0].size, self.amounts, strict=True))
        return TensorShape(inputs[0].channels, tuple(size))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """Output i reads i - left."""
        border = _BORDERS[self.mode]
        return tuple(IDENTITY if pair == (0, 0) else replace(shift(-pair[0]), border=border) for pair in self.amounts)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop(Layer):
    """Pixels taken off (left, right) on each axis."""

    op: ClassVar[str] = "crop"

    amounts: Pairs

    def __post_init__(self) -> None:
        fields.pairs("amounts", self.amounts, fields.number_of_axes("amounts", self.amounts))

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """N - left - right."""
        same_axes(inputs[0], len(self.amounts))
        size = [None if n is None else n - sum(pair) for n, pair in zip(inputs[0].size, self.amounts, strict=True)]
        return TensorShape(inputs[0].channels, positive(size, "the crop leaves nothing"))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """Output i reads i + left."""
        return tuple(shift(left) for left, _ in self.amounts)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Layer):
    """Every `step`-th pixel from `start` on each axis, to the end."""

    op: ClassVar[str] = "slice"

    start: tuple[int, ...]
    step: tuple[int, ...]

    def __post_init__(self) -> None:
        axes = fields.number_of_axes("start", self.start)
        fields.per_axis("start", self.start, axes, least=0)
        fields.per_axis("step", self.step, axes)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """ceil((n - start) / step)."""
        same_axes(inputs[0], len(self.start))
        size = [
            None if n is None else -(-(n - start) // step)
            for n, start, step in zip(inputs[0].size, self.start, self.step, strict=True)
        ]
        return TensorShape(inputs[0].channels, positive(size, "the slice starts past the end"))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """Output i reads start + i * step."""
        return tuple(strided_slice(start=start, step=step) for start, step in zip(self.start, self.step, strict=True))

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip(Layer):
    """The given axes mirrored. What an output reads depends on the input's size."""

    op: ClassVar[str] = "flip"

    axes: tuple[int, ...]

    def __post_init__(self) -> None:
        for axis in self.axes:
            fields.integer("axes", axis, least=0)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The input's shape."""
        if any(axis >= inputs[0].axes for axis in self.axes):
            raise ShapeError(f"mirrors axes {list(self.axes)}, its input has {inputs[0].axes}")
        return inputs[0]

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Output i reads size - 1 - i; unknown where the size is not known."""
        return tuple(_flip(extent) if axis in self.axes else IDENTITY for axis, extent in enumerate(inputs[slot].size))

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll(Pointwise):
    """Pixels moved by `shift` along each axis; those that leave at one end come back at the other.

    On the infinite grid nothing comes back: what an output at the border reads of the other end is
    not part of its window.
    """

    op: ClassVar[str] = "roll"

    shift: tuple[int, ...]

    def __post_init__(self) -> None:
        fields.number_of_axes("shift", self.shift)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The input's shape."""
        same_axes(inputs[0], len(self.shift))
        return inputs[0]

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """Output i reads i - shift."""
        return tuple(
            IDENTITY if not amount else replace(shift(-amount), border=Border.WRAPPED) for amount in self.shift
        )


def _flip(extent: int | None) -> Dependence:
    return Reach.UNKNOWN if extent is None else flip(extent)
