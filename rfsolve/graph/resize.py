"""Interpolation and pixel shuffle."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from math import floor, prod
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import Dependence, Layer, Reach, listed
from rfsolve.graph.mixing import KEPT, Gathered, Mixing, Scattered
from rfsolve.graph.shape import ShapeError, Size, TensorShape, positive, same_axes
from rfsolve.windows import (
    Border,
    Coordinates,
    Rounding,
    Step,
    Taps,
    cubic,
    depth_to_space,
    linear,
    nearest,
    space_to_depth,
)


class ResizeMode(StrEnum):
    """How a resize makes a value from the pixels around a position."""

    NEAREST = "nearest"
    LINEAR = "linear"
    CUBIC = "cubic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize(Layer):
    """Interpolation, either by a scale (output pixels per input pixel) or to an output size.

    `coordinates` None means asymmetric for nearest and half_pixel for the others, as in PyTorch.
    `rounding` is for nearest, `antialias` (wider taps where it shrinks) for the others. With an output
    size the scale is output / input, so the step needs the input's size; align_corners always does.
    """

    op: ClassVar[str] = "resize"
    keeps_grid: ClassVar[bool] = False

    mode: ResizeMode
    scale: tuple[Fraction, ...] = ()
    output_size: tuple[int, ...] = ()
    coordinates: Coordinates | None = None
    rounding: Rounding = Rounding.FLOOR
    antialias: bool = False

    def __post_init__(self) -> None:
        if bool(self.scale) == bool(self.output_size):
            raise ValueError("a resize needs either a scale or an output_size")
        axes = fields.number_of_axes("scale or output_size", self.scale or self.output_size)
        for ratio in self.scale:
            fields.positive_ratio("scale", ratio)
        if self.output_size:
            fields.per_axis("output_size", self.output_size, axes)
        fields.choice("mode", self.mode, list(ResizeMode))
        fields.choice("rounding", self.rounding, list(Rounding))
        plain = self.mode == ResizeMode.NEAREST
        default = Coordinates.ASYMMETRIC if plain else Coordinates.HALF_PIXEL
        object.__setattr__(self, "coordinates", self.coordinates or default)
        fields.choice("coordinates", self._coordinates, list(Coordinates))

    @property
    def _coordinates(self) -> Coordinates:
        return self.coordinates or Coordinates.HALF_PIXEL

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """floor(n * scale), or the output size."""
        same_axes(inputs[0], len(self.scale or self.output_size))
        size: Size = self.output_size or tuple(
            None if n is None else floor(n * ratio) for n, ratio in zip(inputs[0].size, self.scale, strict=True)
        )
        return TensorShape(inputs[0].channels, positive(size, "the scale leaves nothing"))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Per axis the step of the interpolation; unknown where it needs the input's size and that is not known."""
        out = self.infer(inputs).size
        return tuple(self._step(axis, inputs[slot].size[axis], out[axis]) for axis in range(len(out)))

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT

    def _step(self, axis: int, extent: int | None, out: int | None) -> Dependence:
        """The step; beyond the border it reads the last pixel, with antialias only the pixels that there are."""
        step = self._unbordered(axis, extent, out)
        return replace(step, border=Border.NEAREST) if isinstance(step, Step) and not self.antialias else step

    def _unbordered(self, axis: int, extent: int | None, out: int | None) -> Dependence:
        scale = self._ratio(axis, extent, out)
        if not isinstance(scale, Fraction):
            return scale
        if self.mode == ResizeMode.NEAREST:
            return listed(nearest, scale=scale, coordinates=self._coordinates, rounding=self.rounding)
        interpolate = linear if self.mode == ResizeMode.LINEAR else cubic
        return listed(interpolate, scale=scale, coordinates=self._coordinates, antialias=self.antialias)

    def _ratio(self, axis: int, extent: int | None, out: int | None) -> Fraction | Dependence:
        """Output pixels per input pixel; the dependence itself where no scale decides it."""
        corners = self._coordinates is Coordinates.ALIGN_CORNERS
        if self.scale and not corners:
            return self.scale[axis]
        if extent is None or out is None:
            return Reach.UNKNOWN
        if not corners:
            return Fraction(out, extent)
        if out == 1:
            return Step(extent, (Taps(start=0),))
        return Fraction(out - 1, extent - 1) if extent > 1 else Reach.GLOBAL


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelShuffle(Layer):
    """Depth to space: channels become pixels, `factor` along each axis (Shi et al., CVPR 2016)."""

    op: ClassVar[str] = "pixel_shuffle"

    factor: tuple[int, ...]

    def __post_init__(self) -> None:
        fields.per_axis("factor", self.factor, fields.number_of_axes("factor", self.factor))

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """Channels / product of the factors; each size times its factor."""
        same_axes(inputs[0], len(self.factor))
        if inputs[0].channels % prod(self.factor):
            raise ShapeError(f"needs channels divisible by {prod(self.factor)}, its input has {inputs[0].channels}")
        size = (None if n is None else n * f for n, f in zip(inputs[0].size, self.factor, strict=True))
        return TensorShape(inputs[0].channels // prod(self.factor), tuple(size))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """Output i reads i // factor."""
        return tuple(listed(depth_to_space, factor=factor) for factor in self.factor)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """A block of channels makes one."""
        return Gathered(self.factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelUnshuffle(Layer):
    """Space to depth: pixels become channels, `factor` along each axis."""

    op: ClassVar[str] = "pixel_unshuffle"

    factor: tuple[int, ...]

    def __post_init__(self) -> None:
        fields.per_axis("factor", self.factor, fields.number_of_axes("factor", self.factor))

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """Channels times the product of the factors; each size divided by its factor, no rest."""
        same_axes(inputs[0], len(self.factor))
        if any(n is not None and n % f for n, f in zip(inputs[0].size, self.factor, strict=True)):
            raise ShapeError(f"needs sizes divisible by {list(self.factor)}, its input is {inputs[0]}")
        size = (None if n is None else n // f for n, f in zip(inputs[0].size, self.factor, strict=True))
        return TensorShape(inputs[0].channels * prod(self.factor), tuple(size))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """The channels of output i together read `factor` pixels."""
        return tuple(space_to_depth(factor) for factor in self.factor)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel becomes one for each pixel of a block, the last axis first."""
        return Scattered(tuple(range(factor) for factor in self.factor), self.factor)
