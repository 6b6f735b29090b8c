"""Turns what pydantic found into one line per mistake: path, what is wrong, what was expected."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from rfsolve.errors import Mistake
from rfsolve.space.document import ProblemDocument
from rfsolve.space.problem_table import LIMITS

KIND_ERRORS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "model_type": "a table",
    "dict_type": "a table",
}


TEXTS = {
    "greater_than_equal": "{value} is too small, expected at least {ge:,}",
    "greater_than": "{value} is too small, expected more than {gt:,}",
    "less_than_equal": "{value} is too large, expected at most {le:,}",
    "less_than": "{value} is too large, expected less than {lt:,}",
    "too_short": "empty, expected at least one value",
    "too_long": "too many values, expected at most {max_length}",
    "value_error": "{error}",
    "string_pattern_mismatch": "{value} has a dot, expected a name without one",
    "literal_error": "{value} is unknown, expected {expected}",
}


BROKEN_SIZE = re.compile(r"(?=.*[0-9])(?=.*x)[0-9x ]+")
"""A text of numbers with an `x` between, before or after them."""


def mistakes_of(error: ValidationError, place: str, origins: Mapping[str, str]) -> list[Mistake]:
    """Return one mistake per path; `origins` renames paths that came from an option."""
    found: dict[str, tuple[bool, str]] = {}
    for detail in error.errors():
        path, model = _walk(detail["loc"])
        is_kind_error = detail["type"] in KIND_ERRORS
        if path not in found or (found[path][0] and not is_kind_error):
            typed = named(path, origins).startswith("--")
            found[path] = (is_kind_error, text_of(detail, model, typed=typed))
    return [Mistake(placed(place, named(path, origins)), text) for path, (_, text) in found.items()]


def named(path: str, origins: Mapping[str, str]) -> str:
    """Return the options that set the limits at `path`, the option that set it or what it is a part of, or the path."""
    limits = [origins[limit] for limit in (f"{path}.{key}" for key in LIMITS) if limit in origins]
    return ", ".join(dict.fromkeys(limits)) or setter_of(path, origins) or path


def setter_of(path: str, origins: Mapping[str, str]) -> str | None:
    """Return the option that set `path` or what it is a part of."""
    for start, option in origins.items():
        if path == start or path.startswith((f"{start}.", f"{start}[")):
            return option
    return None


def placed(place: str, path: str) -> str:
    """Return `file: path`; options stand alone, since no file is at fault."""
    return path if path.startswith("--") or not place else f"{place}: {path}" if path else place


def _walk(loc: tuple[int | str, ...]) -> tuple[str, type[BaseModel] | None]:
    """Return the path a user would write, and the table that holds its last key."""
    path = ""
    model: type[BaseModel] | None = ProblemDocument
    holder: type[BaseModel] | None = None
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
            continue
        holder = model
        fields = model.model_fields if model is not None else {}
        if part in fields or (part == loc[-1] and not _is_union_tag(part)):
            path += f".{part}" if path else part
            model = next(_models(fields[part].annotation), None) if part in fields else None
    return path, holder


def _is_union_tag(part: str) -> bool:
    return "[" in part or part in {"int", "float", "constrained-int", "constrained-float", "literal"} or "(" in part


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def text_of(detail: Any, model: type[BaseModel] | None, *, typed: bool) -> str:  # noqa: ANN401 - pydantic's own record
    """Return what is wrong; `typed` where the value came from an option, which writes sizes its own way."""
    kind, value = detail["type"], _short(detail["input"])
    if kind == "int_type" and BROKEN_SIZE.fullmatch(str(detail["input"])):
        return f"{value} is no size, expected 200 or {'200x300' if typed else '[200, 300]'}"
    if kind == "extra_forbidden":
        return _unknown_key(str(detail["loc"][-1]), model)
    if kind in KIND_ERRORS:
        return f"{value} is not {KIND_ERRORS[kind]}"
    template = TEXTS.get(kind)
    return str(detail["msg"]) if template is None else template.format(value=value, **detail.get("ctx", {}))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - a line on a terminal


def _unknown_key(key: str, model: type[BaseModel] | None) -> str:
    fields = list(model.model_fields) if model is not None else []
    close = get_close_matches(key, fields, n=1, cutoff=0.6)
    if close:
        return f"unknown key, did you mean {close[0]}?"
    return f"unknown key, expected one of {', '.join(fields)}"
