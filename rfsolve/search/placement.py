"""Placements: how often each move is made, and what that adds up to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, sqrt

from rfsolve.search.moves import VARIANCE_SCALE, Move, State
from rfsolve.space.problem import COSTS, Problem, Quantity, Requirement, Stack

TOLERANCE = 1e-9
"""Relative, for the effective receptive field alone: it is a square root in floating point."""

_SLACK = Fraction(str(TOLERANCE)) * Fraction(999, 1000)
"""What the search allows itself: a hair less than the check, so that no rounding comes between them."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A candidate: the moves of each stack with their numbers, zero left out, and the state that each node ends in."""

    moves: Mapping[str, tuple[tuple[Move, int], ...]]
    ends: Mapping[str, State] = field(default_factory=dict)

    def total(self, quantity: Quantity, stack: str | None = None) -> int:
        """Return the sum of an additive quantity over all layers, or over those of one stack."""
        stacks = list(self.moves) if stack is None else [stack]
        return sum(count * move.cost(quantity) for name in stacks for move, count in self.moves[name])

    def along(self, trunk: Iterable[Stack]) -> list[tuple[Move, int]]:
        """Return the moves of the stacks on the way to a node."""
        return [pair for stack in trunk for pair in self.moves[stack.name]]


def satisfies(problem: Problem, placement: Placement) -> bool:
    """Return whether the placement meets every requirement, by the closed forms of `moves`."""
    return all(_meets(problem, placement, requirement) for requirement in problem.requirements)


def _meets(problem: Problem, placement: Placement, requirement: Requirement) -> bool:
    if requirement.quantity is not Quantity.EFFECTIVE_RECEPTIVE_FIELD:
        return holds(requirement, measure(problem, placement, requirement))
    assert requirement.node is not None  # noqa: S101 - set by the space
    way = placement.along(problem.upstream(requirement.node))
    for axis in range(problem.input.axes):
        low, high = variance_bounds(requirement, axis)
        variance = _variance(way, axis)
        if variance < (low or 0) or (high is not None and variance > high):
            return False
    return True


def measure(problem: Problem, placement: Placement, requirement: Requirement) -> tuple[float, ...]:
    """Return what a requirement bounds on a path, by the closed forms of `moves`: one number, or one per axis."""
    quantity = requirement.quantity
    if quantity in COSTS:
        return (placement.total(quantity, requirement.node),)
    assert requirement.node is not None  # noqa: S101 - set by the space
    way = placement.along(problem.upstream(requirement.node))
    if quantity is Quantity.WIDTH:
        return (_end_width(way, problem.input.channels),)
    return tuple(_along(way, axis, quantity) for axis in range(problem.input.axes))


def _end_width(way: list[tuple[Move, int]], start: int) -> int:
    """Return the width at the end of a walk: its state that no move leaves."""
    changes = [move for move, _ in way if not move.repeatable]
    left = {move.source for move in changes}
    return next((move.target.width for move in changes if move.target not in left), start)


def _along(way: list[tuple[Move, int]], axis: int, quantity: Quantity) -> float:
    if quantity is Quantity.RECEPTIVE_FIELD:
        return 1 + sum(n * move.footprint.field[axis] for move, n in way)
    if quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
        return 4 * sqrt(_variance(way, axis) / VARIANCE_SCALE)
    if quantity is Quantity.STRIDE:
        return max((move.target.jump[axis] for move, _ in way), default=1)
    return float(_is_hole_free(way, axis))


def _variance(way: list[tuple[Move, int]], axis: int) -> int:
    return sum(n * move.footprint.variance[axis] for move, n in way)


def holds(requirement: Requirement, found: tuple[float, ...]) -> bool:
    """Return whether what was found lies within the bounds; repeated where it holds several values each."""
    slack = TOLERANCE if requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD else 0.0
    for bounds, sign in ((requirement.least, 1), (requirement.most, -1)):
        if bounds is not None:
            repeated = bounds * (len(found) // len(bounds))
            if any(sign * (value - bound) < -slack * abs(bound) for value, bound in zip(found, repeated, strict=True)):
                return False
    return True


def _is_hole_free(way: list[tuple[Move, int]], axis: int) -> bool:
    """Sorted by step, every step <= 1 + what the smaller steps span; and the field is no less than the stride."""
    masses: Counter[int] = Counter()
    for move, count in way:
        for step, mass in move.footprint.taps[axis]:
            masses[step] += mass * count
    span = 0
    for step in sorted(masses):
        if step > 1 + span:
            return False
        span += step * masses[step]
    return span + 1 >= max((move.target.jump[axis] for move, _ in way), default=1)


def variance_bounds(requirement: Requirement, axis: int) -> tuple[int | None, int | None]:
    """Return the bounds of 48 x variance that mean the bounds of 4 sigma: 16 v / 48 >= t^2 is v >= 3 t^2.

    A size asked for as it was once printed is that of the design which had it; `holds` accepts what they accept.
    """
    low = None if requirement.least is None else ceil(3 * least_effective(requirement.least[axis]) ** 2)
    high = None if requirement.most is None else floor(3 * (_exactly(requirement.most[axis]) * (1 + _SLACK)) ** 2)
    return low, high


def least_effective(asked: float) -> Fraction:
    """Return the least effective field that passes for the one asked for."""
    return _exactly(asked) * (1 - _SLACK)


def _exactly(number: float) -> Fraction:
    return Fraction(str(number))
