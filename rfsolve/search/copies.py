"""How often a move can be worth making: the upper bounds of the counts, on which the solver's relaxation rests."""

from math import ceil

from rfsolve.search.lattice import useful_jump
from rfsolve.search.moves import Move
from rfsolve.search.placement import variance_bounds
from rfsolve.space.problem import Problem, Quantity

MOST_COPIES = 10_000


def most_copies(problem: Problem, move: Move) -> int:
    """Return a number of copies of a move that no optimum exceeds.

    A move between states is made at most once. A repeat adds at least one step to field, variance or depth: past what
    the requirements, the widest step (for hole-freeness) and the budgets ask for, a copy could be dropped at no loss.
    """
    if not move.repeatable:
        return 1
    caps = [MOST_COPIES]
    for requirement in problem.requirements:
        if requirement.most is None:
            continue
        if requirement.quantity is Quantity.LAYERS and requirement.node in {None, move.stack}:
            caps.append(int(requirement.most[0]))
        if requirement.node is None and (cost := move.cost(requirement.quantity)):
            caps.append(int(requirement.most[0]) // cost)
    if not problem.objectives[0].maximise:
        caps.append(_useful_copies(problem, move))
    return max(0, min(caps))


def _useful_copies(problem: Problem, move: Move) -> int:
    layers = fields = variances = 0
    for requirement in problem.requirements:
        if requirement.least is None:
            continue
        if requirement.quantity is Quantity.LAYERS:
            layers = max(layers, int(max(requirement.least)))
        elif requirement.quantity is Quantity.RECEPTIVE_FIELD:
            fields = max(fields, int(max(requirement.least)))
        elif requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            variances = max(
                variances, *(variance_bounds(requirement, axis)[0] or 0 for axis in range(problem.input.axes))
            )
    wanted = max(fields - 1, _widest_step(problem) - 1)
    gains = [move.footprint.field(axis) for axis in range(problem.input.axes)]
    gain = min((g for g in gains if g), default=0)
    variance = min((v for v in move.footprint.variance if v), default=0)
    copies = [layers]
    copies += [ceil(wanted / gain)] if gain else []
    copies += [ceil(variances / variance)] if variance else []
    return max(copies)


def _widest_step(problem: Problem) -> int:
    """Return the largest dilation times the largest jump that an exit accepts."""
    dilation = max(max(choice.dilation) for stack in problem.stacks for choice in stack.choices)
    strides = [max(r.most) for r in problem.requirements if r.quantity is Quantity.STRIDE and r.most is not None]
    return int(dilation * (max(strides) if strides else useful_jump(problem)))
