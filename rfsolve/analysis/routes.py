"""A graph as the walk sees it: per axis, what each strand that depends on the source reads of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from rfsolve.analysis.channel_reads import (
    Read,
    Ways,
    channel_reads,
    folded,
    gathered,
    in_order,
    pixel_by_pixel,
    together,
)
from rfsolve.analysis.front import Part, Way, Whole
from rfsolve.analysis.layout import MOST_CHANNELS, MOST_STRANDS, NOTHING, Layout, Strand, Strands
from rfsolve.analysis.walk import Link
from rfsolve.graph import Dependence, Layer, LayerGraph, Reach, TensorShape
from rfsolve.graph.mixing import MIXED, Folded, Gathered, Interleaved, Joined, Kept, Mixing, Picked, Scattered

MOST_PIXELS = 1 << 16
"""Pixels of an axis that one output reads as a whole, and whose windows are looked at one by one."""

AxisRoutes = Mapping[Strand, tuple[Link[Way], ...]]

_PARTING = (Joined, Scattered)  # by which channels come to see differently
_REARRANGING = (Joined, Picked, Interleaved)


@dataclass(frozen=True, slots=True)
class RouteMap:
    """The nodes that depend on the source, in topological order and without it, and the links of their strands.

    Every node has a strand for all of its channels: that of its input, where it reads nothing but
    its own pixel of it. Those that are but some of its channels are here only where a later layer
    picks them out. Axes with the same links share them. `nodes` names the first node of each strand,
    `branches` the nodes that a merge reads, one a link; `strands` are those with links, in
    topological order.
    """

    source: str
    order: tuple[str, ...]
    layouts: Mapping[str, Layout]
    nodes: Sequence[str]
    branches: Mapping[Strand, tuple[str, ...]]
    strands: tuple[Strand, ...]
    axes: tuple[AxisRoutes, ...]

    def is_first(self, name: str) -> bool:
        """Whether a node is the first on the strand of all its channels: the others are what they read."""
        return self.nodes[self.layouts[name].whole] == name

    def read_by(self, strand: Strand) -> tuple[str, ...]:
        """The nodes that a strand reads, one a link."""
        return self.branches.get(strand) or tuple(self.nodes[link.source] for link in self.axes[0][strand])


def route_map(graph: LayerGraph, source: str, shapes: Mapping[str, TensorShape]) -> RouteMap:
    """The routes from `source`. Linear in the graph."""
    survey = _Survey(shapes, shapes[source].axes)
    survey.layouts[source] = Layout(shapes[source].channels, survey.strand(source, ()))
    for name, layer, sources in graph.wired():
        if name != source:
            survey.visit(name, layer, sources)
    reached = {name: layout for name, layout in survey.layouts.items() if layout.whole != NOTHING}
    strands = survey.needed()
    return RouteMap(
        source=source,
        order=tuple(name for name in reached if name != source),
        layouts=reached,
        nodes=survey.nodes,
        branches=survey.branches,
        strands=strands,
        axes=_shared([{strand: survey.links[strand][axis] for strand in strands} for axis in range(survey.axes)]),
    )


def _shared(axes: Sequence[AxisRoutes]) -> tuple[AxisRoutes, ...]:
    """The same links, one object where two axes have equal ones."""
    return tuple(next(other for other in axes if other == one) for one in axes)


@dataclass(slots=True)
class _Survey:
    """The strands found so far, the node of each and its links on each axis."""

    shapes: Mapping[str, TensorShape]
    axes: int
    layouts: dict[str, Layout] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)
    branches: dict[Strand, tuple[str, ...]] = field(default_factory=dict)
    links: list[tuple[tuple[Link[Way], ...], ...]] = field(default_factory=list)

    def strand(self, name: str, reads: Sequence[Read]) -> Strand:
        """A new strand of a node."""
        links = [_links(read) for read in reads]
        self.nodes.append(name)
        self.links.append(tuple(zip(*links, strict=True)) if links else ((),) * self.axes)
        return len(self.nodes) - 1

    def visit(self, name: str, layer: Layer, sources: Sequence[str]) -> None:
        """Find the strands of a node whose inputs are known."""
        if self._hands_on(name, layer, sources):
            self.layouts[name] = self.layouts[sources[0]]
            return
        shapes = [self.shapes[source] for source in sources]
        inputs = [self.layouts[source] for source in sources]
        shape = self.shapes[name]
        if all(layout.whole == NOTHING for layout in inputs):
            self.layouts[name] = Layout(shape.channels, NOTHING)
            return
        mixing = layer.mixing(shapes)
        source = self.shapes[self.nodes[0]]
        ways = [_ways(layer, shapes, slot, shape, source) for slot in range(len(inputs))]
        whole = self._strand_of(name, _whole(mixing, inputs, ways))
        if len(inputs) > 1 and whole != NOTHING:
            self.branches[whole] = tuple([one for one in sources if self.layouts[one].whole != NOTHING])
        self.layouts[name] = self._layout(name, mixing, Layout(shape.channels, whole), inputs, ways)

    def _hands_on(self, name: str, layer: Layer, sources: Sequence[str]) -> bool:
        """Whether every channel and every pixel of a node sees what it does of the node's one input."""
        if len(sources) != 1 or self.shapes[name] != self.shapes[sources[0]]:
            return False
        shapes = (self.shapes[name],)
        return isinstance(layer.mixing(shapes), Kept) and pixel_by_pixel(layer.dependence(shapes))

    def _layout(
        self, name: str, mixing: Mixing, even: Layout, inputs: Sequence[Layout], ways: Sequence[Ways]
    ) -> Layout:
        """The strands of a node; `even` is its layout if all its channels are alike."""
        if mixing == MIXED or even.whole == NOTHING:
            return even
        if any(layout.bounded for layout in inputs):
            even = replace(even, bounded=True)
        if not isinstance(mixing, _PARTING) and all(layout.strands is None for layout in inputs):
            return even
        if max(even.channels, *(layout.channels for layout in inputs)) > MOST_CHANNELS:
            return replace(even, bounded=True)
        return self._parted(name, mixing, even, inputs, ways)

    def _parted(
        self, name: str, mixing: Mixing, even: Layout, inputs: Sequence[Layout], ways: Sequence[Ways]
    ) -> Layout:
        """The strands of a node whose channels may see differently, as far as they are told apart."""
        if isinstance(mixing, _REARRANGING):
            return _rearranged(even, in_order(mixing, inputs))
        found = channel_reads(mixing, inputs, ways, even.channels)
        if found is None:
            return replace(even, bounded=True)
        if len(found.different) == 1:
            return even
        strands = np.array([self._strand_of(name, reads) for reads in found.different])
        return replace(even, strands=strands[found.each])

    def _strand_of(self, name: str, reads: Sequence[Read]) -> Strand:
        """The strand that reads this: an earlier one, where it is that one unchanged, in all its outputs."""
        if len(reads) == 1 and reads[0].is_identity:
            strand = reads[0].strand
            if self.shapes[self.nodes[strand]].size == self.shapes[name].size:
                return strand
        return self.strand(name, reads) if reads else NOTHING

    def needed(self) -> tuple[Strand, ...]:
        """The strands of whole nodes and all that they are made from, without the source's, in topological order."""
        needed = {layout.whole for layout in self.layouts.values()}
        for strand in range(len(self.nodes) - 1, 0, -1):
            if strand in needed:
                needed.update(link.source for link in self.links[strand][0])
        return tuple(strand for strand in range(1, len(self.nodes)) if strand in needed)


def _rearranged(even: Layout, strands: Strands) -> Layout:
    """The layout of channels that are these strands, as far as they are told apart."""
    different = len(set(strands.tolist()))
    if different > MOST_STRANDS:
        return replace(even, bounded=True)
    return even if different == 1 else replace(even, strands=strands)


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
    if len(inputs) == 1:
        return (Read(inputs[0].whole, ways[0], 1.0),)
    parts = [layout.channels for layout in inputs] if isinstance(mixing, Joined) else [1] * len(inputs)
    total = sum(parts)
    return tuple(
        [
            Read(layout.whole, own, part / total)
            for layout, own, part in zip(inputs, ways, parts, strict=True)
            if layout.whole != NOTHING
        ]
    )


def _ways(layer: Layer, inputs: Sequence[TensorShape], slot: int, output: TensorShape, source: TensorShape) -> Ways:
    """The way along each axis by which a layer reads one input.

    Of several inputs that are read as a whole, only the first hands its grid on, if it has the
    output's size: a gate that is broadcast does not, nor do the keys of an attention.
    """
    steps = layer.dependence(inputs, slot)
    if Reach not in map(type, steps):
        return cast("Ways", steps)
    alone = len(inputs) == 1
    keeps = [alone or (slot == 0 and one == other) for one, other in zip(inputs[0].size, output.size, strict=True)]
    parts = [
        _part(step, *sizes) for step, *sizes in zip(steps, inputs[slot].size, output.size, source.size, strict=True)
    ]
    return tuple(
        Whole(step, keep and layer.keeps_grid, part) if isinstance(step, Reach) else step
        for step, keep, part in zip(steps, keeps, parts, strict=True)
    )


def _part(step: Dependence, extent: int | None, out: int | None, source: int | None) -> Part | None:
    """All pixels of an axis of which one output is made, where they are known and not too many."""
    if step is not Reach.GLOBAL or out != 1 or extent is None or source is None or not 1 < extent <= MOST_PIXELS:
        return None
    return Part(extent, source)


def _links(read: Read) -> tuple[Link[Way], ...]:
    """The link of each axis, one object where the ways are."""
    first = Link(read.strand, read.ways[0], read.share)
    return tuple([first if way is read.ways[0] else Link(read.strand, way, read.share) for way in read.ways])
