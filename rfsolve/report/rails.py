"""The rails of a graph, as `git log --graph` draws them: a row for each node, a lane for each edge that is under way.

A node stands in the leftmost of the lanes that lead to it; the others close into it from the right. From it, one lane
leads on, and another opens to the right for each further reader. What waits longest keeps to the left, so that few
lines cross, and a U-Net is a U lying on its side.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto

from rfsolve.report.branches import Reads, meeting, readers_of


class Side(Flag):
    """The sides of a cell that a line leaves from."""

    NONE = 0
    UP = auto()
    DOWN = auto()
    LEFT = auto()
    RIGHT = auto()
    UPRIGHT = UP | DOWN
    LEVEL = LEFT | RIGHT


BOX = {
    Side.NONE: " ",
    Side.UPRIGHT: "\u2502",
    Side.LEVEL: "\u2500",
    Side.LEFT | Side.DOWN: "\u256e",
    Side.LEFT | Side.UP: "\u256f",
    Side.LEFT | Side.UPRIGHT: "\u2524",
    Side.LEVEL | Side.DOWN: "\u252c",
    Side.LEVEL | Side.UP: "\u2534",
    Side.LEVEL | Side.UPRIGHT: "\u253c",
}
PLAIN = {
    Side.NONE: " ",
    Side.UPRIGHT: "|",
    Side.LEVEL: "-",
    Side.LEFT | Side.DOWN: ".",
    Side.LEFT | Side.UP: "'",
    Side.LEFT | Side.UPRIGHT: "+",
    Side.LEVEL | Side.DOWN: ".",
    Side.LEVEL | Side.UP: "'",
    Side.LEVEL | Side.UPRIGHT: "+",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One node: the lane it stands in, and the lanes that run past it, close into it and open from it."""

    node: str
    lane: int
    past: frozenset[int]
    closing: frozenset[int]
    opening: frozenset[int]

    @property
    def lanes(self) -> int:
        """How many lanes the row is wide."""
        return 1 + max({self.lane} | self.past | self.closing | self.opening)

    def drawn(self, mark: str, *, box: bool = False) -> str:
        """Return the row with a mark for its node, in box characters or in plain ASCII."""
        shapes = BOX if box else PLAIN
        reach = max({self.lane} | self.closing | self.opening)
        cells = []
        for lane in range(self.lanes):
            cells.append(mark if lane == self.lane else shapes[self._sides(lane, reach)])
            cells.append(shapes[Side.LEVEL if self.lane <= lane < reach else Side.NONE])
        return "".join(cells).rstrip()

    def _sides(self, lane: int, reach: int) -> Side:
        """Return the lines of a cell; a lane that runs past lies over the line that crosses it."""
        if lane in self.past:
            return Side.UPRIGHT
        level = Side.LEVEL if self.lane < lane < reach else Side.LEFT if lane == reach else Side.NONE
        up = Side.UP if lane in self.closing else Side.NONE
        return level | up | (Side.DOWN if lane in self.opening else Side.NONE)


def rails(reads: Reads) -> list[Row]:
    """Return a row for each node, in the order of the nodes."""
    readers = readers_of(reads)
    bound: dict[int, str] = {}  # for each lane that is under way, where it leads
    rows = []
    for node in reads:
        coming = {lane for lane, target in bound.items() if target == node}
        past = frozenset(bound) - coming
        lane = min(coming) if coming else _free(bound)
        bound = {other: bound[other] for other in past}
        opening: set[int] = set()
        for i, reader in enumerate(_from_left(node, reads, readers)):
            to = _free(past | opening, lane + 1) if i else lane
            bound[to] = reader
            opening |= {to} - {lane}
        rows.append(Row(node, lane, past, frozenset(coming - {lane}), frozenset(opening)))
    return rows


def _free(taken: Container[int], lane: int = 0) -> int:
    while lane in taken:
        lane += 1
    return lane


def _from_left(node: str, reads: Reads, readers: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the readers of a node by lane: the later their ways meet another, the further left; last what only ends.

    Of those that meet at one place, a merge that reads the node itself is first, then branches as they are written.
    """
    place = {name: i for i, name in enumerate(reads)}

    def rank(reader: str) -> tuple[int, bool]:
        met = meeting(reader, reads, readers)
        return (1 if met is None else -place[met]), met != reader

    return sorted(readers[node], key=rank)
