"""A problem file that starts from a family: the family's table, with what the file says besides laid over it."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from inspect import signature
from typing import Any

from pydantic import ValidationError, validate_call

from rfsolve.errors import Mistake, ProblemError
from rfsolve.space.families import FAMILIES
from rfsolve.space.family import Table, without_notes
from rfsolve.space.mistakes import named, placed, text_of


def family_of(name: object, place: str) -> str:
    """Return the name of a family.

    Raises:
        ProblemError: there is no such family; names `place`.

    """
    if isinstance(name, str) and name in FAMILIES:
        return name
    raise ProblemError([Mistake(place, _no_family(name))])


def parameters_of(family: object) -> tuple[str, ...]:
    """Return the names of a family's parameters; none where there is no such family."""
    return tuple(signature(FAMILIES[family].table).parameters) if isinstance(family, str) and family in FAMILIES else ()


def unfolded(table: Mapping[str, Any], *, place: str = "", origins: Mapping[str, str] | None = None) -> Table:
    """Return the table without `[family]`: the family's own, and key by key over it what the table says.

    Stacks, merges and exits that have a name are laid over those of the same name. A table without a family is returned
    as it is.

    Raises:
        ProblemError: there is no such family or parameter, or a parameter has another form.

    """
    if "family" not in table:
        return dict(table)
    stated = table["family"]
    stated = {"name": stated} if isinstance(stated, str) else stated
    name = stated.get("name") if isinstance(stated, Mapping) else None
    path = "family.name" if isinstance(stated, Mapping) else "family"
    name = family_of(name, placed(place, named(path, origins or {})))
    parameters = {key: value for key, value in stated.items() if key != "name"}
    try:
        own = _checked(name)(**parameters)
    except ValidationError as error:
        raise ProblemError(_mistakes(error, name, place, origins or {})) from None
    rest = {key: value for key, value in table.items() if key != "family"}
    laid: Table = _laid_over(without_notes(own), rest)
    return laid


@cache
def _checked(name: str) -> Callable[..., Table]:
    return validate_call(FAMILIES[name].table)


def _no_family(name: object) -> str:
    if name is None:
        return f"no name, expected one of {', '.join(FAMILIES)}"
    close = get_close_matches(str(name), FAMILIES, n=1, cutoff=0.6)
    return f"no family {name!r}, " + (
        f"did you mean {close[0]}?" if close else f"expected one of {', '.join(FAMILIES)}"
    )


def _mistakes(error: ValidationError, name: str, place: str, origins: Mapping[str, str]) -> list[Mistake]:
    """Return one mistake for each parameter."""
    found: dict[str, str] = {}
    for detail in error.errors():
        key = str(detail["loc"][0])
        unknown = detail["type"] == "unexpected_keyword_argument"
        found.setdefault(key, _unknown(key, name) if unknown else text_of(detail, None, typed=False))
    return [Mistake(placed(place, named(f"family.{key}", origins)), text) for key, text in found.items()]


def _unknown(key: str, name: str) -> str:
    known = parameters_of(name)
    close = get_close_matches(key, known, n=1, cutoff=0.6)
    meant = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
    return f"{name} has no such parameter, {meant}"


def _laid_over(own: Any, stated: Any) -> Any:  # noqa: ANN401 - any nesting of tables and lists
    if isinstance(own, dict) and isinstance(stated, Mapping):
        return own | {key: _laid_over(own[key], value) if key in own else value for key, value in stated.items()}
    if _are_named(own) and _are_named(stated):
        theirs = {table["name"]: table for table in stated}
        kept = [_laid_over(table, theirs.pop(table["name"], {})) for table in own]
        return [*kept, *theirs.values()]
    return stated


def _are_named(tables: object) -> bool:
    return isinstance(tables, list) and bool(tables) and all(isinstance(t, dict) and "name" in t for t in tables)
