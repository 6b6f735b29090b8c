"""Axes of a sweep: a key and the values it takes, written as a range or as a list."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from rfsolve.errors import InputError
from rfsolve.space.quantity import SUFFIXES

LARGEST_AXIS = 1_000_000
NUMBER = r"[+-]?[0-9][0-9_]*(?:\.[0-9]+)?[kKMGBT]?"
RANGE = re.compile(rf"\s*({NUMBER})\s*:\s*({NUMBER})\s*(?::\s*({NUMBER})\s*)?")
CLOSING = {"[": "]", "{": "}", "(": ")", '"': '"', "'": "'"}


@dataclass(frozen=True, slots=True)
class Axis:
    """A key of the problem and its values, as plain lists, numbers and texts."""

    name: str
    values: tuple[Any, ...]


def axis_of(name: str, stated: object, read: Callable[[str], Any]) -> Axis:
    """Return the axis that a text (`50:400:25`, `[3],[3,5]`) or an iterable of values states.

    Raises:
        InputError: it has no value, or the same one twice.

    """
    if isinstance(stated, str):
        values = _of_text(name, stated, read)
    elif isinstance(stated, Iterable):
        values = tuple(_plain(value) for value in stated)
    else:
        values = (stated,)
    if not values:
        raise InputError(f"--vary {name}: empty, expected values such as 50:400:25 or 4,8,16")
    texts = [repr(value) for value in values]
    if len(set(texts)) < len(texts):
        twice = next(text for i, text in enumerate(texts) if text in texts[:i])
        raise InputError(f"--vary {name}: {twice} is there twice, expected each value once")
    return Axis(name, values)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever Python holds
    """Return tuples as lists and numbers of other packages as Python's own, so that JSON can hold them."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.item() if hasattr(value, "item") and callable(value.item) else value


def _of_text(name: str, text: str, read: Callable[[str], Any]) -> tuple[Any, ...]:
    values: list[Any] = []
    for part in split(text):
        found = RANGE.fullmatch(part)
        values += _range(name, part, *found.groups()) if found else [read(part)]
    return tuple(values)


def split(text: str) -> list[str]:
    """Return the parts between commas that stand outside brackets and quotes."""
    parts: list[str] = []
    open_: list[str] = []
    start = 0
    for i, character in enumerate(text):
        if open_ and character == open_[-1]:
            open_.pop()
        elif character in CLOSING and not (open_ and open_[-1] in "\"'"):
            open_.append(CLOSING[character])
        elif character == "," and not open_:
            parts.append(text[start:i])
            start = i + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def _range(name: str, text: str, first: str, last: str, by: str | None) -> list[Any]:
    """Return the numbers from the first on, up to the last where a step meets it."""
    start, end, step = _number(first), _number(last), _number(by or "1")
    if step == 0:
        raise InputError(f"--vary {name}: {text} has a step of 0, expected start:end:step such as 50:400:25")
    steps = (end - start) / step
    if steps < 0:
        raise InputError(f"--vary {name}: {text} is an empty range, expected start:end:step such as 50:400:25")
    if steps >= LARGEST_AXIS:
        raise InputError(f"--vary {name}: {text} has more than {LARGEST_AXIS:,} values, expected fewer")
    numbers = [start + i * step for i in range(int(steps) + 1)]
    return [int(number) if number == int(number) else float(number) for number in numbers]


def _number(text: str) -> Decimal:
    suffix = text[-1] if text[-1].isalpha() else ""
    try:
        return Decimal(text.removesuffix(suffix).replace("_", "")) * SUFFIXES[suffix]
    except InvalidOperation:
        raise InputError(f"{text}: no number") from None
