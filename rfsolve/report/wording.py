"""How values are written in tables and sentences: one number where the axes agree, else HxW."""

from collections.abc import Sequence
from fractions import Fraction

from rfsolve.space.problem import Objective, Quantity

UNITS = {
    Quantity.MACS: "MACs",
    Quantity.ACTIVATIONS: "activations",
    Quantity.EFFECTIVE_RECEPTIVE_FIELD: "px of effective receptive field",
    Quantity.ENTROPY: "of entropy",
}
"""What a number of a quantity is followed by, where it is not the quantity's own name."""

UNKNOWN = "?"
SETTLED = 1e-9
"""Relative gap below which a bound proves a value; floating point never meets it exactly."""


def value_text(objective: Objective, value: float) -> str:
    """Return the value with its unit, e.g. `227,488 parameters`."""
    quantity = objective.quantity
    unit = UNITS.get(quantity, quantity.value)
    return f"{number_text(value)} {unit.removesuffix('s') if value == 1 else unit}"


def number_text(value: float) -> str:
    """Return a count in full with thousands marked, any other number with one decimal."""
    return f"{round(value):,}" if float(value).is_integer() else f"{value:,.1f}"


def gap_text(gap: float) -> str:
    """Return a relative gap in percent, with three digits."""
    return f"{100 * gap:.3g} %"


def axes_text(texts: Sequence[str]) -> str:
    """Return one text where all axes say the same, else all of them: `31x63`."""
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


def vector_text(values: Sequence[int]) -> str:
    """Return a kernel, a stride or a dilation."""
    return axes_text([str(value) for value in values])


def field_text(fields: Sequence[tuple[int, int] | None]) -> str:
    """Return a receptive field in pixels; `92-100` where the output's phases differ."""
    return axes_text([UNKNOWN if field is None else _range_text(*field) for field in fields])


def stride_text(strides: Sequence[Fraction | None]) -> str:
    """Return the distance between two outputs in pixels, which up-sampling makes a fraction."""
    return axes_text([UNKNOWN if stride is None else f"{float(stride):.6g}" for stride in strides])


def size_text(sizes: Sequence[float | None], digits: int = 1) -> str:
    """Return sizes in pixels, rounded."""
    return axes_text([UNKNOWN if size is None else f"{size + 0.0:,.{digits}f}" for size in sizes])


def _range_text(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"
