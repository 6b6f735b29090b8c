"""Resize and Upsample, in the meaning of every version."""

from collections.abc import Callable, Iterable
from fractions import Fraction

from rfsolve.formats.lowering.resizing import resized
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value
from rfsolve.formats.onnx.operation import Operation, Rule
from rfsolve.graph import ResizeMode
from rfsolve.windows import Coordinates, Rounding

_WITH_SIZES = 11  # from this version on an input may give sizes, and attributes the coordinates
_MODES = {
    "nearest": ResizeMode.NEAREST,
    "linear": ResizeMode.LINEAR,
    "bilinear": ResizeMode.LINEAR,
    "cubic": ResizeMode.CUBIC,
}


def _resize(site: Site, op: Operation) -> Value:
    tensor = op.tensor()
    scales, sizes = _asked(op, tensor)
    if list(sizes[:2]) != list(tensor.shape[:2]):
        raise Untranslatable("it resizes the batch or the channels")
    mode = _MODES.get(_text(op, "mode", "nearest"))
    if mode is None:
        raise Untranslatable(f"its mode is '{_text(op, 'mode', '')}'")
    coordinates, rounding = _positions(op, tensor, sizes, scales, mode)
    wide = bool(op.integer("antialias", 0)) and mode is not ResizeMode.NEAREST
    if wide and coordinates is Coordinates.ALIGN_CORNERS:
        raise Untranslatable("it is an interpolation with antialias and aligned corners")
    return resized(
        site,
        tensor,
        mode,
        sizes=sizes[2:],
        scales=None if scales is None else scales[2:],
        coordinates=coordinates,
        rounding=rounding,
        antialias=wide,
    )


def _asked(op: Operation, tensor: Tensor) -> tuple[list[Fraction] | None, list[int]]:
    """Scales (None where sizes are given) and sizes, for every dimension."""
    axes = op.integers("axes") or list(range(tensor.rank))
    places = [tensor.axis(axis) for axis in axes]
    at = 1 if op.opset < _WITH_SIZES or op.operator == "Upsample" else 2
    given = op.attribute("scales") or (_numbers(op.value(at)) if op.value(at) is not None else [])
    if given:
        if len(given) != len(places):
            raise Untranslatable(f"it has {len(given)} scales for {len(places)} dimensions")
        scales = [Fraction(1)] * tensor.rank
        for place, scale in zip(places, given, strict=True):
            if not scale > 0 or scale > 1 << 20:
                raise Untranslatable(f"a scale of {scale}")
            scales[place] = Fraction(scale).limit_denominator(1 << 16)
        return scales, [int(size * scale) for size, scale in zip(tensor.shape, scales, strict=True)]
    wanted = [int(size) for size in _numbers(op.value(3))]
    if len(wanted) != len(places):
        raise Untranslatable(f"it has {len(wanted)} sizes for {len(places)} dimensions")
    sizes = list(tensor.shape)
    policy = _text(op, "keep_aspect_ratio_policy", "stretch")
    if policy != "stretch":
        ratio = _kept(policy)(Fraction(size, sizes[place]) for place, size in zip(places, wanted, strict=True))
        own = [ratio if place in places else Fraction(1) for place in range(tensor.rank)]
        return own, [int(size * one + Fraction(1, 2)) for size, one in zip(sizes, own, strict=True)]
    for place, size in zip(places, wanted, strict=True):
        sizes[place] = size
    return None, sizes


def _kept(policy: str) -> Callable[[Iterable[Fraction]], Fraction]:
    """Which of the scales that the sizes ask for is that of all."""
    kept = {"not_larger": min, "not_smaller": max}.get(policy)
    if kept is None:
        raise Untranslatable(f"its policy is '{policy}'")
    return kept


def _numbers(value: Value | None) -> list[float]:
    if not isinstance(value, Constant):
        raise Untranslatable("to what size it resizes is not known before it runs")
    return value.numbers("size")


def _positions(
    op: Operation, tensor: Tensor, sizes: list[int], scales: list[Fraction] | None, mode: ResizeMode
) -> tuple[Coordinates, Rounding]:
    """How an output index becomes a position, and which pixel is the nearest to it."""
    if op.opset < _WITH_SIZES or op.operator == "Upsample":
        return Coordinates.ASYMMETRIC, Rounding.FLOOR
    how = _text(op, "coordinate_transformation_mode", "half_pixel")
    rounding = Rounding(_text(op, "nearest_mode", "round_prefer_floor"))
    if how in set(Coordinates):
        return Coordinates(how), rounding
    if how == "pytorch_half_pixel" and all(size > 1 for size in sizes[2:]):
        return Coordinates.HALF_PIXEL, rounding
    exact = scales is None or all(size * s == out for size, s, out in zip(tensor.shape, scales, sizes, strict=True))
    if how == "half_pixel_symmetric" and exact:
        return Coordinates.HALF_PIXEL, rounding
    if how == "tf_half_pixel_for_nn" and mode is ResizeMode.NEAREST and rounding is Rounding.FLOOR:
        return Coordinates.HALF_PIXEL, Rounding.ROUND_PREFER_CEIL
    raise Untranslatable(f"its coordinates are '{how}'")


def _text(op: Operation, name: str, default: str) -> str:
    given = op.attribute(name, default)
    return given.decode("ascii", "replace") if isinstance(given, bytes) else str(given)


RULES: dict[str, Rule] = {"Resize": _resize, "Upsample": _resize}
