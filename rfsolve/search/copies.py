"""How often a move can be worth making: the upper bounds of the counts, on which the solver's relaxation rests.

A copy can be dropped at no loss as soon as those that stay give all the field, variance and depth that is asked for,
and fill the steps of every other layer. That holds where costs are minimised; where something is maximised, or a
stack has no other limit, the budgets bound the number.
"""

from collections.abc import Mapping
from math import ceil

from rfsolve.search.lattice import Lattice
from rfsolve.search.moves import Move
from rfsolve.search.placement import variance_bounds
from rfsolve.space.problem import Problem, Quantity

UNBOUNDED = 1 << 20
"""Never reached: the space refuses a problem that nothing bounds."""


class Copies:
    """The bounds for one problem over given lattices.

    `asked` holds the requirements to be able to meet; it has more than `problem` where one was left out to see how
    nearly it can be met.
    """

    def __init__(self, problem: Problem, lattices: Mapping[str, Lattice], asked: Problem) -> None:
        self._problem = problem
        self._minimised = not problem.objectives[0].maximise
        axes = range(problem.input.axes)
        steps = [
            step
            for lattice in lattices.values()
            for move in lattice.moves
            for axis in axes
            for step, _ in move.footprint.taps[axis]
        ]
        jumps = [jump for lattice in lattices.values() for state in lattice.exits for jump in state.jump]
        self._layers, fields, self._variance = _needs(asked)
        self._field = max([fields, *steps, *jumps, 1]) - 1

    def most(self, move: Move) -> int:
        """Return a number of copies that no optimum exceeds; a move between states is made at most once."""
        if not move.repeatable:
            return 1
        caps = [UNBOUNDED]
        for requirement in self._problem.requirements:
            if requirement.most is None:
                continue
            if requirement.quantity is Quantity.LAYERS and requirement.node in {None, move.stack}:
                caps.append(int(requirement.most[0]))
            elif requirement.node is None and (cost := move.cost(requirement.quantity)):
                caps.append(int(requirement.most[0]) // cost)
        if self._minimised:
            caps.append(self._useful(move))
        return max(0, min(caps))

    def _useful(self, move: Move) -> int:
        gains = [move.footprint.field(axis) for axis in range(self._problem.input.axes)]
        gain = min((g for g in gains if g), default=0)
        variance = min((v for v in move.footprint.variance if v), default=0)
        copies = [self._layers]
        copies += [ceil(self._field / gain)] if gain else []
        copies += [ceil(self._variance / variance)] if variance else []
        return max(copies)


def _needs(asked: Problem) -> tuple[int, int, int]:
    """Return the most layers, field (pixels) and 48 x variance that a requirement asks for."""
    layers = fields = variances = 0
    for requirement in asked.requirements:
        if requirement.least is None:
            continue
        if requirement.quantity is Quantity.LAYERS:
            layers = max(layers, int(max(requirement.least)))
        elif requirement.quantity is Quantity.RECEPTIVE_FIELD:
            fields = max(fields, int(max(requirement.least)))
        elif requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            lows = [variance_bounds(requirement, axis)[0] or 0 for axis in range(asked.input.axes)]
            variances = max(variances, *lows)
    return layers, fields, variances
