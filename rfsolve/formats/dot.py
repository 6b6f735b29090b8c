"""A layer graph in the DOT language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from collections.abc import Iterator, Sequence

from rfsolve.analysis import Analysis
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.drawing import SAME_WEIGHTS, Box, Cluster, Shape, drawing_of, visible
from rfsolve.graph import LayerGraph

_OUTLINES = {Shape.INPUT: ", shape=oval", Shape.LAYER: "", Shape.OUTPUT: ", shape=hexagon"}


def export(blueprint: Blueprint) -> str:
    """Return the drawing of a blueprint."""
    return to_dot(blueprint.graph, analyses=blueprint.analyses, every_node=blueprint.every_node)


def to_dot(graph: LayerGraph, *, analyses: Sequence[Analysis] = (), every_node: bool = False) -> str:
    """Return the graph as a DOT document, which `dot -Tsvg` draws.

    A box per layer (its name, what it does, and with analyses its receptive field in pixels and its
    jump), ovals for inputs, hexagons for outputs, a cluster per stack, a dashed line between layers
    that share weights. Normalisations and activations are in the box of the layer they follow,
    unless `every_node` is set. Nodes are named as in the graph; in a name a backslash and what
    cannot be printed are written as in a Python string.
    """
    drawing = drawing_of(graph, analyses, every_node=every_node)
    lines = ["digraph {", '  node [shape=box, fontname="Helvetica"];', '  graph [fontname="Helvetica"];']
    lines += [f"  {_node(box)}" for box in drawing.loose]
    for number, cluster in enumerate(drawing.clusters):
        lines += [f"  {line}" for line in _cluster(number, cluster)]
    lines += [f"  {_name(source)} -> {_name(target)};" for source, target in drawing.wires]
    style = f'style=dashed, dir=none, constraint=false, label={_label(SAME_WEIGHTS)}, fontname="Helvetica"'
    lines += [f"  {_name(owner)} -> {_name(other)} [{style}];" for owner, other in drawing.shared]
    return "\n".join([*lines, "}", ""])


def _cluster(number: int, cluster: Cluster) -> Iterator[str]:
    yield f"subgraph cluster_{number} {{"
    yield f"  label={_label(cluster.title)};"
    for box in cluster.boxes:
        yield f"  {_node(box)}"
    yield "}"


def _node(box: Box) -> str:
    return f"{_name(box.name)} [label={_label(*box.lines)}{_OUTLINES[box.shape]}];"


def _name(text: str) -> str:
    """A quoted ID, another for every text: a backslash is two of them, and each escape starts with one."""
    return _quoted(visible(text.replace("\\", "\\\\")))


def _label(*lines: str) -> str:
    r"""A quoted label: its backslashes start escapes (as in `\N`, the node's name), its ampersands entities."""
    return _quoted("\\n".join(line.replace("\\", "\\\\").replace("&", "&amp;") for line in lines))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
