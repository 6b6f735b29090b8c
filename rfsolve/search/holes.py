"""Rows that keep a path free of holes: every step g in use <= 1 + the span of the smaller steps (see `cover`).

They are exact on a path of stacks; where branches meet, see `unions`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from rfsolve.search import cover
from rfsolve.search.variables import Parts, span
from rfsolve.space.problem import Problem, Quantity


class Holes:
    """Adds the rows of one model."""

    def __init__(self, parts: Parts) -> None:
        self._cp = parts.cp
        self._problem = parts.problem
        self._axes = parts.axes
        self._placed = parts.placed
        self._ports = parts.ports
        self._used: dict[tuple[str, int, int], cp_model.IntVar] = {}

    def forbid(self, node: str) -> None:
        """Add the rows for an exit at the end of a path: no hole in its windows, and field >= stride."""
        for axis, twins in self._axes.items():
            self._forbid_along(node, axis, least_field(self._problem, node, twins))

    def _forbid_along(self, node: str, axis: int, field: int) -> None:
        stack = self._problem.before(node)
        port = self._ports[stack]
        masses = port.masses[axis]
        self._cp.add(1 + span(masses) >= port.jump(axis))
        for step in masses:
            reached = below(masses, step)
            self._cp.add(reached >= min(step, field) - 1)
            if step > field:
                self._cp.add(reached >= step - 1).only_enforce_if(self._in_use(stack, axis, step))
        if 1 < field <= cover.LARGEST_FIELD:
            self.add_cover(stack, axis, field)

    def add_cover(self, stack: str, axis: int, field: int) -> None:
        """Rows that follow from hole-freeness and the field, so that the solver need not find them."""
        items = [item for part in self._problem.upstream(stack) for item in self._placed[part.name]]
        masses: dict[int, set[int]] = defaultdict(set)
        for item in items:
            for step, mass in item.move.footprint.taps[axis]:
                masses[step].add(mass)
        several = len({mass for of_step in masses.values() for mass in of_step}) > 1
        for weight in cover.WEIGHTS if several else cover.WEIGHTS[:1]:
            for limit, least in cover.least_weights(masses, field, weight):
                factors = [
                    sum(weight(mass) for step, mass in item.move.footprint.taps[axis] if step < limit) for item in items
                ]
                self._cp.add(cp_model.LinearExpr.weighted_sum([item.count for item in items], factors) >= least)

    def _in_use(self, stack: str, axis: int, step: int) -> cp_model.IntVar:
        """Return a literal that is true when a layer up to the end of `stack` has this step."""
        key = (stack, axis, step)
        if key not in self._used:
            used = self._used[key] = self._cp.new_bool_var(f"step {step} used up to {stack}")
            before = self._problem.before(stack)
            if step in (self._ports[before].masses[axis] if before in self._ports else {}):
                self._cp.add_implication(self._in_use(before, axis, step), used)
            for item in self._placed[stack]:
                if any(step == own for own, _ in item.move.footprint.taps[axis]):
                    self._cp.add(item.count <= item.most * used)
        return self._used[key]


def least_field(problem: Problem, node: str, twins: Sequence[int]) -> int:
    """Return the receptive field that a node has at least, by its requirements."""
    asked = [
        r.least for r in problem.at(node) if r.quantity is Quantity.RECEPTIVE_FIELD and r.least and r.source is None
    ]
    return max((int(least[twin]) for least in asked for twin in twins), default=1)


def below(masses: Mapping[int, cp_model.IntVar], step: int) -> cp_model.LinearExpr:
    """Return the span of the layers with smaller steps."""
    return span({other: mass for other, mass in masses.items() if other < step})
