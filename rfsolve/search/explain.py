"""Why not, and what shaped it: what blocks, the nearest bounds that would do, and what a guard costs."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil, floor

from rfsolve.search.check import checked_design, verdicts
from rfsolve.search.engine import Engine
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.solution import GuardEffect, Outcome, Relaxation, Solution, Status
from rfsolve.space.problem import Problem, Quantity, Requirement

EXPLAIN_SECONDS = 10.0
GUARD_SECONDS = 1.0

Prove = Callable[[Problem, Engine], Outcome | None]


def explain_infeasible(problem: Problem, engine: Engine) -> tuple[tuple[str, ...], tuple[Relaxation, ...]]:
    """Return the requirements each of which alone makes the problem infeasible, and the nearest bounds for each."""
    deadline = min(engine.deadline, time.perf_counter() + EXPLAIN_SECONDS)
    brief = Engine(deadline=deadline, seed=0, workers=1)
    relaxations = tuple(_relaxations(problem, brief))
    return tuple(relaxation.asked for relaxation in relaxations), relaxations


def _relaxations(problem: Problem, engine: Engine) -> Iterator[Relaxation]:
    for name, group in _by_name(problem).items():
        without = replace(problem, requirements=tuple(r for r in problem.requirements if r.name != name))
        nearest = _nearest(without, group, engine)
        if nearest is not None:
            yield Relaxation(name=name, asked=f"{name} ({', '.join(r.sentence for r in group)})", nearest=nearest)


def _by_name(problem: Problem) -> dict[str, list[Requirement]]:
    groups: dict[str, list[Requirement]] = {}
    for requirement in problem.requirements:
        groups.setdefault(requirement.name, []).append(requirement)
    return groups


def _nearest(without: Problem, dropped: list[Requirement], engine: Engine) -> str | None:
    """Return the nearest bounds, as a sentence, at which the rest can be met; None where it cannot."""
    found = lattices(without)
    if engine.seconds_left <= 0 or not all(lattice.exits for lattice in found.values()):
        return None
    model = Model(without, found)
    model.soften(dropped)
    run = engine.run(model, limit=engine.seconds_left / 2)
    if run.placement is None:
        return None
    design = checked_design(without, run.placement)
    measured = [v for v in verdicts(replace(without, requirements=tuple(dropped)), design) if not v.holds]
    return ", ".join(_moved(v.requirement, v.found, exact=run.status is Status.OPTIMAL) for v in measured) or None


def _moved(requirement: Requirement, found: tuple[float, ...], *, exact: bool) -> str:
    if requirement.quantity is Quantity.HOLE_FREE:
        return "without hole-freeness"
    axes = len(requirement.least or requirement.most or (0,))
    found = found if requirement.quantity is not Quantity.EFFECTIVE_RECEPTIVE_FIELD else _rounded(requirement, found)
    values = found[:axes]
    kept = "" if exact else " (or nearer)"
    if requirement.least is not None and requirement.least == requirement.most:
        return replace(requirement, least=values, most=values).sentence + kept
    if requirement.least is not None and any(v < low for v, low in zip(values, requirement.least, strict=True)):
        least = tuple(min(v, low) for v, low in zip(values, requirement.least, strict=True))
        return replace(requirement, least=least, most=None).sentence + kept
    top = found[-axes:]
    most = tuple(max(v, high) for v, high in zip(top, requirement.most or top, strict=True))
    return replace(requirement, most=most, least=None).sentence + kept


def _rounded(requirement: Requirement, found: tuple[float, ...]) -> tuple[float, ...]:
    """Return lengths with four digits, rounded to the side on which they can be met."""
    short = requirement.least is not None and any(v < low for v, low in zip(found, requirement.least, strict=True))
    side = floor if short else ceil
    return tuple(side(10_000 * value) / 10_000 for value in found)


def guard_effects(problem: Problem, solution: Solution, engine: Engine, prove: Prove) -> tuple[GuardEffect, ...]:
    """Return the guards that are requirements, and what the objective would be without each."""
    guards = [group for group in _by_name(problem).values() if group[0].guard]
    return tuple(_effect(problem, solution, engine, prove, group) for group in guards)


def _effect(
    problem: Problem, solution: Solution, engine: Engine, prove: Prove, group: list[Requirement]
) -> GuardEffect:
    name, sentence = group[0].name, group[0].sentence
    without = replace(problem, requirements=tuple(r for r in problem.requirements if r.name != name))
    if solution.status is not Status.OPTIMAL:
        return GuardEffect(name=name, sentence=sentence, shaped=False)
    brief = Engine(deadline=min(engine.deadline, time.perf_counter() + GUARD_SECONDS), seed=0, workers=1)
    outcome = prove(without, brief)
    if outcome is None or outcome.value is None or solution.outcome.value is None:
        return GuardEffect(name=name, sentence=sentence, shaped=False)
    return GuardEffect(
        name=name, sentence=sentence, shaped=outcome.value != solution.outcome.value, without=outcome.value
    )
