"""Why not, and what shaped it: what blocks, the nearest bounds that would do, and what a guard costs."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil, floor

import networkx as nx

from rfsolve.errors import ProblemError
from rfsolve.search.check import judged
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine
from rfsolve.search.exact import run_exactly
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.solution import GuardEffect, Outcome, Relaxation, Solution, Status
from rfsolve.space.problem import Objective, Problem, Quantity, Relation, Requirement

EXPLAIN_SECONDS = 10.0
GUARD_SECONDS = 1.0
MONOTONE = "widths never narrower"

Prove = Callable[[Problem, Engine], Outcome | None]


def explain_infeasible(problem: Problem, engine: Engine) -> tuple[tuple[str, ...], tuple[Relaxation, ...]]:
    """Return a minimal conflict, and the single changes that would do, with the nearest bounds.

    The conflict names requirements that cannot hold together, while any of them left out lets the others hold: found by
    leaving out one after another, each time by a fresh solve. Empty where time ran out before it was settled.
    """
    deadline = min(engine.deadline, time.perf_counter() + EXPLAIN_SECONDS)
    brief = Engine(deadline=deadline, seed=0, workers=1)
    conflict = _conflict(problem, brief)
    relaxations = tuple(_relaxations(problem, conflict or tuple(_by_name(problem)), brief))
    return conflict, relaxations


def _conflict(problem: Problem, engine: Engine) -> tuple[str, ...]:
    kept = list(_by_name(problem))
    for name in tuple(kept):
        others = [other for other in kept if other != name]
        status = _status(_only(problem, others), engine)
        if status is Status.UNKNOWN:
            return ()
        if status is Status.INFEASIBLE:
            kept = others
    return tuple(kept)


def _only(problem: Problem, names: Iterable[str]) -> Problem:
    """Return the question whether the requirements of these names can be met; the objective does not matter to it.

    Nor does the input's size where there is no padding: nothing is counted there, and that the window fits is one of
    the requirements.
    """
    wanted = set(names)
    return replace(
        problem,
        space=_unsized(problem) if any(stack.block.padding == "valid" for stack in problem.stacks) else problem.space,
        requirements=tuple(r for r in problem.requirements if r.name in wanted),
        relations=tuple(r for r in problem.relations if r.name in wanted),
        objectives=(Objective(quantity=Quantity.LAYERS),),
    )


def _unsized(problem: Problem) -> nx.DiGraph:
    space = problem.space.copy()
    space.nodes["input"]["part"] = replace(problem.input, size=None)
    return space


def _status(problem: Problem, engine: Engine) -> Status:
    found = lattices(problem)
    if not all(one.exits for one in found.values()):
        return Status.INFEASIBLE
    if engine.seconds_left <= 0:
        return Status.UNKNOWN
    try:
        model = Model(problem, found)
    except ProblemError:  # with a bound left out, numbers can grow past what the solver counts
        return Status.UNKNOWN
    exact = run_exactly(engine, model, Cuts(model), limit=engine.seconds_left / 4)
    return Status.FEASIBLE if exact.design is not None else exact.run.status


def _relaxations(problem: Problem, names: Iterable[str], engine: Engine) -> Iterator[Relaxation]:
    groups = _by_name(problem)
    for name in names:
        nearest = _nearest(problem, name, engine)
        if nearest is not None:
            yield Relaxation(name=name, asked=asked(groups[name]), nearest=nearest)


def asked(group: Sequence[Requirement | Relation]) -> str:
    """Return requirements of one name as a person would write them."""
    return f"{group[0].name} ({', '.join(r.sentence for r in group)})"


def _by_name(problem: Problem) -> "dict[str, list[Requirement | Relation]]":
    groups: dict[str, list[Requirement | Relation]] = {}
    everything: tuple[Requirement | Relation, ...] = (*problem.requirements, *problem.relations)
    for requirement in everything:
        groups.setdefault(requirement.name, []).append(requirement)
    return groups


def _nearest(problem: Problem, name: str, engine: Engine) -> str | None:
    """Return the nearest bounds, as a sentence, at which the rest can be met; None where it cannot."""
    group = _by_name(problem)[name]
    dropped = [one for one in group if isinstance(one, Requirement)]
    without = _only(problem, (other for other in _by_name(problem) if other != name))
    found = lattices(without)
    if engine.seconds_left <= 0 or not all(one.exits for one in found.values()):
        return None
    try:
        model = Model(without, found, asked=problem)
    except ProblemError:  # as in _status
        return None
    model.soften(dropped)
    exact = run_exactly(engine, model, Cuts(model), limit=engine.seconds_left / 2)
    if exact.design is None:
        return None
    if not dropped:
        return f"without {group[0].sentence}"
    found_there = judged(exact.design, dropped)
    broken = [(verdict.requirement, verdict.found) for verdict in found_there if not verdict.holds]
    proven = exact.run.status is Status.OPTIMAL and not any(_is_bounded(problem, r) for r in dropped)
    return ", ".join(_moved(r, values, exact=proven) for r, values in broken if isinstance(r, Requirement)) or None


def _is_bounded(problem: Problem, requirement: Requirement) -> bool:
    """Return whether the model only bounds what is required, so that another bound may be nearer."""
    if requirement.node is None or problem.is_path(requirement.node):
        return False
    phases = any(stack.block.rises for stack in problem.upstream(requirement.node))
    effective = requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD
    return effective or (requirement.quantity is Quantity.RECEPTIVE_FIELD and phases)


def _moved(requirement: Requirement, found: tuple[float, ...], *, exact: bool) -> str:
    if requirement.quantity is Quantity.HOLE_FREE:
        return "without hole-freeness"
    found = _per_bound(requirement, found)
    values = found if requirement.quantity is not Quantity.EFFECTIVE_RECEPTIVE_FIELD else _rounded(requirement, found)
    kept = "" if exact else " (or nearer)"
    if requirement.least is not None and requirement.least == requirement.most:
        return replace(requirement, least=values, most=values).sentence + kept
    if requirement.least is not None and any(v < low for v, low in zip(values, requirement.least, strict=True)):
        least = tuple(min(v, low) for v, low in zip(values, requirement.least, strict=True))
        return replace(requirement, least=least, most=None).sentence + kept
    most = tuple(max(v, high) for v, high in zip(values, requirement.most or values, strict=True))
    return replace(requirement, most=most, least=None).sentence + kept


def _per_bound(requirement: Requirement, found: tuple[float, ...]) -> tuple[float, ...]:
    """Return one number per bound: of the smallest and the largest over the phases, those that break it."""
    number = len(requirement.least or requirement.most or found)
    low, high = found[:number], found[-number:]
    if requirement.least is not None and any(v < bound for v, bound in zip(low, requirement.least, strict=True)):
        return low
    return high


def _rounded(requirement: Requirement, found: tuple[float, ...]) -> tuple[float, ...]:
    """Return lengths with four digits, rounded to the side on which they can be met."""
    short = requirement.least is not None and any(v < low for v, low in zip(found, requirement.least, strict=True))
    side = floor if short else ceil
    return tuple(side(10_000 * value) / 10_000 for value in found)


def guard_effects(problem: Problem, solution: Solution, engine: Engine, prove: Prove) -> tuple[GuardEffect, ...]:
    """Return the guards that could have shaped the answer, and what the objective would be without each.

    Guards that bound a domain (odd kernels, dilation, stride of a layer) leave out no choice that the problem offers:
    the space refuses such a problem. The others are requirements, and the order of free widths.
    """
    return tuple(
        _effect(GuardEffect(name=name, sentence=sentence, shaped=None), without, solution, engine, prove)
        for name, sentence, without in _unguarded(problem)
    )


def _unguarded(problem: Problem) -> Iterator[tuple[str, str, Problem]]:
    """Yield each guard's name and sentence, and the problem with that guard off."""
    for name, group in _by_name(problem).items():
        if group[0].guard:
            kept = tuple(r for r in problem.requirements if r.name != name)
            yield name, group[0].sentence, replace(problem, requirements=kept)
    if problem.guards.monotone_widths and any(stack.widths.is_free for stack in problem.stacks):
        free = replace(problem.guards, monotone_widths=False)
        yield "guards.monotone_widths", MONOTONE, replace(problem, guards=free)


def _effect(effect: GuardEffect, without: Problem, solution: Solution, engine: Engine, prove: Prove) -> GuardEffect:
    """Return the effect with the objective's value without the guard, where both are proven in time."""
    if solution.status is not Status.OPTIMAL or solution.outcome.value is None:
        return effect
    allowed = min(GUARD_SECONDS, max(GUARD_SECONDS / 4, 5 * solution.seconds.solve))
    outcome = prove(without, Engine(deadline=min(engine.deadline, time.perf_counter() + allowed), seed=0, workers=1))
    if outcome is None or outcome.value is None:
        return effect
    return replace(effect, shaped=outcome.value != solution.outcome.value, without=outcome.value)
