"""What else would do: the K best designs, all that are as good as the best, and K that differ as much as they can."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile

from rfsolve.errors import InputError
from rfsolve.search.diversity import furthest
from rfsolve.search.engine import Engine, Progress
from rfsolve.search.enumeration import Enumeration, held, held_to, in_order
from rfsolve.search.ranking import Ranked, best
from rfsolve.search.solution import Alternative, Alternatives, Design, Kind, Solution, Status
from rfsolve.search.solve import DEFAULT_TIME_LIMIT, solve
from rfsolve.search.values import value_of
from rfsolve.space.problem import Problem

LARGEST_TOP = 1_000
"""Designs that are listed at most, of whatever kind."""

LARGEST_DIVERSE = 100
DEFAULT_TOLERANCE = 0.05
LARGEST_TOLERANCE = 10.0
SAME = 1e-9
"""Relative difference up to which two values that are maximised are the same: they are sums of logarithms."""


def alternatives(
    problem: Problem,
    *,
    top: int | None = None,
    diverse: int | None = None,
    all_optimal: bool = False,
    tolerance: float = DEFAULT_TOLERANCE,
    time_limit: float = DEFAULT_TIME_LIMIT,
    seed: int = 0,
    workers: int = 1,
    explain: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Solution:
    """Return the solution of a problem with several designs in `alternatives`, each checked, no two the same network.

    Two designs are the same where layers have only changed places between two changes of jump or width.

    Args:
        problem: what may be chosen and what must hold.
        top: how many of the best designs to list, in the order of the objectives.
        diverse: how many designs to list that differ as much as they can in kernels, dilations and depth.
        all_optimal: whether to list all designs that are as good as the best.
        tolerance: relative; how much worse than the best a diverse design may be.
        time_limit: seconds for everything.
        seed: of the solver.
        workers: threads of the solver, for the first design.
        explain: as in `solve`.
        progress: as in `solve`.

    Raises:
        InputError: not exactly one of `top`, `diverse` and `all_optimal`, or a number out of range.

    """
    kind, number = _asked(top, diverse, all_optimal=all_optimal)
    if not 0 <= tolerance <= LARGEST_TOLERANCE:
        raise InputError(f"tolerance: {tolerance}, expected 0 to {LARGEST_TOLERANCE:g}, such as 0.05")
    if kind is Kind.DIVERSE and problem.objectives[0].maximise:
        raise InputError("diverse: the objective is maximised, expected one that is minimised")
    deadline = time.perf_counter() + time_limit
    solution = solve(problem, time_limit=time_limit, seed=seed, workers=workers, explain=explain, progress=progress)
    if solution.design is None:
        return solution
    started = time.perf_counter()
    found = _Found(problem, solution, Engine(deadline=deadline, seed=seed, workers=1), number, tolerance)
    with suppress(KeyboardInterrupt):  # the best design stands without the others
        listed = {Kind.TOP: found.top, Kind.ALL_OPTIMAL: found.all_optimal, Kind.DIVERSE: found.diverse}[kind]()
        listed = replace(listed, asked=None if kind is Kind.ALL_OPTIMAL else number)
        solution = replace(solution, alternatives=listed)
        if listed.listed:
            solution = replace(solution, design=listed.listed[0].design)
    spent = solution.seconds.explain + time.perf_counter() - started
    return replace(solution, seconds=replace(solution.seconds, explain=spent))


def _asked(top: int | None, diverse: int | None, *, all_optimal: bool) -> tuple[Kind, int]:
    """Return what is asked for, and how many of it."""
    kinds = {Kind.TOP: (top, LARGEST_TOP), Kind.DIVERSE: (diverse, LARGEST_DIVERSE)}
    asked = [(kind, number, most) for kind, (number, most) in kinds.items() if number is not None]
    asked += [(Kind.ALL_OPTIMAL, LARGEST_TOP, LARGEST_TOP)] if all_optimal else []
    if len(asked) != 1:
        raise InputError("expected one of top, diverse and all_optimal")
    ((kind, number, most),) = asked
    if not 1 <= number <= most:
        raise InputError(f"{kind.value}: {number:,} designs, expected 1 to {most:,}")
    return kind, number


class _Found:
    """Finds what is listed of one problem with a known solution."""

    def __init__(self, problem: Problem, solution: Solution, engine: Engine, number: int, tolerance: float) -> None:
        self._problem = problem
        self._solution = solution
        self._engine = engine
        self._number = number
        self._tolerance = tolerance
        self._enumeration = Enumeration(problem, engine)
        self._maximised = problem.objectives[0].maximise

    def top(self) -> Alternatives:
        """Return the best designs."""
        if self._maximised:
            listed = tuple(self._enumeration.one_by_one((), enough=self._number))
            complete = len(listed) == self._number or self._enumeration.exhausted
            ranked = Ranked(listed, complete=complete, more=not self._enumeration.exhausted)
        else:
            outcome = self._solution.outcome
            known = int(outcome.value) if outcome.value is not None and outcome.gap == 0 else None
            ranked = best(self._enumeration, self._number, self._problem.objectives, least=known)
        return self._listing(Kind.TOP, ranked)

    def all_optimal(self) -> Alternatives:
        """Return all designs that are as good as the best one by all objectives."""
        if self._solution.status is not Status.OPTIMAL:
            return self._listing(Kind.ALL_OPTIMAL, Ranked((), complete=False, more=True))
        outcomes = [(one.objective, one.value) for one in self._solution.outcomes if one.value is not None]
        caps = tuple(held(objective, most=int(value)) for objective, value in outcomes if not objective.maximise)
        if not self._maximised:
            batch = self._enumeration.within(caps, enough=self._number + 1)
            listed = tuple(in_order(batch.listed, self._problem.objectives))
            complete, more = batch.complete, len(listed) > self._number or not batch.complete
            return self._listing(Kind.ALL_OPTIMAL, Ranked(listed[: self._number], complete=complete, more=more))
        limit = (1 - SAME) * outcomes[0][1]
        found = self._enumeration.one_by_one(caps, enough=self._number + 1)
        equal = tuple(takewhile(lambda one: one.values[0] >= limit, found))
        settled = self._enumeration.exhausted or self._engine.seconds_left > 0
        complete = settled and len(equal) <= self._number
        return self._listing(Kind.ALL_OPTIMAL, Ranked(equal[: self._number], complete=complete, more=not complete))

    def diverse(self) -> Alternatives:
        """Return designs that differ as much as they can, the best one first."""
        objective = self._problem.objectives[0]
        best_value, design = self._solution.outcome.value, self._solution.design
        assert best_value is not None  # noqa: S101 - there is a design
        assert design is not None  # noqa: S101 - as above
        cap = held(objective, most=int((1 + self._tolerance) * best_value))
        listed, proven = [self._alternative(design)], self._solution.status is Status.OPTIMAL
        for far in furthest(held_to(self._problem, (cap,)), design, self._number - 1, self._engine):
            listed.append(self._alternative(far.design, far.distance))
            proven = proven and far.proven
        complete = proven and (len(listed) == self._number or self._engine.seconds_left > 0)
        return Alternatives(
            kind=Kind.DIVERSE, listed=tuple(listed), complete=complete, tolerance=self._tolerance, more=False
        )

    def _alternative(self, design: Design, distance: int | None = None) -> Alternative:
        values = tuple(value_of(self._problem, objective, design) for objective in self._problem.objectives)
        return Alternative(design=design, values=values, distance=distance)

    def _listing(self, kind: Kind, ranked: Ranked) -> Alternatives:
        listed = tuple(Alternative(design=one.design, values=one.values) for one in ranked.listed)
        if not listed and self._solution.design is not None:  # time ran out before the best was found again
            listed = (self._alternative(self._solution.design),)
        return Alternatives(kind=kind, listed=listed, complete=ranked.complete, more=ranked.more)
