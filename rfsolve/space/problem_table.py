"""A problem's nested table, with options laid over a file's keys, and which option set what."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from rfsolve.errors import Mistake

BARE = {
    "receptive_field": ("min",),
    "effective_receptive_field": ("min",),
    "stride": ("exact",),
    "width": ("exact",),
    "object_size": ("value",),
    "layers": ("min", "max"),
}
"""Keys that a file may write as one value, and what of the table that value is."""

LIMITS = {
    "min": ("exact", "about", "within"),
    "max": ("exact", "about", "within"),
    "exact": ("min", "max", "about", "within"),
    "about": ("min", "max", "exact"),
}
"""What a limit takes the place of."""

PART = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)((?:\[[0-9]{1,4}\])*)")

Key = str | int


class PathError(ValueError):
    """A path that does not lead to a place in the table."""


def keys_of(path: str) -> list[Key]:
    """Return the keys of `exit[0].stride`: exit, 0, stride; PathError where it is no path."""
    keys: list[Key] = []
    for part in path.split("."):
        found = PART.fullmatch(part)
        if found is None:
            raise PathError("expected key=value with a key such as guards.hole_free or exit[0].stride")
        keys += [found[1], *(int(index) for index in re.findall(r"[0-9]+", found[2]))]
    return keys


class ProblemTable:
    """The nested table of a problem file, while options are laid over it."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table: dict[str, Any] = dict(table)
        self.mistakes: list[Mistake] = []
        self._origins: dict[str, str] = {}
        self._setters: dict[tuple[Key, ...], str] = {}

    @property
    def origins(self) -> dict[str, str]:
        """The option that set each path, the longest paths first."""
        return dict(sorted(self._origins.items(), key=lambda item: -len(item[0])))

    @property
    def last_exit(self) -> int:
        """The number of the last exit; 0 where there is none yet."""
        exits = self.table.get("exit")
        return len(exits) - 1 if isinstance(exits, list) and exits else 0

    @property
    def stacks(self) -> list[Any]:
        """The stacks of the file; none where they are no list, which the space will refuse."""
        stacks = self.table.get("stack")
        return stacks if isinstance(stacks, list) else []

    def put(self, path: str, value: object, option: str) -> None:
        """Set what is at `path`, making the tables on the way; PathError where that cannot be.

        What another option has set stays, which is a mistake: one of the two would be dropped in silence.
        """
        keys = keys_of(path)
        last = keys[-1]
        holder: Any = self.table
        for key, following in pairwise(keys):
            holder = _step(holder, key, [] if isinstance(following, int) else {})
        if isinstance(last, str) and not isinstance(holder, dict):
            raise PathError(f"'{last}' is looked for in {_kind(holder)}, expected a table")
        if self._is_set_otherwise(keys, holder, option):
            return
        if isinstance(last, int):
            _step(holder, last, value)
        for replaced in LIMITS.get(str(last), ()):
            holder.pop(replaced, None)
        holder[last] = value
        self._setters[tuple(keys)] = option
        self._origins[path] = option

    def drop(self, path: str, option: str) -> None:
        """Take away what is at `path`, where there is such a thing; another option may set it later."""
        keys = keys_of(path)
        holder: Any = self.table
        for key in keys[:-1]:
            try:
                holder = holder[key]
            except (LookupError, TypeError):
                return
        if isinstance(holder, dict) and not self._is_set_otherwise(keys, holder, option):
            holder.pop(keys[-1], None)

    def lift(self, path: str, option: str) -> None:
        """Take away what is at `path`, and let no other option set it."""
        self.drop(path, option)
        self._setters[tuple(keys_of(path))] = option

    def _is_set_otherwise(self, keys: list[Key], holder: Any, option: str) -> bool:  # noqa: ANN401 - untyped data
        """Return whether another option has set what this one would replace, and note the mistake."""
        other = self._setter(keys, holder, option)
        if other is not None:
            self.mistakes.append(Mistake(option, f"sets what {other} sets too, expected one of them"))
        return other is not None

    def _setter(self, keys: list[Key], holder: Any, option: str) -> str | None:  # noqa: ANN401 - untyped data
        above, last = tuple(keys[:-1]), keys[-1]
        replaced: tuple[Key, ...] = (last, *LIMITS.get(str(last), ()))
        if self._setters.get((*above, last)) == option:
            return None
        ways = [(*above, key) for key in replaced]
        for path, other in self._setters.items():
            if other != option and any(path[: len(way)] == way for way in ways):
                return other
        there = range(len(holder)) if isinstance(holder, list) else holder
        if any(key in there for key in replaced):
            for path, other in self._setters.items():
                if other != option and above[: len(path)] == path:
                    return other
        return None


def _step(holder: Any, key: Key, made: object) -> Any:  # noqa: ANN401 - untyped data
    """Return what `holder` has at `key`, putting `made` there where it has nothing."""
    if isinstance(key, int):
        if not isinstance(holder, list):
            raise PathError(f"index [{key}] into {_kind(holder)}, expected a list")
        if key > len(holder):
            raise PathError(f"index [{key}] is past the end, expected at most [{len(holder)}]")
        if key == len(holder):
            holder.append(made)
        return holder[key]
    if not isinstance(holder, dict):
        raise PathError(f"'{key}' is looked for in {_kind(holder)}, expected a table")
    value = holder.setdefault(key, made)
    if key in BARE and not isinstance(value, dict | str):
        value = holder[key] = dict.fromkeys(BARE[key], value)
    return value


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else "a table" if isinstance(value, dict) else f"the value {value!r}"
