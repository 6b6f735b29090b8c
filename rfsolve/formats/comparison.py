"""Two networks side by side: the taps that they have in common, or their outputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rfsolve.analysis import Tap
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.numbers import ratio
from rfsolve.formats.tap_names import View, usual_view
from rfsolve.graph import costs

SCHEMA = "rfsolve.comparison/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One tap of each network, under the name or names that they have."""

    name: str
    taps: tuple[Tap, Tap]


def pairs(one: Inspected, other: Inspected) -> tuple[Pair, ...]:
    """Return the taps to compare.

    Those asked for that both have; else those of the usual view whose names both have; then the
    outputs that have not come yet, in order.
    """
    analysis = one.analyses[0]
    view = usual_view(one.network, analysis)
    found = {
        selected.name: Pair(name=selected.name, taps=(analysis.taps[selected.node], tap))
        for selected in one.rows(analysis, view)
        if (tap := _counterpart(other, selected.name)) is not None
    }
    outputs = zip(analysis.outputs, other.analyses[0].outputs, strict=False)
    for mine, theirs in outputs if not one.asked else ():
        name = mine.name if mine.name == theirs.name else f"{mine.name} | {theirs.name}"
        if not any(pair.taps[0] is mine and pair.taps[1] is theirs for pair in found.values()):
            found[name] = Pair(name=name, taps=(mine, theirs))
    return tuple(found.values())


def comparison_document(one: Inspected, other: Inspected, names: tuple[str, str]) -> dict[str, Any]:
    """Return both networks' totals and the pairs as plain lists, dicts and numbers; a difference is second - first."""
    sides = (one, other)
    return {
        "schema": SCHEMA,
        "models": list(names),
        "parameters": [costs.parameters(side.graph) for side in sides],
        "macs": [total_macs(side) for side in sides],
        "taps": [_entry(pair, sides) for pair in pairs(one, other)],
        "only": [[tap.name for tap in _alone(one, other)], [tap.name for tap in _alone(other, one)]],
    }


def total_macs(found: Inspected) -> int | None:
    """Return the multiply-accumulates of a network; None where a size is not known."""
    first = found.analyses[0]
    if any(shape.elements is None for shape in first.shapes.values()):
        return None
    return sum(costs.node_macs(first.graph, node, first.shapes) for node in first.graph.nodes)


def _entry(pair: Pair, sides: tuple[Inspected, Inspected]) -> dict[str, Any]:
    totals = [side.totals[tap.name] for side, tap in zip(sides, pair.taps, strict=True)]
    return {
        "name": pair.name,
        "receptive_field": [[None if f is None else list(f) for f in tap.receptive_field] for tap in pair.taps],
        "stride": [[None if j is None else ratio(j) for j in tap.stride] for tap in pair.taps],
        "effective_receptive_field": [list(tap.effective_receptive_field) for tap in pair.taps],
        "total_parameters": [total.parameters for total in totals],
        "total_macs": [total.macs for total in totals],
    }


def _counterpart(found: Inspected, name: str) -> Tap | None:
    return found.analyses[0].taps.get(found.network.node(name))


def _alone(one: Inspected, other: Inspected) -> Iterator[Tap]:
    """The taps of the usual view that the other network has no tap of that name for."""
    analysis = one.analyses[0]
    for selected in one.rows(analysis, View.USUAL):
        if _counterpart(other, selected.name) is None:
            yield analysis.taps[selected.node]
