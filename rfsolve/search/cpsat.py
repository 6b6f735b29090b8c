"""Runs CP-SAT itself: parameters, the thread that Ctrl-C can stop, what is gathered meanwhile."""

import threading
import time
from dataclasses import replace

from ortools.sat.python import cp_model

from rfsolve.errors import InternalError
from rfsolve.search.engine import Every, Run, Settings, Watch
from rfsolve.search.model import Model
from rfsolve.search.placement import Placement
from rfsolve.search.solution import Status

STATUSES = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.UNKNOWN: Status.UNKNOWN,
}

REPEATS = 16
"""Solutions for each placement, on the average, after which the placements so far are better excluded."""

LOOK = 0.003
"""Deterministic time of the first look, 15 ms or so: five in six models of problems/ are done before."""

PATIENCE = 1.0
"""Seconds between two looks at a running search; Ctrl-C does not wait for them."""


def best(model: Model, settings: Settings, watch: Watch | None) -> tuple[Run, float]:
    """Return the best placement of a model, and the deterministic time that it took.

    A first look does with little presolve, which is most of what a small model takes; where it is not enough, CP-SAT
    begins anew. On the models of problems/ and on random ones that takes three quarters of the time, and a third more
    at worst (tests/benchmarks/presolve.py).
    """
    started = time.perf_counter()
    if not LOOK or not model.easy:
        return _run(model, solver_of(settings), watch)
    run, worked = _run(model, solver_of(replace(settings, work=min(settings.work, LOOK)), light=True), watch)
    left = replace(
        settings, seconds=settings.seconds - time.perf_counter() + started, work=max(0.0, settings.work - worked)
    )
    done = run.status in {Status.OPTIMAL, Status.INFEASIBLE} or run.interrupted
    if done or min(left.seconds, left.work) <= 0:
        return run, worked
    model.easy = False
    whole, more = _run(model, solver_of(left), watch)
    if whole.placement is None and whole.status is Status.UNKNOWN:
        whole = replace(run, bound=whole.bound, interrupted=whole.interrupted)
    return whole, worked + more


def _run(model: Model, solver: cp_model.CpSolver, watch: Watch | None) -> tuple[Run, float]:
    if watch is not None:
        solver.best_bound_callback = lambda bound: watch(None, bound)
    code, interrupted = _solve_interruptibly(solver, model, _Watcher(watch) if watch is not None else None)
    status = _status(code, model)
    found = status in {Status.OPTIMAL, Status.FEASIBLE}
    run = Run(
        status=status,
        placement=model.placement(solver.value) if found else None,
        value=solver.objective_value if found else None,
        bound=solver.best_objective_bound if status is not Status.INFEASIBLE else None,
        interrupted=interrupted,
    )
    return run, solver.response_proto.deterministic_time


def every(model: Model, settings: Settings, most: int) -> Every:
    """Return different placements of a model without an objective, until there are `most`, or no more, or no time."""
    solver = solver_of(settings)
    solver.parameters.num_workers = 1
    solver.parameters.interleave_search = False
    solver.parameters.enumerate_all_solutions = True
    gathering = _Gathering(model, most)
    code, interrupted = _solve_interruptibly(solver, model, gathering)
    complete = _status(code, model) in {Status.OPTIMAL, Status.INFEASIBLE} and not gathering.stopped
    return Every(tuple(gathering.found.values()), complete, interrupted)


def _status(code: cp_model.CpSolverStatus, model: Model) -> Status:
    if code not in STATUSES:
        raise InternalError(f"CP-SAT calls the model invalid: {model.cp.validate()}")
    return STATUSES[code]


def solver_of(settings: Settings, *, light: bool = False) -> cp_model.CpSolver:
    """Return CP-SAT with the parameters that measured best; `light`: with one round of presolve that probes nothing."""
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.max_time_in_seconds = settings.seconds
    parameters.max_deterministic_time = settings.work
    parameters.random_seed = settings.seed
    parameters.num_workers = settings.workers
    parameters.interleave_search = settings.workers > 1  # parallel and yet deterministic
    parameters.linearization_level = 2
    parameters.cut_level = 0  # free widths, field 200: 0.6 s against 2.5 s with cuts
    parameters.catch_sigint_signal = False
    parameters.relative_gap_limit = settings.gap
    if light:
        parameters.cp_model_probing_level = 0
        parameters.symmetry_level = 0
        parameters.max_presolve_iterations = 1
    return solver


def _solve_interruptibly(
    solver: cp_model.CpSolver, model: Model, watcher: cp_model.CpSolverSolutionCallback | None
) -> tuple[cp_model.CpSolverStatus, bool]:
    """Solve in a thread, so that Ctrl-C reaches Python, which stops the search and keeps what was found.

    An event tells of the end: in Python 3.11, a thread whose join was interrupted passes for one that has ended.
    """
    codes: list[cp_model.CpSolverStatus] = []
    ended = threading.Event()

    def work() -> None:
        try:
            codes.append(solver.solve(model.cp, watcher))
        finally:
            ended.set()

    threading.Thread(target=work, daemon=True).start()
    interrupted = False
    while not ended.is_set():
        try:
            ended.wait(PATIENCE)
        except KeyboardInterrupt:
            interrupted = True
            solver.stop_search()
    return codes[0], interrupted


class _Watcher(cp_model.CpSolverSolutionCallback):
    """Tells the watch of every better solution."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def on_solution_callback(self) -> None:
        self._watch(self.objective_value, self.best_objective_bound)


class _Gathering(cp_model.CpSolverSolutionCallback):
    """Keeps the different placements among all solutions."""

    def __init__(self, model: Model, most: int) -> None:
        super().__init__()
        self.found: dict[tuple[int, ...], Placement] = {}
        self.stopped = False
        self._model = model
        self._most = most
        self._counts = [item.count for placed in model.placed.values() for item in placed]
        self._seen = 0

    def on_solution_callback(self) -> None:
        self._seen += 1
        vector = tuple(self.value(count) for count in self._counts)
        if vector not in self.found:
            self.found[vector] = self._model.placement(self.value)
        if len(self.found) >= self._most or self._seen > REPEATS * (len(self.found) + 1):
            self.stopped = True
            self.stop_search()
