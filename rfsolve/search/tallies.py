"""What adds up along a chain of stacks and is bounded at the end of some: fields, variances, costs with a budget."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

from rfsolve.search.axes import axis_classes
from rfsolve.search.moves import Move
from rfsolve.search.programme import Resource
from rfsolve.space.problem import COSTS, Problem, Quantity


@dataclass(frozen=True, slots=True)
class Tally:
    """A sum over the moves: the field less one in pixels, 48 x the variance, or a cost, in one stack or in all.

    `least` and `most`: its bounds at the end of a stack, by name. `further`: what a move can need beyond the bounds.
    """

    quantity: Quantity
    axis: int
    stack: str | None
    least: Mapping[str, int]
    most: Mapping[str, int]
    further: int = 0

    @property
    def key(self) -> tuple[Quantity, int, str | None]:
        """What tells it from others: quantity, axis, stack."""
        return self.quantity, self.axis, self.stack

    def amount(self, move: Move) -> int:
        """Return what a move adds."""
        if self.quantity is Quantity.RECEPTIVE_FIELD:
            return move.footprint.field[self.axis]
        if self.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            return move.footprint.variance[self.axis]
        return move.cost(self.quantity) if self.stack is None or self.stack == move.stack else 0

    @property
    def enough(self) -> float:
        """A sum that no larger one differs from; infinite where it can also be too large."""
        return inf if self.most else max([self.further, *self.least.values()])

    @property
    def sign(self) -> int:
        """1 where more is no worse, -1 where less is no worse, 0 where neither can be said."""
        if not self.most:
            return 1
        return 0 if any(self.least.values()) or self.quantity is Quantity.RECEPTIVE_FIELD else -1

    def caps(self, chain: Sequence[str]) -> dict[str, float]:
        """Return, by stack, what the sum must not exceed from there on: it only grows."""
        caps: dict[str, float] = {}
        cap = inf
        for name in reversed(chain):
            caps[name] = cap = min(cap, self.most.get(name, inf))
        return caps

    def ends(self, chain: Sequence[str]) -> str | None:
        """Return the last stack at whose end the sum is bounded, or that has a need of it."""
        if self.further:
            return chain[-1]
        return next((name for name in reversed(chain) if name in self.least or name in self.most), None)


def tallies(problem: Problem, further: Mapping[int, int]) -> tuple[Tally, ...]:
    """Return the fields, one for each class of axes, and then all else that a problem on a chain bounds.

    `further`: by class, the pixels of field less one that a layer can need before it.
    """
    return (*_along(problem, Quantity.RECEPTIVE_FIELD, further), *_others(problem))


def _others(problem: Problem) -> Iterator[Tally]:
    effective = Quantity.EFFECTIVE_RECEPTIVE_FIELD
    if any(r.quantity is effective for r in problem.requirements):
        yield from _along(problem, effective, {})
    last = problem.stacks[-1].name
    for r in problem.requirements:
        if r.quantity in COSTS:
            least = {} if r.least is None else {r.node or last: ceil(max(r.least))}
            most = {} if r.most is None else {r.node or last: int(min(r.most))}
            yield Tally(r.quantity, 0, r.node, least, most)


def _along(problem: Problem, quantity: Quantity, further: Mapping[int, int]) -> Iterator[Tally]:
    asked = [
        (problem.before(node.name), r)
        for node in problem.exits
        for r in problem.at(node.name)
        if r.quantity is quantity
    ]
    for axis, twins in axis_classes(problem).items():
        least: dict[str, int] = {}
        most: dict[str, int] = {}
        for stack, requirement in asked:
            for low, high in (Resource(quantity, twin).limits(requirement) for twin in twins):
                if low is not None:
                    least[stack] = max(low, least.get(stack, low))
                if high is not None:
                    most[stack] = min(high, most.get(stack, high))
        yield Tally(quantity, axis, None, least, most, further.get(axis, 0))
