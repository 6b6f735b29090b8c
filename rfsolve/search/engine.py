"""What the search asks of CP-SAT: the time it may take, its seed and workers, and what comes back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from rfsolve.search.placement import Placement
from rfsolve.search.solution import Outcome, Status
from rfsolve.space.problem import Problem

if TYPE_CHECKING:
    from rfsolve.search.model import Model


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one run of CP-SAT may take: seconds, deterministic time, threads; its seed, and the gap that is enough."""

    seconds: float
    work: float
    seed: int
    workers: int
    gap: float


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
        self, model: "Model", *, limit: float | None = None, work: float | None = None, watch: Watch | None = None
    ) -> Run:
        """Solve the model, until the deadline, for `limit` seconds and `work` units of deterministic time at most."""
        from rfsolve.search.cpsat import best  # noqa: PLC0415 - ortools loads when it is needed

        allowed = self.seconds_left if limit is None else min(limit, self.seconds_left)
        worth = self._allowance.work if work is None else min(work, self._allowance.work)
        run, worked = best(model, self._settings(allowed, worth), watch)
        self._allowance.work = max(0.0, self._allowance.work - worked)
        return run

    def _settings(self, seconds: float, work: float) -> Settings:
        return Settings(seconds=seconds, work=work, seed=self.seed, workers=self.workers, gap=self._gap)

    def every(self, model: "Model", *, most: int) -> "Every":
        """Return different placements of a model without an objective, until there are `most`, or no more, or no time.

        Variables that the counts do not decide give one placement many times over; when too many are repeats, it stops
        too, and what was found can be excluded before the next call.
        """
        from rfsolve.search.cpsat import every  # noqa: PLC0415 - as above

        return every(model, self._settings(self.seconds_left, inf), most)


Prove = Callable[[Problem, Engine], Outcome | None]
"""Returns the optimum of a problem where it is proven in time."""
