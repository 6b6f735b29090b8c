"""Runs a model until its answer stands before the recurrence: candidates that fail are learnt from, and left behind."""

import time
from dataclasses import dataclass

from rfsolve.search.check import broken, checked_design
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine, Run, Watch
from rfsolve.search.model import Model
from rfsolve.search.solution import Design, Status


@dataclass(frozen=True, slots=True)
class Exact:
    """A run whose placement, where there is one, meets every requirement by the recurrence; and the seconds it took."""

    run: Run
    design: Design | None
    solving: float = 0.0
    checking: float = 0.0


def run_exactly(
    engine: Engine, model: Model, cuts: Cuts, *, limit: float | None = None, watch: Watch | None = None
) -> Exact:
    """Solve the model again and again, for `limit` seconds in all, each time without what the recurrence refused."""
    until = engine.ends_at(limit)
    solving = checking = 0.0
    while True:
        started = time.perf_counter()
        run = engine.run(model, limit=until.seconds_left, watch=watch)
        solving += (solved := time.perf_counter()) - started
        if run.placement is None:
            return Exact(run, None, solving, checking)
        design = checked_design(model.problem, run.placement)
        refused = broken(model.problem, design)
        if refused:
            cuts.learn(run.placement, refused)
        checking += time.perf_counter() - solved
        if not refused:
            return Exact(run, design, solving, checking)
        if run.interrupted or until.seconds_left <= 0:
            bound = run.bound
            return Exact(Run(Status.UNKNOWN, None, None, bound, run.interrupted), None, solving, checking)
