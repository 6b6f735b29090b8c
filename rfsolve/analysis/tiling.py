"""Processing an input in tiles: how far they must overlap so that every output is the untiled one."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, lcm

from rfsolve.analysis.analyse import Analysis
from rfsolve.analysis.causes import UNEVEN
from rfsolve.graph import AdaptivePool, Cumulative, Flip, Join, Reach, Resize, Roll, Tile
from rfsolve.windows import Coordinates

_OF_THE_SIZE = (AdaptivePool, Cumulative, Flip, Join, Roll, Tile)
"""Layers whose windows depend on where the input ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Pixels along one axis that a tile needs beyond the outputs that are kept of it.

    `grid` is the step on which tiles may start: there, every layer's grid falls on itself. `left`
    and `right` are what the kept outputs read before the first and after the last pixel of the kept
    part; the overlap rounds both up to the grid.
    """

    grid: int
    left: int
    right: int

    @property
    def overlap(self) -> int:
        """Pixels that two neighbouring tiles share: ceil(left / grid) * grid + ceil(right / grid) * grid."""
        return (ceil(self.left / self.grid) + ceil(self.right / self.grid)) * self.grid


@dataclass(frozen=True, slots=True)
class Untileable:
    """Why no overlap would do."""

    reason: str


def margins(analysis: Analysis, name: str) -> tuple[Margin, ...] | Untileable:
    """Return the margins of a node per axis, or why its outputs cannot be computed in tiles.

    With the phases [lo_p, hi_p] of the windows, which advance by A: left = max(0, -min lo_p), right =
    max(0, max hi_p - (A - 1)). The grid is the least common multiple of the advances of the node
    and of all it depends on.
    """
    nodes = [node for node in _dependent(analysis, name) if node in analysis.taps]
    if uneven := {remark.node for remark in analysis.diagnostics if remark.code in UNEVEN}.intersection(nodes):
        return Untileable(f"'{min(uneven)}' merges branches that advance by different strides")
    for node in nodes:
        if (why := _obstacle(analysis, node)) is not None:
            return Untileable(why)
    tap = analysis.taps[name]
    found = []
    for axis, window in enumerate(tap.windows):
        if window is None:
            return Untileable(f"it is not known what '{name}' reads on axis {axis}")
        grid = lcm(*(abs(own.advance) for node in nodes if (own := analysis.taps[node].windows[axis]) is not None))
        spans = [span for span in window.phases if span is not None]
        found.append(
            Margin(
                grid=grid,
                left=max(0, -min((low for low, _ in spans), default=0)),
                right=max(0, max((high for _, high in spans), default=0) - (window.advance - 1)),
            )
        )
    return tuple(found)


def _dependent(analysis: Analysis, name: str) -> Mapping[str, None]:
    """The node and all it depends on, nearest first."""
    seen: dict[str, None] = {name: None}
    waiting = [name]
    while waiting:
        for source in analysis.graph.inputs(waiting.pop()):
            if source not in seen:
                seen[source] = None
                waiting.append(source)
    return seen


def _obstacle(analysis: Analysis, node: str) -> str | None:
    layer, tap = analysis.graph.layer(node), analysis.taps[node]
    if tap.status is Reach.GLOBAL:
        return f"'{node}' sees the whole input"
    if tap.status is Reach.UNKNOWN:
        return f"it is not known what '{node}' reads"
    sized = isinstance(layer, Resize) and layer.coordinates == Coordinates.ALIGN_CORNERS
    if sized or isinstance(layer, _OF_THE_SIZE):
        return f"what '{node}' ({layer.op}) reads depends on the input's size"
    return None
