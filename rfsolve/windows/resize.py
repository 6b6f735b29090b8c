"""Steps of interpolation: nearest, linear and cubic, by a rational scale."""

from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from rfsolve.windows.composition import check_step
from rfsolve.windows.step import Step, Taps

_CUBIC = Fraction(-3, 4)  # the coefficient of PyTorch and of ONNX's default
_CUBIC_WIDE = Fraction(-1, 2)  # that of PyTorch with antialias
_HALF, _ONE = Fraction(1, 2), Fraction(1)


class Coordinates(StrEnum):
    """How an output index becomes a position on the input; names as in ONNX's Resize."""

    HALF_PIXEL = "half_pixel"  # x = (i + 1/2) / scale - 1/2; torch align_corners=False
    ASYMMETRIC = "asymmetric"  # x = i / scale; torch mode "nearest"
    ALIGN_CORNERS = "align_corners"  # x = i (in - 1) / (out - 1); the scale given must be its inverse


class Rounding(StrEnum):
    """Which input pixel is the nearest; names as in ONNX's Resize."""

    FLOOR = "floor"  # torch mode "nearest"
    CEIL = "ceil"
    ROUND_PREFER_FLOOR = "round_prefer_floor"
    ROUND_PREFER_CEIL = "round_prefer_ceil"  # torch mode "nearest-exact"


_ROUND: dict[Rounding, Callable[[Fraction], int]] = {
    Rounding.FLOOR: floor,
    Rounding.CEIL: ceil,
    Rounding.ROUND_PREFER_FLOOR: lambda position: ceil(position - _HALF),
    Rounding.ROUND_PREFER_CEIL: lambda position: floor(position + _HALF),
}


@lru_cache(maxsize=256)
def nearest(
    scale: Fraction,
    *,
    coordinates: Coordinates = Coordinates.ASYMMETRIC,
    rounding: Rounding = Rounding.FLOOR,
) -> Step:
    """Step of nearest-neighbour interpolation, one tap an output; `scale` is output pixels per input pixel."""
    pick = _ROUND[rounding]
    return _step(scale, coordinates, lambda position: Taps(start=pick(position)))


@lru_cache(maxsize=256)
def linear(scale: Fraction, *, coordinates: Coordinates = Coordinates.HALF_PIXEL, antialias: bool = False) -> Step:
    """Step of linear interpolation: two taps an output, one where the position falls on a pixel.

    With `antialias` a triangle that is as wide as the pixels it makes: all taps nearer than 1 / scale, where that
    is more than 1.
    """
    if antialias:
        return _step(scale, coordinates, lambda position: _wide_taps(position, min(scale, _ONE), 1, _triangle))
    return _step(scale, coordinates, _linear_taps)


@lru_cache(maxsize=256)
def cubic(scale: Fraction, *, coordinates: Coordinates = Coordinates.HALF_PIXEL, antialias: bool = False) -> Step:
    """Step of cubic convolution (Keys 1981, a = -3/4): four taps an output, one where it falls on a pixel.

    With `antialias` (then a = -1/2, as in PyTorch) all taps nearer than 2 / scale, where that is more than 2.
    """
    if antialias:
        return _step(scale, coordinates, lambda position: _wide_taps(position, min(scale, _ONE), 2, _keys))
    return _step(scale, coordinates, _cubic_taps)


def _step(scale: Fraction, coordinates: Coordinates, taps: Callable[[Fraction], Taps]) -> Step:
    if scale <= 0:
        raise ValueError(f"a resize needs a scale above 0, not {scale}")
    check_step(scale.denominator, scale.numerator)
    positions = (_position(index, scale, coordinates) for index in range(scale.numerator))
    return Step(scale.denominator, tuple(taps(position) for position in positions))


def _position(index: int, scale: Fraction, coordinates: Coordinates) -> Fraction:
    if coordinates is Coordinates.HALF_PIXEL:
        return (index + _HALF) / scale - _HALF
    return index / scale


def _linear_taps(position: Fraction) -> Taps:
    start = floor(position)
    rest = position - start
    if not rest:
        return Taps(start=start)
    return Taps(start=start, count=2, weights=(float(1 - rest), float(rest)))


def _cubic_taps(position: Fraction) -> Taps:
    start = floor(position)
    rest = position - start
    if not rest:
        return Taps(start=start)
    weights = (_far(1 + rest), _near(rest), _near(1 - rest), _far(2 - rest))
    return Taps(start=start - 1, count=4, weights=tuple(float(weight) for weight in weights))


def _wide_taps(position: Fraction, scale: Fraction, reach: int, weigh: Callable[[Fraction], Fraction]) -> Taps:
    """The pixels nearer than reach / scale to a position, weighed by their distance times the scale."""
    pixels = range(floor(position - reach / scale) + 1, ceil(position + reach / scale))
    weights = [weigh(abs(pixel - position) * scale) for pixel in pixels]
    while not weights[0]:
        pixels, weights = pixels[1:], weights[1:]
    while not weights[-1]:
        pixels, weights = pixels[:-1], weights[:-1]
    total = sum(weights)
    return Taps(start=pixels[0], count=len(pixels), weights=tuple(float(weight / total) for weight in weights))


def _triangle(distance: Fraction) -> Fraction:
    return 1 - distance


def _keys(distance: Fraction) -> Fraction:
    return _near(distance, _CUBIC_WIDE) if distance < 1 else _far(distance, _CUBIC_WIDE)


def _near(x: Fraction, a: Fraction = _CUBIC) -> Fraction:
    return ((a + 2) * x - (a + 3)) * x * x + 1


def _far(x: Fraction, a: Fraction = _CUBIC) -> Fraction:
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
