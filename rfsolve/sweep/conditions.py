"""Conditions that leave combinations out of a sweep: `levels >= 5 and target_rf < 100`.

A condition compares axes with numbers, texts in quotes, other axes, and multiples of axes (`8*output_stride`). Nothing
is executed: there are no functions and no other operators.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from rfsolve.errors import InputError
from rfsolve.space.option_values import toml_value
from rfsolve.space.quantity import parse_quantity

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
COMPARISON = re.compile(r"(.+?)\s*(<=|>=|==|!=|<|>)\s*(.+)")
MULTIPLE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*\*\s*(.+)")
EXPECTED = "expected comparisons such as levels >= 5 and target_rf < 8*output_stride"


@dataclass(frozen=True, slots=True)
class Term:
    """One side of a comparison: an axis times a factor, or a value."""

    axis: str | None
    factor: float = 1
    value: Any = None

    def of(self, varied: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the axis holds
        """Return what the term is at a point."""
        if self.axis is None:
            return self.value
        value = _amount(varied[self.axis])
        return value if self.factor == 1 else self.factor * value


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons that must all hold."""

    text: str
    comparisons: tuple[tuple[Term, str, Term], ...]

    def holds(self, varied: Mapping[str, Any]) -> bool:
        """Return whether a point meets all comparisons.

        Raises:
            InputError: what is compared has no order.

        """
        try:
            return all(OPERATORS[sign](left.of(varied), right.of(varied)) for left, sign, right in self.comparisons)
        except TypeError:
            raise InputError(f"--drop {self.text}: compares what has no order, {EXPECTED}") from None


def condition_of(text: str, axes: Sequence[str]) -> Condition:
    """Return the condition that a text states about these axes.

    Raises:
        InputError: it is no comparison, or names no axis.

    """
    comparisons = []
    for part in re.split(r"\s+and\s+", text.strip()):
        found = COMPARISON.fullmatch(part.strip())
        if found is None:
            raise InputError(f"--drop {text}: no comparison, {EXPECTED}")
        comparisons.append((_term(found[1], axes, text), found[2], _term(found[3], axes, text)))
    return Condition(text, tuple(comparisons))


def _term(text: str, axes: Sequence[str], whole: str) -> Term:
    text = text.strip()
    if text in axes:
        return Term(text)
    multiple = MULTIPLE.fullmatch(text)
    if multiple and multiple[2] in axes:
        return Term(multiple[2], float(multiple[1]))
    value = toml_value(text)
    if value is text or value == text:
        value = _amount(text)
    if isinstance(value, str) and value == text:
        close = get_close_matches(text, axes, n=1, cutoff=0.5)
        meant = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(axes)}, a number or a 'text'"
        raise InputError(f"--drop {whole}: '{text}' is no axis, {meant}")
    return Term(None, value=value)


def _amount(value: Any) -> Any:  # noqa: ANN401 - whatever an axis holds
    """Return the number that a text such as 100k means, or the value."""
    if not isinstance(value, str):
        return value
    try:
        return parse_quantity(value)
    except ValueError:
        return value
