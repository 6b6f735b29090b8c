"""What each requirement costs: the optimum without it, and the optimum one step further, both by solving again.

These are no duals: a bound that holds back nothing nearby has no price at the next step and may have one at the step
after it, which the optimum without it tells.
"""

import time
from math import isclose

from rfsolve.errors import ProblemError
from rfsolve.search.engine import Engine
from rfsolve.search.solution import Price, Solution, Status
from rfsolve.search.solve import DEFAULT_TIME_LIMIT, optimum, solve
from rfsolve.search.steps import steps
from rfsolve.space.problem import Problem

SECONDS = 2.0
"""For one optimum."""


def prices(
    problem: Problem,
    solution: Solution | None = None,
    *,
    time_limit: float = DEFAULT_TIME_LIMIT,
    seed: int = 0,
    workers: int = 1,
) -> tuple[Price, ...]:
    """Return, for each requirement, guard and domain, the first objective without it, and one step further.

    A step is one pixel of a field, one factor of a stride, one layer, one percent of a budget, one dilation or kernel
    more to choose from. Nothing is returned where the problem has no proven optimum; what is not proven in time is
    None.

    Args:
        problem: what may be chosen and what must hold.
        solution: that of the problem, where it is known already.
        time_limit: seconds for everything.
        seed: of the solver.
        workers: threads of the solver.

    """
    engine = Engine(deadline=time.perf_counter() + time_limit, seed=seed, workers=workers)
    found = solution or solve(problem, time_limit=time_limit, seed=seed, workers=workers, explain=False)
    value = found.outcome.value
    if found.status is not Status.OPTIMAL or value is None:
        return ()
    listed = []
    for step in steps(problem):
        further, without = (_value(one, engine) for one in (step.further, step.none))
        saves = None if further is None else _saved(value, further, maximise=found.outcome.objective.maximise)
        listed.append(
            Price(
                name=step.name,
                asked=step.holds,
                step=step.words,
                optional=step.none is not None,
                further=further,
                without=without,
                saves=saves,
                binds=_binds(value, further, without, optional=step.none is not None),
            )
        )
    return tuple(listed)


def _value(problem: Problem | None, engine: Engine) -> float | None:
    """Return the optimum of a problem; None where there is none, or it is not proven in time."""
    if problem is None or engine.seconds_left <= 0:
        return None
    try:
        outcome = optimum(problem, engine.ends_at(SECONDS))
    except ProblemError:
        return None
    return None if outcome is None else outcome.value


def _saved(value: float, further: float, *, maximise: bool) -> float:
    """Return by how much an optimum is better; nothing where floats differ in their last digits."""
    return 0 if isclose(value, further) else (further - value if maximise else value - further)


def _binds(value: float, further: float | None, without: float | None, *, optional: bool) -> bool | None:
    """Return whether the optimum would change; None where that is not settled."""
    if optional:
        return None if without is None else not isclose(without, value)
    return None if further is None else not isclose(further, value)
