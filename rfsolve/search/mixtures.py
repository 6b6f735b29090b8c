"""The variance of the influence behind merges and up-sampling: bounds that hold for every design.

An addition averages the influences of its branches and a concatenation weighs them by channels, so that the variance is
no more than their weighted mean, and what the distance of the branches adds: (range of the means)^2 / 4. Over the
output phases, the least variance is no more than the mean second moment, which is additive like the reach. In units
of 1 / 48 pixel^2, as in `moves`.
"""

from collections.abc import Sequence
from math import ceil, gcd, inf

from ortools.sat.python import cp_model

from rfsolve.search.lattice import Junction, Lattice
from rfsolve.search.moves import Move
from rfsolve.search.variables import Parts, add_sum, upper
from rfsolve.space.blocks import Axes
from rfsolve.space.problem import MergeKind

Middles = dict[Axes, tuple[float, float]]
"""By jump, the least and the most of right - left reach, in half pixels: four times the mean of the influence."""

ENDLESS = (-inf, inf)


class Mixtures:
    """The variances of all nodes, made when asked for; None where nothing bounds them."""

    def __init__(self, parts: Parts) -> None:
        self._cp = parts.cp
        self._problem = parts.problem
        self._found = parts.found
        self._placed = parts.placed
        self._ports = parts.ports
        self._known: dict[tuple[str, int], cp_model.IntVar | None] = {}
        self._middles: dict[tuple[str, int], Middles] = {}

    def at(self, node: str, axis: int) -> cp_model.IntVar | None:
        """Return a variable that is no less than the least variance over the phases of a node."""
        key = (node, axis)
        if key not in self._known:
            self._known[key] = self._variance(node, axis)
        return self._known[key]

    def _variance(self, node: str, axis: int) -> cp_model.IntVar | None:
        if node == "input":
            return self._cp.new_constant(0)
        if self._ports[node].variances:
            return self._ports[node].variances[axis]
        one = self._found[node]
        if isinstance(one, Junction):
            return self._mixed(one, axis)
        before = self.at(self._problem.before(node), axis)
        placed = self._placed[node]
        strides = any(item.move.target.jump[axis] > item.move.source.jump[axis] for item in placed)
        if before is None or (strides and not self._problem.is_path(node)):
            return None
        terms = [(item.count, item.move.footprint.variance[axis], item.most) for item in placed]
        return add_sum(self._cp, terms, before)

    def _mixed(self, junction: Junction, axis: int) -> cp_model.IntVar | None:
        branches = [self.at(branch, axis) for branch in junction.merge.branches]
        apart = self._apart(junction, axis)
        variances = [branch for branch in branches if branch is not None]
        if len(variances) < len(branches) or apart == inf:
            return None
        most = max(upper(variance) for variance in variances) + int(apart)
        total = self._cp.new_int_var(0, most, "")
        for shares, literals in self._shares(junction).items():
            whole = sum(shares)  # rounded up, as requirements are
            mixed = cp_model.LinearExpr.weighted_sum(variances, list(shares)) + whole * int(apart) + whole - 1
            self._cp.add(whole * total <= mixed).only_enforce_if(self._any(literals))
        return total

    def _shares(self, junction: Junction) -> dict[tuple[int, ...], list[cp_model.IntVar]]:
        """Return the ways of a junction by the shares of the branches: equal ones, or by channels."""
        found: dict[tuple[int, ...], list[cp_model.IntVar]] = {}
        for way, literal in self._ports[junction.merge.name].ways.items():
            widths = [part.width for part in way.parts]
            shares = [1] * len(widths) if junction.merge.kind is MergeKind.ADD else widths
            found.setdefault(tuple(share // gcd(*shares) for share in shares), []).append(literal)
        return found

    def _any(self, literals: Sequence[cp_model.IntVar]) -> cp_model.IntVar:
        """Return a literal that is true where one of them is; one way is chosen, so that their sum is 0 or 1."""
        if len(literals) == 1:
            return literals[0]
        literal = self._cp.new_bool_var("")
        self._cp.add(cp_model.LinearExpr.sum(list(literals)) == literal)
        return literal

    def _apart(self, junction: Junction, axis: int) -> float:
        """Return what the distance of the branches' means adds at most: 48 * (range / 2)^2; inf where it has no end."""
        branches = [self._middle(branch, axis) for branch in junction.merge.branches]
        worst = 0.0
        for jump in {way.result.jump for way in junction.ways}:
            apart = max(branch[jump][1] for branch in branches) - min(branch[jump][0] for branch in branches)
            worst = max(worst, 48 * (apart / 8) ** 2)
        return worst if worst == inf else ceil(worst)

    def _middle(self, node: str, axis: int) -> Middles:
        key = (node, axis)
        if key not in self._middles:
            self._middles[key] = self._middles_of(node, axis)
        return self._middles[key]

    def _middles_of(self, node: str, axis: int) -> Middles:
        if node == "input":
            return {(1,) * self._problem.input.axes: (0.0, 0.0)}
        one = self._found[node]
        if isinstance(one, Lattice):
            return _walked(one, self._middle(self._problem.before(node), axis), axis)
        branches = [self._middle(branch, axis) for branch in one.merge.branches]
        return {jump: _hull([branch[jump] for branch in branches]) for jump in {way.result.jump for way in one.ways}}


def _hull(ranges: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _walked(lattice: Lattice, before: Middles, axis: int) -> Middles:
    """Return the ranges behind a stack: shifted by the moves between jumps, endless where others shift."""
    jumps = {state.jump for state in lattice.states}
    if any(move.source.jump == move.target.jump and _shift(move, axis) for move in lattice.moves):
        return dict.fromkeys(jumps, ENDLESS)
    found = {state.jump: before[state.jump] for state in lattice.entries}
    falls = any(move.target.jump < move.source.jump for move in lattice.moves)
    for move in sorted(lattice.moves, key=lambda move: move.source.jump, reverse=falls):
        if move.source.jump != move.target.jump and move.source.jump in found:
            low, high = (end + _shift(move, axis) for end in found[move.source.jump])
            found[move.target.jump] = _hull([(low, high), found.get(move.target.jump, (low, high))])
    return found


def _shift(move: Move, axis: int) -> int:
    reach = move.footprint.reach[axis]
    return reach.right - reach.left
