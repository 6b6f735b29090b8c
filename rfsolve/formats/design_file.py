"""A design as a file holds it: its graph, where its stacks and exits end, how it came to be, and what it must meet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rfsolve.errors import InputError
from rfsolve.formats.blueprint import Origin
from rfsolve.formats.problem_record import ProblemRecord, from_record
from rfsolve.formats.solution_json import graph_in, reading
from rfsolve.graph import LayerGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedExit:
    """What a document says of an exit: its numbers by name, the two ends of each axis' field in a row."""

    name: str
    numbers: Mapping[str, tuple[float, ...]]
    hole_free: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFile:
    """What is in a solution document or a graph document; the graph alone in the latter.

    `stated` are the figures of the design as the document has them, and `exits` what it says of its exits; neither is
    ever taken for true.
    """

    graph: LayerGraph
    origin: Origin = field(default_factory=Origin)
    ends: Mapping[str, str] = field(default_factory=dict)
    problem: ProblemRecord | None = None
    stated: Mapping[str, float] = field(default_factory=dict)
    exits: tuple[StatedExit, ...] = ()


UNTITLED = "untitled problem"
"""The title of a problem that nobody gave one."""

FIGURES = ("parameters", "macs", "activations", "layers")
EXIT_NUMBERS = ("receptive_field", "stride", "centre", "effective_receptive_field", "channels")
LARGEST_NUMBER = 1e18


def read_design(path: str | Path) -> DesignFile:
    """Return the design in a JSON file.

    Raises:
        InputError: the file cannot be read, or is not as it must be; names the file and the place.

    """
    return reading(path, design_in)


def design_in(document: object) -> DesignFile:
    """Return the design of a parsed document.

    Raises:
        InputError: it is none, or something in it is not as it must be.
        GraphError: its layers do not fit together.

    """
    graph = graph_in(document)
    assert isinstance(document, dict)  # noqa: S101 - graph_in has looked
    design = document.get("design")
    if not isinstance(design, dict):
        return DesignFile(graph=graph)
    problem = None if document.get("problem") is None else from_record(document["problem"])
    return DesignFile(
        graph=graph,
        origin=_origin(document, problem),
        ends=_ends(design, graph),
        problem=problem,
        stated={key: _number(design[key], f"design.{key}") for key in FIGURES if design.get(key) is not None},
        exits=tuple(_exits(design)),
    )


def _origin(document: Mapping[str, Any], problem: ProblemRecord | None) -> Origin:
    return Origin(
        title="" if problem is None else _title(problem),
        problem="" if problem is None else problem.digest,
        proof=_proof(document),
        version=str(document.get("version", "")),
    )


def _title(problem: ProblemRecord) -> str:
    """The title, or what is asked where nobody gave one."""
    if problem.title != UNTITLED:
        return problem.title
    asked = [one.sentence for one in problem.requirements if not one.guard and not one.asks_for_a_layer]
    return ", ".join(asked) or problem.title


def _proof(document: Mapping[str, Any]) -> str:
    """The status in words, with the value and the bound of the first objective."""
    objective = document.get("objective")
    status = {"optimal": "proven optimal", "feasible": "best so far"}.get(str(document.get("status")), "")
    if not status or not isinstance(objective, Mapping):
        return status
    value, bound = objective.get("value"), objective.get("bound")
    name = str(objective.get("name", "")).replace("_", " ")
    if not isinstance(value, int | float):
        return status
    known = f", bound {bound:,}" if status == "best so far" and isinstance(bound, int | float) else ""
    return f"{status}, {value:,} {name}{known}"


def _ends(design: Mapping[str, Any], graph: LayerGraph) -> dict[str, str]:
    ends = design.get("ends", {})
    if not isinstance(ends, Mapping):
        raise InputError("design.ends: must be an object")
    found = {}
    for name, end in ends.items():
        node = end.get("node") if isinstance(end, Mapping) else None
        if not isinstance(node, str):
            raise InputError(f"design.ends.{name}.node: must be the id of a node")
        if node in graph:
            found[name] = node
    return found


def _exits(design: Mapping[str, Any]) -> Iterator[StatedExit]:
    exits = design.get("exits", [])
    if not isinstance(exits, list):
        raise InputError("design.exits: must be a list")
    for number, item in enumerate(exits):
        place = f"design.exits[{number}]"
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            raise InputError(f"{place}: must be an object with a name")
        hole_free = item.get("hole_free")
        if hole_free is not None and not isinstance(hole_free, bool):
            raise InputError(f"{place}.hole_free: must be true or false")
        numbers = {key: _flat(item[key], f"{place}.{key}") for key in EXIT_NUMBERS if item.get(key) is not None}
        yield StatedExit(name=item["name"], numbers=numbers, hole_free=hole_free)


def _flat(value: object, place: str) -> tuple[float, ...]:
    """Return the number of channels, the numbers of the axes, or both ends of their fields, in a row."""
    if place.endswith(".channels"):
        return (_number(value, place),)
    if isinstance(value, list):
        ends = 2 if place.endswith(".receptive_field") else 1
        pairs = [one if ends > 1 else [one] for one in value]
        if pairs and all(isinstance(pair, list) and len(pair) == ends for pair in pairs):
            return tuple(_number(one, place) for pair in pairs for one in pair)
    raise InputError(f"{place}: must be as solve writes it")


def _number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_NUMBER:
        raise InputError(f"{place}: must be a number, up to {LARGEST_NUMBER:g}")
    return value
