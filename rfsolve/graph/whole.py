"""Layers that see the whole input, or of which that is not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import ANY_NUMBER, Dependence, Layer, LongPeriod, Reach
from rfsolve.graph.shape import ShapeError, Size, TensorShape, same_axes
from rfsolve.windows import IDENTITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear(Layer):
    """Flatten and a fully connected layer; the output keeps its axes with size 1.

    A linear layer on the channels of each pixel is a 1x1 Conv.
    """

    op: ClassVar[str] = "linear"
    keeps_grid: ClassVar[bool] = False

    in_features: int
    out_features: int
    bias: bool = True

    def __post_init__(self) -> None:
        fields.integer("in_features", self.in_features)
        fields.integer("out_features", self.out_features)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """out_features channels of size 1; the elements of the input must be in_features."""
        if inputs[0].elements not in (None, self.in_features):
            raise ShapeError(f"takes {self.in_features} features, its input has {inputs[0].elements} ({inputs[0]})")
        return TensorShape(self.out_features, (1,) * inputs[0].axes)

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Global on every axis, but where the input has one position only: that is the whole of it."""
        return tuple(IDENTITY if size == 1 else Reach.GLOBAL for size in inputs[slot].size)

    @property
    def parameters(self) -> int:
        """In * out, and out for the bias."""
        return self.in_features * self.out_features + self.out_features * self.bias

    def macs(self, inputs: Sequence[TensorShape], output: TensorShape) -> int:  # noqa: ARG002 - every layer has this signature
        """In * out."""
        return self.in_features * self.out_features


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opaque(Layer):
    """A layer known by name only.

    `channels` and `size` say its output where that is not the shape of its first input.
    """

    arity: ClassVar[tuple[int, int]] = (1, ANY_NUMBER)

    name: str
    channels: int | None = None
    size: Size | None = None
    parameter_count: int = 0

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("name must say what the layer is")
        fields.integer("parameter_count", self.parameter_count, least=0)
        if self.channels is not None:
            fields.integer("channels", self.channels)
        for extent in self.size or ():
            if extent is not None:
                fields.integer("size", extent)

    @property
    def parameters(self) -> int:
        """As many as it was said to have."""
        return self.parameter_count

    def _shape(self, inputs: Sequence[TensorShape], size: Size) -> TensorShape:
        if self.size is not None:
            same_axes(inputs[0], len(self.size))
        channels = inputs[0].channels if self.channels is None else self.channels
        return TensorShape(channels, size if self.size is None else self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Global(_Opaque):
    """A layer each of whose outputs sees all of its inputs, such as attention; by default it keeps the shape."""

    op: ClassVar[str] = "global"

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The shape given, else that of the first input."""
        return self._shape(inputs, inputs[0].size)

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Global on every axis."""
        return (Reach.GLOBAL,) * inputs[slot].axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(_Opaque):
    """A layer of which it is not known what it reads, and why; its size is not known either unless given.

    `moves`: each of its outputs is some entry of its input, so that where all of them see everything, it does.
    """

    op: ClassVar[str] = "unknown"
    keeps_grid: ClassVar[bool] = False

    reason: str = ""
    moves: bool = False

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The shape given; else the channels of the first input and no known size."""
        return self._shape(inputs, (None,) * inputs[0].axes)

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Unknown on every axis, but where it only moves what has no window anyway."""
        return (LongPeriod(None) if self.moves else Reach.UNKNOWN,) * inputs[slot].axes
