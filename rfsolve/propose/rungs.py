"""Rungs: one request to the solver after another, each asking for more than the one before it.

The first rung asks what the policy asks. Each further one asks the effective field of every exit to hold a larger part
of its objects, or, where paths meet and an effective field is out of reach, for a multiple of the field.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from typing import Any

from rfsolve.propose.aims import Aim

PARTS = (0.5, 0.75, 0.9, 1.0)
CONTEXTS = (1.5, 2.0, 3.0, 4.0)

Table = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A problem, and in words what it asks."""

    words: str
    table: Table


def effective_rungs(table: Table, aims: Sequence[Aim]) -> Iterator[Rung]:
    """Yield the table, then with 4 sigma of every exit at least the side that half of its objects have, and more."""
    yield Rung(words="every level has the field and the stride asked of it", table=table)
    sides = [_effective(aims, part) for part in PARTS]
    for part, asked, following in zip(PARTS, sides, [*sides[1:], None], strict=True):
        if asked != following:  # objects of one size are all parts at once
            held = "every object" if part == 1.0 else f"{part:.0%} of the objects"
            words = f"every level has what is asked of it, and its 4 sigma hold {held} that it serves"
            yield Rung(words=words, table=_with(table, "effective_receptive_field", asked))


def _effective(aims: Sequence[Aim], part: float) -> dict[str, float]:
    """Return for each exit the side that this part of its objects does not exceed, to a tenth of a pixel above."""
    asked: dict[str, float] = {}
    for aim in aims:
        sides = [*aim.sides(part), *(aim.effective_receptive_field or ())]
        asked[aim.exit] = max(asked.get(aim.exit, 0.0), ceil(10 * max(sides)) / 10)
    return asked


def context_rungs(table: Table) -> Iterator[Rung]:
    """Yield the table, then with 1.5, 2, 3 and 4 times the field at every exit."""
    yield Rung(words="the output has the field asked of it", table=table)
    fields = {one["name"]: one["receptive_field"] for one in table["exit"] if "receptive_field" in one}
    for context in CONTEXTS:
        asked = {name: _times(context, field) for name, field in fields.items()}
        words = f"the output has {context:g} times the field asked of it, for what surrounds an object"
        yield Rung(words=words, table=_with(table, "receptive_field", asked))


def _times(context: float, field: int | Sequence[int]) -> int | list[int]:
    return ceil(context * field) if isinstance(field, int) else [ceil(context * axis) for axis in field]


def _with(table: Table, key: str, asked: Mapping[str, object]) -> Table:
    """Return a copy in which the named exits ask for these."""
    copy = deepcopy(table)
    for one in copy["exit"]:
        if one["name"] in asked:
            one[key] = asked[one["name"]]
    return copy
