"""What single channels read, where the channels of a layer's inputs do not all see alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from rfsolve.analysis.front import Way
from rfsolve.analysis.layout import MOST_STRANDS, NOTHING, Layout, Strand, Strands, told_apart
from rfsolve.graph import LongPeriod, Reach
from rfsolve.graph.layer import listed
from rfsolve.graph.mixing import Folded, Gathered, Kept, Mixed, Scattered
from rfsolve.windows import IDENTITY, Step, Taps, depth_to_space

Ways = tuple[Way, ...]  # one an axis


class Read(NamedTuple):
    """One thing that a channel reads: a strand, by a way along each axis, with a share of the channel's mass."""

    strand: Strand
    ways: Ways
    share: float

    @property
    def is_identity(self) -> bool:
        """Whether the channel is the strand itself."""
        return self.share == 1 and pixel_by_pixel(self.ways)


@dataclass(frozen=True, slots=True)
class ChannelReads:
    """What the different channels of the output read, and for each channel which of it."""

    different: tuple[tuple[Read, ...], ...]
    each: Strands


def pixel_by_pixel(ways: tuple[Way | Reach, ...]) -> bool:
    """Whether each pixel is read alone, along every axis."""
    return ways[0] is IDENTITY and ways.count(IDENTITY) == len(ways)


def channel_reads(
    mixing: Kept | Mixed | Scattered | Folded | Gathered, inputs: Sequence[Layout], ways: Sequence[Ways], channels: int
) -> ChannelReads | None:
    """What each of the output's `channels` channels reads; None where more differ than are told apart.

    `inputs` has a layout for each branch, and `ways` says how each is read.
    """
    if isinstance(mixing, Kept):
        return _kept(inputs, ways, channels)
    if isinstance(mixing, Mixed):
        return _grouped(mixing.groups, inputs[0], ways[0], channels)
    if isinstance(mixing, Scattered):
        return _scattered(mixing, inputs[0])
    if isinstance(mixing, Folded):
        return _folded(mixing, inputs[0])
    return _gathered(mixing.factor, inputs[0])


def gathered(factor: tuple[int, ...], strands: Strands) -> tuple[Read, ...]:
    """What channels read together that are made from these strands by a pixel shuffle.

    Strand s is read by the phases p of an axis at which it occurs. It occurs n times, n_p of them at
    phase p: it has the share n / len(strands), and its taps the gain factor * n_p / n.
    """
    places = strands.reshape(-1, prod(factor))
    reads = []
    for strand in np.unique(places):
        if strand != NOTHING:
            counts = (places == strand).sum(axis=0).reshape(factor)
            ways = tuple(_phased(_along(counts, axis)) for axis in range(len(factor)))
            reads.append(Read(int(strand), ways, float(counts.sum()) / strands.size))
    return tuple(reads)


def folded(mixing: Folded, strands: Strands) -> tuple[Read, ...]:
    """What channels read together that are made from these strands by laying windows over one another."""
    blocks, ways = strands.reshape(-1, mixing.places), mixing.steps()
    counts = Counter((one, place) for block in blocks.tolist() for place, one in enumerate(block) if one != NOTHING)
    return tuple(Read(one, ways[place], count / strands.size) for (one, place), count in sorted(counts.items()))


def together(strands: Strands, ways: Ways) -> tuple[Read, ...]:
    """What channels read together that each read one of these strands."""
    counts = Counter(strands.tolist())
    counts.pop(NOTHING, None)
    return tuple(Read(strand, ways, count / strands.size) for strand, count in sorted(counts.items()))


def _along(counts: Strands, axis: int) -> list[int]:
    others = tuple(n for n in range(counts.ndim) if n != axis)
    return [int(count) for count in counts.sum(axis=others)]


def _phased(counts: list[int]) -> Step | LongPeriod:
    """The step of a pixel shuffle along one axis, that only the phases with a count make."""
    factor, total = len(counts), sum(counts)
    if all(count == counts[0] for count in counts):
        return listed(depth_to_space, factor=factor)
    phases = (Taps(start=0, gain=factor * count / total) if count else Taps(start=0, count=0) for count in counts)
    return Step(1, tuple(phases))


def _kept(inputs: Sequence[Layout], ways: Sequence[Ways], channels: int) -> ChannelReads | None:
    columns = [_broadcast(layout, channels) for layout in inputs]
    keys, each = told_apart(zip(*(column.tolist() for column in columns), strict=True))
    if len(keys) > MOST_STRANDS:
        return None
    return ChannelReads(
        tuple(
            tuple(Read(one, ways[slot], 1 / len(inputs)) for slot, one in enumerate(key) if one != NOTHING)
            for key in keys
        ),
        each,
    )


def _broadcast(layout: Layout, channels: int) -> Strands:
    return layout.each if layout.channels == channels else np.repeat(layout.each, channels)


def _grouped(groups: int, layout: Layout, ways: Ways, channels: int) -> ChannelReads | None:
    keys, each = told_apart(tuple(sorted(group)) for group in layout.each.reshape(groups, -1).tolist())
    if len(keys) > MOST_STRANDS:
        return None
    return ChannelReads(tuple(together(np.array(key), ways) for key in keys), np.repeat(each, channels // groups))


def _scattered(mixing: Scattered, layout: Layout) -> ChannelReads | None:
    strands, each = told_apart(layout.each.tolist())
    if len(strands) * mixing.places > MOST_STRANDS:
        return None
    places = mixing.steps()
    reads = tuple(() if strand == NOTHING else (Read(strand, ways, 1.0),) for strand in strands for ways in places)
    return ChannelReads(reads, (each[:, None] * len(places) + np.arange(len(places))).ravel())


def _gathered(factor: tuple[int, ...], layout: Layout) -> ChannelReads | None:
    blocks, each = told_apart(tuple(block) for block in layout.each.reshape(-1, prod(factor)).tolist())
    if len(blocks) > MOST_STRANDS:
        return None
    return ChannelReads(tuple(gathered(factor, np.array(block)) for block in blocks), each)


def _folded(mixing: Folded, layout: Layout) -> ChannelReads | None:
    blocks, each = told_apart(tuple(block) for block in layout.each.reshape(-1, mixing.places).tolist())
    if len(blocks) > MOST_STRANDS:
        return None
    return ChannelReads(tuple(folded(mixing, np.array(block)) for block in blocks), each)
