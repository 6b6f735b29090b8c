"""Exact frontiers: every design that no other beats in all of two or three quantities, each of them proven."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rfsolve.search.aims import after, aims, by_use, check
from rfsolve.search.cache import Cache
from rfsolve.search.climb import Climb, UndecidedError
from rfsolve.search.engine import Engine, Progress
from rfsolve.search.solution import Design
from rfsolve.search.staircase import Stair, Staircase
from rfsolve.search.values import value_of
from rfsolve.space.problem import Objective, Problem

DEFAULT_AXES = ("parameters", "receptive_field")
DEFAULT_TIME_LIMIT = 60.0


class Ending(StrEnum):
    """How far a frontier came."""

    COMPLETE = "complete"
    """Every non-dominated point is there, proven."""
    INFEASIBLE = "infeasible"
    """Proven: there is no design at all."""
    OUT_OF_TIME = "out_of_time"
    INTERRUPTED = "interrupted"
    ENOUGH = "enough"
    """As many points as were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A design that no other beats on every axis. `values` by the name of the axis, in its unit."""

    values: Mapping[str, float]
    design: Design


class Frontier:
    """The points of a frontier; iterating yields each as soon as it is proven, once more those that are there already.

    `axes`: what is compared. `points`: those found so far. `ending`: None until the search has ended. `bound`: where it
    ended early, what the next point costs at least in the quantity that is minimised, where that is known.
    """

    def __init__(
        self,
        problem: Problem,
        axes: Sequence[Objective],
        climb: Climb,
        *,
        points: int | None = None,
    ) -> None:
        self.problem = problem
        self.axes = tuple(axes)
        self.points: list[Point] = []
        self.ending: Ending | None = None
        self.bound: float | None = None
        self.seconds = 0.0
        self._climb = climb
        self._most = points
        self._cost, *self._scores = by_use(axes)
        self._running = self._search()

    @property
    def cost(self) -> Objective:
        """The axis that is minimised point by point: the first of the costs, layers last."""
        return self._cost

    @property
    def rejected(self) -> int:
        """Candidates that the recurrence refused on the way."""
        return self._climb.rejected

    @property
    def solves(self) -> int:
        """How many questions the solver was asked; those that an answer in the cache settles are not among them."""
        return self._climb.solves

    def __iter__(self) -> Iterator[Point]:
        """Yield the points, cheapest first for two axes."""
        number = 0
        while True:
            while number < len(self.points):
                yield self.points[number]
                number += 1
            if next(self._running, None) is None:
                return

    def _search(self) -> Iterator[Point]:
        started = time.perf_counter()
        stairs = Staircase(self._climb.cheapest, self._after, len(self._scores)).points()
        while self.ending is None:
            stair = None
            try:
                stair = next(stairs, None)
            except UndecidedError as error:
                self.bound = error.bound
                self.ending = Ending.INTERRUPTED if error.interrupted else Ending.OUT_OF_TIME
            except KeyboardInterrupt:
                self.ending = Ending.INTERRUPTED
            else:
                if stair is None:
                    self.ending = Ending.COMPLETE if self.points else Ending.INFEASIBLE
                else:
                    self.points.append(self._point(stair))
                    if self._most is not None and len(self.points) >= self._most:
                        self.ending = Ending.ENOUGH
            self.seconds = time.perf_counter() - started
            if stair is not None:
                yield self.points[-1]

    def _after(self, number: int, score: float) -> float:
        return after(self._scores[number], score)

    def _point(self, stair: Stair[Design]) -> Point:
        values = {aim.quantity.value: value_of(self.problem, aim, stair.payload) for aim in self.axes}
        return Point(values=values, design=stair.payload)


def frontier(
    problem: Problem,
    axes: Sequence[str] = DEFAULT_AXES,
    *,
    time_limit: float = DEFAULT_TIME_LIMIT,
    seed: int = 0,
    workers: int = 1,
    points: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    cache: Cache | None = None,
) -> Frontier:
    """Return the frontier of a problem along two or three axes, to iterate over: points come as they are proven.

    Costs (parameters, macs, layers, activations) are better where they are smaller, the receptive field and the
    effective one, those of the last output, where they are larger; one axis must be a cost. What the problem minimises
    itself is not looked at.

    Args:
        problem: what may be chosen and what must hold, with something that ends every axis.
        axes: their names.
        time_limit: seconds for everything, from now.
        seed: of the solver; the same seed and workers give the same designs.
        workers: threads of the solver.
        points: after how many points to stop; None for all of them.
        progress: called with the best value and the bound of the next point while the solver runs.
        cache: where proven points are looked up and kept; none by default.

    Raises:
        InputError: an axis is unknown, cannot be counted, or has no end.

    """
    found = aims(axes)
    check(problem, found)
    started = time.perf_counter()

    def watch(value: float | None, bound: float | None) -> None:
        if progress is not None:
            progress(Progress(time.perf_counter() - started, value, bound))

    cost, *scores = by_use(found)
    engine = Engine(deadline=started + time_limit, seed=seed, workers=workers)
    climb = Climb(problem, cost, scores, engine, cache=cache, watch=None if progress is None else watch)
    return Frontier(problem, found, climb, points=points)
