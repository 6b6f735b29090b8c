"""Checks of layer fields, with texts that say which field is wrong and what it must be."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

MOST_AXES = 3
_PAIR = 2


def per_axis(name: str, values: Sequence[Any], axes: int, *, least: int = 1) -> None:
    """Raise ValueError unless there is one integer of at least `least` for each axis."""
    if len(values) != axes:
        raise ValueError(f"{name} needs {axes} values, one per axis, not {len(values)}")
    for value in values:
        integer(name, value, least=least)


def integer(name: str, value: object, *, least: int = 1) -> None:
    """Raise ValueError unless the value is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, not {value!r}")


def pairs(name: str, values: Sequence[tuple[int, int]], axes: int, *, least: int = 0) -> None:
    """Raise ValueError unless there is one (left, right) pair for each axis."""
    if len(values) != axes:
        raise ValueError(f"{name} needs {axes} pairs (left, right), one per axis, not {len(values)}")
    for pair in values:
        if len(pair) != _PAIR:
            raise ValueError(f"{name} needs a (left, right) pair for each axis, not {pair!r}")
        per_axis(name, pair, 2, least=least)


def number_of_axes(name: str, values: Sequence[object]) -> int:
    """The number of axes of a per-axis field: 1, 2 or 3; ValueError otherwise."""
    if not 1 <= len(values) <= MOST_AXES:
        raise ValueError(f"{name} must have 1 to {MOST_AXES} axes, not {len(values)}")
    return len(values)


def choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raise ValueError unless the value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")


def positive_ratio(name: str, value: object) -> None:
    """Raise ValueError unless the value is a rational number above 0."""
    if not isinstance(value, Fraction) or value <= 0:
        raise ValueError(f"{name} must be a rational number above 0, not {value!r}")
