"""What one output reads of the source, exactly: borders as they are, no grid that goes on beyond them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rfsolve.analysis.front import Way, Whole
from rfsolve.analysis.layout import Strand
from rfsolve.analysis.routes import AxisRoutes, RouteMap
from rfsolve.graph import Reach, TensorShape
from rfsolve.windows import Border, Step

MOST_PIXELS = 1 << 24
"""Pixels along an axis of a node that is looked at."""

Pixels = NDArray[np.bool_]
Places = NDArray[np.int64]


def seen(routes: RouteMap, shapes: Mapping[str, TensorShape], node: str, index: Sequence[int]) -> tuple[Pixels, ...]:
    """Return, per axis, which pixels of the source the output of a node at `index` depends on.

    From the output back to the source, set by set: what lies beyond the pixels of a node is what its reader finds
    there, nothing or pixels once more. Raises LookupError where a size or what a layer reads is not known.
    """
    strand = routes.layouts[node].whole
    return tuple(_along(routes, axis, shapes, strand, at) for axis, at in enumerate(index))


def _along(routes: RouteMap, axis: int, shapes: Mapping[str, TensorShape], strand: Strand, index: int) -> Pixels:
    links: AxisRoutes = routes.axes[axis]
    wanted: dict[Strand, Pixels] = {strand: _single(_extent(routes, axis, shapes, strand), index)}
    for one in sorted(_before(links, strand), reverse=True):
        pixels = wanted.pop(one)
        for link in links[one]:
            size = _extent(routes, axis, shapes, link.source)
            read = _read(link.way, pixels, size)
            wanted[link.source] = wanted[link.source] | read if link.source in wanted else read
    return wanted[0]


def _before(links: AxisRoutes, strand: Strand) -> set[Strand]:
    """The strand and all that it is made from, without the source."""
    found: set[Strand] = set()
    waiting = [strand]
    while waiting:
        one = waiting.pop()
        if one and one not in found:
            found.add(one)
            waiting.extend(link.source for link in links[one])
    return found


def _extent(routes: RouteMap, axis: int, shapes: Mapping[str, TensorShape], strand: Strand) -> int:
    size = shapes[routes.nodes[strand]].size[axis]
    if size is None or size > MOST_PIXELS:
        raise LookupError("a size is not known, or too large")
    return size


def _single(size: int, index: int) -> Pixels:
    if not 0 <= index < size:
        raise LookupError("there is no such output")
    pixels = np.zeros(size, dtype=np.bool_)
    pixels[index] = True
    return pixels


def _read(step: Way, pixels: Pixels, size: int) -> Pixels:
    """The pixels of its input that a layer reads for some of its outputs."""
    if isinstance(step, Whole) and step.reach is Reach.GLOBAL:
        return np.full(size, pixels.any())
    if not isinstance(step, Step):
        raise LookupError("it is not known what a layer reads")  # noqa: TRY004 - no type is wrong
    read = np.zeros(size, dtype=np.bool_)
    outputs = np.flatnonzero(pixels)
    for phase in np.unique(outputs % step.period).tolist():
        own, taps = outputs[outputs % step.period == phase], step.phases[phase]
        if taps.count:
            first = taps.start + own // step.period * step.advance
            places = first[:, None] + np.arange(taps.count) * taps.step
            read[_inside(places.ravel(), size, step.border)] = True
    return read


def _inside(places: Places, size: int, border: Border) -> Places:
    """Where the pixels lie that are found at these places."""
    if border is Border.WRAPPED:
        return np.mod(places, size)
    if border is Border.NEAREST:
        return np.clip(places, 0, size - 1)
    if border is Border.MIRRORED:
        mirrored: Places = size - 1 - np.abs(size - 1 - np.abs(places))
        return mirrored
    return places[(places >= 0) & (places < size)]
