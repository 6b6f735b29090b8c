"""The proof by CP-SAT: first design, thinned model, one objective after another, each candidate checked."""

import time
from collections.abc import Callable
from dataclasses import replace

from rfsolve.errors import InternalError
from rfsolve.search import bounds
from rfsolve.search.answers import known_design, unproven, without_design
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine, Progress, Run, Watch
from rfsolve.search.exact import Exact, run_exactly
from rfsolve.search.lattice import Found
from rfsolve.search.model import Model
from rfsolve.search.placement import Placement
from rfsolve.search.remarks import remarks
from rfsolve.search.solution import Design, Outcome, Seconds, Solution, Status
from rfsolve.search.values import value_of
from rfsolve.space.problem import Objective, Problem, Quantity

PROBE_WORK = 0.5
"""How long the full model runs before its best design is used to thin it out: in the solver's deterministic time, which
is about a second, so that a busy machine gives the same design."""


class Proof:
    """One problem before CP-SAT; keeps the clock and what is known between its stages.

    `searched`: the problem with what it implies; `found`: what may be placed; `start`: where the programme could run on
    that, what it found: if that was a design, `found` is thinned out; `started`: when the search began.
    """

    def __init__(
        self,
        problem: Problem,
        searched: Problem,
        found: Found,
        start: bounds.Start | None,
        *,
        engine: Engine,
        progress: Callable[[Progress], None] | None,
        started: float,
    ) -> None:
        self.problem = problem
        self._searched = searched
        self._found = found
        self._start = start
        self.engine = engine
        self._progress = progress
        self._learnt: list[Cuts] = []
        self._started = started
        self._solving = self._checking = 0.0
        self.interrupted = False
        self._stages: list[Exact] = []
        self._model: Model | None = None
        self._known = None if start is None else start.known
        self._bound: float | None = None

    def cut_short(self) -> Solution:
        """Return the best so far: of a stage that is done, or a first design that the solver has not looked at."""
        if self._stages and self._model is not None:
            return self._answer(self._model)
        if self._known is None:
            return self._without_design(Status.UNKNOWN, self._bound)
        return replace(
            unproven(self.problem, self._known, self._bound), rejected=self._rejected, seconds=self._seconds()
        )

    def solution(self) -> Solution:
        """Settle one objective after another.

        Raises:
            OutOfTimeError: before CP-SAT came to run; what there is by then, `cut_short` tells.

        """
        if self.engine.seconds_left <= 0:
            return self._without_design(Status.UNKNOWN, None)
        first, model = self._first_stage()
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
        solution = without_design(self.problem, status, bound)
        return replace(solution, rejected=self._rejected, seconds=self._seconds())

    @property
    def _rejected(self) -> int:
        return sum(cuts.rejected for cuts in self._learnt)

    def _seconds(self) -> Seconds:
        total = time.perf_counter() - self._started
        building = max(0.0, total - self._solving - self._checking)
        return Seconds(build=building, solve=self._solving, check=self._checking)

    def _first_stage(self) -> tuple[Exact, Model]:
        objective, start = self.problem.objectives[0], self._start
        if start is None or self._known is not None:
            return self._run(self._found, objective, self._known)
        exact, model = self._run(self._found, objective, None, work=PROBE_WORK)
        run = exact.run
        self._bound = run.bound and model.in_units(objective, run.bound)
        if run.interrupted or run.status in {Status.OPTIMAL, Status.INFEASIBLE} or self.engine.seconds_left <= 0:
            return exact, model
        self._known = run.placement
        found = (
            self._found if self._known is None else bounds.thinned(self._searched, replace(start, known=self._known))
        )
        return self._run(found, objective, self._known)

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
            exact = Exact(run, known_design(self.problem, known))
        return exact, model

    def _cautious(self, found: Found, objective: Objective, engine: Engine) -> Exact:
        """Return a design from the safe side of what the model bounds, if there is one."""
        model = Model(self._searched, found, cautious=True)
        model.set_objective(objective)
        return run_exactly(engine, model, Cuts(model))

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
