"""Readings that are made only when asked for: coverage and influence."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from rfsolve.analysis.front import Front, Way, Whole
from rfsolve.analysis.layout import Strand
from rfsolve.analysis.routes import AxisRoutes
from rfsolve.analysis.walk import Link, last_uses, needed, walk
from rfsolve.errors import GraphError
from rfsolve.graph import Reach
from rfsolve.windows import Coverage, Influence

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
            order = self._order(strand, self._coverages)
            walk(self._steps(order), order, self._coverages)
        return self._coverages[strand]

    def influence(self, strand: Strand, node: str) -> Influence | None:
        """The influence on the strand of a node; None where it is not exact.

        Each strand asked for costs a walk over its ancestors.
        """
        if not self._listed(strand, node):
            return None
        if strand not in self._influences:
            known = {0: Influence.identity()}
            order = self._order(strand, known)
            walk(self._steps(order), order, known, forget=last_uses(self.routes, order, strand))
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

    def _steps(self, order: Iterable[Strand]) -> AxisRoutes:
        """The links of strands with windows: of all pixels that are a part of the source, the step that reads them."""
        return {strand: tuple([_exact(link) for link in self.routes[strand]]) for strand in order}

    def _order(self, strand: Strand, known: Collection[Strand]) -> list[Strand]:
        """The strands to walk up to a listable one; no way on it is other than a step."""
        return sorted(needed(self.routes, strand, known))


def _is_short(front: Front) -> bool:
    window = front.window
    return window is not None and window.period * window.receptive_field[1] <= LONGEST_LIST


def _exact(link: Link[Way]) -> Link[Way]:
    way = link.way
    return link._replace(way=way.part.step) if isinstance(way, Whole) and way.part is not None else link
