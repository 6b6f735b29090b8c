"""A checked design as one JSON document, `rfsolve.check/1`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rfsolve.report.checked import Checked
from rfsolve.report.judged import Judged
from rfsolve.report.stated import figures
from rfsolve.search.check import Verdict
from rfsolve.space.problem import Relation

SCHEMA = "rfsolve.check/1"


def check_document(found: Checked) -> dict[str, Any]:
    """Return the verdicts as plain lists, dictionaries and numbers."""
    rows = zip(found.verdicts, found.requirements, strict=True)
    return {
        "schema": SCHEMA,
        "holds": found.holds,
        "figures": dict(figures(found.design)),
        "requirements": [_requirement(verdict, row) for verdict, row in rows],
        "measurements": [_row(row) for row in found.measurements],
        "stated": [_row(row) for row in found.stated],
        "measured": None if found.measured is None else asdict(found.measured),
        "remarks": list(found.remarks),
    }


def _requirement(verdict: Verdict, row: Judged) -> dict[str, Any]:
    asked = verdict.requirement
    stated: Mapping[str, Any] = (
        {"quantity": "relation", "nodes": list(asked.nodes)}
        if isinstance(asked, Relation)
        else {
            "quantity": asked.quantity.value,
            "node": asked.node,
            "least": None if asked.least is None else list(asked.least),
            "most": None if asked.most is None else list(asked.most),
            "guard": asked.guard,
        }
    )
    return {**_row(row), "name": asked.name, **stated, "values": list(verdict.found)}


def _row(row: Judged) -> dict[str, Any]:
    return {**asdict(row), "holds": row.holds}
