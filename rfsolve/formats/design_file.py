"""A design as a file holds it: its graph, where its stacks and exits end, how it came to be, and what it must meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rfsolve.errors import InputError
from rfsolve.formats.blueprint import Origin
from rfsolve.formats.problem_record import ProblemRecord, from_record
from rfsolve.formats.solution_json import graph_in, reading
from rfsolve.graph import LayerGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFile:
    """What is in a solution document or a graph document; the graph alone in the latter.

    `stated` are the figures of the design as the document has them, which are never taken for true.
    """

    graph: LayerGraph
    origin: Origin = field(default_factory=Origin)
    ends: Mapping[str, str] = field(default_factory=dict)
    problem: ProblemRecord | None = None
    stated: Mapping[str, int] = field(default_factory=dict)


UNTITLED = "untitled problem"
"""The title of a problem that nobody gave one."""

FIGURES = ("parameters", "macs", "activations", "layers")


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
        stated={key: design[key] for key in FIGURES if type(design.get(key)) is int},
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
