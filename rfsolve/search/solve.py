"""The search from end to end: lattices, labels or CP-SAT, check, explanation."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rfsolve.errors import InternalError, ProblemError
from rfsolve.search import bounds, labels
from rfsolve.search.cache import Cache
from rfsolve.search.check import broken, checked_design
from rfsolve.search.clock import OutOfTimeError, until
from rfsolve.search.engine import Engine, Progress
from rfsolve.search.guards import guard_effects
from rfsolve.search.implied import with_implied
from rfsolve.search.lattice import Found, Lattice, disagreement, lattices
from rfsolve.search.placement import Placement
from rfsolve.search.recall import Recall
from rfsolve.search.remarks import remarks
from rfsolve.search.solution import Outcome, Seconds, Solution, Status
from rfsolve.search.values import value_of
from rfsolve.space.problem import COSTS, Problem

if TYPE_CHECKING:
    from rfsolve.search.proof import Proof

DEFAULT_TIME_LIMIT = 60.0


def solve(
    problem: Problem,
    *,
    time_limit: float = DEFAULT_TIME_LIMIT,
    seed: int = 0,
    workers: int = 1,
    explain: bool = True,
    progress: Callable[[Progress], None] | None = None,
    cache: Cache | None = None,
) -> Solution:
    """Return the cheapest design that meets every requirement, with proof, or why there is none.

    Args:
        problem: what may be chosen and what must hold.
        time_limit: seconds for everything.
        seed: of the solver; the same seed and workers give the same design.
        workers: threads of the solver.
        explain: whether to find the guards that shaped the answer, or the nearest change that would make it feasible.
        progress: called with the best value and the bound while the solver runs.
        cache: where proven answers are looked up and kept; none by default.

    Raises:
        InternalError: the recurrence disagrees with the solver (a defect of rfsolve).

    """
    engine = Engine(deadline=time.perf_counter() + time_limit, seed=seed, workers=workers)
    recall = None if cache is None else Recall(cache, problem, seed=seed, workers=workers)
    started = time.perf_counter()
    known = None if recall is None else recall.solution()
    if known is not None:
        solution = replace(known, seconds=Seconds(check=time.perf_counter() - started))
    else:
        search = _Search(problem, engine, progress)
        solution = search.solution()
        explain = explain and not search.interrupted
    if explain:
        told = None if known is None or recall is None else recall.explained(solution)
        solution, explain = (told, True) if told is not None else _explained(problem, solution, engine)
    if recall is not None:
        recall.keep(solution, explained=explain)
    return solution


def _explained(problem: Problem, solution: Solution, engine: Engine) -> tuple[Solution, bool]:
    """Return the answer with what shaped it, or why there is none; and whether that was not interrupted."""
    started = time.perf_counter()
    whole = False
    with suppress(KeyboardInterrupt):  # the answer stands without its explanation
        if solution.design is not None:
            solution = replace(solution, guards=guard_effects(problem, solution, engine, optimum))
        elif solution.status is Status.INFEASIBLE:
            from rfsolve.search.explain import explain_infeasible  # noqa: PLC0415 - loads ortools

            why = explain_infeasible(problem, engine, optimum)
            solution = replace(
                solution,
                conflicts=why.conflicts,
                relaxations=why.relaxations,
                widenings=why.widenings,
                explained=why.complete,
            )
        whole = True
    spent = time.perf_counter() - started
    return replace(solution, seconds=replace(solution.seconds, explain=spent)), whole


def optimum(problem: Problem, engine: Engine) -> Outcome | None:
    """Return the first objective's outcome where it is proven within the engine's deadline, None elsewhere.

    Raises:
        KeyboardInterrupt: Ctrl-C came meanwhile.

    """
    first = replace(problem, objectives=problem.objectives[:1])
    search = _Search(first, engine, None)
    try:
        solution = search.solution()
    except ProblemError:  # with a guard off, numbers can grow past what the solver counts
        return None
    if search.interrupted:
        raise KeyboardInterrupt
    return solution.outcome if solution.status is Status.OPTIMAL else None


class _Search:
    """One search: where no label settles it, CP-SAT does."""

    def __init__(self, problem: Problem, engine: Engine, progress: Callable[[Progress], None] | None) -> None:
        self._problem = problem
        self._searched = with_implied(problem)
        self._engine = engine
        self._progress = progress
        self._started = time.perf_counter()
        self._proof: Proof | None = None
        self._interrupted = False

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C came meanwhile."""
        return self._interrupted or (self._proof is not None and self._proof.interrupted)

    def solution(self) -> Solution:
        """Return the answer; out of time or interrupted, the best so far."""
        try:
            with until(self._engine.deadline):
                return self._solution()
        except OutOfTimeError:
            return self._cut_short()
        except KeyboardInterrupt:
            self._interrupted = True
            return self._cut_short()

    def _cut_short(self) -> Solution:
        return self._without_design(Status.UNKNOWN) if self._proof is None else self._proof.cut_short()

    def _solution(self) -> Solution:
        found = lattices(self._searched)
        if not all(one.exits for one in found.values()):
            if (mistake := disagreement(self._problem)) is not None:
                raise ProblemError([mistake])
            return self._without_design(Status.INFEASIBLE)
        chain = self._chain(found)
        settled = None if chain is None else labels.cheapest(self._searched, chain)
        if settled is not None:
            return self._settled(settled.placement)
        from rfsolve.search.proof import Proof  # noqa: PLC0415 - ortools takes longer to load than most labels to settle

        self._proof = Proof(
            self._problem,
            self._searched,
            found,
            chain,
            engine=self._engine,
            progress=self._progress,
            started=self._started,
        )
        return self._proof.solution()

    def _chain(self, found: Found) -> Mapping[str, Lattice] | None:
        """Return the lattices where the programme can run on them, and soon enough."""
        moves = sum(len(one.moves) for one in found.values())
        affordable = moves * bounds.THINNING_SECONDS < (self._engine.deadline - self._started) / 4
        first = self._problem.objectives[0].quantity
        return bounds.chain(self._searched, found) if first in COSTS and affordable else None

    def _settled(self, placement: Placement | None) -> Solution:
        """Return the answer that the labels give: the best design by all objectives, or that there is none."""
        if placement is None:
            return self._without_design(Status.INFEASIBLE)
        problem, found = self._problem, time.perf_counter()
        design = checked_design(problem, placement)
        if refused := broken(problem, design):
            raise InternalError(f"the recurrence refuses a proven design: {'; '.join(map(str, refused))}")
        values = [value_of(problem, objective, design) for objective in problem.objectives]
        pairs = zip(problem.objectives, values, strict=True)
        return Solution(
            status=Status.OPTIMAL,
            outcomes=tuple(Outcome(objective=objective, value=value, bound=value) for objective, value in pairs),
            design=design,
            diagnostics=tuple(remarks(problem, design)),
            seconds=Seconds(build=found - self._started, check=time.perf_counter() - found),
        )

    def _without_design(self, status: Status) -> Solution:
        outcomes = tuple(Outcome(objective=o, value=None, bound=None) for o in self._problem.objectives)
        return Solution(status=status, outcomes=outcomes, seconds=Seconds(build=time.perf_counter() - self._started))
