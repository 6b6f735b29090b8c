"""What shaped an answer: what each guard costs."""

import time
from collections.abc import Iterator
from dataclasses import replace

from rfsolve.search.engine import Allowance, Engine, Prove
from rfsolve.search.named import by_name, without
from rfsolve.search.solution import GuardEffect, Solution, Status
from rfsolve.space.problem import Problem

GUARD_WORK = 0.25
"""For the price of one guard, in the solver's deterministic time, half a second: a busy machine gives the same."""

GUARD_SECONDS = 10.0
"""For the same, whatever it takes to build the models."""

MONOTONE = "widths never narrower"


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
