"""Rows that keep the union of several ways free of holes, as far as that can be said beforehand.

Behind a merge the coverage is a union, and after up-sampling it differs from phase to phase; there the recurrence
decides, and `cuts` learns from it. What must hold for every design is said here, where all layers are centred:

* Within less than g pixels of its end, a way touches only what its layers of steps < g span: an interval. A pixel
  just past the interval of the way that reaches furthest is a hole, unless the interval of another way holds it.
* What lies behind a node of jump j moves its coverage by multiples of j. So, within j pixels of the end, only one such
  move counts: the steps up to j need no other way to fill their holes, and get none.
* The ways behind a node move its coverage to so many places, and a solid field is no longer than all of them together.
* Where each way has one wide layer, no step is wider than what the trunk and the smaller steps fill.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import networkx as nx
from ortools.sat.python import cp_model

from rfsolve.search import cover
from rfsolve.search.holes import Holes, below, least_field
from rfsolve.search.reaches import Reached, Reaches
from rfsolve.search.variables import Parts, Placed, span
from rfsolve.space.problem import Quantity

MOST_WAYS = 32
MOST_LITERALS = 3_000
"""Beyond them the rows cost more than what they save; `cuts` does without."""

MOST_PLACES = 100_000
MOST_LAYERS = 16

Way = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Front:
    """The end of a union: along which axis, the field that it has at least, and the ways that make it."""

    axis: int
    field: int
    ways: tuple[Way, ...]


class Unions:
    """Adds the rows of one model."""

    def __init__(self, parts: Parts, reaches: Reaches, holes: Holes) -> None:
        self._cp = parts.cp
        self._problem = parts.problem
        self._axes = parts.axes
        self._placed = parts.placed
        self._ports = parts.ports
        self._reaches = reaches
        self._holes = holes
        self._literals: dict[int, cp_model.IntVar] = {}
        self._ends: dict[tuple[str, int], cp_model.IntVar] = {}

    def forbid_holes(self, node: str, *, cautious: bool) -> None:
        """Add what must hold at an exit behind a merge; `cautious`: no hole on any way to it, more than is needed."""
        for axis, twins in self._axes.items():
            self._forbid_in_union(node, axis, least_field(self._problem, node, twins))
            if cautious:
                self._forbid_on_ways(node, axis)

    def _forbid_in_union(self, node: str, axis: int, field: int) -> None:
        reached = self._reaches.at(node, axis)
        if reached is None or not reached.exact:
            return
        before = self._problem.before(node)
        self._cp.add(2 + reached.most >= 2 * self._ports[before].jump(axis))
        if not self._is_centred(node, axis):
            return
        trunk = self._trunk(node)
        settled = self._add_trunk(trunk, axis, field) if trunk in self._ports else set()
        ways = self._ways(node)
        if ways:
            self._add_places(node, trunk, ways, axis)
            settled |= self._add_gaps(trunk, ways, axis)
            self._add_ends(node, ways, axis, field, settled)

    def _forbid_on_ways(self, node: str, axis: int) -> None:
        for way in self._ways(node):
            for step in self._steps(way, axis):
                for item in self._with_step(way, axis, step):
                    self._cp.add(self._span(way, axis, step) >= step - 1).only_enforce_if(self._made(item))

    def _is_centred(self, node: str, axis: int) -> bool:
        reaches = (
            item.move.footprint.reach[axis]
            for stack in self._problem.upstream(node)
            for item in self._placed[stack.name]
        )
        return all(reach.left == reach.right for reach in reaches)

    def _trunk(self, node: str) -> str:
        """Return the last node on a path of stacks that all ways to a node share."""
        above = nx.immediate_dominators(self._problem.space, "input")
        here = node
        while not self._problem.is_path(here):
            here = above[here]
        return str(here)

    def _add_trunk(self, trunk: str, axis: int, field: int) -> set[int]:
        """Add that the trunk's own steps up to its jump leave no hole; return these steps."""
        port = self._ports[trunk]
        masses = port.masses[axis]
        for step in masses:
            row = self._cp.add(below(masses, step) >= min(step, field) - 1)
            short = [end for state, end in port.ends.items() if state.jump[axis] < step]
            if short:
                row.only_enforce_if([~end for end in short])
        least = min(field, *(state.jump[axis] for state in port.ends))
        if 1 < least <= cover.LARGEST_FIELD:
            self._holes.add_cover(trunk, axis, least)
        return {step for step in masses if all(state.jump[axis] >= step for state in port.ends)}

    def _add_places(self, node: str, trunk: str, ways: Sequence[Way], axis: int) -> None:
        """The field is no more than the trunk's, times the number of places that the ways behind it move it to."""
        places = 1 + sum(prod(self._most_places(stack, axis) for stack in self._behind(trunk, way)) - 1 for way in ways)
        reached = self._reaches.at(node, axis)
        if places <= MOST_PLACES and reached is not None:
            trunk_field = 1 + (span(self._ports[trunk].masses[axis]) if trunk in self._ports else 0)
            self._cp.add(reached.most + 2 <= 2 * places * trunk_field)

    def _most_places(self, stack: str, axis: int) -> int:
        """Return to how many places the layers of a stack can move a pixel, at most."""
        masses = [sum(mass for _, mass in item.move.footprint.taps[axis]) for item in self._placed[stack]]
        layers = self._layer_limits(stack)
        if not layers or min(layers) > MOST_LAYERS:
            return MOST_PLACES + 1
        units = max((len(item.move.footprint.taps[axis]) for item in self._placed[stack]), default=1)
        most: int = (1 + max(masses, default=0)) ** (min(layers) * max(1, units))
        return most

    def _add_gaps(self, trunk: str, ways: Sequence[Way], axis: int) -> set[int]:
        """Add that no step behind the trunk is wider than what smaller ones fill; return the steps that this settles.

        Behind the trunk, let each way have one layer at most with a step >= g. Then such layers move pixels by g or
        more, or not at all. Let w be the half-widths that trunk and smaller steps span on the ways, and W the largest
        of them. If a step >= g is used, pixel W + 1 is a hole unless on some way g' - w <= W + 1, with its own g' >= g.
        """
        behind = {way: self._behind(trunk, way) for way in ways}
        steps = sorted({step for stacks in behind.values() for step in self._steps(tuple(stacks), axis)})
        covered = [g for g in steps if all(self._most_wide(stacks, axis, g) <= 1 for stacks in behind.values())]
        before = self._reaches.at(trunk, axis) if trunk in self._ports else None
        for step in covered:
            halves = {way: self._half(before, stacks, axis, step) for way, stacks in behind.items()}
            widest = self._cp.new_int_var(0, 2**50, "")
            self._cp.add_max_equality(widest, list(halves.values()))
            filled = []
            for way, stacks in behind.items():
                items = [item for stack in stacks for item in self._placed[stack] if _step(item, axis) >= step]
                if items:
                    literal = self._cp.new_bool_var("")
                    own = cp_model.LinearExpr.weighted_sum(
                        [item.count for item in items], [_step(item, axis) for item in items]
                    )
                    self._cp.add(own >= step).only_enforce_if(literal)
                    self._cp.add(2 * own <= halves[way] + widest + 2).only_enforce_if(literal)
                    filled.append(literal)
            using = {item.count.index: item for stacks in behind.values() for s in stacks for item in self._placed[s]}
            for item in using.values():
                if _step(item, axis) == step:
                    self._cp.add_bool_or([~self._made(item), *filled])
        return set(covered).difference(self._steps(tuple(self._before(trunk)), axis))

    def _most_wide(self, stacks: Sequence[str], axis: int, step: int) -> int:
        """Return how many layers with steps from `step` on the stacks can have."""
        most = 0
        for stack in stacks:
            wide = [item for item in self._placed[stack] if _step(item, axis) >= step]
            units = max((len(item.move.footprint.taps[axis]) for item in wide), default=0)
            most += units * min([sum(item.most for item in wide), *self._layer_limits(stack)])
        return most

    def _half(self, before: Reached | None, stacks: Sequence[str], axis: int, step: int) -> cp_model.LinearExpr:
        """Return twice the half-width that the trunk and the smaller steps of a way span."""
        items = [item for stack in stacks for item in self._placed[stack] if 0 < _step(item, axis) < step]
        weights = [item.move.footprint.field[axis] for item in items]
        own = cp_model.LinearExpr.weighted_sum([item.count for item in items], weights)
        return own if before is None else own + before.right

    def _layer_limits(self, stack: str) -> list[int]:
        return [int(r.most[0]) for r in self._problem.at(stack) if r.quantity is Quantity.LAYERS and r.most]

    def _before(self, trunk: str) -> list[str]:
        return [stack.name for stack in self._problem.upstream(trunk)] if trunk in self._ports else []

    def _behind(self, trunk: str, way: Way) -> list[str]:
        """Return the stacks of a way that lie behind the trunk."""
        before = nx.ancestors(self._problem.space, trunk) | {trunk}
        return [stack for stack in way if stack not in before]

    def _add_ends(self, node: str, ways: Sequence[Way], axis: int, field: int, settled: set[int]) -> None:
        """Add what must hold near the ends of the window, for the steps that no other row settles."""
        steps = {way: [step for step in self._steps(way, axis) if step not in settled] for way in ways}
        if sum(map(len, steps.values())) * len(ways) > MOST_LITERALS:
            return
        for way in ways:
            further = self._cp.new_bool_var(f"another way to {node} reaches further")
            self._cp.add(self._reach(way, axis) + 1 <= self._union(node, axis)).only_enforce_if(further)
            for step in steps[way]:
                self._add_end(way, step, _Front(axis, field, tuple(ways)), further)

    def _add_end(self, way: Way, step: int, front: "_Front", further: cp_model.IntVar) -> None:
        """Solid near the end, or not the furthest way, or another way's interval holds the pixel that is missing."""
        own = self._span(way, front.axis, step)
        solid = self._cp.new_bool_var("")
        self._cp.add(own >= min(step, front.field) - 1).only_enforce_if(solid)
        if step > front.field:
            for item in self._with_step(way, front.axis, step):
                self._cp.add(own >= step - 1).only_enforce_if([solid, self._made(item)])
        end = self._reach(way, front.axis)
        helped = []
        for other in front.ways:
            if other != way:
                literal = self._cp.new_bool_var("")
                reach = self._reach(other, front.axis)
                self._cp.add(reach + own + 1 >= end).only_enforce_if(literal)
                self._cp.add(reach + own + 1 <= end + self._span(other, front.axis, step)).only_enforce_if(literal)
                helped.append(literal)
        self._cp.add_bool_or([solid, further, *helped])

    def _with_step(self, way: Way, axis: int, step: int) -> list[Placed]:
        """Return the moves on a way that have this step."""
        items = [item for stack in way for item in self._placed[stack]]
        return [item for item in items if any(step == one for one, _ in item.move.footprint.taps[axis])]

    def _made(self, item: Placed) -> cp_model.IntVar:
        """Return a literal that is true where a move is made."""
        if item.most == 1:
            return item.count
        key = item.count.index
        if key not in self._literals:
            made = self._literals[key] = self._cp.new_bool_var("")
            self._cp.add(item.count <= item.most * made)
        return self._literals[key]

    def _ways(self, node: str) -> list[Way]:
        """Return the stacks of every way to a node, none where there are too many ways."""
        found: list[Way] = []
        for path in nx.all_simple_paths(self._problem.space, "input", node):
            if len(found) == MOST_WAYS:
                return []
            found.append(tuple(name for name in path if name in self._placed))
        return found

    def _steps(self, way: Way, axis: int) -> list[int]:
        return sorted(
            {step for stack in way for item in self._placed[stack] for step, _ in item.move.footprint.taps[axis]}
        )

    def _span(self, way: Way, axis: int, limit: int) -> cp_model.LinearExpr:
        """Return the span of the layers of a way with steps below the limit."""
        items = [item for stack in way for item in self._placed[stack]]
        weights = [sum(step * mass for step, mass in item.move.footprint.taps[axis] if step < limit) for item in items]
        terms = [(item.count, weight) for item, weight in zip(items, weights, strict=True) if weight]
        return cp_model.LinearExpr.weighted_sum([count for count, _ in terms], [weight for _, weight in terms])

    def _reach(self, way: Way, axis: int) -> cp_model.LinearExpr:
        """Return how far a way reaches to the right: half its span, for all its layers are centred."""
        items = [item for stack in way for item in self._placed[stack]]
        weights = [item.move.footprint.reach[axis].right // 2 for item in items]
        return cp_model.LinearExpr.weighted_sum([item.count for item in items], weights)

    def _union(self, node: str, axis: int) -> cp_model.IntVar:
        """Return how far the union reaches to the right."""
        key = (node, axis)
        if key not in self._ends:
            reached = self._reaches.at(node, axis)
            assert reached is not None  # noqa: S101 - an exit depends on the input
            whole = self._ends[key] = self._cp.new_int_var(0, 2**50, "")
            self._cp.add(2 * whole == reached.right)
        return self._ends[key]


def _step(item: Placed, axis: int) -> int:
    """Return the largest step of a move, 0 where it has no taps."""
    return item.move.footprint.most[axis]
