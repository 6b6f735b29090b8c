"""Layers that networks have which others designed: any function of a pixel, of a block, of whole axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import ANY_NUMBER, Dependence, Layer, Pointwise, Reach, listed
from rfsolve.graph.merge import branch_dependence, broadcast_size
from rfsolve.graph.shape import ShapeError, TensorShape
from rfsolve.windows import IDENTITY, Step, Taps, so_far


@dataclass(frozen=True, slots=True, kw_only=True)
class Combine(Layer):
    """Any function, pixel by pixel, of the channels of its branches: a matrix product, a maximum, a choice.

    `channels` is the number of channels it makes; `kind` names the function. A branch of size 1 on
    an axis is broadcast.
    """

    op: ClassVar[str] = "combine"
    arity: ClassVar[tuple[int, int]] = (1, ANY_NUMBER)

    kind: str
    channels: int

    def __post_init__(self) -> None:
        if not self.kind:
            raise ValueError("kind must name the function")
        fields.integer("channels", self.channels)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The channels given, and the common size after broadcasting."""
        return TensorShape(self.channels, broadcast_size(inputs))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Pixel by pixel; global on an axis along which this branch alone has size 1."""
        return branch_dependence(inputs, slot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks(Pointwise):
    """Every pixel sees all pixels of the block it lies in (attention in windows, Liu et al., ICCV 2021).

    `block` is the block's size along each axis: 1 for the pixel alone, 0 for the whole axis.
    """

    op: ClassVar[str] = "blocks"
    in_place: ClassVar[bool] = True

    kind: str
    block: tuple[int, ...]

    def __post_init__(self) -> None:
        fields.per_axis("block", self.block, fields.number_of_axes("block", self.block), least=0)

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """Output q * block + p reads q * block up to, not including, (q + 1) * block."""
        return tuple(Reach.GLOBAL if size == 0 else listed(_block, size=size) for size in self.block)


def _block(*, size: int) -> Step:
    return Step(size, tuple(Taps(start=0, count=size) for _ in range(size)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumulative(Pointwise):
    """Every pixel sees all pixels up to its own along the given axes: running sums, recurrences of one direction.

    `reverse`: all from its own on.
    """

    op: ClassVar[str] = "cumulative"
    in_place: ClassVar[bool] = True

    kind: str
    axes: tuple[int, ...]
    reverse: bool = False

    def __post_init__(self) -> None:
        for axis in self.axes:
            fields.integer("axes", axis, least=0)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The input's shape."""
        if any(axis >= inputs[0].axes for axis in self.axes):
            raise ShapeError(f"runs along axes {list(self.axes)}, its input has {inputs[0].axes}")
        return inputs[0]

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Output i reads 0 to i; unknown where the size is not known."""
        return tuple(
            self._running(extent) if axis in self.axes else IDENTITY for axis, extent in enumerate(inputs[slot].size)
        )

    def _running(self, extent: int | None) -> Dependence:
        if extent == 1:
            return IDENTITY
        return Reach.UNKNOWN if extent is None else listed(so_far, size=extent, reverse=self.reverse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten(Layer):
    """The pixels of whole axes become channels; the axes keep size 1."""

    op: ClassVar[str] = "flatten"
    keeps_grid: ClassVar[bool] = False

    axes: tuple[int, ...]

    def __post_init__(self) -> None:
        for axis in self.axes:
            fields.integer("axes", axis, least=0)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """Channels times the sizes of the axes, which must be known."""
        channels, size = inputs[0].channels, list(inputs[0].size)
        for axis in self.axes:
            extent = size[axis] if axis < len(size) else None
            if extent is None:
                raise ShapeError(f"flattens axis {axis}, whose size is not known")
            channels, size[axis] = channels * extent, 1
        return TensorShape(channels, tuple(size))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Global on these axes, nothing beyond the pixel on the others."""
        own = branch_dependence(inputs[slot : slot + 1], 0)
        return tuple(Reach.GLOBAL if axis in self.axes else step for axis, step in enumerate(own))
