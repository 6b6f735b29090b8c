"""A graph as the walk sees it: per axis, what each strand that depends on the source reads of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rfsolve.analysis.channel_reads import Read, Ways, channel_reads, folded, gathered, together
from rfsolve.analysis.front import Passage, Whole
from rfsolve.analysis.layout import MOST_CHANNELS, NOTHING, Layout, Strand
from rfsolve.analysis.walk import Link
from rfsolve.graph import Layer, LayerGraph, Reach, TensorShape
from rfsolve.graph.mixing import MIXED, Folded, Gathered, Joined, Mixing, Picked, Scattered
from rfsolve.windows import IDENTITY

MOST_PIXELS = 1 << 16
"""Pixels of an axis that one output reads as a whole, and whose windows are looked at one by one."""

AxisRoutes = Mapping[Strand, tuple[Link[Passage], ...]]


@dataclass(frozen=True, slots=True)
class RouteMap:
    """The nodes that depend on the source, in topological order and without it, and the links of their strands.

    Every node has a strand for all of its channels. Those that are but some of its channels are here
    only where a later layer picks them out. Axes with the same links share them. `nodes` names the
    node of each strand; `strands` are those with links, in topological order.
    """

    source: str
    order: tuple[str, ...]
    layouts: Mapping[str, Layout]
    nodes: Sequence[str]
    strands: tuple[Strand, ...]
    axes: tuple[AxisRoutes, ...]

    def links(self, name: str, axis: int) -> tuple[Link[Passage], ...]:
        """What all channels of a node together read."""
        return self.axes[axis][self.layouts[name].whole]


def route_map(graph: LayerGraph, source: str, shapes: Mapping[str, TensorShape]) -> RouteMap:
    """The routes from `source`. Linear in the graph."""
    survey = _Survey(graph, shapes, shapes[source].axes)
    survey.layouts[source] = Layout(shapes[source].channels, survey.strand(source, ()))
    for name in graph.nodes:
        if name not in survey.layouts:
            survey.visit(name)
    reached = {name: layout for name, layout in survey.layouts.items() if layout.whole != NOTHING}
    strands = survey.needed()
    return RouteMap(
        source=source,
        order=tuple(name for name in graph.nodes if name in reached and name != source),
        layouts=reached,
        nodes=survey.nodes,
        strands=strands,
        axes=_shared([{strand: survey.links[strand][axis] for strand in strands} for axis in range(survey.axes)]),
    )


def _shared(axes: Sequence[AxisRoutes]) -> tuple[AxisRoutes, ...]:
    """The same links, one object where two axes have equal ones."""
    return tuple(next(other for other in axes if other == one) for one in axes)


@dataclass(slots=True)
class _Survey:
    """The strands found so far, the node of each and its links on each axis."""

    graph: LayerGraph
    shapes: Mapping[str, TensorShape]
    axes: int
    layouts: dict[str, Layout] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)
    links: list[tuple[tuple[Link[Passage], ...], ...]] = field(default_factory=list)

    def strand(self, name: str, reads: Sequence[Read]) -> Strand:
        """A new strand of a node."""
        links = [_links(read) for read in reads]
        self.nodes.append(name)
        self.links.append(tuple(zip(*links, strict=True)) if links else ((),) * self.axes)
        return len(self.nodes) - 1

    def visit(self, name: str) -> None:
        """Find the strands of a node whose inputs are known."""
        layer = self.graph.layer(name)
        sources = self.graph.inputs(name)
        shapes = [self.shapes[source] for source in sources]
        inputs = [self.layouts[source] for source in sources]
        shape = self.shapes[name]
        if all(layout.whole == NOTHING for layout in inputs):
            self.layouts[name] = Layout(shape.channels, NOTHING)
            return
        source = self.shapes[self.nodes[0]]
        ways = [_ways(layer, shapes, slot, shape, source) for slot in range(len(inputs))]
        mixing = layer.mixing(shapes)
        reads = _whole(mixing, inputs, ways)
        whole = self.strand(name, reads) if reads else NOTHING
        self.layouts[name] = self._layout(name, mixing, Layout(shape.channels, whole), inputs, ways)

    def _layout(
        self, name: str, mixing: Mixing, even: Layout, inputs: Sequence[Layout], ways: Sequence[Ways]
    ) -> Layout:
        """The strands of a node; `even` is its layout if all its channels are alike."""
        if mixing == MIXED or even.whole == NOTHING:
            return even
        bounded = any(layout.bounded for layout in inputs)
        if not isinstance(mixing, Joined | Scattered) and all(layout.strands is None for layout in inputs):
            return replace(even, bounded=True) if bounded else even
        few = max(even.channels, *(layout.channels for layout in inputs)) <= MOST_CHANNELS
        found = channel_reads(mixing, inputs, ways, even.channels) if few else None
        if found is None:
            return replace(even, bounded=True)
        if len(found.different) == 1:
            return replace(even, bounded=bounded)
        strands = np.array([self._strand_of(name, reads) for reads in found.different])
        return replace(even, strands=strands[found.each], bounded=bounded)

    def _strand_of(self, name: str, reads: Sequence[Read]) -> Strand:
        """The strand that reads this: an earlier one, where it is that one unchanged."""
        if len(reads) == 1 and reads[0].is_identity:
            return reads[0].strand
        return self.strand(name, reads) if reads else NOTHING

    def needed(self) -> tuple[Strand, ...]:
        """The strands of whole nodes and all that they are made from, without the source's, in topological order."""
        needed = {layout.whole for layout in self.layouts.values()}
        for strand in range(len(self.nodes) - 1, 0, -1):
            if strand in needed:
                needed.update(link.source for link in self.links[strand][0])
        return tuple(strand for strand in range(1, len(self.nodes)) if strand in needed)


def _whole(mixing: Mixing, inputs: Sequence[Layout], ways: Sequence[Ways]) -> tuple[Read, ...]:
    """What all channels of a node together read.

    A concatenation weighs its branches by their channels, other layers weigh them equally.
    """
    if isinstance(mixing, Picked) and inputs[0].strands is not None:
        return together(inputs[0].strands[mixing.start : mixing.stop], ways[0])
    if isinstance(mixing, Gathered) and inputs[0].strands is not None:
        return gathered(mixing.factor, inputs[0].strands)
    if isinstance(mixing, Folded) and inputs[0].strands is not None:
        return folded(mixing, inputs[0].strands)
    channels = [layout.channels if isinstance(mixing, Joined) else 1 for layout in inputs]
    return tuple(
        Read(layout.whole, own, part / sum(channels))
        for layout, own, part in zip(inputs, ways, channels, strict=True)
        if layout.whole != NOTHING
    )


def _ways(layer: Layer, inputs: Sequence[TensorShape], slot: int, output: TensorShape, source: TensorShape) -> Ways:
    """The way along each axis by which a layer reads one input.

    Of several inputs that are read as a whole, only the first hands its grid on, if it has the
    output's size: a gate that is broadcast does not, nor do the keys of an attention.
    """
    ways: list[Passage] = []
    for axis, step in enumerate(layer.dependence(inputs, slot)):
        alone = len(inputs) == 1 or (slot == 0 and inputs[0].size[axis] == output.size[axis])
        keeps = layer.keeps_grid and alone
        lists = layer.lists and step is not IDENTITY
        whole = _all_pixels(inputs[slot].size[axis], source.size[axis]) if output.size[axis] == 1 else None
        way = Passage(step, keeps, lists, layer.border, whole if step is Reach.GLOBAL else None)
        ways.append(next((one for one in ways if _is_same(one, way)), way))
    return tuple(ways)


def _is_same(one: Passage, other: Passage) -> bool:
    """Whether two ways of a layer are alike; a step is the same object where it is the same."""
    same = one.dependence is other.dependence and one.keeps_grid is other.keeps_grid
    return same and one.whole == other.whole


def _all_pixels(extent: int | None, source: int | None) -> Whole | None:
    """All pixels of an axis, where they are known and not too many to be looked at one by one."""
    if extent is None or source is None or not 1 < extent <= MOST_PIXELS:
        return None
    return Whole(extent, source)


def _links(read: Read) -> tuple[Link[Passage], ...]:
    """The link of each axis, one object where the ways are."""
    first = Link(read.strand, read.ways[0], read.share)
    return tuple(first if way is read.ways[0] else Link(read.strand, way, read.share) for way in read.ways)
