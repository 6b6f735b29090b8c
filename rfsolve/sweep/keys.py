"""What the name of an axis stands for: a parameter of the family, an option of `rfsolve solve`, or a problem's key."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Any

from rfsolve.errors import InputError
from rfsolve.space import option_values as values
from rfsolve.space.family_table import parameters_of
from rfsolve.space.problem_table import PathError, ProblemTable, keys_of
from rfsolve.space.reading import json_schema
from rfsolve.space.ways import WAYS, Way, lay

OPTIONS = {way.parameter: way for way in WAYS}
PROBLEM = "problem"
"""The axis that several problem files make."""


class Home(Enum):
    """Where a key lives."""

    FAMILY = "family"
    OPTION = "option"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Key:
    """A name, where it lives, and the path or option behind it."""

    name: str
    home: Home
    path: str
    way: Way | None = None

    @property
    def read(self) -> Callable[[str], Any]:
        """What turns a text of the command line into a value."""
        return self._as_option if self.way is not None else values.toml_value

    def _as_option(self, text: str) -> Any:  # noqa: ANN401 - whatever the option holds
        """Read a text as the option would, a list or a quoted text as TOML."""
        assert self.way is not None  # noqa: S101 - else this is not called
        return values.toml_value(text) if text[:1] in {"[", '"', "'", "{"} else self.way.read(text)

    def put(self, table: ProblemTable, value: object, option: str) -> None:
        """Set the key in a table that holds no family any more, or that of the family; `option` said so.

        Raises:
            PathError: the path leads nowhere.

        """
        if self.way is not None:
            lay(table, self.way, value, f"{option} {self.name}")
        else:
            table.put(self.path, value, f"{option} {self.name}")


def key_of(name: str, table: Mapping[str, Any]) -> Key:
    """Return what a name stands for in a problem: the family's parameter first, then an option, then a path.

    Raises:
        InputError: it stands for nothing; suggests what may be meant.

    """
    plain = name.replace("-", "_")
    family = _parameters(table)
    if name.startswith("family.") or plain in family:
        path = name if name.startswith("family.") else f"family.{plain}"
        return Key(name, Home.FAMILY, path)
    if plain in OPTIONS:
        return Key(name, Home.OPTION, OPTIONS[plain].path, OPTIONS[plain])
    top = json_schema()["properties"]
    try:
        first = keys_of(name)[0]
    except PathError:
        first = ""
    if first in top and name != first:
        return Key(name, Home.PATH, name)
    raise InputError(f"--vary {name}: names no key, {_meant(plain, [*family, *OPTIONS, *_paths(top)])}")


def _parameters(table: Mapping[str, Any]) -> tuple[str, ...]:
    family = table.get("family")
    return parameters_of(family.get("name") if isinstance(family, Mapping) else family)


def _paths(top: Iterable[str]) -> list[str]:
    """Return the keys that people vary, for suggestions."""
    schema = json_schema()["$defs"]
    tables = {"budget": "BudgetTable", "guards": "GuardTable", "defaults": "LayerTable", "input": "InputTable"}
    return [f"{table}.{key}" for table, model in tables.items() if table in top for key in schema[model]["properties"]]


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    close = close or [one for one in known if one.rpartition(".")[2] == name][:1]
    if close:
        return f"did you mean {close[0]}?"
    return f"expected one of {', '.join(known[:20])}, or a path such as exit[0].stride"
