"""What was found of a network, as one JSON document: `rfsolve.inspection/1`."""

from typing import Any

from rfsolve.analysis import Analysis, Tap
from rfsolve.analysis.borders import padded_share
from rfsolve.analysis.completeness import State
from rfsolve.analysis.object_sight import object_sight
from rfsolve.analysis.tiling import Untileable, margins
from rfsolve.analysis.totals import own_macs
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.numbers import ratio
from rfsolve.formats.tap_names import Selected, View
from rfsolve.graph import costs
from rfsolve.windows import Window

SCHEMA = "rfsolve.inspection/1"

MOST_PHASES = 4096
"""Phases of a window that are listed; of a longer pattern the document says period and advance only."""


def inspection_document(found: Inspected) -> dict[str, Any]:
    """Return what was found as plain lists, dicts and numbers; every tap unless some were asked for.

    Lengths in input pixels, per axis; null where there is no number: a global or unknown window, a
    size not given. `map` is exact: output q * period + p reads `phases[p]` moved by q * advance.
    """
    first = found.analyses[0]
    macs = [own_macs(first.graph, node, first.shapes) for node in first.graph.nodes]
    return {
        "schema": SCHEMA,
        "input_size": [list(analysis.shapes[analysis.source].size) for analysis in found.analyses],
        "inputs": [analysis.source for analysis in found.analyses],
        "object_size": None if found.object_size is None else list(found.object_size),
        "parameters": costs.parameters(first.graph),
        "macs": None if None in macs else sum(count or 0 for count in macs),
        "taps": [
            _tap(found, analysis, selected)
            for analysis in found.analyses
            for selected in found.rows(analysis, View.ALL)
        ],
        "outputs": list(first.graph.outputs),
        "lints": [
            {
                "code": group.code,
                "severity": group.severity.value,
                "tap": group.nodes[0],
                "taps": list(group.nodes),
                "message": group.message,
                "advice": group.advice,
            }
            for group in found.lints
        ],
        "unchecked": [{"code": one.code, "reason": one.reason} for one in found.unchecked],
        "diagnostics": [
            {"code": remark.code, "tap": remark.node, "message": remark.message} for remark in found.diagnostics
        ],
    }


def _tap(found: Inspected, analysis: Analysis, selected: Selected) -> dict[str, Any]:
    tap = analysis.taps[selected.node]
    total = found.totals[tap.name]
    metrics = found.metrics(analysis, tap.name)
    entry = {
        "name": selected.name,
        "node": tap.name,
        "aliases": found.aliases.get(tap.name, []),
        "op": tap.op,
        "input": analysis.source,
        "status": tap.status.value,
        "shape": list(found.shape(analysis, tap.name)),
        "receptive_field": [None if field is None else list(field) for field in tap.receptive_field],
        "stride": [None if stride is None else ratio(stride) for stride in tap.stride],
        "centre": list(tap.centre),
        "map": [None if window is None else _map(window) for window in tap.windows],
        "effective_receptive_field": list(tap.effective_receptive_field),
        "density": list(tap.density),
        "hole_free": tap.hole_free,
        "gridding": found.gridding_of(analysis, tap.name),
        "border_share": padded_share(tap),
        "smallest_input": found.smallest_inputs(analysis, tap.name),
        "parameters": found.graph.parameters(tap.name),
        "macs": own_macs(found.graph, tap.name, analysis.shapes),
        "total_parameters": total.parameters,
        "total_macs": total.macs,
        "activations": tap.shape.elements,
        "metrics": {name: metric.state.value for name, metric in metrics.items()},
        "reasons": {name: metric.reason for name, metric in metrics.items() if metric.state is not State.COMPLETE},
    }
    if found.asked or tap.name in found.output_names:
        entry["tiles"] = _tiles(analysis, tap.name)
    if (size := found.object_for(analysis)) is not None:
        entry["object"] = _object(tap, size)
    return entry


def _map(window: Window) -> dict[str, Any]:
    short = window.period <= MOST_PHASES
    return {
        "period": window.period,
        "advance": window.advance,
        "phases": [None if span is None else list(span) for span in window.phases] if short else None,
    }


def _tiles(analysis: Analysis, node: str) -> dict[str, Any]:
    found = margins(analysis, node)
    if isinstance(found, Untileable):
        return {"unavailable": found.reason}
    return {
        "grid": [one.grid for one in found],
        "left": [one.left for one in found],
        "right": [one.right for one in found],
        "overlap": [one.overlap for one in found],
    }


def _object(tap: Tap, size: tuple[int, ...]) -> dict[str, Any]:
    sight = object_sight(tap, size)
    return {"contained": sight.contained, "effective": sight.effective, "cells": list(sight.cells)}
