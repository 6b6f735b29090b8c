"""Tables of text: comma, semicolon or tab between the columns, with or without a head."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from rfsolve.errors import InputError

SEPARATORS = "\t;,"
HEADS = "height,width or size or length or xmin,ymin,xmax,ymax"
"""The headers that a table of sizes can have."""


def rows_of(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a table, blank ones left out.

    Raises:
        InputError: it cannot be read as text.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(1 << 16)
            file.seek(0)
            separator = max(SEPARATORS, key=first.count)
            for row in csv.reader(file, delimiter=separator):
                words = [word.strip() for word in row]
                if any(words):
                    yield words
    except UnicodeDecodeError:
        raise InputError(f"{path}: a binary file, expected a table of text") from None
    except csv.Error as error:
        raise InputError(f"{path}: no table: {error}") from None


def column(head: Sequence[str], names: str) -> int | None:
    """Return the first column that has one of these names, None where there is none; what is in brackets is a unit."""
    lowered = [word.partition("(")[0].strip().lower().replace(" ", "_") for word in head]
    return next((lowered.index(name) for name in names.split() if name in lowered), None)


def number(word: str) -> float | None:
    """Return the number that a cell holds, None where it holds none."""
    try:
        return float(word)
    except ValueError:
        return None


def cell(row: Sequence[str], place: int | None) -> str:
    """Return what a row has in a column; nothing where there is no such column, or the row is too short."""
    return row[place] if place is not None and place < len(row) else ""
