"""What a design document says of its problem: its identity, and what the design must meet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rfsolve.errors import InputError
from rfsolve.space.identity import identity
from rfsolve.space.problem import Order, Problem, Quantity, Relation, Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRecord:
    """The title and the identity of a problem (as `digest`), the names of its stacks, and what must hold."""

    title: str
    digest: str
    stacks: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    relations: tuple[Relation, ...]


def record_of(problem: Problem) -> ProblemRecord:
    """Return the record of a problem."""
    return ProblemRecord(
        title=problem.title,
        digest=identity(problem),
        stacks=tuple(stack.name for stack in problem.stacks),
        requirements=problem.requirements,
        relations=problem.relations,
    )


def to_record(problem: Problem) -> dict[str, Any]:
    """Return the record as plain lists, dictionaries and numbers."""
    record = record_of(problem)
    return {
        "title": record.title,
        "sha256": record.digest,
        "stacks": list(record.stacks),
        "requirements": [_without_nothing(_plain(one)) for one in record.requirements],
        "relations": [_without_nothing(_plain(one)) for one in record.relations],
    }


def from_record(value: object) -> ProblemRecord:
    """Return the record that a document holds.

    Raises:
        InputError: it is not as `to_record` makes it; names the place.

    """
    table = _table(value, "problem")
    return ProblemRecord(
        title=_text(table.get("title", ""), "problem.title"),
        digest=_text(table.get("sha256", ""), "problem.sha256"),
        stacks=tuple(_texts(table.get("stacks", []), "problem.stacks")),
        requirements=tuple(_requirement(_table(item, place), place) for place, item in _items(table, "requirements")),
        relations=tuple(_relation(_table(item, place), place) for place, item in _items(table, "relations")),
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any dataclass
    return json.loads(json.dumps(asdict(value), default=str))


def _without_nothing(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}


def _requirement(table: Mapping[str, Any], place: str) -> Requirement:
    return Requirement(
        name=_text(table.get("name"), f"{place}.name"),
        quantity=Quantity(_choice(table.get("quantity"), f"{place}.quantity", list(Quantity))),
        node=None if table.get("node") is None else _text(table["node"], f"{place}.node"),
        least=_bound(table.get("least"), f"{place}.least"),
        most=_bound(table.get("most"), f"{place}.most"),
        guard=table.get("guard") is True,
        source=None if table.get("source") is None else _text(table["source"], f"{place}.source"),
        bound_names=None if table.get("bound_names") is None else _bound_names(table["bound_names"], place),
    )


def _bound_names(value: object, place: str) -> tuple[str, str]:
    names = _texts(value, f"{place}.bound_names")
    if len(names) != 2:  # noqa: PLR2004 - of the least and of the most
        raise InputError(f"{place}.bound_names: {len(names)} names, expected two")
    return names[0], names[1]


def _relation(table: Mapping[str, Any], place: str) -> Relation:
    by = table.get("by", 1)
    if isinstance(by, bool) or not isinstance(by, int):
        raise InputError(f"{place}.by: must be a whole number")
    return Relation(
        name=_text(table.get("name"), f"{place}.name"),
        nodes=tuple(_texts(table.get("nodes"), f"{place}.nodes")),
        order=Order(_choice(table.get("order"), f"{place}.order", list(Order))),
        by=by,
        source=None if table.get("source") is None else _text(table["source"], f"{place}.source"),
    )


def _bound(value: object, place: str) -> tuple[float, ...] | None:
    if value is None:
        return None
    numbers = (
        [n for n in value if isinstance(n, int | float) and not isinstance(n, bool)] if isinstance(value, list) else []
    )
    if not isinstance(value, list) or not numbers or len(numbers) != len(value):
        raise InputError(f"{place}: must be a list of numbers")
    return tuple(numbers)


def _choice(value: object, place: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise InputError(f"{place}: must be one of {', '.join(choices)}")
    return str(value)


def _items(table: Mapping[str, Any], key: str) -> list[tuple[str, object]]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise InputError(f"problem.{key}: must be a list")
    return [(f"problem.{key}[{number}]", item) for number, item in enumerate(value)]


def _texts(value: object, place: str) -> list[str]:
    if not isinstance(value, list):
        raise InputError(f"{place}: must be a list of names")
    return [_text(item, f"{place}[{number}]") for number, item in enumerate(value)]


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{place}: must be a text")
    return value


def _table(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"{place}: must be an object")
    return value
