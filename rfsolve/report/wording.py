"""How values are written in tables and sentences: one number where the axes agree, else HxW."""

from collections.abc import Sequence
from fractions import Fraction

from rfsolve.analysis import Tap
from rfsolve.space.problem import Objective, Quantity

UNKNOWN = "?"
HOLES = {True: "hole-free", False: "with holes", None: "holes not known"}
SETTLED = 1e-9
"""Relative gap below which a bound proves a value; floating point never meets it exactly."""


def value_text(objective: Objective, value: float) -> str:
    """Return the value with its name or unit, e.g. `227,488 parameters`, `entropy 1,074.3`."""
    match objective.quantity:
        case Quantity.ENTROPY:
            return f"entropy {value:,.1f}"
        case Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            return f"effective receptive field {value:,.1f} px"
        case quantity:
            return count_text(value, quantity.words)


def count_text(value: float, things: str) -> str:
    """Return a count with what is counted: `227,488 parameters`, `1 layer`; bounds may have a decimal."""
    number = f"{round(value):,}" if float(value).is_integer() else f"{value:,.1f}"
    return f"{number} {things.removesuffix('s') if value == 1 else things}"


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


def fields_text(tap: Tap) -> str:
    """Return a tap's receptive field; `global` or `unknown` on axes without a number."""
    pairs = zip(tap.receptive_field, tap.reach, strict=True)
    return axes_text([reach.value if field is None else field_text([field]) for field, reach in pairs])


def stride_text(strides: Sequence[Fraction | None]) -> str:
    """Return the distance between two outputs in pixels, which up-sampling makes a fraction."""
    return axes_text([UNKNOWN if stride is None else f"{float(stride):.6g}" for stride in strides])


def size_text(sizes: Sequence[float | None]) -> str:
    """Return sizes in pixels, with one decimal."""
    return axes_text([UNKNOWN if size is None else f"{size + 0.0:,.1f}" for size in sizes])


def list_text(words: Sequence[str], room: int, *, total: str = "") -> str:
    """Return all words, or those that fit into `room` columns, but one at least, and how many there are in all."""
    rest = f", .. ({total or len(words)})"
    texts = [", ".join(words[:end]) + ("" if end == len(words) else rest) for end in range(len(words), 0, -1)]
    return next((text for text in texts if len(text) <= room), texts[-1] if texts else "")


def _range_text(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"
