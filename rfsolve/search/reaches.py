"""How far the window of each node reaches from an output's own place: rows that hold for every design.

Along a path the reaches of the layers add up, and a merge reaches as far as its furthest branch, so that the receptive
field is 1 + left + right, exact. After up-sampling every output phase has a window of its own; then what adds up is
the mean over the phases, and the model holds bounds:

* the smallest field over the phases is at most 1 + `left` + `right`,
* the largest is at least 1 + `low_left` + `low_right`.

At a merge the mean of a maximum is no more than max(x, y + e), where x is the reach of the branch that varies most, y
that of another, and e how far the phases of both lie off their means; and no less than the maximum of the means. What
the bounds let through is checked by the recurrence, and cut off (`cuts`). All in half pixels, so that they are whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from rfsolve.search.moves import Reach
from rfsolve.search.variables import Parts, Placed, Term, add_sum, lower, upper
from rfsolve.space.problem import Merge


@dataclass(frozen=True, slots=True)
class Reached:
    """The bounds of one node's reaches; `exact` where they are the same from both sides."""

    left: cp_model.IntVar
    right: cp_model.IntVar
    low_left: cp_model.IntVar
    low_right: cp_model.IntVar
    spread: cp_model.IntVar

    @property
    def exact(self) -> bool:
        """Whether no output phases have been made on the way."""
        return self.low_left is self.left

    @property
    def most(self) -> cp_model.LinearExpr:
        """No less than twice the smallest field, less 2."""
        return self.left + self.right

    @property
    def least(self) -> cp_model.LinearExpr:
        """No more than twice the largest field, less 2."""
        return self.low_left + self.low_right


class Reaches:
    """The reaches of all nodes from one source along one axis, made when asked for."""

    def __init__(self, parts: Parts) -> None:
        self._cp = parts.cp
        self._problem = parts.problem
        self._placed = parts.placed
        self._known: dict[tuple[str, str, int], Reached | None] = {}

    def at(self, node: str, axis: int, source: str = "input") -> Reached | None:
        """Return the reaches of a node; None where it does not depend on the source."""
        key = (source, node, axis)
        if key not in self._known:
            self._known[key] = self._reached(node, axis, source)
        return self._known[key]

    def _reached(self, node: str, axis: int, source: str) -> Reached | None:
        if node == source:
            zero = self._cp.new_constant(0)
            return Reached(zero, zero, zero, zero, zero)
        if node == "input":
            return None
        part = self._problem.part(node)
        if isinstance(part, Merge):
            branches = [self.at(branch, axis, source) for branch in part.branches]
            return self._met([branch for branch in branches if branch is not None])
        before = self.at(self._problem.before(node), axis, source)
        if before is None or node not in self._placed:  # an exit sees what the node before it sees
            return before
        return self._further(node, before, axis)

    def _further(self, node: str, before: Reached, axis: int) -> Reached:
        """Add the layers of a stack; where they stride over output phases, only some of these are left."""
        reaches = [(item, item.move.footprint.reach[axis]) for item in self._placed[node]]
        strides = any(item.move.target.jump[axis] > item.move.source.jump[axis] for item, _ in reaches)
        rises = any(reach.spread for _, reach in reaches)
        slack = [(before.spread, 1, upper(before.spread))] if strides and upper(before.spread) else []
        left = self._sum(before.left, slack, [(item, reach.left) for item, reach in reaches])
        right = self._sum(before.right, slack, [(item, reach.right) for item, reach in reaches])
        if before.exact and not rises:
            return Reached(left, right, left, right, before.spread)
        less = [(variable, -weight, most) for variable, weight, most in slack]
        return Reached(
            left,
            right,
            self._sum(before.low_left, less, [(item, _low(reach.left, reach)) for item, reach in reaches]),
            self._sum(before.low_right, less, [(item, _low(reach.right, reach)) for item, reach in reaches]),
            self._sum(before.spread, [], [(item, reach.spread) for item, reach in reaches]),
        )

    def _sum(
        self, before: cp_model.IntVar, more: Sequence[Term], layers: Sequence[tuple[Placed, int]]
    ) -> cp_model.IntVar:
        """Return what was reached before, plus what layers add."""
        terms = [*more, *((item.count, weight, item.most) for item, weight in layers if weight)]
        return add_sum(self._cp, terms, before) if terms else before

    def _met(self, branches: Sequence[Reached]) -> Reached | None:
        if len(branches) < 2:  # noqa: PLR2004 - a merge of what sees the source and what does not
            return branches[0] if branches else None
        spread = self._largest([(branch.spread, None) for branch in branches])
        low_left = self._largest([(branch.low_left, None) for branch in branches])
        low_right = self._largest([(branch.low_right, None) for branch in branches])
        if all(branch.exact for branch in branches):
            return Reached(low_left, low_right, low_left, low_right, spread)
        varied = max(branches, key=lambda branch: upper(branch.spread))
        others = [branch for branch in branches if branch is not varied]
        left = self._largest([(varied.left, None), *((b.left, (b.spread, varied.spread)) for b in others)])
        right = self._largest([(varied.right, None), *((b.right, (b.spread, varied.spread)) for b in others)])
        return Reached(left, right, low_left, low_right, spread)

    def _largest(self, parts: Sequence[tuple[cp_model.IntVar, tuple[cp_model.IntVar, ...] | None]]) -> cp_model.IntVar:
        """Return a variable that is the largest of sums."""
        if all(part is parts[0][0] and more is None for part, more in parts):
            return parts[0][0]
        tops = [upper(part) + sum(map(upper, more or ())) for part, more in parts]
        total = self._cp.new_int_var(max(lower(part) for part, _ in parts), max(tops), "")
        self._cp.add_max_equality(total, [part + sum(more) if more else part for part, more in parts])
        return total


def _low(reach: int, whole: Reach) -> int:
    """Return a reach rounded down where that of an up-sampling layer was rounded up."""
    return reach - 1 if whole.spread else reach
