"""Readings that are made only when asked for: coverage and influence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rfsolve.analysis.front import Front
from rfsolve.analysis.routes import RouteMap
from rfsolve.analysis.walk import Link, last_uses, needed, walk
from rfsolve.errors import GraphError
from rfsolve.graph import Reach
from rfsolve.windows import Coverage, Influence, Step

LONGEST_LIST = 1 << 24  # pixels of all phases together: 2 MiB of coverage, 128 MiB of influence


@dataclass(frozen=True, slots=True)
class Records:
    """Coverages and influences of the nodes of one analysis, along each axis, kept once made."""

    routes: RouteMap
    fronts: tuple[Mapping[str, Front], ...]
    _coverages: dict[int, dict[str, Coverage]] = field(default_factory=dict)
    _influences: dict[tuple[str, int], Influence] = field(default_factory=dict)
    _listable: dict[int, set[str]] = field(default_factory=dict)

    def is_listable(self, name: str, axis: int) -> bool:
        """Whether a node and all on the way to it have windows on this axis, short enough to list pixel by pixel."""
        if axis not in self._listable:
            self._listable[axis] = self._all_listable(axis)
        return name in self._listable[axis]

    def coverage(self, name: str, axis: int) -> Coverage | None:
        """The coverage of a node; None where not exact. All coverages together cost one walk."""
        if not self._listed(name, axis):
            return None
        known = self._coverages.setdefault(axis, {self.routes.source: Coverage.identity()})
        if name not in known:
            routes, order = self._ways(name, axis, set(known))
            walk(routes, order, known)
        return known[name]

    def influence(self, name: str, axis: int) -> Influence | None:
        """The influence on a node; None where it is not exact.

        Each node asked for costs a walk over its ancestors.
        """
        if not self._listed(name, axis):
            return None
        if (name, axis) not in self._influences:
            known = {self.routes.source: Influence.identity()}
            routes, order = self._ways(name, axis, set(known))
            walk(routes, order, known, forget=last_uses(routes, order, name))
            self._influences[name, axis] = known[name]
        return self._influences[name, axis]

    def _listed(self, name: str, axis: int) -> bool:
        """Whether there is a window at all; GraphError where it is too long to be listed."""
        front = self.fronts[axis][name]
        if front.reach is Reach.EXACT and not self.is_listable(name, axis):
            whose = "an earlier layer's" if _is_short(front) else "its"
            raise GraphError(name, f"{whose} window is too long to be listed pixel by pixel (over {LONGEST_LIST})")
        return front.reach is Reach.EXACT

    def _all_listable(self, axis: int) -> set[str]:
        """The nodes whose own window can be listed, and that of every node it is made from."""
        listable = {self.routes.source}
        for name in self.routes.order:
            links = self.routes.axes[axis][name]
            if _is_short(self.fronts[axis][name]) and all(link.source in listable for link in links):
                listable.add(name)
        return listable

    def _ways(self, name: str, axis: int, known: set[str]) -> tuple[dict[str, tuple[Link[Step], ...]], list[str]]:
        """The links to walk up to `name`, of steps alone, and the order to walk them in."""
        routes = self.routes.axes[axis]
        missing = needed(routes, name, known)
        order = [node for node in self.routes.order if node in missing] if missing else []
        return {node: tuple(_exact(link) for link in routes[node]) for node in order}, order


def _is_short(front: Front) -> bool:
    window = front.window
    return window is not None and window.period * window.receptive_field[1] <= LONGEST_LIST


def _exact(link: Link) -> Link[Step]:  # type: ignore[type-arg]
    return Link(link.source, link.way.dependence, link.share)
