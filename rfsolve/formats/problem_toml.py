"""A problem's nested table as a commented TOML file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rfsolve.space.document import (
    BudgetTable,
    ExitTable,
    GuardTable,
    InputTable,
    LayerTable,
    MergeTable,
    ObjectiveTable,
    PolicyTable,
    ProblemDocument,
    RelationTable,
    StackTable,
)
from rfsolve.space.family import NOTE
from rfsolve.space.terms import Table

WIDTH = 120
PLAIN = frozenset({"title", "source", "name"})
"""Keys that explain themselves."""
COLUMN = 44
"""Where comments behind a key begin."""

SINGLE: dict[str, type[Table]] = {
    "input": InputTable,
    "defaults": LayerTable,
    "budget": BudgetTable,
    "objective": ObjectiveTable,
    "guards": GuardTable,
}
LISTED: dict[str, type[Table]] = {
    "policy": PolicyTable,
    "stack": StackTable,
    "merge": MergeTable,
    "exit": ExitTable,
    "relation": RelationTable,
}


def problem_toml(table: Mapping[str, Any], introduction: str) -> str:
    """Return the TOML of a problem's table; each key is explained where it stands first.

    Notes (under `#`) go above their table. Policies come first, stacks, merges and exits in the order in
    which they build on each other.
    """
    writer = _Writer()
    blocks = ["\n".join(f"# {line}".rstrip() for line in introduction.splitlines())]
    blocks.append("\n".join(writer.keys(ProblemDocument, {k: v for k, v in table.items() if isinstance(v, str)})))
    blocks += [writer.table(f"[{key}]", SINGLE[key], table[key]) for key in ("input", "defaults") if key in table]
    blocks += [writer.table(f"[[{key}]]", LISTED[key], part) for key, part in _in_order(table)]
    blocks += [
        writer.table(f"[{key}]", SINGLE[key], table[key]) for key in ("budget", "objective", "guards") if key in table
    ]
    return "\n\n".join(blocks) + "\n"


def _in_order(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield stacks, merges, exits and relations, each as soon as what it names is there."""
    parts = [(key, part) for key in LISTED for part in table.get(key, [])]
    known = {"input"}
    while parts:
        ready = next((item for item in parts if _names(item[1]) <= known), parts[0])
        parts.remove(ready)
        known.add(ready[1].get("name", ""))
        yield ready


def _names(part: Mapping[str, Any]) -> set[str]:
    return {*([part["after"]] if "after" in part else []), *part.get("of", [])}


class _Writer:
    """Writes tables, and explains each key once."""

    def __init__(self) -> None:
        self._explained: set[tuple[str, str]] = set()

    def table(self, heading: str, model: type[Table], part: Mapping[str, Any]) -> str:
        """Return one table with its note above it."""
        above = [f"# {part[NOTE]}"] if NOTE in part else []
        return "\n".join([*above, heading, *self.keys(model, part)])

    def keys(self, model: type[Table], part: Mapping[str, Any]) -> Iterator[str]:
        """Yield the lines of a table's keys."""
        for key, value in part.items():
            if key == NOTE:
                continue
            line = f"{key} = {_value(value)}"
            field = model.model_fields[key]
            home = next(one.__name__ for one in reversed(model.__mro__) if key in getattr(one, "model_fields", {}))
            if (home, key) in self._explained or key in PLAIN or not field.description:
                yield line
                continue
            self._explained.add((home, key))
            comment = f"# {field.description}"
            beside = f"{line:<{COLUMN - 1}} {comment}"
            yield from [beside] if len(beside) <= WIDTH else [*_wrapped(comment), line]


def _wrapped(comment: str) -> Iterator[str]:
    """Yield the lines of a comment that is longer than one."""
    words = comment.removeprefix("# ").split()
    line = "#"
    for word in words:
        if len(line) + len(word) >= WIDTH:
            yield line
            line = "#"
        line += f" {word}"
    yield line


def _value(value: Any) -> str:  # noqa: ANN401 - any value of the problem language
    match value:
        case Mapping():
            return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
        case str() | bool() | int() | float():
            return json.dumps(value, ensure_ascii=False)
        case Sequence():
            return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"no value of a problem: {value!r}")
