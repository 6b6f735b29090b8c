"""The search from end to end: lattices, labels or CP-SAT, check, explanation."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rfsolve.errors import InternalError, ProblemError
from rfsolve.search import bounds, labels
from rfsolve.search.answers import proven, unproven, without_design
from rfsolve.search.cache import Cache
from rfsolve.search.clock import OutOfTimeError, until
from rfsolve.search.engine import Engine, Progress
from rfsolve.search.guards import guard_effects
from rfsolve.search.implied import with_implied
from rfsolve.search.lattice import Found, Lattice, disagreement, lattices
from rfsolve.search.placement import Placement
from rfsolve.search.recall import Recall
from rfsolve.search.solution import Outcome, Seconds, Solution, Status
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
    """One search: along a chain by labels, as it is and then thinned out; what they do not settle, CP-SAT does."""

    def __init__(self, problem: Problem, engine: Engine, progress: Callable[[Progress], None] | None) -> None:
        self._problem = problem
        self._searched = with_implied(problem)
        self._engine = engine
        self._progress = progress
        self._started = time.perf_counter()
        self._known: Placement | None = None
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
                found, start, solution = self._begun()
            if solution is not None:
                return solution
            self._proof = self._loaded(found, start)
            with until(self._engine.deadline):
                return self._proof.solution()
        except OutOfTimeError:
            return self._cut_short()
        except KeyboardInterrupt:
            self._interrupted = True
            return self._cut_short()

    def _cut_short(self) -> Solution:
        if self._proof is not None:
            return self._proof.cut_short()
        if self._known is None:
            return self._timed(lambda: without_design(self._problem, Status.UNKNOWN))
        known = self._known
        return self._timed(lambda: unproven(self._problem, known, None))

    def _begun(self) -> tuple[Found, bounds.Start | None, Solution | None]:
        """Return what may be placed, what the programme found, and the answer where the labels have it."""
        found = lattices(self._searched)
        if not all(one.exits for one in found.values()):
            if (mistake := disagreement(self._problem)) is not None:
                raise ProblemError([mistake])
            return found, None, self._timed(lambda: without_design(self._problem, Status.INFEASIBLE))
        chain, begun = self._chain(found), time.perf_counter()
        if chain is None:
            return found, None, None
        settled, start, thinned = labels.cheapest(self._searched, chain), None, chain
        if settled is None:
            start = bounds.start(self._searched, chain, self._problem.objectives[0].quantity)
            self._known = start.known
            thinned = bounds.thinned(self._searched, start)
            settled = labels.cheapest_at(self._searched, thinned, start)
        return dict(thinned), start, None if settled is None else self._settled(settled.placement, begun)

    def _loaded(self, found: Found, start: bounds.Start | None) -> "Proof":
        """Load CP-SAT, which a time limit does not count, and return the proof to begin."""
        begun = time.perf_counter()
        from rfsolve.search.proof import Proof  # noqa: PLC0415 - ortools takes longer to load than labels to settle

        self._engine.deadline += time.perf_counter() - begun
        return Proof(
            self._problem,
            self._searched,
            found,
            start,
            engine=self._engine,
            progress=self._progress,
            started=self._started,
        )

    def _chain(self, found: Found) -> Mapping[str, Lattice] | None:
        """Return the lattices where the programme can run on them, and soon enough."""
        moves = sum(len(one.moves) for one in found.values())
        affordable = moves * bounds.THINNING_SECONDS < (self._engine.deadline - self._started) / 4
        first = self._problem.objectives[0].quantity
        return bounds.chain(self._searched, found) if first in COSTS and affordable else None

    def _settled(self, placement: Placement | None, begun: float) -> Solution:
        """Return the answer that the labels give, at which they were since `begun`."""
        if placement is None:
            if self._known is not None:
                raise InternalError("the labels find no design where one is known")
            return self._timed(lambda: without_design(self._problem, Status.INFEASIBLE), begun)
        return self._timed(lambda: proven(self._problem, placement), begun)

    def _timed(self, told: Callable[[], Solution], begun: float | None = None) -> Solution:
        """Return a solution with what it took; telling of it takes the check of its design."""
        now = time.perf_counter()
        solution = told()
        solving = 0.0 if begun is None else now - begun
        seconds = Seconds(build=now - self._started - solving, solve=solving, check=time.perf_counter() - now)
        return replace(solution, seconds=seconds)
