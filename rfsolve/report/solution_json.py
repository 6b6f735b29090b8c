"""A solution as one JSON document, `rfsolve.solution/1`."""

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

from rfsolve import __version__
from rfsolve.formats.node_link import to_node_link
from rfsolve.formats.numbers import ratio
from rfsolve.formats.problem_record import to_record
from rfsolve.formats.solution_json import SCHEMA
from rfsolve.search.solution import (
    Alternatives,
    Change,
    Design,
    ExitReport,
    Outcome,
    Price,
    Relaxation,
    Seconds,
    Solution,
)
from rfsolve.space.problem import Problem, Requirement


def solution_document(solution: Solution, problem: Problem | None = None) -> dict[str, Any]:
    """Return the solution as plain lists, dicts and numbers; `inspect` reads its graph back.

    With its problem it also says what the design must meet, for `check`.
    """
    return {
        "schema": SCHEMA,
        "version": __version__,
        **({} if problem is None else {"problem": to_record(problem)}),
        "status": solution.status.value,
        "objective": _outcome(solution.outcome),
        "objectives": [_outcome(outcome) for outcome in solution.outcomes],
        "seconds": _seconds(solution.seconds),
        "design": None if solution.design is None else design_document(solution.design),
        "designs": _designs(solution),
        "listed": _listed(solution.alternatives),
        "recalled": solution.recalled,
        "rejected": solution.rejected,
        "guards": [asdict(effect) for effect in solution.guards],
        "prices": [_price(price) for price in solution.prices],
        "conflicts": [list(conflict.names) for conflict in solution.conflicts],
        "reasons": [list(conflict.reasons) for conflict in solution.conflicts],
        "relaxations": [_relaxation(relaxation) for relaxation in solution.relaxations],
        "widenings": [_relaxation(widening) for widening in solution.widenings],
        "explained": solution.explained,
        "diagnostics": list(solution.diagnostics),
    }


def _designs(solution: Solution) -> list[dict[str, Any]]:
    """Return the designs that are listed, the best first, each with its values, objective by objective."""
    listed = () if solution.alternatives is None else solution.alternatives.listed
    names = [outcome.objective.quantity.value for outcome in solution.outcomes]
    return [
        {
            "values": {name: number(value) for name, value in zip(names, one.values, strict=True)},
            "distance": one.distance,
            **design_document(one.design),
        }
        for one in listed
    ]


def _listed(alternatives: Alternatives | None) -> dict[str, Any] | None:
    """Return what the designs are, how many, and whether that is proven; None where none were asked for."""
    if alternatives is None:
        return None
    return {
        "kind": alternatives.kind.value,
        "asked": alternatives.asked,
        "tolerance": alternatives.tolerance,
        "found": len(alternatives.listed),
        "complete": alternatives.complete,
        "more": alternatives.more,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.objective.quantity.value,
        "maximise": outcome.objective.maximise,
        "value": number(outcome.value),
        "bound": number(outcome.bound),
        "gap": number(outcome.gap),
    }


def number(value: float | None) -> float | None:
    """Return the number, whole where it is; None for what JSON has no number for."""
    if value is None or not isfinite(value):
        return None
    return int(value) if float(value).is_integer() else value


def _seconds(seconds: Seconds) -> dict[str, float]:
    stages = {**asdict(seconds), "total": seconds.total}
    return {name: round(spent, 6) for name, spent in stages.items()}


def _price(price: Price) -> dict[str, Any]:
    """Return what a requirement costs, in the units of the first objective."""
    numbers = {key: number(getattr(price, key)) for key in ("further", "saves", "without")}
    return {"name": price.name, "asked": price.asked, "step": price.step, "binds": price.binds, **numbers}


def _relaxation(relaxation: Relaxation) -> dict[str, Any]:
    """Return changes that would do together, in words and in numbers, with what a design then costs."""
    return {
        "name": relaxation.name,
        "asked": relaxation.asked,
        "nearest": relaxation.nearest,
        "proven": relaxation.proven,
        "parameters": relaxation.parameters,
        "changes": [_change(change) for change in relaxation.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    bounds = [
        {
            "quantity": now.quantity.value,
            "node": now.node,
            "min": None if now.least is None else [number(value) for value in now.least],
            "max": None if now.most is None else [number(value) for value in now.most],
        }
        for now in change.now
        if isinstance(now, Requirement)
    ]
    return {
        "name": change.name,
        "asked": change.asked,
        "nearest": change.nearest,
        "dropped": change.dropped,
        "bounds": bounds,
    }


def design_document(design: Design) -> dict[str, Any]:
    """Return a design: its costs, what its exits see, and its graph."""
    return {
        "parameters": design.parameters,
        "macs": design.macs,
        "activations": design.activations,
        "layers": len(design.layers),
        "exits": [_exit(report) for report in design.exits],
        "ends": {name: _end(design, node) for name, node in design.ends.items()},
        "graph": to_node_link(design.graph),
    }


def _end(design: Design, node: str) -> dict[str, Any]:
    """Return where in the graph a stack, merge or exit ends, and what is seen there."""
    tap = design.taps[node]
    return {
        "node": node,
        "op": tap.op,
        "receptive_field": [None if field is None else list(field) for field in tap.receptive_field],
        "stride": [None if stride is None else ratio(stride) for stride in tap.stride],
        "channels": tap.shape.channels,
    }


def _exit(report: ExitReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "receptive_field": _pairs(report.receptive_field),
        "stride": [ratio(stride) for stride in report.stride],
        "centre": list(report.centre),
        "effective_receptive_field": list(report.effective_receptive_field),
        "hole_free": report.hole_free,
        "channels": report.channels,
    }


def _pairs(fields: Sequence[tuple[int, int]]) -> list[list[int]]:
    return [list(field) for field in fields]
