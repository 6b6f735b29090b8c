"""What was found of a network, as one JSON document: `rfsolve.inspection/1`."""

from collections.abc import Sequence
from typing import Any

from rfsolve.analysis import Analysis, Tap
from rfsolve.formats.numbers import ratio
from rfsolve.graph import costs

SCHEMA = "rfsolve.inspection/1"


def inspection_document(analyses: Sequence[Analysis]) -> dict[str, Any]:
    """Return the analyses of one graph (one for each input) as plain lists, dicts and numbers.

    Lengths in input pixels, per axis; null where there is no number: a global or unknown window, a
    size not given.
    """
    first = analyses[0]
    return {
        "schema": SCHEMA,
        "input_size": [list(analysis.shapes[analysis.source].size) for analysis in analyses],
        "parameters": costs.parameters(first.graph),
        "macs": _macs(first),
        "taps": [_tap(analysis, tap) for analysis in analyses for tap in analysis.taps.values()],
        "outputs": list(first.graph.outputs),
        "lints": [],
        "diagnostics": [
            {"code": remark.code, "tap": remark.node, "message": remark.message}
            for analysis in analyses
            for remark in analysis.diagnostics
        ],
    }


def own_parameters(analysis: Analysis, node: str) -> int:
    """Return the parameters of a node, 0 where it shares those of another."""
    graph = analysis.graph
    return graph.layer(node).parameters if graph.weights_owner(node) == node else 0


def own_macs(analysis: Analysis, node: str) -> int | None:
    """Return the multiply-accumulates of a node; None where a size is not known."""
    needed = (*analysis.graph.inputs(node), node)
    if any(analysis.shapes[name].elements is None for name in needed):
        return None
    return costs.node_macs(analysis.graph, node, analysis.shapes)


def _macs(analysis: Analysis) -> int | None:
    counts = [own_macs(analysis, node) for node in analysis.graph.nodes]
    return None if None in counts else sum(count or 0 for count in counts)


def _tap(analysis: Analysis, tap: Tap) -> dict[str, Any]:
    return {
        "name": tap.name,
        "op": tap.op,
        "input": analysis.source,
        "status": tap.status.value,
        "shape": [1, tap.shape.channels, *tap.shape.size],
        "receptive_field": [None if field is None else list(field) for field in tap.receptive_field],
        "stride": [None if stride is None else ratio(stride) for stride in tap.stride],
        "centre": list(tap.centre),
        "effective_receptive_field": list(tap.effective_receptive_field),
        "density": list(tap.density),
        "parameters": own_parameters(analysis, tap.name),
        "macs": own_macs(analysis, tap.name),
    }
