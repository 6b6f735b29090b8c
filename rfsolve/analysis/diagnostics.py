"""What the analysis has to say about a graph, besides its numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rfsolve.analysis.front import Front
from rfsolve.analysis.routes import RouteMap
from rfsolve.graph import (
    ChannelSlice,
    Concat,
    Conv,
    ConvTranspose,
    Layer,
    LayerGraph,
    Linear,
    Reach,
    Unknown,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A remark on a node: a code for programs, a sentence for people."""

    code: str
    node: str
    message: str


Fronts = tuple[Mapping[str, Front], ...]


def diagnose(graph: LayerGraph, routes: RouteMap, fronts: Fronts) -> tuple[Diagnostic, ...]:
    """All remarks, node by node in topological order.

    unknown-operation: it is not known what the layer reads. size-needed: the layer's window depends
    on the input's size. long-period: the pattern of windows repeats too rarely to be listed.
    misaligned-merge: branches sit on grids shifted against each other (the union is exact all the
    same). mixed-channels: a slice of channels whose windows differ; what is reported is the union
    over all of them, an upper bound.
    """
    uneven = _uneven(graph, routes, fronts)
    return tuple(
        Diagnostic(code=code, node=name, message=message)
        for name in routes.order
        for code, message in (
            *_unknown(graph, name, routes, fronts),
            *_misaligned(name, routes, fronts),
            *_mixed(graph, name, uneven),
        )
    )


def _unknown(graph: LayerGraph, name: str, routes: RouteMap, fronts: Fronts) -> Iterator[tuple[str, str]]:
    layer = graph.layer(name)
    if isinstance(layer, Unknown):
        why = f": {layer.reason}" if layer.reason else ""
        yield "unknown-operation", f"it is not known what '{layer.name}' reads{why}"
        return
    for axis, links in enumerate(one[name] for one in routes.axes):
        if any(link.way.dependence is Reach.UNKNOWN for link in links):
            yield (
                "size-needed",
                f"what {layer.op} reads depends on its input's size on axis {axis}; give the size",
            )
            return
        if fronts[axis][name].reach is Reach.UNKNOWN and all(
            fronts[axis][link.source].reach is not Reach.UNKNOWN for link in links
        ):
            yield "long-period", f"its windows repeat too rarely on axis {axis} to be listed"
            return


def _misaligned(name: str, routes: RouteMap, fronts: Fronts) -> Iterator[tuple[str, str]]:
    for axis, links in enumerate(one[name] for one in routes.axes):
        if len(links) == 1:
            continue
        centres = {}
        for link in links:
            window = fronts[axis][link.source].window
            if window is not None and window.mean_centre is not None:
                centres[link.source] = window.mean_centre
        if len(set(centres.values())) > 1:
            where = ", ".join(f"'{source}' at {float(at):g}" for source, at in centres.items())
            yield "misaligned-merge", f"its branches are not centred alike on axis {axis}: {where}"
            return


def _mixed(graph: LayerGraph, name: str, uneven: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(graph.layer(name), ChannelSlice) and graph.inputs(name)[0] in uneven:
        yield (
            "mixed-channels",
            (
                f"the channels of '{graph.inputs(name)[0]}' have different windows; "
                "their union is reported, an upper bound for the channels taken"
            ),
        )


def _uneven(graph: LayerGraph, routes: RouteMap, fronts: Fronts) -> set[str]:
    """The nodes whose channels do not all have the node's window."""
    uneven: set[str] = set()
    for name in routes.order:
        layer = graph.layer(name)
        if not _mixes_channels(layer) and (
            any(source in uneven for source in graph.inputs(name))
            or (isinstance(layer, Concat) and _differ(graph.inputs(name), fronts))
        ):
            uneven.add(name)
    return uneven


def _mixes_channels(layer: Layer) -> bool:
    if isinstance(layer, Conv | ConvTranspose):
        return layer.groups == 1
    return isinstance(layer, Linear)


def _differ(sources: tuple[str, ...], fronts: Fronts) -> bool:
    return any(any(front.get(source) != front.get(sources[0]) for source in sources) for front in fronts)
