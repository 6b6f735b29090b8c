"""The shape of what flows between layers, without the batch."""

from collections.abc import Sequence
from dataclasses import dataclass

Size = tuple[int | None, ...]


class ShapeError(ValueError):
    """Inputs that a layer cannot take. `slots` are the inputs that disagree, where two do."""

    def __init__(self, text: str, slots: tuple[int, ...] = ()) -> None:
        self.slots = slots
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class TensorShape:
    """Channels, and the size along each spatial axis: height, width (depth first in 3-D); None where not known."""

    channels: int
    size: Size

    @property
    def axes(self) -> int:
        """Number of spatial axes: 1, 2 or 3."""
        return len(self.size)

    @property
    def elements(self) -> int | None:
        """Number of elements; None where a size is not known."""
        total = self.channels
        for extent in self.size:
            if extent is None:
                return None
            total *= extent
        return total

    def __str__(self) -> str:
        sizes = "x".join("?" if extent is None else str(extent) for extent in self.size)
        return f"{self.channels} channels of {sizes}"


def same_axes(shape: TensorShape, axes: int) -> None:
    """Raise ShapeError where a layer with fields for `axes` axes meets another number of them."""
    if shape.axes != axes:
        raise ShapeError(f"is {axes}-dimensional, its input is {shape.axes}-dimensional ({shape})")


def same_channels(shape: TensorShape, channels: int) -> None:
    """Raise ShapeError where a layer built for `channels` channels meets another number of them."""
    if shape.channels != channels:
        raise ShapeError(f"takes {channels} channels, its input has {shape.channels}")


def positive(size: Sequence[int | None], why: str) -> Size:
    """The size, if every extent of it is positive; ShapeError with the reason otherwise."""
    if any(extent is not None and extent < 1 for extent in size):
        sizes = "x".join("?" if extent is None else str(extent) for extent in size)
        raise ShapeError(f"{why}: the output would be {sizes}")
    return tuple(size)
