"""Why not, and what shaped it: what blocks, the nearest bounds that would do, and what a guard costs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rfsolve.search.conflicts import Marco, told
from rfsolve.search.engine import Allowance, Engine
from rfsolve.search.feasibility import Feasibility
from rfsolve.search.named import by_name, without
from rfsolve.search.relaxations import Prove, relaxed
from rfsolve.search.solution import Conflict, GuardEffect, Relaxation, Solution, Status
from rfsolve.search.widenings import widenings
from rfsolve.space.problem import Problem

EXPLAIN_SECONDS = 20.0
EXPLORING_SECONDS = 4.0
"""Of that, for which requirements are in each other's way."""

TELLING_SECONDS = 2.0
"""For which of two bounds is; what is left is for the nearest bounds and their prices."""

WIDENING_SECONDS = 1.5
"""For wider domains; what takes longer is no small change."""

MOST_RELAXATIONS = 50
"""Sets of changes whose numbers are looked for."""

GUARD_WORK = 0.25
"""For the price of one guard, in the solver's deterministic time, half a second: a busy machine gives the same."""

GUARD_SECONDS = 10.0
"""For the same, whatever it takes to build the models."""

MONOTONE = "widths never narrower"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why there is no design, and what would do; `complete`: proven to be all conflicts and all sets of changes."""

    conflicts: tuple[Conflict, ...]
    relaxations: tuple[Relaxation, ...]
    widenings: tuple[Relaxation, ...]
    complete: bool


def explain_infeasible(problem: Problem, engine: Engine, prove: Prove) -> Explanation:
    """Return all minimal conflicts, and all minimal sets of changes that would do, smallest first, with their prices.

    What is there when time runs out is proven; `complete` says whether it is all. Each conflict has been refuted by a
    solve of its own, and each of its parts without one requirement has a design.
    """
    brief = Engine(deadline=min(engine.deadline, time.perf_counter() + EXPLAIN_SECONDS), seed=0, workers=1)
    explored = Marco(problem, Feasibility(problem, brief.ends_at(EXPLORING_SECONDS))).explored()
    telling = brief.ends_at(TELLING_SECONDS)
    smallest = sorted(explored.conflicts or explored.larger[:1], key=len)
    minimal = bool(explored.conflicts)
    conflicts = tuple(told(problem, names, telling, minimal=minimal) for names in smallest)
    order = list(by_name(problem))
    corrections = sorted(explored.corrections, key=lambda one: (len(one), sorted(map(order.index, one))))
    relaxations = tuple(relaxed(problem, names, brief, prove) for names in corrections[:MOST_RELAXATIONS])
    complete = explored.complete and len(relaxations) == len(corrections)
    wider = tuple(widenings(problem, brief.ends_at(WIDENING_SECONDS), prove))
    return Explanation(conflicts=conflicts, relaxations=relaxations, widenings=wider, complete=complete)


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
    for name, group in by_name(problem).items():
        if group[0].guard:
            yield name, group[0].sentence, without(problem, name)
    if problem.guards.monotone_widths and any(stack.widths.is_free for stack in problem.stacks):
        free = replace(problem.guards, monotone_widths=False)
        yield "guards.monotone_widths", MONOTONE, replace(problem, guards=free)


def _effect(effect: GuardEffect, without: Problem, solution: Solution, engine: Engine, prove: Prove) -> GuardEffect:
    """Return the effect with the objective's value without the guard, where both are proven in time."""
    if solution.status is not Status.OPTIMAL or solution.outcome.value is None:
        return effect
    deadline = min(engine.deadline, time.perf_counter() + GUARD_SECONDS)
    outcome = prove(without, Engine(deadline=deadline, seed=0, workers=1, allowance=Allowance(GUARD_WORK)))
    if outcome is None or outcome.value is None:
        return effect
    return replace(effect, shaped=outcome.value != solution.outcome.value, without=outcome.value)
