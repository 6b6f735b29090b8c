"""The taps of a graph by name, each made when asked for."""

from collections.abc import Iterator, Mapping, Sequence

from rfsolve.analysis.axis_view import AxisView
from rfsolve.analysis.layout import Strand
from rfsolve.analysis.routes import RouteMap
from rfsolve.analysis.tap import StrandView, Tap
from rfsolve.graph import LayerGraph, TensorShape


class Taps(Mapping[str, Tap]):
    """The source and all that depends on it, in topological order; nodes on one strand share what is known of it."""

    def __init__(
        self, graph: LayerGraph, routes: RouteMap, axes: Sequence[AxisView], shapes: Mapping[str, TensorShape]
    ) -> None:
        self._graph, self._routes, self._axes, self._shapes = graph, routes, axes, shapes
        self._records = tuple([axis.records for axis in axes])
        self._views: dict[Strand, StrandView] = {}
        self._made: dict[str, Tap] = {}

    def __getitem__(self, name: str) -> Tap:
        if name not in self._made:
            self._made[name] = self._tap(name, self._routes.layouts[name].whole)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._routes.layouts)

    def __len__(self) -> int:
        return len(self._routes.layouts)

    def __contains__(self, name: object) -> bool:
        return name in self._routes.layouts

    def _tap(self, name: str, strand: Strand) -> Tap:
        return Tap(
            name=name,
            op=self._graph.layer(name).op,
            inputs=self._graph.inputs(name),
            shape=self._shapes[name],
            source_shape=self._shapes[self._routes.source],
            _view=self._view(strand),
        )

    def _view(self, strand: Strand) -> StrandView:
        if strand not in self._views:
            fronts = tuple([axis.fronts[strand] for axis in self._axes])
            grids = tuple([axis.grids.of[strand] for axis in self._axes])
            self._views[strand] = StrandView(fronts, grids, strand, self._records)
        return self._views[strand]
