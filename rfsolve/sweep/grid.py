"""The grid of a sweep: every combination of the axes' values, and the problem that each of them states."""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from rfsolve.errors import InputError, Mistake, ProblemError
from rfsolve.space.family_table import unfolded
from rfsolve.space.problem import Problem
from rfsolve.space.problem_table import PathError, ProblemTable
from rfsolve.space.reading import problem_from
from rfsolve.sweep.axes import Axis, axis_of
from rfsolve.sweep.conditions import Condition, condition_of
from rfsolve.sweep.keys import PROBLEM, Home, Key, key_of

MOST_POINTS = 100_000
"""Points of a sweep that nobody has said yes to."""


@dataclass(frozen=True, slots=True)
class Base:
    """A problem before anything is varied, and the file that it stands in."""

    table: Mapping[str, Any]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A combination: its number in the grid, what is varied, and the base it is laid over."""

    number: int
    varied: Mapping[str, Any]
    base: Base

    @property
    def words(self) -> str:
        """What is varied, in a line."""
        return ", ".join(f"{name}={value_text(value)}" for name, value in self.varied.items())


def value_text(value: object) -> str:
    """Return a value of an axis in few characters: `3,5` in brackets, texts without quotes."""
    if isinstance(value, list):
        return "[" + ",".join(map(value_text, value)) + "]"
    return str(value) if not isinstance(value, dict) else json.dumps(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Bases, axes, axes that move together, and conditions that drop points."""

    bases: tuple[Base, ...]
    axes: tuple[Axis, ...]
    zipped: tuple[tuple[str, ...], ...] = ()
    dropped: tuple[Condition, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what is varied, in order."""
        return (*((PROBLEM,) if len(self.bases) > 1 else ()), *(axis.name for axis in self.axes))

    @property
    def size(self) -> int:
        """The number of combinations, before any is dropped."""
        return len(self.bases) * prod(len(group[0].values) for group in self._groups())

    def points(self) -> Iterator[Point]:
        """Yield the points in order, the last axis fastest; numbers count the points that are not dropped."""
        number = 0
        for base in self.bases:
            file = {PROBLEM: base.place} if len(self.bases) > 1 else {}
            for steps in product(*(range(len(group[0].values)) for group in self._groups())):
                moved = {
                    axis.name: axis.values[step]
                    for group, step in zip(self._groups(), steps, strict=True)
                    for axis in group
                }
                varied = file | {axis.name: moved[axis.name] for axis in self.axes}
                if not any(condition.holds(varied) for condition in self.dropped):
                    yield Point(number, varied, base)
                    number += 1

    def _groups(self) -> list[tuple[Axis, ...]]:
        """Return the axes that move together, in the order of their first."""
        named = {axis.name: axis for axis in self.axes}
        groups: list[tuple[Axis, ...]] = []
        seen: set[str] = set()
        for axis in self.axes:
            together = next((names for names in self.zipped if axis.name in names), (axis.name,))
            if axis.name not in seen:
                groups.append(tuple(named[name] for name in together))
                seen |= set(together)
        return groups


def grid_of(
    bases: Sequence[Base],
    axes: Mapping[str, object],
    *,
    zipped: Sequence[Sequence[str]] = (),
    dropped: Sequence[str] = (),
) -> Grid:
    """Return the grid over these problems, with what their `[sweep]` tables say besides.

    Raises:
        InputError: an axis names no key, is empty, or is zipped with one of another length; a condition is none.

    """
    tables = [base.table.get("sweep") or {} for base in bases]
    stated = _stated(tables, bases) | dict(axes)
    if not stated and len(bases) < 2:  # noqa: PLR2004 - several files are an axis of their own
        raise InputError("nothing to vary, expected --vary key=values or a [sweep] table in the problem")
    first = {key: value for key, value in bases[0].table.items() if key != "sweep"}
    made = tuple(axis_of(name, values, key_of(name, first).read) for name, values in stated.items())
    names = [axis.name for axis in made]
    together = [*(tuple(names_) for table in tables[:1] for names_ in table.get("zip", ())), *map(tuple, zipped)]
    _check_zips(together, {axis.name: axis for axis in made})
    conditions = [text for table in tables[:1] for text in table.get("drop", ())]
    everything = [*([PROBLEM] if len(bases) > 1 else []), *names]
    return Grid(
        bases=tuple(Base({k: v for k, v in base.table.items() if k != "sweep"}, base.place) for base in bases),
        axes=made,
        zipped=tuple(together),
        dropped=tuple(condition_of(text, everything) for text in (*conditions, *dropped)),
    )


def _stated(tables: Sequence[Any], bases: Sequence[Base]) -> dict[str, object]:
    """Return the axes of the `[sweep]` tables, which must be the same in all files."""
    for table, base in zip(tables, bases, strict=True):
        problem_from({"exit": [{"receptive_field": 1}], "sweep": table}, place=base.place)  # its form
        if table != tables[0]:
            raise InputError(f"{base.place}: sweep: differs from that of {bases[0].place}, expected the same")
    return dict(tables[0].get("vary", {}))


def _check_zips(together: Sequence[tuple[str, ...]], axes: Mapping[str, Axis]) -> None:
    seen: set[str] = set()
    for names in together:
        text = ",".join(names)
        for name in names:
            if name not in axes:
                raise InputError(f"--zip {text}: '{name}' is no axis, expected some of {', '.join(axes)}")
            if name in seen:
                raise InputError(f"--zip {text}: '{name}' is zipped already, expected each axis in one --zip")
            seen.add(name)
        lengths = {name: len(axes[name].values) for name in names}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise InputError(f"--zip {text}: {said} values, expected as many of each")


@dataclass(frozen=True, slots=True)
class Stated:
    """A key, its value, and the option that says so."""

    key: Key
    value: Any
    option: str

    def put(self, table: ProblemTable) -> None:
        """Set it in a table.

        Raises:
            ProblemError: the key leads nowhere there.

        """
        try:
            self.key.put(table, self.value, self.option)
        except PathError as error:
            raise ProblemError([Mistake(f"{self.option} {self.key.name}", str(error))]) from None


class Stating:
    """Turns points into problems; families are unfolded once for each set of their parameters."""

    def __init__(self, grid: Grid, settings: Mapping[str, str] | None = None) -> None:
        self._keys = {
            base.place: {name: key_of(name, base.table) for name in [*(settings or {}), *(a.name for a in grid.axes)]}
            for base in grid.bases
        }
        self._settings = dict(settings or {})
        self._unfolded: dict[str, dict[str, Any]] = {}

    def problem(self, point: Point) -> Problem:
        """Return the problem of a point.

        Raises:
            ProblemError: what it says is wrong.
            InputError: two of the names stand for one key.

        """
        keys = self._keys[point.base.place]
        stated = [Stated(keys[name], keys[name].read(text), "--set") for name, text in self._settings.items()]
        stated += [Stated(keys[name], value, "--vary") for name, value in point.varied.items() if name in keys]
        of_family = [one for one in stated if one.key.home is Home.FAMILY]
        table = ProblemTable(deepcopy(self._base(point.base, of_family)))
        for one in stated:
            if one.key.home is not Home.FAMILY:
                one.put(table)
        _check_setters(table)
        return problem_from(table.table, place=point.base.place, origins=table.origins)

    def _base(self, base: Base, of_family: list[Stated]) -> dict[str, Any]:
        marked = json.dumps([base.place, *([one.key.path, one.value] for one in of_family)], default=str)
        if marked not in self._unfolded:
            table = ProblemTable(deepcopy(dict(base.table)))
            for one in of_family:
                one.put(table)
            _check_setters(table)
            self._unfolded[marked] = unfolded(table.table, place=base.place, origins=table.origins)
        return self._unfolded[marked]


def _check_setters(table: ProblemTable) -> None:
    """Two names of one key are no matter of one point."""
    if table.mistakes:
        raise InputError(str(table.mistakes[0]))
