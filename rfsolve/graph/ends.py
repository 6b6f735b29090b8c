"""Where a graph begins and ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import Layer, Pointwise
from rfsolve.graph.shape import ShapeError, Size, TensorShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Layer):
    """What the network is given: channels, and the size along each axis (None where it is free)."""

    op: ClassVar[str] = "input"
    arity: ClassVar[tuple[int, int]] = (0, 0)

    channels: int
    size: Size

    def __post_init__(self) -> None:
        fields.number_of_axes("size", self.size)
        fields.integer("channels", self.channels)
        for extent in self.size:
            if extent is not None:
                fields.integer("size", extent)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:  # noqa: ARG002 - every layer has this signature
        """Its own shape."""
        return TensorShape(self.channels, self.size)

    def resized(self, size: Size) -> "Input":
        """The same input with another size; ShapeError if it has another number of axes."""
        if len(size) != len(self.size):
            raise ShapeError(f"has {len(self.size)} axes, the input size given has {len(size)}")
        return replace(self, size=tuple(size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Pointwise):
    """A result of the network, handed on as it is."""

    op: ClassVar[str] = "output"
    in_place: ClassVar[bool] = True
