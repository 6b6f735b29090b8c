"""Climbs the rungs: the cheapest design, the balanced one, and the one that asks most within the budget."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rfsolve.propose.proposals import Place
from rfsolve.propose.rungs import Rung
from rfsolve.search.solution import Design, Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.family import without_notes
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from

SETTLED = 1e-9
"""Relative gap below which a bound proves a value."""

SECONDS = 8.0
"""For all proposals together."""
PARTS = {Place.CHEAPEST: 0.4, Place.BALANCED: 0.4, Place.BEST: 0.5}
"""The part of the time that is left which one solve may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rung that was solved. `proven`: no design that meets it is cheaper."""

    place: Place
    rung: Rung
    problem: Problem
    solution: Solution
    design: Design
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """The steps, cheapest first; what could not be had and why; the refusal of the first rung where there is none."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    refusal: Solution | None = None
    refused: Problem | None = None


class Climber:
    """Solves rungs against one clock."""

    def __init__(self, seconds: float, seed: int = 0) -> None:
        self._deadline = time.perf_counter() + seconds
        self._seed = seed

    @property
    def left(self) -> float:
        """Seconds that are left; never none, so that what is left to do ends early and not with an error."""
        return max(0.05, self._deadline - time.perf_counter())

    def climb(self, rungs: Sequence[Rung]) -> Climb:
        """Return the proposals: the first rung, the second, and the highest that has a design.

        The budget is in the problems, so a rung above it is infeasible. Where two places have one design, it is
        the cheaper place's.
        """
        problem, solution = self.solved(rungs[0], PARTS[Place.CHEAPEST], explain=True)
        if solution.design is None:
            return Climb(steps=(), refusal=solution, refused=problem)
        steps = [_step(Place.CHEAPEST, rungs[0], problem, solution, solution.design)]
        notes: list[str] = []
        steps += self._further(rungs, notes)
        return Climb(steps=_distinct(steps, notes), notes=tuple(notes))

    def _further(self, rungs: Sequence[Rung], notes: list[str]) -> list[Step]:
        found = []
        for place, tried in ((Place.BALANCED, rungs[1:2]), (Place.BEST, rungs[:1:-1])):
            for rung in tried:
                problem, solution = self.solved(rung, PARTS[place])
                if solution.design is not None:
                    found.append(_step(place, rung, problem, solution, solution.design))
                    break
                notes.append(f"{_reason(solution.status)}: {rung.words}")
            else:
                if place is Place.BALANCED:
                    break
        return found

    def solved(self, rung: Rung, part: float, *, explain: bool = False) -> tuple[Problem, Solution]:
        """Return the problem of a rung and its solution, within a part of the time that is left."""
        problem = problem_from(without_notes(rung.table))
        return problem, solve(problem, time_limit=part * self.left, seed=self._seed, explain=explain)


def _step(place: Place, rung: Rung, problem: Problem, solution: Solution, design: Design) -> Step:
    gap = solution.outcome.gap
    proven = gap is not None and gap <= SETTLED
    return Step(place=place, rung=rung, problem=problem, solution=solution, design=design, proven=proven)


def _reason(status: Status) -> str:
    return "no design, proven" if status is Status.INFEASIBLE else "no design found in time"


def _distinct(steps: Sequence[Step], notes: list[str]) -> tuple[Step, ...]:
    """Return the steps without those that a later one replaces: it asks more and costs no more."""
    kept: list[Step] = []
    for step in steps:
        if kept and _no_dearer(step.design, kept[-1].design):
            before = kept.pop()
            notes.append(f"{step.place} costs no more than {before.place}, so that one stands for both")
            proven = step.proven or before.proven  # a price that less could not undercut
            kept.append(replace(step, place=before.place, proven=proven))
        else:
            kept.append(step)
    return tuple(kept)


def _no_dearer(one: Design, other: Design) -> bool:
    return one.parameters <= other.parameters and (one.macs or 0) <= (other.macs or 0)
