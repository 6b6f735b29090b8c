"""A graph as the walk sees it: per axis, what each node that depends on the source reads of its inputs."""

from collections.abc import Mapping
from dataclasses import dataclass

from rfsolve.analysis.front import Passage
from rfsolve.analysis.walk import Link
from rfsolve.graph import Concat, LayerGraph, TensorShape

AxisRoutes = dict[str, tuple[Link[Passage], ...]]


@dataclass(frozen=True, slots=True)
class RouteMap:
    """The nodes that depend on the source, in topological order and without it, and their links on each axis."""

    source: str
    order: tuple[str, ...]
    axes: tuple[AxisRoutes, ...]


def route_map(graph: LayerGraph, source: str, shapes: Mapping[str, TensorShape]) -> RouteMap:
    """The routes from `source`. Linear in the graph."""
    axes: tuple[AxisRoutes, ...] = tuple({} for _ in range(shapes[source].axes))
    reached = {source}
    for name in graph.nodes:
        links = _links(graph, name, shapes, reached) if name != source else None
        if links:
            reached.add(name)
            for axis, routes in enumerate(axes):
                routes[name] = tuple(per_axis[axis] for per_axis in links)
    return RouteMap(source, tuple(name for name in graph.nodes if name in reached and name != source), axes)


def _links(
    graph: LayerGraph, name: str, shapes: Mapping[str, TensorShape], reached: set[str]
) -> list[tuple[Link[Passage], ...]]:
    """One tuple of links, a link an axis, for each input that depends on the source."""
    layer = graph.layer(name)
    sources = graph.inputs(name)
    inputs = [shapes[one] for one in sources]
    links = []
    for slot, source in enumerate(sources):
        if source in reached:
            share = _share(layer.op, inputs, slot)
            links.append(
                tuple(
                    Link(source, Passage(dependence, layer.keeps_grid), share)
                    for dependence in layer.dependence(inputs, slot)
                )
            )
    return links


def _share(op: str, inputs: list[TensorShape], slot: int) -> float:
    """A branch's share of the mass: by channels in a concatenation, else equal."""
    if op == Concat.op:
        return inputs[slot].channels / sum(shape.channels for shape in inputs)
    return 1 / len(inputs)
