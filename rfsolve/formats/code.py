"""Python code as text: literals that are safe whatever they hold, and calls broken over lines as ruff breaks them."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 88
"""Columns of a line of code."""

INDENT = "    "

_OWN_IN_CODE = "\"'\\{}<>"
_OWN_IN_TEXT = "\"'\\<"
"""Characters that are more than themselves: quotes, escapes, fields of formatted text, tags of a page around it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Something with items between brackets: a call, a tuple, a dictionary. A key is what stands before an item."""

    opening: str
    items: "Sequence[tuple[str, Expression]]"
    closing: str


Expression = str | Listed


def call(name: str, *positional: Expression, **keywords: Expression) -> Listed:
    """Return a call."""
    items = [*(("", item) for item in positional), *((f"{key}=", item) for key, item in keywords.items())]
    return Listed(f"{name}(", items, ")")


def rendered(expression: Expression, depth: int, before: int = 0) -> str:
    """Return the text of an expression in a line of this depth that has `before` columns already.

    It is on one line if that has room, else every item is on a line of its own, with a comma behind the last.
    """
    flat = _flat(expression)
    if isinstance(expression, str) or not expression.items or _fits(flat, depth, before):
        return flat
    inside = INDENT * (depth + 1)
    lines = [f"{inside}{key}{rendered(item, depth + 1, len(key))},\n" for key, item in expression.items]
    return f"{expression.opening}\n{''.join(lines)}{INDENT * depth}{expression.closing}"


def _fits(flat: str, depth: int, before: int) -> bool:
    return len(INDENT) * depth + before + len(flat) + 1 <= WIDTH


def _flat(expression: Expression) -> str:
    if isinstance(expression, str):
        return expression
    items = ", ".join(f"{key}{_flat(item)}" for key, item in expression.items)
    lone = "," if expression.opening == "(" and len(expression.items) == 1 else ""
    return f"{expression.opening}{items}{lone}{expression.closing}"


def text_literal(text: str) -> str:
    """Return the text as a string in ASCII without quotes, line ends or braces of its own inside."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character.isascii() and character.isprintable() and character not in _OWN_IN_CODE:
        return character
    number = ord(character)
    if number < 1 << 8:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"


def comment_text(text: str, longest: int = 60) -> str:
    """Return the text for a docstring or a comment: what is no plain ASCII as `(U+00E9)`, cut where it is too long."""
    plain = "".join(
        character
        if character.isascii() and character.isprintable() and character not in _OWN_IN_TEXT
        else f"(U+{ord(character):04X})"
        for character in " ".join(text.split(" "))
    )
    return plain if len(plain) <= longest else f"{plain[: longest - 2]}.."


def number_literal(value: float) -> str:
    """Return a number as code, with underscores between thousands."""
    if isinstance(value, int):
        return f"{value:_}" if abs(value) >= 10_000 else str(value)  # noqa: PLR2004 - as ruff and people write them
    return repr(value)


def literal(value: object) -> Expression:
    """Return a number, a truth value, None, a text, or a tuple of those as code."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return number_literal(value)
    if isinstance(value, tuple):
        return Listed("(", [("", literal(item)) for item in value], ")")
    return text_literal(str(value))
