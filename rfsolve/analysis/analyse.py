"""The analysis of a layer graph: what every node sees of a source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rfsolve.analysis.axis_view import AxisView
from rfsolve.analysis.diagnostics import Diagnostic, diagnose
from rfsolve.analysis.front import Front
from rfsolve.analysis.grids import settle
from rfsolve.analysis.records import Records
from rfsolve.analysis.routes import RouteMap, route_map
from rfsolve.analysis.seeing import Pixels, seen
from rfsolve.analysis.tap import Tap
from rfsolve.analysis.taps import Taps
from rfsolve.analysis.walk import walk
from rfsolve.errors import GraphError
from rfsolve.graph import LayerGraph, TensorShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The taps of a graph by node name, in topological order.

    Nodes that do not depend on the source have none.
    """

    graph: LayerGraph
    source: str
    shapes: Mapping[str, TensorShape]
    taps: Mapping[str, Tap]
    diagnostics: tuple[Diagnostic, ...]
    _routes: RouteMap = field(repr=False, compare=False)

    @property
    def outputs(self) -> tuple[Tap, ...]:
        """The taps of the graph's outputs that depend on the source."""
        return tuple(self.taps[name] for name in self.graph.outputs if name in self.taps)

    def seen(self, name: str, index: Sequence[int]) -> tuple[tuple[int, int] | None, ...] | None:
        """The (lowest, highest) source index that the output of a node at `index` reads, per axis; None for nothing.

        Exact at the borders too: padding sees nothing, or the pixels that it shows once more, and what is rolled comes
        round. None altogether where there is no such output, and where a size or what a layer reads is not known.
        """
        node = self.taps[name].name
        try:
            return tuple(_ends(pixels) for pixels in seen(self._routes, self.shapes, node, index))
        except LookupError:
            return None


def _ends(pixels: Pixels) -> tuple[int, int] | None:
    places = pixels.nonzero()[0]
    return (int(places[0]), int(places[-1])) if places.size else None


def analyse(
    graph: LayerGraph,
    *,
    source: str | None = None,
    input_size: Sequence[int | None] | None = None,
) -> Analysis:
    """What every node sees of `source`, exactly and per axis.

    `source` may be any node; it is the Input where there is only one. `input_size`, if given, takes
    the place of the size of every Input; the windows of adaptive pooling, flips and resizes to a
    size need it. One walk, linear in nodes and edges; coverage and influence are made when a tap is
    asked for them. Channels that see differently are told apart as far as a later layer picks some of
    them out. Where branches with different strides meet, the outputs are listed one by one, for the
    size they have (`diagnose`). Raises GraphError where the source is missing or in doubt, a shape
    does not fit, or branches with different strides meet and their size is not known.
    """
    start = _source(graph, source)
    shapes = graph.shapes(input_size)
    routes = route_map(graph, start, shapes)
    axes = _axes(routes, shapes)
    return Analysis(
        graph=graph,
        source=start,
        shapes=shapes,
        taps=Taps(graph, routes, axes, shapes),
        diagnostics=diagnose(graph, routes, axes),
        _routes=routes,
    )


def _source(graph: LayerGraph, source: str | None) -> str:
    if source is not None:
        graph.layer(source)
        return source
    inputs = graph.input_nodes
    if len(inputs) != 1:
        raise GraphError(", ".join(inputs) or "none", "a source must be named where there is not exactly one input")
    return inputs[0]


def _axes(routes: RouteMap, shapes: Mapping[str, TensorShape]) -> list[AxisView]:
    """What is known along each axis; axes that are read alike share it, unless outputs had to be listed."""
    axes: list[AxisView] = []
    for axis, links in enumerate(routes.axes):
        twin = next((one for one, other in zip(axes, routes.axes, strict=False) if other is links), None)
        if twin is not None and not twin.grids.uneven:
            axes.append(twin)
        else:
            axes.append(_view(routes, axis, shapes))
    return axes


def _view(routes: RouteMap, axis: int, shapes: Mapping[str, TensorShape]) -> AxisView:
    grids = settle(routes, axis, shapes)
    fronts = {0: Front.identity()}
    walk(grids.routes, routes.strands, fronts)
    return AxisView(grids, fronts, Records(grids.routes, fronts))
