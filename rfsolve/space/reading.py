"""Reads problems from TOML, JSON and Python dictionaries, and prints the schema."""

import json
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rfsolve.errors import InputError, Mistake, ProblemError
from rfsolve.space.document import ProblemDocument
from rfsolve.space.family_table import unfolded
from rfsolve.space.mistakes import mistakes_of
from rfsolve.space.own_policies import policies_of
from rfsolve.space.policies import Policy
from rfsolve.space.problem import Problem
from rfsolve.space.resolve import resolve
from rfsolve.space.text_file import read_text


def load_problem(path: str | Path) -> Problem:
    """Return the problem in a TOML (or, by its ending, JSON) file.

    Raises:
        InputError: the file cannot be read or is no TOML or JSON.
        ProblemError: what it says is wrong; all mistakes at once, each with file and path.

    """
    return problem_from(read_table(path), place=str(path))


def problem_from(table: Mapping[str, Any], *, place: str = "", origins: Mapping[str, str] | None = None) -> Problem:
    """Return the problem that a nested dictionary states, as a problem file would.

    `origins` maps paths to the names of the options that set them, for messages.

    Raises:
        ProblemError: with all mistakes.

    """
    table = unfolded(table, place=place, origins=origins)
    try:
        document = ProblemDocument.model_validate(table)
    except ValidationError as error:
        mistakes = mistakes_of(error, place, origins or {})
        raise ProblemError([*mistakes, *_further_mistakes(table, error, place, origins)]) from None
    return resolve(document, place, origins)


def load_policies(path: str | Path) -> Mapping[str, Policy]:
    """Return the policies that a problem file can name, by their names: its own, and those that are published.

    Raises:
        InputError: the file cannot be read or is no TOML or JSON.
        ProblemError: a table of it is wrong.

    """
    try:
        return policies_of(ProblemDocument.model_validate(read_table(path)).policy)
    except ValidationError as error:
        raise ProblemError(mistakes_of(error, str(path), {})) from None


def _further_mistakes(
    table: Mapping[str, Any], error: ValidationError, place: str, origins: Mapping[str, str] | None
) -> tuple[Mistake, ...]:
    """Return what would be wrong next, were the keys gone that cannot be read: all mistakes in one go."""
    rest = deepcopy(dict(table))
    for detail in error.errors():
        _drop(rest, detail["loc"])
    try:
        resolve(ProblemDocument.model_validate(rest), place, origins)
    except ValidationError:
        return ()
    except ProblemError as further:
        missing = ["missing", "needs the input's size", "nothing bounds it"]  # these may be the very keys dropped
        if any(detail["loc"][:1] == ("policy",) for detail in error.errors()):
            missing.append("unknown policy")
        return tuple(mistake for mistake in further.mistakes if not any(word in mistake.text for word in missing))
    return ()


def _drop(table: Any, loc: tuple[int | str, ...]) -> None:  # noqa: ANN401 - any nesting of tables and lists
    """Delete the deepest key of `loc` that is in the table; pydantic's own tags at its end are in none."""
    holder: dict[Any, Any] = {}
    key: int | str | None = None
    for part in loc:
        if isinstance(table, dict) and part in table:
            holder, key = table, part
        elif not (isinstance(table, list) and isinstance(part, int) and part < len(table)):
            break
        table = table[part]
    holder.pop(key, None)


def read_table(path: str | Path) -> dict[str, Any]:
    """Return the file's content as nested dictionaries.

    Raises:
        InputError: missing, a directory, unreadable, too large, binary, or a syntax error (with its place).

    """
    path = Path(path)
    text = read_text(path)
    try:
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: no valid TOML: {error}") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: no valid JSON: {error}") from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {str(error) or 'nested too deeply'}") from None
    if not isinstance(table, dict):
        raise InputError(f"{path}: a {type(table).__name__}, expected a table of keys")
    return table


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a problem file."""
    schema = ProblemDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
