"""Frozen dataclasses as plain data, and back by their annotations."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def plain(value: object) -> Any:  # noqa: ANN401 - any nesting of lists and dicts
    """Return records, enums and tuples as dicts, texts and lists."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Enum):
        return value.value
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def rebuilt(owner: type, name: str, data: object) -> Any:  # noqa: ANN401 - of the field's type
    """Return what `plain` made of the field `name` of a record of type `owner`.

    Raises:
        TypeError, ValueError, KeyError: the data is none of it.

    """
    return _built(get_type_hints(owner)[name], data)


def _built(kind: Any, data: Any) -> Any:  # noqa: ANN401 - types are values here
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return _first_that_fits(get_args(kind), data)
    if origin is tuple:
        return _tuple(get_args(kind), data)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _built(hints[name], data[name]) for name in {**data}})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return data
    if not isinstance(kind, type) or not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise TypeError(f"{data!r} is no {kind}")
    return data


def _first_that_fits(kinds: Sequence[Any], data: object) -> object:
    if data is None and NoneType in kinds:
        return None
    for kind in kinds:
        try:
            return _built(kind, data)
        except (KeyError, TypeError, ValueError):
            continue
    raise TypeError(f"{data!r} is none of {kinds}")


def _tuple(kinds: Sequence[Any], data: object) -> tuple[object, ...]:
    if not isinstance(data, list):
        raise TypeError(f"{data!r} is no list")
    if kinds[-1:] == [...] or kinds[-1:] == (...,):
        return tuple(_built(kinds[0], item) for item in data)
    return tuple(_built(kind, item) for kind, item in zip(kinds, data, strict=True))
