"""Readings that are made only when asked for: coverage and influence."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from rfsolve.analysis.front import Front, Way, step_of
from rfsolve.analysis.layout import Strand
from rfsolve.analysis.routes import AxisRoutes
from rfsolve.analysis.walk import Link, last_uses, needed, walk
from rfsolve.errors import GraphError
from rfsolve.graph import Reach
from rfsolve.windows import Coverage, Influence, Step

LONGEST_LIST = 1 << 24  # pixels of all phases together: 2 MiB of coverage, 128 MiB of influence


@dataclass(frozen=True, slots=True)
class Records:
    """Coverages and influences of the strands of one analysis, along one axis, kept once made."""

    routes: AxisRoutes
    fronts: Mapping[Strand, Front]
    _coverages: dict[Strand, Coverage] = field(default_factory=lambda: {0: Coverage.identity()})
    _influences: dict[Strand, Influence] = field(default_factory=dict)
    _listable: set[Strand] = field(default_factory=set)

    def is_listable(self, strand: Strand) -> bool:
        """Whether a strand and all on the way to it have windows on this axis, short enough to list pixel by pixel."""
        if not self._listable:
            self._listable.update(self._all_listable())
        return strand in self._listable

    def coverage(self, strand: Strand, node: str) -> Coverage | None:
        """The coverage of the strand of a node; None where not exact. All coverages together cost one walk."""
        if not self._listed(strand, node):
            return None
        if strand not in self._coverages:
            routes, order = self._ways(strand, self._coverages)
            walk(routes, order, self._coverages)
        return self._coverages[strand]

    def influence(self, strand: Strand, node: str) -> Influence | None:
        """The influence on the strand of a node; None where it is not exact.

        Each strand asked for costs a walk over its ancestors.
        """
        if not self._listed(strand, node):
            return None
        if strand not in self._influences:
            known = {0: Influence.identity()}
            routes, order = self._ways(strand, known)
            walk(routes, order, known, forget=last_uses(routes, order, strand))
            self._influences[strand] = known[strand]
        return self._influences[strand]

    def _listed(self, strand: Strand, node: str) -> bool:
        """Whether there is a window at all; GraphError where it is too long to be listed."""
        front = self.fronts[strand]
        if front.reach is Reach.EXACT and not self.is_listable(strand):
            whose = "an earlier layer's" if _is_short(front) else "its"
            raise GraphError(node, f"{whose} window is too long to be listed pixel by pixel (over {LONGEST_LIST})")
        return front.reach is Reach.EXACT

    def _all_listable(self) -> set[Strand]:
        """The strands whose own window can be listed, and that of every one they are made from."""
        listable: set[Strand] = {0}
        for strand, links in self.routes.items():
            if _is_short(self.fronts[strand]) and all(link.source in listable for link in links):
                listable.add(strand)
        return listable

    def _ways(
        self, strand: Strand, known: Collection[Strand]
    ) -> tuple[dict[Strand, tuple[Link[Step], ...]], list[Strand]]:
        """The links to walk up to a listable strand, of steps alone, and the order to walk them in."""
        order = sorted(needed(self.routes, strand, known))
        return {one: tuple(map(_exact, self.routes[one])) for one in order}, order


def _exact(link: Link[Way]) -> Link[Step]:
    way = link.way
    return link._replace(way=step_of(way))  # type: ignore[return-value]


def _is_short(front: Front) -> bool:
    window = front.window
    return window is not None and window.period * window.receptive_field[1] <= LONGEST_LIST
