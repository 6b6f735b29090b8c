"""The grid of every strand along one axis, and the lists of outputs where branches on different grids meet."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from rfsolve.analysis.front import Way, jump_after
from rfsolve.analysis.layout import Strand
from rfsolve.analysis.routes import AxisRoutes, RouteMap
from rfsolve.analysis.walk import Link
from rfsolve.errors import GraphError
from rfsolve.graph import LongPeriod, TensorShape
from rfsolve.windows import IDENTITY, Listing, PeriodError, Step


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a strand's outputs sit: how far apart in source pixels (None: on no grid), and whether they are listed."""

    jump: Fraction | None
    listing: Listing | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of an uneven merge: the node it comes from, and its jump."""

    node: str
    jump: Fraction


@dataclass(frozen=True, slots=True)
class Grids:
    """The grids of one axis, the links as they are then walked, and the branches of each uneven merge."""

    of: Mapping[Strand, Grid]
    routes: AxisRoutes
    uneven: Mapping[Strand, tuple[Branch, ...]]


def settle(routes: RouteMap, axis: int, shapes: Mapping[str, TensorShape]) -> Grids:
    """The grids of an axis.

    Where branches with different jumps meet, the outputs of the merge are listed one by one, and so
    are those of all that follows. Raises GraphError, naming node and branches, where their number is
    not known.
    """
    settling = _Settling(lambda strand: shapes[routes.nodes[strand]].size[axis], routes)
    for strand, links in routes.axes[axis].items():
        settling.visit(strand, links)
    return Grids(settling.grids, settling.routes, settling.uneven)


@dataclass(frozen=True, slots=True)
class _Settling:
    """What is settled so far."""

    size: Callable[[Strand], int | None]
    given: RouteMap
    grids: dict[Strand, Grid] = field(default_factory=lambda: {0: Grid(Fraction(1))})
    routes: dict[Strand, tuple[Link[Way], ...]] = field(default_factory=dict)
    uneven: dict[Strand, tuple[Branch, ...]] = field(default_factory=dict)

    def visit(self, strand: Strand, links: tuple[Link[Way], ...]) -> None:
        """Settle a strand whose links' sources are settled."""
        self.routes[strand] = links
        if len(links) == 1:
            grid, way = self.grids[links[0].source], links[0].way
            jump = jump_after(way, grid.jump)
            if grid.listing is not None or _lists(way):
                self._list(strand, links, jump)
            else:
                self.grids[strand] = grid if jump is grid.jump else Grid(jump)
            return
        before = [self.grids[link.source] for link in links]
        jumps = [jump_after(link.way, grid.jump) for link, grid in zip(links, before, strict=True)]
        jump = next((one for one in jumps if one is not None), None)
        if not [one for one in jumps if one is not jump and one is not None and one != jump]:
            if not any(_lists(link.way) or grid.listing for link, grid in zip(links, before, strict=True)):
                self.grids[strand] = before[0] if before[0].jump is jump else Grid(jump)
                return
        else:
            jump = self._meet(strand, jumps)
        self._list(strand, links, jump)

    def _meet(self, strand: Strand, jumps: Sequence[Fraction | None]) -> Fraction:
        """The jump of an uneven merge: that of most branches, of these the simplest, of these the first."""
        branches = tuple(
            Branch(node, jump) for node, jump in zip(self.given.read_by(strand), jumps, strict=True) if jump is not None
        )
        if self.size(strand) is None:
            one = branches[0]
            other = next(branch for branch in branches if branch.jump != one.jump)
            raise GraphError(
                self.given.nodes[strand],
                f"its branches '{one.node}' and '{other.node}' advance by {one.jump} and {other.jump} "
                "source pixels per output pixel; a merge needs equal strides, or the size of the input",
            )
        self.uneven[strand] = branches
        counts = Counter(branch.jump for branch in branches)
        return max(counts, key=lambda jump: (counts[jump], -jump.denominator, -abs(jump.numerator)))

    def _list(self, strand: Strand, links: Sequence[Link[Way]], jump: Fraction | None) -> None:
        """List the outputs of a strand; those of a pattern too long to be listed are not known."""
        size = self.size(strand)
        try:
            known = jump is not None or any(_lists(link.way) or self.grids[link.source].listing for link in links)
            listing = Listing.of(size, jump or Fraction(1)) if known and size is not None else None
        except PeriodError:
            listing = None
        self.grids[strand] = Grid(jump, listing)
        self.routes[strand] = tuple(self._listed(link, listing, jump) for link in links)

    def _listed(self, link: Link[Way], listing: Listing | None, jump: Fraction | None) -> Link[Way]:
        step, before = link.way, self.grids[link.source].listing
        if not isinstance(step, Step):
            return link
        if listing is None:
            return link._replace(way=LongPeriod(jump))
        if before == listing and step is IDENTITY:
            return link
        if before is not None:
            link = link._replace(way=before.read_by(step, listing))
        return link._replace(listing=listing)


def _lists(way: Way) -> bool:
    return isinstance(way, Step) and way.lists
