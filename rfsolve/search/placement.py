"""Placements: how often each move is made, and what that adds up to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from rfsolve.search.moves import Move
from rfsolve.space.problem import Problem, Quantity, Requirement, Stack


@dataclass(frozen=True, slots=True)
class Placement:
    """A candidate: the moves of each stack with their numbers, zero left out."""

    moves: Mapping[str, tuple[tuple[Move, int], ...]]

    def total(self, quantity: Quantity) -> int:
        """Return the sum of an additive quantity over all layers."""
        return sum(count * move.cost(quantity) for placed in self.moves.values() for move, count in placed)

    def along(self, trunk: Iterable[Stack]) -> list[tuple[Move, int]]:
        """Return the moves of the stacks on the way to a node."""
        return [pair for stack in trunk for pair in self.moves[stack.name]]


def satisfies(problem: Problem, placement: Placement) -> bool:
    """Return whether the placement meets every requirement, by the closed forms of `moves`."""
    return all(_holds(problem, placement, requirement) for requirement in problem.requirements)


def _holds(problem: Problem, placement: Placement, requirement: Requirement) -> bool:
    match requirement.quantity:
        case Quantity.STRIDE | Quantity.WIDTH:
            return True  # the lattice holds nothing else
        case Quantity.LAYERS if requirement.node is not None:
            layers = sum(count for _, count in placement.moves[requirement.node])
            return _between(layers, requirement)
        case Quantity.HOLE_FREE | Quantity.RECEPTIVE_FIELD | Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            assert requirement.node is not None  # noqa: S101 - set by the space
            way = placement.along(problem.trunk(requirement.node))
            return all(_holds_along(way, axis, requirement) for axis in range(problem.input.axes))
    return _between(placement.total(requirement.quantity), requirement)


def _between(value: float, requirement: Requirement, axis: int = 0) -> bool:
    low = requirement.least is None or value >= requirement.least[axis]
    return low and (requirement.most is None or value <= requirement.most[axis])


def _holds_along(way: list[tuple[Move, int]], axis: int, requirement: Requirement) -> bool:
    if requirement.quantity is Quantity.RECEPTIVE_FIELD:
        return _between(1 + sum(n * move.footprint.field(axis) for move, n in way), requirement, axis)
    if requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
        variance = sum(n * move.footprint.variance[axis] for move, n in way)
        low, high = variance_bounds(requirement, axis)
        return (low is None or variance >= low) and (high is None or variance <= high)
    return _is_hole_free(way, axis)


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
    """Return the bounds of 48 x variance that mean the bounds of 4 sigma: 16 v / 48 >= t^2 is v >= 3 t^2."""
    low = None if requirement.least is None else ceil(3 * Fraction(str(requirement.least[axis])) ** 2)
    high = None if requirement.most is None else floor(3 * Fraction(str(requirement.most[axis])) ** 2)
    return low, high
