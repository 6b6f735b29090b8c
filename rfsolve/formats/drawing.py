"""What is drawn of a layer graph: boxes in clusters, and the lines between them; no syntax yet."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from rfsolve.analysis import Analysis, Tap
from rfsolve.formats.layer_words import layer_words, shape_words
from rfsolve.graph import Activation, Dropout, Identity, Input, Layer, LayerGraph, LayerScale, Norm, Output, Reach

FOLDED = (Norm, Activation, LayerScale, Dropout, Identity)
"""Layers with one input that are drawn inside the box of what they read."""

SAME_WEIGHTS = "same weights"
"""On the line between two boxes that share parameters."""


class Shape(Enum):
    """The outline of a box: the ends of a network have their own."""

    INPUT = auto()
    LAYER = auto()
    OUTPUT = auto()


@dataclass(frozen=True, slots=True)
class Box:
    """A layer with those folded into it.

    The name is the layer's, whatever is in it; the lines can be printed.
    """

    name: str
    shape: Shape
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The boxes of one stack: those whose names begin with its name. The title can be printed."""

    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Boxes inside and outside of clusters; lines are pairs of names of boxes.

    `wires` are from what is read to what reads it, in slot order; `shared` are from the owner of
    parameters to who shares them.
    """

    loose: tuple[Box, ...]
    clusters: tuple[Cluster, ...]
    wires: tuple[tuple[str, str], ...]
    shared: tuple[tuple[str, str], ...]

    @property
    def boxes(self) -> Iterator[Box]:
        """All boxes, in the order in which they are written."""
        yield from self.loose
        for cluster in self.clusters:
            yield from cluster.boxes


def drawing_of(graph: LayerGraph, analyses: Sequence[Analysis] = (), *, every_node: bool = False) -> Drawing:
    """Return what is drawn of a graph.

    With analyses (one for each input, of this graph) a box says its receptive field in pixels and
    its jump. Unless `every_node` is set, normalisations, activations and what else works pixel by
    pixel are folded into the layer that they alone read.
    """
    folds = {name: [name] for name in graph.nodes} if every_node else _folds(graph)
    holder = {name: box for box, names in folds.items() for name in names}
    boxes = {box: _box(graph, names, analyses) for box, names in folds.items()}
    titles = _titles(boxes)
    return Drawing(
        loose=tuple(box for box in boxes.values() if box.name not in titles),
        clusters=_clusters(boxes, titles),
        wires=tuple((holder[source], box) for box in boxes for source in graph.inputs(box)),
        shared=tuple(dict.fromkeys((holder[owner], holder[name]) for name, owner in _sharing(graph, graph.nodes))),
    )


def visible(text: str) -> str:
    r"""Return the text on one line, with what cannot be printed written out as in Python (`\n`, `\x1b`)."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _folds(graph: LayerGraph) -> dict[str, list[str]]:
    """The nodes that each box holds, by the first of them."""
    folds: dict[str, list[str]] = {}
    holder: dict[str, str] = {}
    for name in graph.nodes:
        holder[name] = holder[graph.inputs(name)[0]] if _is_folded(graph, name) else name
        folds.setdefault(holder[name], []).append(name)
    return folds


def _is_folded(graph: LayerGraph, name: str) -> bool:
    """Whether it works pixel by pixel on a layer that nothing else reads: else a line would start too late."""
    if not isinstance(graph.layer(name), FOLDED):
        return False
    (source,) = graph.inputs(name)
    return not isinstance(graph.layer(source), Input) and graph.consumers(source) == (name,)


def _box(graph: LayerGraph, names: Sequence[str], analyses: Sequence[Analysis]) -> Box:
    first, *others = names
    layer = graph.layer(first)
    lines = [first, _words(graph, first, analyses)]
    if others:
        lines.append(", ".join(layer_words(graph.layer(name)) for name in others))
    if owners := [owner for _, owner in _sharing(graph, names)]:
        lines.append(f"weights of {', '.join(owners)}")
    if not isinstance(layer, Input):
        lines += _sights(names[-1], analyses)
    return Box(first, _shape(layer), tuple(map(visible, lines)))


def _shape(layer: Layer) -> Shape:
    ends = {Input: Shape.INPUT, Output: Shape.OUTPUT}
    return ends.get(type(layer), Shape.LAYER)


def _words(graph: LayerGraph, name: str, analyses: Sequence[Analysis]) -> str:
    """The words for a layer; an input has the size that it was analysed with."""
    layer = graph.layer(name)
    if isinstance(layer, Input) and analyses:
        return shape_words(analyses[0].shapes[name])
    return layer_words(layer)


def _sharing(graph: LayerGraph, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if graph.weights_owner(name) != name:
            yield name, graph.weights_owner(name)


def _sights(name: str, analyses: Sequence[Analysis]) -> Iterator[str]:
    """What a node sees of each input that it depends on."""
    for analysis in analyses:
        if name in analysis.taps:
            of = f" of {analysis.source}" if len(analyses) > 1 else ""
            yield f"field{of} {sight(analysis.taps[name])}"


def sight(tap: Tap) -> str:
    """Return what a node sees, e.g. `19 px, jump 4`: per axis where they differ, a range where the phases do."""
    fields = [
        reach.value if field is None or reach is not Reach.EXACT else _range(*field)
        for reach, field in zip(tap.reach, tap.receptive_field, strict=True)
    ]
    unit = "" if all(field is None for field in tap.receptive_field) else " px"
    jumps = ["?" if jump is None else f"{float(jump):.6g}" for jump in tap.stride]
    return f"{_axes(fields)}{unit}, jump {_axes(jumps)}"


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}-{high}"


def _axes(texts: Sequence[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


def _titles(boxes: Mapping[str, Box]) -> dict[str, str]:
    """The cluster of each box that is in one: what stands before the first dot of two names or more."""
    heads = {name: name.partition(".")[0] for name, box in boxes.items() if box.shape is Shape.LAYER}
    counts = Counter(heads.values())
    return {name: head for name, head in heads.items() if head and counts[head] > 1}


def _clusters(boxes: Mapping[str, Box], titles: Mapping[str, str]) -> tuple[Cluster, ...]:
    members: dict[str, list[Box]] = {}
    for name, title in titles.items():
        members.setdefault(title, []).append(boxes[name])
    return tuple(Cluster(visible(title), tuple(inside)) for title, inside in members.items())
