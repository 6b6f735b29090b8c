"""How often a move can be worth making: the upper bounds of the counts, on which the solver's relaxation rests.

A copy can be dropped at no loss as soon as those that stay give all the field, variance and depth that is asked for,
and fill the steps of every other layer. That holds where costs are minimised; where something is maximised, or a
stack has no other limit, the budgets bound the number.

Where branches meet, the margins are wider: a branch may have to fill holes of another as wide as the field, its
variance is shared, and fields that must differ can push each other up by a layer.
"""

from math import ceil, prod

from rfsolve.search.lattice import Found, Junction, Lattice, rings
from rfsolve.search.moves import Move
from rfsolve.search.placement import variance_bounds
from rfsolve.space.problem import MergeKind, Problem, Quantity

UNBOUNDED = 1 << 20
"""Never reached: the space refuses a problem that nothing bounds."""


class Copies:
    """The bounds for one problem over given lattices.

    `asked` holds the requirements to be able to meet; it has more than `problem` where one was left out to see how
    nearly it can be met. `spare`: bound the numbers in every design that the budgets allow, not in the best ones only;
    layers without a cost can be spared all the same, or there would be no end of them.
    """

    def __init__(self, problem: Problem, found: Found, asked: Problem, *, spare: bool = False) -> None:
        self._problem = problem
        self._spare = spare
        self._rings = {name: rings(one) for name, one in found.items() if isinstance(one, Lattice)}
        self._minimised = not problem.objectives[0].maximise
        axes = range(problem.input.axes)
        steps = [
            step
            for lattice in found.values()
            for move in lattice.moves
            for axis in axes
            for step, _ in move.footprint.taps[axis]
        ]
        jumps = [jump for lattice in found.values() for state in lattice.exits for jump in state.jump]
        self._layers, fields, self._variance = _needs(asked, max(jumps, default=1))
        field = max([fields, *steps, *jumps, 1]) - 1
        junctions = [one for one in found.values() if isinstance(one, Junction)]
        if any(r.quantity is Quantity.HOLE_FREE for r in asked.requirements) and junctions:
            field *= 2
        if any(stack.block.rises for stack in problem.stacks):
            field += max(jumps)
        gains = [m.footprint.field[axis] for one in found.values() for m in one.moves for axis in axes]
        pushes = [
            relation.by * max(jumps) + max(gains, default=0) for relation in asked.relations for _ in relation.pairs
        ]
        self._field = field + sum(pushes)
        self._variance *= prod(_shared(junction) for junction in junctions)

    def most(self, move: Move) -> int:
        """Return a number of copies that no optimum exceeds: one of a move to a state that never comes back."""
        in_ring = self._rings.get(move.stack, {})
        turns = in_ring.get(move.source, -1) == in_ring.get(move.target, -2)
        if not move.repeatable and not turns:
            return 1
        caps = [UNBOUNDED]
        for requirement in self._problem.requirements:
            if requirement.most is None:
                continue
            if requirement.quantity is Quantity.LAYERS and requirement.node in {None, move.stack}:
                caps.append(int(requirement.most[0]))
            elif requirement.node is None and (cost := move.cost(requirement.quantity)):
                caps.append(int(requirement.most[0]) // cost)
        if self._minimised and not (self._spare and len(caps) > 1):
            # A ring that goes may take with it what fills the steps of the move, so that more may have to stay.
            caps.append(2 * self._useful(move) + 2 if turns and not move.repeatable else self._useful(move))
        return max(0, min(caps))

    def _useful(self, move: Move) -> int:
        gains = [move.footprint.field[axis] for axis in range(self._problem.input.axes)]
        gain = min((g for g in gains if g), default=0)
        variance = min((v for v in move.footprint.variance if v), default=0)
        copies = [self._layers]
        copies += [ceil(self._field / gain)] if gain else []
        copies += [ceil(self._variance / variance)] if variance else []
        return max(copies)


def _shared(junction: Junction) -> int:
    """Return by how much a branch's variance is divided at most."""
    if junction.merge.kind is MergeKind.ADD:
        return len(junction.merge.branches)
    return max((ceil(way.result.width / min(part.width for part in way.parts)) for way in junction.ways), default=1)


def _needs(asked: Problem, jump: int) -> tuple[int, int, int]:
    """Return the most layers, field (pixels) and 48 x variance that a requirement asks for; jumps are up to `jump`."""
    layers = fields = variances = 0
    for requirement in asked.requirements:
        if requirement.least is None:
            continue
        if requirement.quantity in {Quantity.LAYERS, Quantity.UNDILATED}:
            layers = max(layers, int(max(requirement.least)))
        elif requirement.quantity is Quantity.RECEPTIVE_FIELD:
            fields = max(fields, int(max(requirement.least)) * (1 if requirement.source is None else jump))
        elif requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            lows = [variance_bounds(requirement, axis)[0] or 0 for axis in range(asked.input.axes)]
            variances = max(variances, *lows)
    return layers, fields, variances
