"""The nearest bounds at which a problem can be met, for requirements that must give way, and what a design then costs.

Where the model holds exactly what is required, one solve finds the nearest bounds: the requirements are left out, and
by how much they are broken is minimised. Several that give way together are weighed by their bounds, so that twice the
stride weighs as much as twice the field; then none of them can come nearer while the others stay. Where the model only
bounds what is required, the nearest whole number is found by halving, each time with a fresh solve.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil, floor

from rfsolve.errors import ProblemError
from rfsolve.search.check import Verdict, judged
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine, Prove
from rfsolve.search.exact import Exact, run_exactly
from rfsolve.search.feasibility import Names, settled
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.named import Asked, asked, by_name, changed, moved_side, only, unsized
from rfsolve.search.solution import Change, Design, Relaxation, Status
from rfsolve.space.problem import Objective, Problem, Quantity, Relation, Requirement

PRICE_SECONDS = 2.0
"""For the price of one relaxation."""

WITHOUT_NUMBERS = (Quantity.HOLE_FREE, Quantity.UNDILATED)


def relaxed(problem: Problem, names: Names, engine: Engine, prove: Prove) -> Relaxation:
    """Return how requirements of these names must change at least so that a design exists.

    Where time runs out before any bounds are found, they are left out altogether, which is known to do.
    """
    groups = {name: group for name, group in by_name(problem).items() if name in names}
    nearest = _nearest(problem, groups, engine)
    if nearest is None:
        return Relaxation(changes=tuple(map(_left_out, groups.values())), proven=False)
    changes, exact = nearest
    if len(changes) == 1 and not exact:
        changes, exact = _halved(problem, changes[0], groups, engine)
    instead = changed(problem, {change.name: change.now for change in changes})
    return Relaxation(changes=changes, proven=exact, parameters=price(instead, engine, prove))


def _nearest(
    problem: Problem, groups: Mapping[str, Sequence[Asked]], engine: Engine
) -> tuple[tuple[Change, ...], bool] | None:
    """Return the changes of a design that breaks the requirements the least, and whether nothing nearer is left."""
    if engine.seconds_left <= 0:
        return None
    without = only(problem, by_name(problem).keys() - groups.keys())
    found = lattices(without)
    if not all(one.exits for one in found.values()):
        return None
    try:
        model = Model(without, found, asked=problem)
        model.soften([[r for r in group if isinstance(r, Requirement)] for group in groups.values()])
    except ProblemError:  # with a bound left out, numbers can grow past what the solver counts
        return None
    exact = run_exactly(engine, model, Cuts(model), limit=engine.seconds_left / 2)
    if exact.design is None:
        return None
    changes = tuple(_change(group, exact.design) for group in groups.values())
    return changes, _is_exact(problem, exact, groups)


def _is_exact(problem: Problem, exact: Exact, groups: Mapping[str, Sequence[Asked]]) -> bool:
    dropped = [r for group in groups.values() for r in group if isinstance(r, Requirement)]
    undecided = any(r.quantity is Quantity.UNDILATED or _is_bounded(problem, r) for r in dropped)
    return exact.run.status is Status.OPTIMAL and not undecided


def _is_bounded(problem: Problem, requirement: Requirement) -> bool:
    """Return whether the model only bounds what is required, so that another bound may be nearer."""
    if requirement.node is None or problem.is_path(requirement.node):
        return False
    phases = any(stack.block.rises for stack in problem.upstream(requirement.node))
    effective = requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD
    return effective or (requirement.quantity is Quantity.RECEPTIVE_FIELD and phases)


# changes --------------------------------------------------------------------------------------------------------------


def _change(group: Sequence[Asked], design: Design) -> Change:
    """Return the requirements of one name as a design needs them, those of one key with one value."""
    requirements = [r for r in group if isinstance(r, Requirement)]
    broken = [verdict for verdict in judged(design, requirements) if not verdict.holds]
    kept: list[Asked] = []
    given: list[Asked] = []
    words: list[str] = []
    for one in group:
        given.append(one)
        alike = [verdict for verdict in broken if _one_key(verdict.requirement, one)]
        if isinstance(one, Relation) or (alike and one.quantity in WITHOUT_NUMBERS):
            words.append(_without(one))
        elif alike:
            now = _within(one, alike)
            kept.append(now)
            given[-1] = moved_side(now, one)
            words.append(moved_side(one, now).sentence)
        else:
            kept.append(one)
    return Change(
        name=group[0].name,
        asked=asked(given),
        nearest=", ".join(dict.fromkeys(words)),
        now=tuple(kept),
        dropped=not any(one not in group for one in kept),
    )


def _left_out(group: Sequence[Asked]) -> Change:
    words = ", ".join(dict.fromkeys(map(_without, group)))
    return Change(name=group[0].name, asked=asked(group), nearest=words, dropped=True)


def _without(one: Asked) -> str:
    hole_free = isinstance(one, Requirement) and one.quantity is Quantity.HOLE_FREE
    return "without hole-freeness" if hole_free else f"without {one.sentence}"


def _one_key(one: Asked, other: Asked) -> bool:
    """Whether two requirements of a name were written as one value, as `defaults.layers` is for all stacks."""
    if not isinstance(one, Requirement) or not isinstance(other, Requirement):
        return False
    return (one.quantity, one.least, one.most) == (other.quantity, other.least, other.most)


def _within(requirement: Requirement, broken: Sequence[Verdict]) -> Requirement:
    """Return the requirement with bounds that hold what was found; an exact one stays exact where it is met once."""
    least, most = requirement.least, requirement.most
    for verdict in broken:
        low, high = _ends(requirement, verdict.found)
        if requirement.least is not None and requirement.least == requirement.most and len(broken) == 1 and low == high:
            return replace(requirement, least=low, most=high)
        least = None if least is None else tuple(map(min, least, low))
        most = None if most is None else tuple(map(max, most, high))
    return replace(requirement, least=least, most=most)


def _ends(requirement: Requirement, found: Sequence[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the smallest and the largest found over the phases, per axis; lengths are rounded to the safe side."""
    number = len(requirement.least or requirement.most or found)
    low, high = tuple(found[:number]), tuple(found[-number:])
    if requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
        return tuple(floor(10_000 * v) / 10_000 for v in low), tuple(ceil(10_000 * v) / 10_000 for v in high)
    return low, high


# where the model only bounds ------------------------------------------------------------------------------------------


def _halved(
    problem: Problem, change: Change, groups: Mapping[str, Sequence[Asked]], engine: Engine
) -> tuple[tuple[Change, ...], bool]:
    """Return the nearest whole number between what was asked and what was found, where one number was asked."""
    (group,) = groups.values()
    if len(group) != 1 or not isinstance(group[0], Requirement):
        return (change,), False
    before = group[0]
    moved = list(_between(before, change))
    low, high = 0, len(moved)  # what stands at `high` can be met, at `low - 1` nothing is known to be
    proven = bool(moved) or change.dropped
    while low < high and engine.seconds_left > 0:
        middle = (low + high) // 2
        status, _ = settled(changed(only(problem, by_name(problem)), {before.name: [moved[middle]]}), engine)
        if status is Status.FEASIBLE:
            high = middle
        else:
            low = middle + 1
            proven = proven and status is Status.INFEASIBLE
    nearest = change if high == len(moved) else _to(change, before, moved[high])
    return (nearest,), proven and low == high


def _to(change: Change, before: Requirement, now: Requirement) -> Change:
    return replace(change, nearest=moved_side(before, now).sentence, now=(now,), dropped=False)


def _between(before: Requirement, change: Change) -> Iterator[Requirement]:
    """Yield the whole bounds from the nearest to the one before that found, the same on all axes."""
    if before.quantity is Quantity.UNDILATED and before.least is not None:
        for value in range(int(before.least[0]) - 1, 0, -1):
            yield replace(before, least=(value,))
        return
    if before.quantity is not Quantity.RECEPTIVE_FIELD or not change.now:
        return
    (now,) = (one for one in change.now if isinstance(one, Requirement))
    if before.least is not None and before.least == before.most:
        return  # how far off an exact field may be depends on the side
    if now.least is not None and before.least is not None and now.least != before.least and _even(before.least):
        for value in range(int(before.least[0]) - 1, int(min(now.least)), -1):
            yield replace(before, least=(value,) * len(before.least))
    elif now.most is not None and before.most is not None and now.most != before.most and _even(before.most):
        for value in range(int(before.most[0]) + 1, int(max(now.most))):
            yield replace(before, most=(value,) * len(before.most))


def _even(values: Sequence[float]) -> bool:
    return len(set(values)) == 1


# prices ---------------------------------------------------------------------------------------------------------------


def price(problem: Problem, engine: Engine, prove: Prove) -> int | None:
    """Return the fewest parameters of a design of a relaxed problem; None where that was not proven in time."""
    cheapest = replace(unsized(problem), objectives=(Objective(quantity=Quantity.PARAMETERS),))
    outcome = prove(cheapest, engine.ends_at(PRICE_SECONDS))
    return None if outcome is None or outcome.value is None else int(outcome.value)
