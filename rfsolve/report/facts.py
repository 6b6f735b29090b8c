"""A list of named facts: a label on the left, a text on the right that wraps under itself."""

from collections.abc import Iterable
from textwrap import wrap

from rich.text import Text

from rfsolve.report.grid import shown

Fact = tuple[str, str]

NARROWEST = 30
"""Columns that a text gets at the least, however narrow the terminal."""


def facts_text(facts: Iterable[Fact], width: int) -> Text:
    """Return the facts in `width` columns; a label that repeats the one above is left out."""
    listed = [(shown(label), shown(text)) for label, text in facts]
    indent = max((len(label) for label, _ in listed), default=0) + 2
    room = max(NARROWEST, width - indent)
    lines: list[Text] = []
    previous = None
    for label, text in listed:
        head = "" if label == previous else label
        for i, line in enumerate(wrap(text, room, break_on_hyphens=False) or [""]):
            lines.append(Text.assemble((f"{head if i == 0 else '':<{indent}}", "bold"), line))
        previous = label
    return Text("\n").join(lines)
