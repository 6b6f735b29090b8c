"""Why not: what blocks, and the nearest bounds that would do."""

import time
from dataclasses import dataclass

from rfsolve.search.conflicts import Marco, told
from rfsolve.search.engine import Engine, Prove
from rfsolve.search.feasibility import Feasibility
from rfsolve.search.named import by_name
from rfsolve.search.relaxations import relaxed
from rfsolve.search.solution import Conflict, Relaxation
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
