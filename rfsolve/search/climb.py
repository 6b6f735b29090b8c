"""The cheapest design above a floor of other quantities, asked again and again with rising floors.

A model serves as long as the floor rises within what it was made for: a floor is a few more rows. Made anew, it is
thinned out for all floors up to a tenth above (`aims.ROOM`): the moves of every design that is no dearer than one
found for the highest of them. Measured on the parameters for fields of 10 to 1,000 (tests/benchmarks/frontiers.py): 36
models for 167 questions, and a tenth of the solver's time with one model that nothing is thinned out of.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rfsolve.search import bounds
from rfsolve.search.aims import further, required, score_of
from rfsolve.search.cache import Cache
from rfsolve.search.clock import OutOfTimeError, until
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine, Watch
from rfsolve.search.exact import Exact, run_exactly
from rfsolve.search.implied import with_implied
from rfsolve.search.lattice import Found, lattices, useful_jump
from rfsolve.search.model import Model
from rfsolve.search.recall import Recall
from rfsolve.search.solution import Design, Outcome, Solution, Status
from rfsolve.search.staircase import Floor, Stair
from rfsolve.search.tariffs import Tariff
from rfsolve.search.values import value_of
from rfsolve.space.problem import Objective, Problem


class UndecidedError(Exception):
    """Time ran out, or Ctrl-C came, before the cheapest was proven; a design above the floor costs `bound` or more."""

    def __init__(self, bound: float | None, *, interrupted: bool) -> None:
        super().__init__("not proven")
        self.bound = bound
        self.interrupted = interrupted


class Climb:
    """Answers of one problem by floor: what is cheapest in `cost` where each of `scores` is at least so much."""

    def __init__(
        self,
        problem: Problem,
        cost: Objective,
        scores: Sequence[Objective],
        engine: Engine,
        *,
        cache: Cache | None = None,
        watch: Callable[[float | None, float | None], None] | None = None,
    ) -> None:
        self._problem = replace(problem, objectives=(cost,))
        self._cost = cost
        self._scores = tuple(scores)
        self._engine = engine
        self._cache = cache
        self._watch = watch
        self._found: Found | None = None
        self._jump = 0.0
        self._model: Model | None = None
        self._cuts: Cuts | None = None
        self._floor: Floor = ()
        self._ceiling: Floor = ()
        self._least: list[tuple[Floor, float]] = []
        self._interrupted = False
        self.solves = self.models = self.rejected = 0

    def cheapest(self, floor: Floor) -> Stair[Design] | None:
        """Return the cheapest design above a floor, None where there is none.

        Raises:
            UndecidedError: nothing is proven within the engine's deadline.

        """
        problem = self._above(floor)
        recall = self._recall(problem)
        known = None if recall is None else recall.solution()
        if known is not None:
            return self._stair(known.design)
        if self._interrupted or self._engine.seconds_left <= 0:
            raise UndecidedError(self._bound(floor), interrupted=self._interrupted)
        self.solves += 1
        try:
            with until(self._engine.deadline):
                exact = self._solved(problem, floor)
        except OutOfTimeError:
            raise UndecidedError(self._bound(floor), interrupted=False) from None
        self._interrupted = exact is not None and exact.run.interrupted
        if exact is None or exact.run.status is Status.INFEASIBLE:
            self._keep(recall, None)
            return None
        if exact.run.status is not Status.OPTIMAL or exact.design is None:
            raise UndecidedError(self._bound(floor, exact), interrupted=self._interrupted)
        self._keep(recall, exact.design)
        stair = self._stair(exact.design)
        if stair is not None:
            self._least.append((floor, stair.cost))
        return stair

    def _above(self, floor: Floor) -> Problem:
        """Return the problem with its floor required."""
        pairs = zip(self._scores, floor, strict=True)
        asked = tuple(required(self._problem, aim, score) for aim, score in pairs if score is not None)
        return replace(self._problem, requirements=(*self._problem.requirements, *asked))

    def _stair(self, design: Design | None) -> Stair[Design] | None:
        if design is None:
            return None
        scores = tuple(score_of(aim, value_of(self._problem, aim, design)) for aim in self._scores)
        return Stair(value_of(self._problem, self._cost, design), scores, design)

    # the cache --------------------------------------------------------------------------------------------------------

    def _recall(self, problem: Problem) -> Recall | None:
        """Return where the answer is kept: apart from those of `solve`, which may be other designs of equal cost."""
        if self._cache is None:
            return None
        return Recall(self._cache, problem, seed=self._engine.seed, workers=self._engine.workers, by="frontier")

    def _keep(self, recall: Recall | None, design: Design | None) -> None:
        if recall is None:
            return
        value = None if design is None else value_of(self._problem, self._cost, design)
        outcome = Outcome(objective=self._cost, value=value, bound=value)
        status = Status.INFEASIBLE if design is None else Status.OPTIMAL
        recall.keep(Solution(status=status, outcomes=(outcome,), design=design), explained=False)

    # the solver -------------------------------------------------------------------------------------------------------

    def _solved(self, problem: Problem, floor: Floor) -> Exact | None:
        """Return the run above a floor; None where the states alone exclude a design."""
        searched = with_implied(problem)
        if self._model is not None and _rises(self._floor, floor, self._ceiling):
            self._model.require(searched)
        elif not self._make(searched, floor):
            return None
        assert self._model is not None  # noqa: S101 - just made
        assert self._cuts is not None  # noqa: S101 - as above
        self._floor = floor
        if (least := self._bound(floor)) is not None:
            self._model.cost_at_least(self._cost, least)
        refused = self._cuts.rejected
        exact = run_exactly(self._engine, self._model, self._cuts, watch=self._watching(), fallback=self._cautious)
        self.rejected += self._cuts.rejected - refused
        return exact

    def _make(self, searched: Problem, floor: Floor) -> bool:
        """Make a model for this floor and those up to the ceiling; return whether there are states at all."""
        self._model = None
        found = self._lattices(floor)
        if not all(one.exits for one in found.values()):
            return False
        self.models += 1
        moves, self._ceiling = self._thinned(searched, found, floor)
        highest = with_implied(self._above(self._ceiling))
        self._model = Model(searched, moves, asked=highest)
        self._model.put_twins_in_order()
        self._model.set_objective(self._cost)
        self._cuts = Cuts(self._model)
        return True

    def _lattices(self, floor: Floor) -> Found:
        """Return lattices that hold for any floor, as long as no larger field makes larger jumps useful."""
        pairs = zip(self._scores, floor, strict=True)
        wide = with_implied(self._above(tuple(score if aim.maximise else None for aim, score in pairs)))
        if self._found is None or useful_jump(wide) > self._jump:
            self._found, self._jump = lattices(wide), useful_jump(wide)
        return self._found

    def _thinned(self, searched: Problem, found: Found, floor: Floor) -> tuple[Found, Floor]:
        """Return the moves that can be in an optimum of floors from this one to a ceiling, and the ceiling."""
        chain = bounds.chain(searched, found)
        if chain is None:
            return found, self._raised(floor)
        for ceiling in dict.fromkeys((self._raised(floor), floor)):
            highest = with_implied(self._above(ceiling))
            start = bounds.start(highest, chain, self._cost.quantity)
            if start.known is not None:
                cap = start.known.total(self._cost.quantity)
                tariffs = [_lowered(tariff, highest, searched) for tariff in start.tariffs]
                return bounds.thin_out(searched, chain, tariffs, cap), ceiling
        return found, floor

    def _raised(self, floor: Floor) -> Floor:
        first, *others = floor
        return (None if first is None else further(self._scores[0], first), *others)

    def _bound(self, floor: Floor, exact: Exact | None = None) -> float | None:
        """Return what a design above the floor costs at least: no less than what is cheapest above a lower one."""
        costs = [cost for below, cost in self._least if _lies_below(below, floor)]
        if exact is not None and exact.run.bound is not None and self._model is not None:
            costs.append(self._model.in_units(self._cost, exact.run.bound))
        return max(costs, default=None)

    def _cautious(self, engine: Engine) -> Exact:
        """Return a design from the safe side of what the model bounds, if there is one."""
        assert self._model is not None  # noqa: S101 - it has run
        model = Model(self._model.problem, self._model.found, cautious=True)
        model.set_objective(self._cost)
        return run_exactly(engine, model, Cuts(model))

    def _watching(self) -> Watch | None:
        model, watch = self._model, self._watch
        if watch is None or model is None:
            return None

        def units(value: float | None) -> float | None:
            return None if value is None else model.in_units(self._cost, value)

        return lambda value, bound: watch(units(value), units(bound))


def _lowered(tariff: Tariff, highest: Problem, lowest: Problem) -> Tariff:
    """Return a tariff with the budget that the lowest floor leaves: it refunds what may be spent of it."""
    if tariff.budget is None:
        return tariff
    return replace(tariff, budget=lowest.requirements[highest.requirements.index(tariff.budget)])


def _lies_below(low: Floor, high: Floor) -> bool:
    return all(one is None or (other is not None and other >= one) for one, other in zip(low, high, strict=True))


def _rises(low: Floor, floor: Floor, ceiling: Floor) -> bool:
    """Return whether a floor is no lower than the last, and not above the ceiling."""
    if not _lies_below(low, floor):
        return False
    pairs = zip(floor, ceiling, strict=True)
    return all(score is None or (top is not None and score <= top) for score, top in pairs)
