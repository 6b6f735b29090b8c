"""What the analysis has to say about a graph, besides its numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from rfsolve.analysis.axis_view import AxisView
from rfsolve.analysis.front import Whole
from rfsolve.analysis.layout import MOST_STRANDS, Strand
from rfsolve.analysis.routes import RouteMap
from rfsolve.graph import LayerGraph, Reach, Unknown
from rfsolve.windows import Window

Remark = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A remark on a node: a code for programs, a sentence for people."""

    code: str
    node: str
    message: str


def diagnose(graph: LayerGraph, routes: RouteMap, axes: Sequence[AxisView]) -> tuple[Diagnostic, ...]:
    """All remarks, node by node in topological order.

    unknown-operation: it is not known what the layer reads; said of the first of several in a row.
    size-needed: the layer's window depends on the input's size. long-period: the pattern of windows
    repeats too rarely to be listed.
    misaligned-merge: branches sit on grids shifted against each other (the union is exact all the
    same). uneven-merge: branches advance by different strides, so no pattern repeats; windows and
    influence of the node and of all that follows are listed for each output of this size, exactly,
    and what a layer reads beyond them is padding that sees nothing. mixed-channels: channels are
    taken of which too many see differently to be told apart; the union over all of them is reported,
    an upper bound.
    """
    return tuple(
        Diagnostic(code=code, node=name, message=message)
        for name in _remarkable(routes)
        for code, message in _remarks(graph, name, routes, axes)
    )


def _remarkable(routes: RouteMap) -> Iterable[str]:
    """The nodes of which there may be something to say, in order: the others are what they read."""
    layouts, nodes = routes.layouts, routes.nodes
    first = [nodes[strand] for strand in routes.strands if layouts[nodes[strand]].whole == strand]
    if not routes.blurred:
        return first
    wanted = routes.blurred.union(first)
    return [name for name in layouts if name in wanted]


def _remarks(graph: LayerGraph, name: str, routes: RouteMap, axes: Sequence[AxisView]) -> Remark:
    strand = routes.layouts[name].whole
    if routes.nodes[strand] == name:
        if [view for view in axes if view.fronts[strand].reach is not Reach.EXACT]:
            yield from _unknown(graph, name, routes, axes)
        if strand in routes.branches:
            yield from _merged(routes, strand, axes)
    if name in routes.blurred:
        yield "mixed-channels", _mixed(graph, name)


def _unknown(graph: LayerGraph, name: str, routes: RouteMap, axes: Sequence[AxisView]) -> Remark:
    strand, layer = routes.layouts[name].whole, graph.layer(name)
    if isinstance(layer, Unknown):
        if any(_is_unknown(source, routes, axes) for source in graph.inputs(name)):
            return
        why = f": {layer.reason}" if layer.reason else ""
        yield "unknown-operation", f"it is not known what '{layer.name}' reads{why}"
        return
    for axis, view in enumerate(axes):
        links = routes.axes[axis][strand]
        if any(isinstance(link.way, Whole) and link.way.reach is Reach.UNKNOWN for link in links):
            yield (
                "size-needed",
                f"what {layer.op} reads depends on its input's size on axis {axis}; give the size",
            )
            return
        if view.fronts[strand].reach is Reach.UNKNOWN and all(
            view.fronts[link.source].reach is not Reach.UNKNOWN for link in links
        ):
            yield "long-period", f"its windows repeat too rarely on axis {axis} to be listed"
            return


def _is_unknown(name: str, routes: RouteMap, axes: Sequence[AxisView]) -> bool:
    """Whether nothing is known of what a node sees, on any axis: then an earlier remark says why."""
    if name not in routes.layouts:
        return False
    return all(view.fronts[routes.layouts[name].whole].reach is Reach.UNKNOWN for view in axes)


def _merged(routes: RouteMap, strand: Strand, axes: Sequence[AxisView]) -> Remark:
    """At most one remark on a merge: uneven, which no alignment can mend, or else misaligned."""
    for axis, view in enumerate(axes):
        if strand in view.grids.uneven:
            branches = ", ".join(f"'{one.node}' by {one.jump}" for one in view.grids.uneven[strand])
            exact = "; its windows are exact for each of the outputs of this size"
            yield (
                "uneven-merge",
                (
                    f"on axis {axis} its branches advance by different strides, {branches} source pixels per output "
                    f"pixel{'' if view.fronts[strand].window is None else exact}"
                ),
            )
            return
    for axis, view in enumerate(axes):
        if view in axes[:axis] or _are_aligned(view, strand):
            continue
        centres = _centres(routes, view, strand)
        if any(at != other for at, other in pairwise(centres.values())):
            where = ", ".join(f"'{source}' at {float(at):g}" for source, at in centres.items())
            yield "misaligned-merge", f"its branches are not centred alike on axis {axis}: {where}"
            return


def _are_aligned(view: AxisView, strand: Strand) -> bool:
    """Whether the branches of a merge sit on one grid, seen at a glance: no pattern, and one place for all."""
    places = {_place(view.fronts[link.source].window) for link in view.grids.routes[strand]}
    return len(places) == 1 and None not in places


def _place(window: Window | None) -> int | None:
    """Twice the centre of a window without a pattern."""
    if window is None or len(window.phases) > 1 or window.phases[0] is None:
        return None
    low, high = window.phases[0]
    return low + high


def _centres(routes: RouteMap, view: AxisView, strand: Strand) -> dict[str, Fraction]:
    """Where the grids of a merge's branches sit, by the branches' nodes; what is read as a whole has no place."""
    centres = {}
    for node, link in zip(routes.read_by(strand), view.grids.routes[strand], strict=True):
        window = view.fronts[link.source].window
        centre = None if window is None or isinstance(link.way, Whole) else window.mean_centre
        if centre is not None:
            centres[node] = centre
    return centres


def _mixed(graph: LayerGraph, name: str) -> str:
    (source, *_) = graph.inputs(name)
    return (
        f"more than {MOST_STRANDS} channels of '{source}' have different windows; "
        "their union is reported, an upper bound for the channels taken"
    )
