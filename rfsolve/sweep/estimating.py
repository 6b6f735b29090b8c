"""Before a sweep: how long it may take, from a few of its points."""

import time
from dataclasses import dataclass

from rfsolve.sweep.answering import Effort, Task, answer
from rfsolve.sweep.planning import Plan
from rfsolve.sweep.running import blank

SAMPLES = 5
PATIENCE = 5.0
"""Seconds after which no further point is tried."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Fewest and most solves, the mean seconds of the points tried, and the seconds that the most solves would take."""

    fewest: int
    most: int
    tried: int
    each: float
    seconds: float


def estimate(plan: Plan, effort: Effort, workers: int) -> Estimate:
    """Return what a sweep may take: a few points spread over the chains are solved to tell."""
    asked = [one for chain in plan.chains for one in chain if one.question is not None]
    picked = [asked[(2 * i + 1) * len(asked) // (2 * SAMPLES)] for i in range(SAMPLES)] if asked else []
    started = time.perf_counter()
    spent: list[float] = []
    for planned in dict.fromkeys(one.point.number for one in picked):
        if time.perf_counter() - started > PATIENCE:
            break
        point = plan.points[planned]
        spent.append(answer(Task(plan.problem(point), blank(plan, point), effort)).row.seconds)
    each = sum(spent) / len(spent) if spent else 0.0
    fewest = sum(chain[0].question is not None for chain in plan.chains)
    return Estimate(fewest, len(asked), len(spent), each, each * len(asked) / workers)
