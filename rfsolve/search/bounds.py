"""Throws out moves that no optimum can contain, and proposes a first design, where labels have not settled a problem.

The cheapest way to a move, its price and the cheapest way on bound every design that makes it; above a design already
known, the move can go. A budget enters by a price on what it caps (Lagrange): the bound then loses price x cap. This
only removes what cannot be in any optimum. On free widths (6 choices, field 200, jumps to 8), 88 of 2,067 moves
survive, in 0.05 s (tests/benchmarks/free_widths.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from rfsolve.search.axes import axis_classes
from rfsolve.search.lattice import Found, Lattice, prune_stacks, state_order
from rfsolve.search.placement import Placement, satisfies
from rfsolve.search.programme import NEVER, Programme, Resource, resources
from rfsolve.search.tariffs import Tariff
from rfsolve.space.problem import Problem, Quantity, Requirement

FACTORS = (1.1, 1.25, 1.5, 2.0, 3.0)
"""By how much the field is widened, until the cheapest design has the effective field as well."""

THINNING_SECONDS = 1e-4
"""What the dynamic programme takes for a move, on the machine that all figures here were measured on."""

SHARES = (0.25, 0.5, 1.0, 4.0)
"""Prices tried for one budget, in its going rate, until one makes the cheapest design meet it."""

TRIALS = 8
"""Prices tried in all: a price no higher than needed bounds best, so that what is left halves the way to it."""


@dataclass(frozen=True, slots=True)
class Start:
    """A first design, the tariffs worth thinning with, and what they were found for."""

    known: Placement | None
    tariffs: tuple[Tariff, ...]
    lattices: Mapping[str, Lattice]


def chain(problem: Problem, found: Found) -> dict[str, Lattice] | None:
    """Return the lattices where the programme can run: a chain of stacks free of each other, and states that only rise.

    None elsewhere.
    """
    bound = problem.relations or any(stack.tie is not None for stack in problem.stacks)
    bound = bound or any(r.source is not None or r.quantity is Quantity.UNDILATED for r in problem.requirements)
    names = [stack.name for stack in problem.stacks]
    lattices = {name: one for name, one in found.items() if isinstance(one, Lattice)}
    if bound or len(lattices) < len(found):
        return None
    follows = all(problem.before(name) == (names[i - 1] if i else "input") for i, name in enumerate(names))
    rises = all(
        state_order(move.source) <= state_order(move.target) for lattice in lattices.values() for move in lattice.moves
    )
    return lattices if follows and rises else None


def start(problem: Problem, lattices: Mapping[str, Lattice], objective: Quantity) -> Start:
    """Return the cheapest design that the programme finds to meet every requirement, and the tariffs that led to it."""
    plain = Tariff(objective)
    found, broken = _candidates(problem, lattices, plain)
    tariffs = [plain]
    for budget in broken:
        more, tariff = _priced(problem, lattices, objective, budget)
        found += more
        tariffs += [tariff] if tariff is not None else []
    good = [placement for placement in found if satisfies(problem, placement)]
    if not good and not broken and any(r.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD for r in problem.requirements):
        good = _wider(problem, lattices, plain)
    known = min(good, key=lambda placement: placement.total(objective), default=None)
    return Start(known, tuple(tariffs), lattices)


def _candidates(
    problem: Problem, lattices: Mapping[str, Lattice], tariff: Tariff
) -> tuple[list[Placement], list[Requirement]]:
    """Return the cheapest designs, one for each class of axes, and the budgets that they break."""
    optimistic = not any(r.quantity is Quantity.HOLE_FREE for r in problem.requirements)
    found = []
    for axis in axis_classes(problem):
        resource = Resource(Quantity.RECEPTIVE_FIELD, axis)
        placement = Programme(problem, lattices, tariff, resource).forward(optimistic=optimistic).placement()
        found += [placement] if placement is not None else []
    budgets = [r for r in problem.requirements if r.is_budget]
    return found, [budget for budget in budgets if any(_spent(p, budget) > _cap(budget) for p in found)]


def _wider(problem: Problem, lattices: Mapping[str, Lattice], tariff: Tariff) -> list[Placement]:
    """Return the cheapest designs of a wider field that meet the problem: its influence reaches further, too."""
    for factor in FACTORS:
        wider = replace(problem, requirements=tuple(_scaled(r, factor) for r in problem.requirements))
        found, _ = _candidates(wider, lattices, tariff)
        good = [placement for placement in found if satisfies(problem, placement)]
        if good:
            return good
    return []


def _scaled(requirement: Requirement, factor: float) -> Requirement:
    if requirement.quantity is not Quantity.RECEPTIVE_FIELD or requirement.least is None:
        return requirement
    return replace(requirement, least=tuple(int(factor * field) for field in requirement.least))


def _priced(
    problem: Problem, lattices: Mapping[str, Lattice], objective: Quantity, budget: Requirement
) -> tuple[list[Placement], Tariff | None]:
    """Raise the price of a budget until the cheapest designs meet it; return them and the tariff."""
    rate = _going_rate(lattices, objective, budget.quantity)
    best: tuple[list[Placement], Tariff | None] = ([], None)
    low, high = 0.0, SHARES[-1]
    for trial in range(TRIALS):
        share = SHARES[trial] if best[1] is None and trial < len(SHARES) else (low + high) / 2
        tariff = Tariff(objective, budget, max(1, int(share * rate)))
        found, _ = _candidates(problem, lattices, tariff)
        if found and all(_spent(placement, budget) <= _cap(budget) for placement in found):
            best, high = (found, tariff), share
        else:
            low = share
        if best[1] is None and trial + 1 == len(SHARES):
            break
    return best


def _going_rate(lattices: Mapping[str, Lattice], objective: Quantity, quantity: Quantity) -> float:
    """Return what a unit of a quantity costs in units of the objective, over all moves."""
    moves = [move for lattice in lattices.values() for move in lattice.moves]
    return sum(move.cost(objective) for move in moves) / max(1, sum(move.cost(quantity) for move in moves))


def _spent(placement: Placement, budget: Requirement) -> int:
    return placement.total(budget.quantity, budget.node)


def _cap(budget: Requirement) -> int:
    return int(budget.most[0]) if budget.most is not None else NEVER


def thinned(problem: Problem, start: Start) -> Mapping[str, Lattice]:
    """Return what is left beside the first design, which is everything where there is none."""
    if start.known is None:
        return start.lattices
    return thin_out(problem, start.lattices, start.tariffs, start.known.total(problem.objectives[0].quantity))


def thin_out(
    problem: Problem, lattices: Mapping[str, Lattice], tariffs: Iterable[Tariff], known: int
) -> dict[str, Lattice]:
    """Return the lattices without the moves that are in no design of cost `known` or less."""
    for tariff in tariffs:
        for resource in resources(problem):
            costs = Programme(problem, lattices, tariff, resource).through()
            lattices = prune_stacks(problem, _without(lattices, costs, known + tariff.refund))
    return dict(lattices)


def _without(lattices: Mapping[str, Lattice], costs: Mapping[str, Sequence[int]], most: int) -> dict[str, Lattice]:
    """Return the lattices without the moves that cost more."""
    return {
        name: replace(one, moves=tuple(compress(one.moves, (cost <= most for cost in costs[name]))))
        for name, one in lattices.items()
    }
