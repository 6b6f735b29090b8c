"""How well each metric of a tap is known: complete, partial, or unavailable, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rfsolve.analysis.diagnostics import Diagnostic
from rfsolve.analysis.tap import Tap
from rfsolve.analysis.totals import Total
from rfsolve.graph import LayerGraph, Reach, Unknown


class State(StrEnum):
    """How well a metric is known."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """The state of a metric, and the reason where it is not complete."""

    state: State
    reason: str = ""


COMPLETE = Metric(state=State.COMPLETE)
NO_SIZE = "the size of the input is not known"


def metrics(
    tap: Tap, graph: LayerGraph, lost: Diagnostic | None, bounded: Diagnostic | None, total: Total
) -> Mapping[str, Metric]:
    """Return the state of each metric of a tap.

    `lost` is the remark after which its window is not known, `bounded` the one after which it is an
    upper bound, `total` what it costs to compute it.
    """
    size_known = tap.shape.elements is not None
    return {
        "receptive_field": _field(tap, graph, lost, bounded),
        "coverage": _listed(tap, tap.density, graph, lost, bounded),
        "influence": _listed(tap, tap.effective_receptive_field, graph, lost, bounded),
        "macs": _macs(graph, lost, total),
        "activations": COMPLETE if size_known else Metric(state=State.UNAVAILABLE, reason=_why(graph, lost, NO_SIZE)),
    }


def said(graph: LayerGraph, remark: Diagnostic) -> str:
    """Return a remark with its node and, for an unknown operation, its operator."""
    layer = graph.layer(remark.node)
    operator = f" ({layer.name})" if isinstance(layer, Unknown) else ""
    return f"'{remark.node}'{operator}: {remark.message}"


def _macs(graph: LayerGraph, lost: Diagnostic | None, total: Total) -> Metric:
    if total.macs is None:
        return Metric(state=State.UNAVAILABLE, reason=_why(graph, lost, NO_SIZE))
    if total.uncounted is None:
        return COMPLETE
    layer = graph.layer(total.uncounted)
    operator = f" ({layer.name})" if isinstance(layer, Unknown) else ""
    return Metric(state=State.PARTIAL, reason=f"those of '{total.uncounted}'{operator} are not known, and count 0")


def _field(tap: Tap, graph: LayerGraph, lost: Diagnostic | None, bounded: Diagnostic | None) -> Metric:
    unknown = [reach is Reach.UNKNOWN for reach in tap.reach]
    if any(unknown):
        state = State.UNAVAILABLE if all(unknown) else State.PARTIAL
        return Metric(state=state, reason=_why(graph, lost, "it is not known what a layer before reads"))
    return COMPLETE if bounded is None else Metric(state=State.PARTIAL, reason=said(graph, bounded))


def _listed(
    tap: Tap,
    values: tuple[float | None, ...],
    graph: LayerGraph,
    lost: Diagnostic | None,
    bounded: Diagnostic | None,
) -> Metric:
    missing = [value is None for value in values]
    if not any(missing):
        return COMPLETE if bounded is None else Metric(state=State.PARTIAL, reason=said(graph, bounded))
    state = State.UNAVAILABLE if all(missing) else State.PARTIAL
    if tap.status is Reach.GLOBAL:
        return Metric(state=state, reason="it sees the whole input, whatever its size")
    if tap.status is Reach.EXACT:
        return Metric(state=state, reason="its window is too long to be listed pixel by pixel")
    return Metric(state=state, reason=_why(graph, lost, "it is not known what a layer before reads"))


def _why(graph: LayerGraph, lost: Diagnostic | None, otherwise: str) -> str:
    return otherwise if lost is None else said(graph, lost)
