"""A frontier as one JSON document, `rfsolve.frontier/1`."""

from typing import Any

from rfsolve.report.solution_json import design_document, number, solution_document
from rfsolve.search.frontier import Frontier
from rfsolve.search.solution import Solution

SCHEMA = "rfsolve.frontier/1"


def frontier_document(found: Frontier, explained: Solution | None = None) -> dict[str, Any]:
    """Return the frontier as plain lists, dicts and numbers; `explained` says why there is no design."""
    told = {} if explained is None else solution_document(explained)
    return {
        "schema": SCHEMA,
        "ending": None if found.ending is None else found.ending.value,
        "axes": [{"name": aim.quantity.value, "maximise": aim.maximise} for aim in found.axes],
        "points": [
            {
                "values": {name: number(value) for name, value in point.values.items()},
                "design": design_document(point.design),
            }
            for point in found.points
        ],
        "next": {"name": found.cost.quantity.value, "bound": number(found.bound)},
        "solves": found.solves,
        "rejected": found.rejected,
        "seconds": round(found.seconds, 6),
        "conflicts": told.get("conflicts", []),
        "relaxations": told.get("relaxations", []),
    }
