"""The search from end to end: lattices, first design, thinned model, proof, check, explanation."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from rfsolve.errors import InternalError, ProblemError
from rfsolve.search import bounds
from rfsolve.search.cache import Cache
from rfsolve.search.check import broken, checked_design
from rfsolve.search.clock import OutOfTimeError, until
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine, Progress, Run, Watch
from rfsolve.search.exact import Exact, run_exactly
from rfsolve.search.explain import explain_infeasible, guard_effects
from rfsolve.search.implied import with_implied
from rfsolve.search.lattice import Found, disagreement, lattices
from rfsolve.search.model import Model
from rfsolve.search.placement import Placement
from rfsolve.search.recall import Recall
from rfsolve.search.remarks import remarks
from rfsolve.search.solution import Design, Outcome, Seconds, Solution, Status
from rfsolve.search.values import value_of
from rfsolve.space.problem import COSTS, Objective, Problem, Quantity

DEFAULT_TIME_LIMIT = 60.0
PROBE_WORK = 0.5
"""How long the full model runs before its best design is used to thin it out: in the solver's deterministic time, which
is about a second, so that a busy machine gives the same design."""


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
    """One search; keeps the clock and the lattices between its stages."""

    def __init__(self, problem: Problem, engine: Engine, progress: Callable[[Progress], None] | None) -> None:
        self.problem = problem
        self._searched = with_implied(problem)
        self.engine = engine
        self._progress = progress
        self._learnt: list[Cuts] = []
        self._started = time.perf_counter()
        self._solving = self._checking = 0.0
        self.interrupted = False
        self._stages: list[Exact] = []
        self._model: Model | None = None
        self._known: Placement | None = None
        self._bound: float | None = None

    def solution(self) -> Solution:
        """Settle one objective after another; out of time or interrupted, return the best so far."""
        try:
            with until(self.engine.deadline):
                return self._solution()
        except OutOfTimeError:
            return self._cut_short()
        except KeyboardInterrupt:
            self.interrupted = True
            return self._cut_short()

    def _cut_short(self) -> Solution:
        """Return the best so far: of a stage that is done, or a first design that the solver has not looked at."""
        if self._stages and self._model is not None:
            return self._answer(self._model)
        if self._known is None:
            return self._without_design(Status.UNKNOWN, self._bound)
        design = self._checked(self._known)
        values = [
            Outcome(objective=objective, value=value_of(self.problem, objective, design), bound=None)
            for objective in self.problem.objectives
        ]
        return replace(
            self._without_design(Status.FEASIBLE, None),
            outcomes=(replace(values[0], bound=self._bound), *values[1:]),
            design=design,
            diagnostics=tuple(remarks(self.problem, design)),
        )

    def _solution(self) -> Solution:
        found = lattices(self._searched)
        if not all(one.exits for one in found.values()):
            if (mistake := disagreement(self.problem)) is not None:
                raise ProblemError([mistake])
            return self._without_design(Status.INFEASIBLE, None)
        if self.engine.seconds_left <= 0:
            return self._without_design(Status.UNKNOWN, None)
        first, model = self._first_stage(found)
        if first.design is None:
            bound = first.run.bound and model.in_units(self.problem.objectives[0], first.run.bound)
            return replace(self._without_design(first.run.status, bound), size=model.size)
        self._stages, self._model = [first], model
        self._settle_the_others(model, first)
        return self._answer(model)

    def _answer(self, model: Model) -> Solution:
        """Return what the stages so far have found, each with a design that stands before the recurrence."""
        stages = self._stages
        design = next(stage.design for stage in reversed(stages) if stage.design is not None)
        runs = [stage.run for stage in stages]
        outcomes = self._outcomes(model, runs, design)
        status = Status.OPTIMAL if all(run.status is Status.OPTIMAL for run in runs) else Status.FEASIBLE
        status = status if len(runs) == len(self.problem.objectives) else Status.FEASIBLE
        return Solution(
            status=status,
            outcomes=outcomes,
            design=design,
            diagnostics=tuple(remarks(self.problem, design)),
            rejected=self._rejected,
            seconds=self._seconds(),
            size=model.size,
        )

    def _without_design(self, status: Status, bound: float | None) -> Solution:
        outcomes = tuple(Outcome(objective=o, value=None, bound=None) for o in self.problem.objectives)
        outcomes = (replace(outcomes[0], bound=bound), *outcomes[1:])
        return Solution(status=status, outcomes=outcomes, rejected=self._rejected, seconds=self._seconds())

    @property
    def _rejected(self) -> int:
        return sum(cuts.rejected for cuts in self._learnt)

    def _seconds(self) -> Seconds:
        total = time.perf_counter() - self._started
        building = max(0.0, total - self._solving - self._checking)
        return Seconds(build=building, solve=self._solving, check=self._checking)

    def _first_stage(self, found: Found) -> tuple[Exact, Model]:
        objective = self.problem.objectives[0]
        moves = sum(len(one.moves) for one in found.values())
        affordable = moves * bounds.THINNING_SECONDS < (self.engine.deadline - self._started) / 4
        chain = bounds.chain(self._searched, found) if objective.quantity in COSTS and affordable else None
        if chain is None:
            return self._run(found, objective, None)
        start = bounds.start(self._searched, chain, objective.quantity)
        self._known = known = start.known
        if known is None:
            exact, model = self._run(chain, objective, None, work=PROBE_WORK)
            run = exact.run
            self._bound = run.bound and model.in_units(objective, run.bound)
            if run.interrupted or run.status in {Status.OPTIMAL, Status.INFEASIBLE} or self.engine.seconds_left <= 0:
                return exact, model
            self._known = known = run.placement
        if known is not None:
            chain = bounds.thin_out(self._searched, chain, start.tariffs, known.total(objective.quantity))
        return self._run(chain, objective, known)

    def _run(
        self, found: Found, objective: Objective, known: Placement | None, work: float | None = None
    ) -> tuple[Exact, Model]:
        model = Model(self._searched, found)
        model.put_twins_in_order()
        self._learnt.append(Cuts(model))
        model.set_objective(objective)
        if known is not None:
            model.hint(known)
        exact = self._exactly(model, objective, work, lambda engine: self._cautious(found, objective, engine))
        if known is not None and exact.design is None:
            if exact.run.status is Status.INFEASIBLE:
                raise InternalError("the solver calls a problem infeasible that has a design")
            run = replace(exact.run, status=Status.FEASIBLE, placement=known, value=None)
            exact = Exact(run, self._checked(known))
        return exact, model

    def _cautious(self, found: Found, objective: Objective, engine: Engine) -> Exact:
        """Return a design from the safe side of what the model bounds, if there is one."""
        model = Model(self._searched, found, cautious=True)
        model.set_objective(objective)
        return run_exactly(engine, model, Cuts(model))

    def _checked(self, known: Placement) -> Design:
        design = checked_design(self.problem, known)
        if refused := broken(self.problem, design):
            raise InternalError(f"the recurrence refuses a known design: {'; '.join(map(str, refused))}")
        return design

    def _exactly(
        self,
        model: Model,
        objective: Objective,
        work: float | None = None,
        fallback: Callable[[Engine], Exact] | None = None,
    ) -> Exact:
        exact = run_exactly(
            self.engine,
            model,
            self._learnt[-1],
            work=work,
            watch=self._watch(model, objective),
            fallback=fallback,
        )
        self._solving += exact.solving
        self._checking += exact.checking
        self.interrupted = self.interrupted or exact.run.interrupted
        return exact

    def _watch(self, model: Model, objective: Objective) -> Watch | None:
        progress = self._progress
        if progress is None:
            return None
        best: dict[str, float | None] = {"value": None, "bound": None}

        def watch(value: float | None, bound: float | None) -> None:
            for key, number in (("value", value), ("bound", bound)):
                if number is not None:
                    best[key] = model.in_units(objective, number)
            progress(Progress(time.perf_counter() - self._started, best["value"], best["bound"]))

        return watch

    def _settle_the_others(self, model: Model, first: Exact) -> None:
        """Settle the other objectives one by one, each as long as the one before it is."""
        settled = first.run
        for done, objective in zip(self.problem.objectives, self.problem.objectives[1:], strict=False):
            if settled.status is not Status.OPTIMAL or settled.value is None or settled.placement is None:
                break
            model.hold(done, settled.value)
            model.set_objective(objective)
            model.hint(settled.placement)
            self._stages.append(self._exactly(model, objective))
            settled = self._stages[-1].run

    def _outcomes(self, model: Model, runs: list[Run], design: Design) -> tuple[Outcome, ...]:
        outcomes = []
        for i, objective in enumerate(self.problem.objectives):
            value = value_of(self.problem, objective, design)
            run = runs[i] if i < len(runs) else None
            bound = None
            if run is not None and run.status is Status.OPTIMAL and objective.quantity is not Quantity.ENTROPY:
                bound = value
            elif run is not None and run.bound is not None:
                bound = model.in_units(objective, run.bound)
                bound = max(bound, value) if objective.maximise else min(bound, value)  # rounded logarithms
            outcomes.append(Outcome(objective=objective, value=value, bound=bound))
        return tuple(outcomes)
