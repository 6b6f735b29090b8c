"""Runs CP-SAT on a model: parameters, time limit, progress, Ctrl-C."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from ortools.sat.python import cp_model

from rfsolve.errors import InternalError
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

PATIENCE = 1.0
"""Seconds between two looks at a running search; Ctrl-C does not wait for them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running search is; values in the units of the objective."""

    seconds: float
    value: float | None
    bound: float | None


Watch = Callable[[float | None, float | None], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of CP-SAT; value and bound in the solver's units."""

    status: Status
    placement: Placement | None
    value: float | None
    bound: float | None
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Every:
    """Different placements of a model; `complete`: there are no others."""

    placements: tuple[Placement, ...]
    complete: bool
    interrupted: bool


@dataclass(slots=True)
class Allowance:
    """What is left, for all runs of an engine and of those made of it, of the solver's deterministic time.

    It is about twice as fast as seconds, and the same on a busy machine.
    """

    work: float = inf


class Engine:
    """CP-SAT with the settings that measured best: one worker, full linearisation (DESIGN section 5)."""

    def __init__(
        self, *, deadline: float, seed: int, workers: int, gap: float = 0.0, allowance: Allowance | None = None
    ) -> None:
        self.deadline = deadline
        self.seed = seed
        self.workers = workers
        self._gap = gap
        self._allowance = allowance or Allowance()

    @property
    def seconds_left(self) -> float:
        """Return the time until the deadline, never negative."""
        return max(0.0, self.deadline - time.perf_counter())

    def ends_at(self, limit: float | None, *, gap: float | None = None) -> "Engine":
        """Return the same engine with a deadline `limit` seconds from now, and never past its own.

        `gap`: relative, at which a run may end as if its design were optimal; where any design will do, a small one is
        checked faster.
        """
        allowed = self.seconds_left if limit is None else min(limit, self.seconds_left)
        return Engine(
            deadline=time.perf_counter() + allowed,
            seed=self.seed,
            workers=self.workers,
            gap=self._gap if gap is None else gap,
            allowance=self._allowance,
        )

    def run(
        self, model: Model, *, limit: float | None = None, work: float | None = None, watch: Watch | None = None
    ) -> Run:
        """Solve the model, until the deadline, for `limit` seconds and `work` units of deterministic time at most."""
        allowed = self.seconds_left if limit is None else min(limit, self.seconds_left)
        solver = self._solver(allowed)
        solver.parameters.max_deterministic_time = (
            self._allowance.work if work is None else min(work, self._allowance.work)
        )
        if watch is not None:
            solver.best_bound_callback = lambda bound: watch(None, bound)
        code, interrupted = _solve_interruptibly(solver, model, _Watcher(watch) if watch is not None else None)
        self._allowance.work = max(0.0, self._allowance.work - solver.response_proto.deterministic_time)
        if code not in STATUSES:
            raise InternalError(f"CP-SAT calls the model invalid: {model.cp.validate()}")
        status = STATUSES[code]
        found = status in {Status.OPTIMAL, Status.FEASIBLE}
        return Run(
            status=status,
            placement=model.placement(solver.value) if found else None,
            value=solver.objective_value if found else None,
            bound=solver.best_objective_bound if status is not Status.INFEASIBLE else None,
            interrupted=interrupted,
        )

    def _solver(self, seconds: float) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.max_time_in_seconds = seconds
        parameters.random_seed = self.seed
        parameters.num_workers = self.workers
        parameters.interleave_search = self.workers > 1  # parallel and yet deterministic
        parameters.linearization_level = 2
        parameters.cut_level = 0  # free widths, field 200: 0.6 s against 2.5 s with cuts
        parameters.catch_sigint_signal = False
        parameters.relative_gap_limit = self._gap
        return solver

    def every(self, model: Model, *, most: int) -> "Every":
        """Return different placements of a model without an objective, until there are `most`, or no more, or no time.

        Variables that the counts do not decide give one placement many times over; when too many are repeats, it stops
        too, and what was found can be excluded before the next call.
        """
        solver = self._solver(self.seconds_left)
        solver.parameters.num_workers = 1
        solver.parameters.interleave_search = False
        solver.parameters.enumerate_all_solutions = True
        gathering = _Gathering(model, most)
        code, interrupted = _solve_interruptibly(solver, model, gathering)
        if code not in STATUSES:
            raise InternalError(f"CP-SAT calls the model invalid: {model.cp.validate()}")
        complete = STATUSES[code] in {Status.OPTIMAL, Status.INFEASIBLE} and not gathering.stopped
        return Every(tuple(gathering.found.values()), complete, interrupted)


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
