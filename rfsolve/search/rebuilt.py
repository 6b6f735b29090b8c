"""A design from a graph that somebody else has had: its layers and ends from the names, everything else recomputed."""

import re
from collections.abc import Collection, Mapping

from rfsolve.analysis import Tap, analyse
from rfsolve.errors import GraphError
from rfsolve.graph import Conv, ConvTranspose, LayerGraph, Output, Pool, Resize, costs, without_statistics
from rfsolve.search.check import report_of, written
from rfsolve.search.expand import PlacedLayer
from rfsolve.search.solution import Design
from rfsolve.space.blocks import Axes, Choice

_NUMBERED = re.compile(r"(?P<stack>[^.]+)\.(?P<number>\d+)(?:\..*)?", re.DOTALL)


def rebuilt(graph: LayerGraph, ends: Mapping[str, str], stacks: Collection[str] = ()) -> Design:
    """Return the design that a graph is.

    `ends` says for names of the problem where in the graph they end; an output's own name goes before it. `stacks` are
    those of the problem: a layer is what is called `stack.number`. Without them, every such name is a layer.

    Raises:
        GraphError: the graph has several inputs, or a size does not fit.

    """
    taps = analyse(without_statistics(graph)).taps
    layers = _layers(graph, stacks)
    sized = all(None not in graph.shapes()[name].size for name in graph.input_nodes)
    return Design(
        graph=graph,
        layers=layers,
        ends={**_ends_of(layers), **ends, **_own_ends(graph)},
        taps=taps,
        exits=tuple(report_of(taps[name]) for name in graph.outputs if _is_exact(taps.get(name))),
        parameters=costs.parameters(graph),
        macs=costs.macs(graph) if sized else None,
        activations=written(graph) if sized else None,
    )


def _is_exact(tap: Tap | None) -> bool:
    return tap is not None and None not in tap.receptive_field and None not in tap.stride


def _own_ends(graph: LayerGraph) -> dict[str, str]:
    (source, *_) = graph.input_nodes
    return {"input": source, **{name: name for name in graph.nodes if isinstance(graph.layer(name), Output)}}


def _ends_of(layers: tuple[PlacedLayer, ...]) -> dict[str, str]:
    return {layer.stack: layer.result for layer in layers}


def _layers(graph: LayerGraph, stacks: Collection[str]) -> tuple[PlacedLayer, ...]:
    found: dict[tuple[str, str], list[str]] = {}
    for name in graph.nodes:
        match = _NUMBERED.fullmatch(name)
        if match is not None and (not stacks or match["stack"] in stacks):
            found.setdefault((match["stack"], match["number"]), []).append(name)
    return tuple(_layer(graph, stack, number, nodes) for (stack, number), nodes in found.items())


def _layer(graph: LayerGraph, stack: str, number: str, nodes: list[str]) -> PlacedLayer:
    shapes = graph.shapes()
    inside = set(nodes)
    source = next((one for node in nodes for one in graph.inputs(node) if one not in inside), nodes[0])
    return PlacedLayer(
        name=f"{stack}.{number}",
        stack=stack,
        block="",
        choice=_choice(graph, nodes),
        c_in=shapes[source].channels,
        c_out=shapes[nodes[-1]].channels,
        nodes=tuple(nodes),
    )


def _choice(graph: LayerGraph, nodes: list[str]) -> Choice:
    """The largest kernel, stride and dilation of the layers placed, axis by axis."""
    kernel = stride = dilation = (1,) * graph.shapes()[nodes[0]].axes
    for node in nodes:
        layer = graph.layer(node)
        if isinstance(layer, Conv | ConvTranspose | Pool):
            kernel, stride = _larger(kernel, layer.kernel), _larger(stride, layer.stride)
            dilation = _larger(dilation, layer.dilation)
        elif isinstance(layer, Resize):
            stride = _larger(stride, tuple(max(1, int(ratio)) for ratio in layer.scale) or stride)
    return Choice(kernel, stride, dilation)


def _larger(one: Axes, other: Axes) -> Axes:
    return tuple(map(max, one, other))


def unplaced(design: Design, names: Collection[str | None]) -> GraphError | None:
    """Return what is wrong where a name of the problem has no place in the design; None where all have one."""
    missing = next((name for name in names if name is not None and name not in design.ends), None)
    if missing is None:
        return None
    return GraphError(
        missing, "the problem asks something of it, and the design has no layer, exit or end of that name"
    )
