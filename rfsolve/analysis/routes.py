"""A graph as the walk sees it: per axis, what each strand that depends on the source reads of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from rfsolve.analysis.channel_reads import (
    Read,
    Ways,
    channel_reads,
    folded,
    gathered,
    together,
)
from rfsolve.analysis.front import Part, Way, Whole
from rfsolve.analysis.layout import MOST_CHANNELS, NOTHING, Layout, Strand
from rfsolve.analysis.walk import Link
from rfsolve.graph import Dependence, Layer, LayerGraph, Reach, TensorShape
from rfsolve.graph.mixing import MIXED, Folded, Gathered, Interleaved, Joined, Kept, Mixed, Mixing, Picked, Scattered

MOST_PIXELS = 1 << 16
"""Pixels of an axis that one output reads as a whole, and whose windows are looked at one by one."""

AxisRoutes = Mapping[Strand, tuple[Link[Way], ...]]

_PICKING = (Picked, Gathered)  # which need to know what single channels see


@dataclass(frozen=True, slots=True)
class RouteMap:
    """The source and the nodes that depend on it, in topological order, and the links of their strands.

    Every node has a strand for all of its channels: that of its input, where it reads nothing but
    its own pixel of it. Those that are but some of its channels are here only where a later layer
    picks them out. Axes with the same links share them. `nodes` names the first node of each strand,
    `branches` the nodes that a merge reads, one a link; `blurred` are the nodes that pick channels
    out of some that are not all told apart. `strands` are those with links, in topological order.
    """

    source: str
    layouts: Mapping[str, Layout]
    nodes: Sequence[str]
    branches: Mapping[Strand, tuple[str, ...]]
    blurred: frozenset[str]
    strands: tuple[Strand, ...]
    axes: tuple[AxisRoutes, ...]

    def read_by(self, strand: Strand) -> tuple[str, ...]:
        """The nodes that a strand reads, one a link."""
        return self.branches.get(strand) or tuple(self.nodes[link.source] for link in self.axes[0][strand])


def route_map(graph: LayerGraph, source: str, shapes: Mapping[str, TensorShape]) -> RouteMap:
    """The routes from `source`. Linear in the graph."""
    survey = _Survey(shapes, shapes[source])
    survey.layouts[source] = Layout(shapes[source].channels, survey.strand(source, ()))
    for name, layer, sources in graph.wired():
        if layer.hands_on:
            survey.layouts.setdefault(name, survey.layouts[sources[0]])
        elif name != source:
            survey.visit(name, layer, sources)
    strands = survey.needed()
    return RouteMap(
        source=source,
        layouts={name: layout for name, layout in survey.layouts.items() if layout.whole != NOTHING},
        nodes=survey.nodes,
        branches=survey.branches,
        blurred=frozenset(survey.blurred),
        strands=strands,
        axes=_axes([(strand, survey.reads[strand]) for strand in strands], shapes[source].axes),
    )


def _axes(reads: Sequence[tuple[Strand, Sequence[Read]]], axes: int) -> tuple[AxisRoutes, ...]:
    """The links of each strand along each axis; one object for axes that are read alike."""
    ways = [[read.ways[axis] for _, own in reads for read in own] for axis in range(axes)]
    links: list[AxisRoutes] = []
    for axis in range(axes):
        twin = ways.index(ways[axis])
        links.append(links[twin] if twin < axis else _links(reads, axis))
    return tuple(links)


def _links(reads: Sequence[tuple[Strand, Sequence[Read]]], axis: int) -> AxisRoutes:
    return {strand: tuple([Link(one.strand, one.ways[axis], one.share) for one in own]) for strand, own in reads}


@dataclass(slots=True)
class _Survey:
    """The strands found so far, the node of each and what it reads."""

    shapes: Mapping[str, TensorShape]
    start: TensorShape
    layouts: dict[str, Layout] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)
    branches: dict[Strand, tuple[str, ...]] = field(default_factory=dict)
    reads: list[Sequence[Read]] = field(default_factory=list)
    blurred: set[str] = field(default_factory=set)

    def strand(self, name: str, reads: Sequence[Read]) -> Strand:
        """A new strand of a node."""
        self.nodes.append(name)
        self.reads.append(reads)
        return len(self.nodes) - 1

    def visit(self, name: str, layer: Layer, sources: Sequence[str]) -> None:
        """Find the strands of a node whose inputs are known."""
        if len(sources) == 1 and self._reads_alike(name, layer, sources[0]):
            return
        inputs = [self.layouts[source] for source in sources]
        shape = self.shapes[name]
        depending = [source for source in sources if self.layouts[source].whole != NOTHING]
        if not depending:
            self.layouts[name] = Layout(shape.channels, NOTHING)
            return
        shapes = [self.shapes[source] for source in sources]
        mixing = layer.mixing(shapes)
        ways = [_ways(layer, shapes, slot, shape, self.start) for slot in range(len(inputs))]
        whole = self._strand_of(name, _whole(mixing, inputs, ways))
        if len(inputs) > 1 and whole != NOTHING:
            self.branches[whole] = tuple(depending)
        if isinstance(mixing, _PICKING) and inputs[0].bounded:
            self.blurred.add(name)
        self.layouts[name] = self._layout(name, mixing, Layout(shape.channels, whole), inputs, ways)

    def _reads_alike(self, name: str, layer: Layer, source: str) -> bool:
        """Whether all channels of a node read all of its one input: then its strand is found, the shortest way."""
        before, shapes, shape = self.layouts[source], (self.shapes[source],), self.shapes[name]
        if before.whole == NOTHING or layer.mixing(shapes) is not MIXED:
            return False
        read = Read(before.whole, _ways(layer, shapes, 0, shape, self.start), 1.0)
        self.layouts[name] = Layout(shape.channels, self._strand_of(name, (read,)))
        return True

    def _layout(
        self, name: str, mixing: Mixing, even: Layout, inputs: Sequence[Layout], ways: Sequence[Ways]
    ) -> Layout:
        """The strands of a node; `even` is its layout if all its channels are alike."""
        if mixing == MIXED or even.whole == NOTHING:
            return even
        if isinstance(mixing, Joined | Picked | Interleaved):
            return Layout(even.channels, even.whole, moved=(mixing, inputs))
        bounded = bool([layout for layout in inputs if layout.bounded])
        if isinstance(mixing, Scattered) or [layout for layout in inputs if layout.strands is not None]:
            if max(even.channels, *(layout.channels for layout in inputs)) <= MOST_CHANNELS:
                return self._parted(name, mixing, Layout(even.channels, even.whole, bounded=bounded), inputs, ways)
            bounded = True
        return Layout(even.channels, even.whole, bounded=bounded) if bounded else even

    def _parted(
        self,
        name: str,
        mixing: Kept | Mixed | Scattered | Folded | Gathered,
        even: Layout,
        inputs: Sequence[Layout],
        ways: Sequence[Ways],
    ) -> Layout:
        """The strands of a node whose channels may see differently, as far as they are told apart."""
        found = channel_reads(mixing, inputs, ways, even.channels)
        if found is None:
            return Layout(even.channels, even.whole, bounded=True)
        if len(found.different) == 1:
            return even
        strands = np.array([self._strand_of(name, reads) for reads in found.different])
        return Layout(even.channels, even.whole, strands[found.each], bounded=even.bounded)

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
                needed.update([read.strand for read in self.reads[strand]])
        return tuple([strand for strand in range(1, len(self.nodes)) if strand in needed])


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
