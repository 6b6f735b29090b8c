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
        """Return the proposals that the rungs give; the budget is in their problems.

        Cheapest: the first rung, or the highest that costs no more. Best: the highest that has a design. Balanced:
        the next one above the cheapest, where that is another.
        """
        problem, solution = self.solved(rungs[0], PARTS[Place.CHEAPEST])
        if solution.design is None:
            problem, solution = self.solved(rungs[0], 1.0, explain=True)  # nothing else is left to do
        if solution.design is None:
            return Climb(steps=(), refusal=solution, refused=problem)
        notes: list[str] = []
        steps = [_step(Place.CHEAPEST, rungs[0], problem, solution, solution.design)]
        for at, rung in enumerate(rungs[1:], start=1):
            step = self._tried(Place.BALANCED, rung, notes)
            if step is None:
                break
            if _no_dearer(step.design, steps[0].design):
                steps = [replace(step, place=Place.CHEAPEST, proven=step.proven or steps[0].proven)]
                continue
            best = self._best(rungs[at + 1 :], step, notes)
            steps += [step, *best] if best else [replace(step, place=Place.BEST)]
            break
        return Climb(steps=tuple(steps), notes=(*notes, *_missing(steps, searched=bool(notes))))

    def _best(self, rungs: Sequence[Rung], balanced: Step, notes: list[str]) -> list[Step]:
        """Return the highest rung that has a design, where it costs more than the balanced one."""
        for rung in reversed(rungs):
            step = self._tried(Place.BEST, rung, notes)
            if step is not None:
                return [] if _no_dearer(step.design, balanced.design) else [step]
        return []

    def _tried(self, place: Place, rung: Rung, notes: list[str]) -> Step | None:
        problem, solution = self.solved(rung, PARTS[place])
        if solution.design is None:
            notes.append(f"{_reason(solution.status)}: {rung.words}")
            return None
        return _step(place, rung, problem, solution, solution.design)

    def solved(self, rung: Rung, part: float, *, explain: bool = False) -> tuple[Problem, Solution]:
        """Return the problem of a rung and its solution, within a part of the time that is left."""
        problem = problem_from(without_notes(rung.table))
        return problem, solve(problem, time_limit=part * self.left, seed=self._seed, explain=explain)


def _missing(steps: Sequence[Step], *, searched: bool) -> list[str]:
    """Return why there is no balanced proposal, where there is none; `searched`: one that asks more was not had."""
    match [step.place for step in steps]:
        case [Place.CHEAPEST]:
            why = "nothing that asks more was found" if searched else "the cheapest has all that can be asked"
            return [f"no balanced and no best proposal: {why}"]
        case [Place.CHEAPEST, Place.BEST]:
            return ["no balanced proposal: the next step above the cheapest is the best already"]
        case _:
            return []


def _step(place: Place, rung: Rung, problem: Problem, solution: Solution, design: Design) -> Step:
    gap = solution.outcome.gap
    proven = gap is not None and gap <= SETTLED
    return Step(place=place, rung=rung, problem=problem, solution=solution, design=design, proven=proven)


def _reason(status: Status) -> str:
    return "no design, proven" if status is Status.INFEASIBLE else "no design found in time"


def _no_dearer(one: Design, other: Design) -> bool:
    return one.parameters <= other.parameters and (one.macs or 0) <= (other.macs or 0)
