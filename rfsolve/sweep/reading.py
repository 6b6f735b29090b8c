"""Reads a sweep: its rows as values of named columns, pivoted, the best of each group, and the Pareto front."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Any

from rfsolve.errors import InputError
from rfsolve.formats.data_frame import data_frame
from rfsolve.sweep.grid import value_text
from rfsolve.sweep.rows import Row, RowStatus
from rfsolve.sweep.store import latest, read_rows

Value = Any
"""A number, a text, a bool, or None where a row has nothing to say."""


def _field(row: Row, index: int) -> Value:
    """Return the smallest (0) or largest (1) field of the last exit, over phases and axes."""
    pick = min if index == 0 else max
    return pick(field[index] for field in row.exits[-1].receptive_field) if row.exits else None


def _goal(row: Row, key: str) -> Value:
    return None if row.objective is None else getattr(row.objective, key)


def why(row: Row) -> Value:
    """Return in words why a point has no design."""
    if row.error is not None:
        return row.error
    if row.status is not RowStatus.INFEASIBLE:
        return None
    conflicts = [f"these cannot hold together: {', '.join(names)}" for names in row.conflicts]
    nearest = [f"would do: {text}" for text in row.relaxations[:1]]
    implied = [] if row.implied_by is None else [f"point {row.implied_by}: {row.because}"]
    return "; ".join([*implied, *conflicts, *nearest]) or "no design meets every requirement"


COLUMNS: dict[str, Callable[[Row], Value]] = {
    "status": lambda row: row.status.value,
    "objective": lambda row: _goal(row, "value"),
    "bound": lambda row: _goal(row, "bound"),
    "parameters": lambda row: row.parameters,
    "macs": lambda row: row.macs,
    "activations": lambda row: row.activations,
    "layers": lambda row: row.depth,
    "receptive_field": lambda row: _field(row, 0),
    "receptive_field_max": lambda row: _field(row, 1),
    "effective_receptive_field": lambda row: min(row.exits[-1].effective_receptive_field) if row.exits else None,
    "stride": lambda row: max(row.exits[-1].stride) if row.exits else None,
    "channels": lambda row: row.exits[-1].channels if row.exits else None,
    "hole_free": lambda row: row.exits[-1].hole_free if row.exits else None,
    "implied_by": lambda row: row.implied_by,
    "because": lambda row: row.because or None,
    "why": why,
    "seconds": lambda row: row.seconds,
    "design": lambda row: row.design,
    "point": lambda row: row.point,
    "problem": lambda row: row.problem,
    "title": lambda row: row.title,
    "error": lambda row: row.error,
}
"""What a row says, by the name of the column; fields, strides and channels are the last exit's."""

UNITS = {
    "parameters": "parameters",
    "macs": "multiply-accumulates",
    "activations": "elements",
    "layers": "layers",
    "receptive_field": "pixels",
    "receptive_field_max": "pixels",
    "effective_receptive_field": "pixels",
    "stride": "pixels",
    "channels": "channels",
    "seconds": "s",
    "target_rf": "pixels",
    "max_rf": "pixels",
    "target_erf": "pixels",
    "output_stride": "pixels",
    "max_output_stride": "pixels",
    "input_size": "pixels",
    "max_params": "parameters",
    "max_macs": "multiply-accumulates",
}
"""The unit of a column or of a usual axis, for the axes of plots."""

RISING = frozenset({"receptive_field", "receptive_field_max", "effective_receptive_field", "hole_free", "target_rf"})
"""Columns of which more is better; of the others, less."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a sweep, one for each point, in the order of the grid."""

    rows: tuple[Row, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of what is varied."""
        return tuple(self.rows[0].varied) if self.rows else ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns: the axes first."""
        return (*self.axes, *(name for name in COLUMNS if name not in self.axes))

    def column(self, name: str) -> str:
        """Return the name of a column, written with - or _.

        Raises:
            InputError: there is no such column.

        """
        plain = name.strip() if name.strip() in self.axes else name.strip().replace("-", "_")
        if plain not in self.columns:
            close = get_close_matches(plain, self.columns, n=1, cutoff=0.6)
            meant = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(self.columns)}"
            raise InputError(f"{name}: no column, {meant}")
        return plain

    def value(self, row: Row, name: str) -> Value:
        """Return what a row says in a column; lists of an axis as text."""
        if name in row.varied:
            value = row.varied[name]
            return value_text(value) if isinstance(value, list | dict) else value
        return COLUMNS[name](row)

    def records(self) -> list[dict[str, Value]]:
        """Return the rows as flat tables."""
        return [{name: self.value(row, name) for name in self.columns} for row in self.rows]

    def to_frame(self) -> Any:  # noqa: ANN401 - a pandas.DataFrame, and pandas is not needed to import this
        """Return a pandas.DataFrame, a row for each point.

        Raises:
            InputError: pandas is not installed.

        """
        return data_frame(self.records(), list(self.columns))

    def to_csv(self) -> str:
        """Return the rows as CSV with a header."""
        text = StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.records())
        return text.getvalue()

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write the rows as a Parquet file; axes of mixed values become texts.

        Raises:
            InputError: pyarrow is not installed, or the file cannot be written.

        """
        try:
            arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        except ImportError:
            raise InputError(f"{path}: needs pyarrow, install it: pip install 'rfsolve[parquet]'") from None
        records = self.records()
        data = {name: _of_one_kind([record[name] for record in records]) for name in self.columns}
        beside = Path(path).with_name(f".{Path(path).name}.part")
        try:
            parquet.write_table(arrow.table(data), beside)
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None

    def where(self, keep: Callable[[Row], bool]) -> "Rows":
        """Return the rows for which `keep` is true."""
        return Rows(tuple(row for row in self.rows if keep(row)))

    def designs(self) -> "Rows":
        """Return the rows that have a design."""
        return self.where(lambda row: row.design is not None)

    def best(self, group: Sequence[str], by: str = "objective") -> "Rows":
        """Return, for each value of the group's columns, the row with the best design in column `by`."""
        by = self.column(by)
        names = [self.column(name) for name in group]
        kept: dict[tuple[Value, ...], Row] = {}
        for row in self.designs().rows:
            key = tuple(self.value(row, name) for name in names)
            if key not in kept or self._rank(row, by) < self._rank(kept[key], by):
                kept[key] = row
        return Rows(tuple(kept.values()))

    def pareto(self, columns: Sequence[str]) -> "Rows":
        """Return the rows that no other beats: better in one of the columns and no worse in the others.

        Of fields, more is better; of everything else, less. Of rows that are equal in all columns, the first is kept.
        """
        names = [self.column(name) for name in columns]
        first: dict[tuple[float, ...], Row] = {}
        for row in self.designs().rows:
            first.setdefault(tuple(self._rank(row, name) for name in names), row)
        front: list[tuple[float, ...]] = []
        for ranks in sorted(first):  # what beats another comes before it
            if not any(_beats(other, ranks) for other in front):
                front.append(ranks)
        return Rows(tuple(first[ranks] for ranks in front))

    def _rank(self, row: Row, name: str) -> float:
        """Return a number that is smaller where the column is better."""
        value = self.value(row, name)
        if not isinstance(value, int | float):
            raise InputError(f"{name}: {value!r} is no number, expected a column of numbers such as parameters")
        goal = row.objective
        rising = name in RISING or (name in {"objective", "bound"} and goal is not None and goal.maximise)
        return -value if rising else value

    def pivot(self, rows: str, columns: str) -> "Pivot":
        """Return the rows arranged by two columns."""
        down, across = self.column(rows), self.column(columns)
        cells: dict[tuple[Value, Value], list[Row]] = {}
        for row in self.rows:
            cells.setdefault((self.value(row, down), self.value(row, across)), []).append(row)
        return Pivot(down, across, cells)


@dataclass(frozen=True, slots=True)
class Pivot:
    """Rows by the values of two columns."""

    down: str
    across: str
    cells: Mapping[tuple[Value, Value], Sequence[Row]]

    @property
    def rows(self) -> list[Value]:
        """The values down, in their order."""
        return _in_order(key for key, _ in self.cells)

    @property
    def columns(self) -> list[Value]:
        """The values across, in their order."""
        return _in_order(key for _, key in self.cells)


def _in_order(values: Iterable[Value]) -> list[Value]:
    found = list(dict.fromkeys(values))
    numbers = all(isinstance(value, int | float) for value in found)
    return sorted(found) if numbers else found


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def _of_one_kind(values: Sequence[Value]) -> list[Value]:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds - {int, float}) == 0 or len(kinds) <= 1:
        return [float(value) if kinds == {int, float} and value is not None else value for value in values]
    return [None if value is None else str(value) for value in values]


def load_rows(path: str | PathLike[str]) -> Rows:
    """Return the rows of a store, the last one written for each point.

    Raises:
        InputError: the file cannot be read, or holds no rows.

    """
    rows = latest(read_rows(Path(path)))
    if not rows:
        raise InputError(f"{path}: holds no row, expected a store that a sweep has written")
    return Rows(tuple(rows))


def merged(paths: Sequence[str]) -> list[Row]:
    """Return the rows of several stores of one sweep, one for each point.

    A point in several of them is taken from the first that has it proven.

    Raises:
        InputError: a file is of another sweep, or two of them disagree on what they have proven.

    """
    kept: dict[int, tuple[Row, str]] = {}
    first: tuple[Row, str] | None = None
    for path in paths:
        for row in latest(read_rows(path)):
            first = first or (row, path)
            if row.sweep != first[0].sweep:
                raise InputError(f"{path}: holds another sweep than {first[1]}, expected shards of one sweep")
            there = kept.get(row.point)
            if there is None or (row.status.proven and not there[0].status.proven):
                kept[row.point] = (row, path)
            elif row.status.proven and row.answer != there[0].answer:
                raise InputError(f"{path}: point {row.point} has another answer than in {there[1]}")
    return [kept[number][0] for number in sorted(kept)]
