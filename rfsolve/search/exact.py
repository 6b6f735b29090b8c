"""Runs a model until its answer stands before the recurrence: it learns from every candidate that fails."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count

from rfsolve.errors import InternalError
from rfsolve.search.check import broken, checked_design
from rfsolve.search.clock import OutOfTimeError
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine, Run, Watch
from rfsolve.search.model import Model
from rfsolve.search.placement import Placement
from rfsolve.search.solution import Design, Status

PATIENCE = 3
"""Candidates that are refused before a design is looked for that can be kept, should time run out."""

Fallback = Callable[[Engine], "Exact"]


@dataclass(frozen=True, slots=True)
class Exact:
    """A run whose placement, where there is one, meets every requirement by the recurrence; and the seconds it took."""

    run: Run
    design: Design | None
    solving: float = 0.0
    checking: float = 0.0


def run_exactly(
    engine: Engine,
    model: Model,
    cuts: Cuts,
    *,
    limit: float | None = None,
    work: float | None = None,
    watch: Watch | None = None,
    fallback: Fallback | None = None,
) -> Exact:
    """Solve the model again and again, for `limit` seconds in all, each time without what the recurrence refused.

    `work`: a limit of each run in the solver's deterministic time.

    Once several were refused, `fallback` is asked for a design, which is returned where nothing cheaper can be, or
    nothing is proven in time. Where candidates can be refused, costs are minimised (the space sees to it).
    """
    return _Refinement(engine.ends_at(limit), model, cuts, watch=watch, fallback=fallback, work=work).result()


class _Refinement:
    """The runs of one model, with what they have proven and what is kept."""

    def __init__(
        self,
        engine: Engine,
        model: Model,
        cuts: Cuts,
        *,
        watch: Watch | None,
        fallback: Fallback | None,
        work: float | None,
    ) -> None:
        self._work = work
        self._engine = engine
        self._model = model
        self._cuts = cuts
        self._watch = watch
        self._fallback = fallback
        self._kept: Exact | None = None
        self._bound: float | None = None
        self._solving = self._checking = 0.0

    def result(self) -> Exact:
        """Return the first candidate that stands; else what is kept, with the bound."""
        for refusals in count(1):
            run = self._solved()
            if run.placement is None:
                return self._without(run)
            design = self._examined(run.placement)
            if design is not None:
                return self._made(run, design)
            if self._kept is not None and run.status is Status.OPTIMAL and run.value == self._kept.run.value:
                return self._made(replace(self._kept.run, status=Status.OPTIMAL, bound=run.value), self._kept.design)
            if run.interrupted or self._engine.seconds_left <= 0:
                return self._without(run)
            if refusals == PATIENCE and self._fallback is not None:
                self._look_for_one_to_keep(self._fallback)
        raise AssertionError("count has no end")

    def _look_for_one_to_keep(self, fallback: Fallback) -> None:
        with suppress(OutOfTimeError):
            self._kept = fallback(self._engine.ends_at(self._engine.seconds_left / 4))
            self._solving += self._kept.solving
            self._checking += self._kept.checking

    def _solved(self) -> Run:
        started = time.perf_counter()
        run = self._engine.run(self._model, work=self._work, watch=self._watch)
        self._solving += time.perf_counter() - started
        if run.bound is not None:  # no row excludes a good design, so that no bound is lost
            self._bound = run.bound if self._bound is None else max(self._bound, run.bound)
        return run

    def _examined(self, placement: Placement) -> Design | None:
        """Return the design of a placement where it stands; else learn from it."""
        started = time.perf_counter()
        design = checked_design(self._model.problem, placement)
        refused = broken(self._model.problem, design)
        if refused:
            self._cuts.learn(placement, refused)
        self._checking += time.perf_counter() - started
        return None if refused else design

    def _made(self, run: Run, design: Design | None) -> Exact:
        return Exact(run, design, self._solving, self._checking)

    def _without(self, run: Run) -> Exact:
        """Return that no candidate stood, or what is kept, which is the best where nothing else is left."""
        if self._kept is None or self._kept.design is None:
            status = Status.UNKNOWN if run.placement is not None else run.status
            bound = self._bound if run.bound is not None else None
            return self._made(Run(status, None, None, bound, run.interrupted), None)
        if run.status is Status.INFEASIBLE:
            raise InternalError("the solver calls a problem infeasible that has a design")
        kept = replace(self._kept.run, status=Status.FEASIBLE, bound=self._bound, interrupted=run.interrupted)
        return self._made(kept, self._kept.design)
