"""All designs up to a cost, each once: what the solver enumerates, without what the recurrence refuses or repeats."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rfsolve.search import bounds
from rfsolve.search.check import broken, checked_design
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine
from rfsolve.search.exact import run_exactly
from rfsolve.search.exclusions import Exclusions
from rfsolve.search.implied import with_implied
from rfsolve.search.lattice import Found, lattices
from rfsolve.search.model import Model
from rfsolve.search.placement import Placement
from rfsolve.search.sameness import Forms
from rfsolve.search.solution import Design, Status
from rfsolve.search.values import value_of
from rfsolve.space.problem import COSTS, Objective, Problem, Requirement

Values = tuple[float, ...]
HANDFUL = 200
"""Placements of one run of the solver; each is checked before the next run."""

HELD = "objective"
"""The name of the requirements that hold objectives."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A design with what it achieves, objective by objective."""

    design: Design
    values: Values


@dataclass(frozen=True, slots=True)
class Batch:
    """Different designs; `complete`: proven to be all."""

    listed: tuple[Listed, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Next:
    """The least value that is left, None where no design is; not `proven` where time ran out."""

    value: int | None
    proven: bool


class Enumeration:
    """Finds the designs of one problem whose objectives lie between bounds."""

    def __init__(self, problem: Problem, engine: Engine) -> None:
        self.problem = problem
        self.engine = engine
        self._forms = Forms(problem)
        self._known: dict[Hashable, Listed] = {}
        self.exhausted = False

    def within(self, caps: tuple[Requirement, ...], *, enough: int) -> Batch:
        """Return all designs that meet the problem and what is held besides, or `enough` of them."""
        question = held_to(self.problem, caps)
        found = _thinned(question, self.problem, caps, self.engine)
        if not all(one.exits for one in found.values()):
            return Batch((), complete=True)
        model = Model(question, found, spare=True)
        model.put_twins_in_order()
        cuts, exclusions = Cuts(model), Exclusions(model)
        listed: dict[Hashable, Listed] = {}
        while self.engine.seconds_left > 0:
            every = self.engine.every(model, most=min(enough - len(listed), HANDFUL))
            for placement in every.placements:
                if self.engine.seconds_left <= 0:
                    return Batch(tuple(listed.values()), complete=False)
                self._note(question, placement, cuts, listed)
                exclusions.exclude(placement)
            if every.complete or every.interrupted or len(listed) >= enough:
                return Batch(tuple(listed.values()), complete=every.complete)
        return Batch(tuple(listed.values()), complete=False)

    def next_value(self, objective: Objective, caps: tuple[Requirement, ...]) -> Next:
        """Return the least value of a cost among the designs that meet what is held."""
        question = replace(held_to(self.problem, caps), objectives=(objective,))
        found = lattices(question)
        if not all(one.exits for one in found.values()):
            return Next(None, proven=True)
        model = Model(question, found, spare=True)
        model.set_objective(objective)
        exact = run_exactly(self.engine, model, Cuts(model))
        if exact.design is None or exact.run.status is not Status.OPTIMAL:
            return Next(None, proven=exact.run.status is Status.INFEASIBLE)
        return Next(int(value_of(self.problem, objective, exact.design)), proven=True)

    def one_by_one(self, caps: tuple[Requirement, ...], *, enough: int) -> Iterator[Listed]:
        """Yield the best designs by the first objective, each proven the best of those that are left."""
        question = held_to(self.problem, caps)
        model = Model(question, lattices(question), spare=True)
        model.put_twins_in_order()
        model.set_objective(self.problem.objectives[0])
        cuts, exclusions = Cuts(model), Exclusions(model)
        listed: dict[Hashable, Listed] = {}
        while len(listed) < enough and self.engine.seconds_left > 0:
            exact = run_exactly(self.engine, model, cuts)
            placement = exact.run.placement
            if placement is None or exact.run.status is not Status.OPTIMAL:
                self.exhausted = exact.run.status is Status.INFEASIBLE
                return
            before = len(listed)
            self._note(question, placement, cuts, listed)
            exclusions.exclude(placement)
            yield from tuple(listed.values())[before:]

    def _note(self, question: Problem, placement: Placement, cuts: Cuts, listed: dict[Hashable, Listed]) -> None:
        """List the design of a placement, unless it is there already or the recurrence refuses it."""
        form = self._forms.of(placement)
        if form not in self._known:
            design = checked_design(question, placement)
            refused = broken(question, design)
            if refused:
                cuts.learn(placement, refused)
                return
            values = tuple(value_of(self.problem, objective, design) for objective in self.problem.objectives)
            self._known[form] = Listed(design, values)
        listed[form] = self._known[form]


def held_to(problem: Problem, caps: tuple[Requirement, ...]) -> Problem:
    """Return the problem with more requirements."""
    return with_implied(replace(problem, requirements=(*problem.requirements, *caps)))


def held(objective: Objective, *, least: int | None = None, most: int | None = None) -> Requirement:
    """Return the requirement that holds a cost between two values."""
    low, high = (None if value is None else (value,) for value in (least, most))
    return Requirement(name=HELD, quantity=objective.quantity, least=low, most=high)


def _thinned(question: Problem, problem: Problem, caps: tuple[Requirement, ...], engine: Engine) -> Found:
    """Return the lattices without the moves that are in no design as cheap as is held."""
    found = lattices(question)
    first = problem.objectives[0].quantity
    most = [r.most[0] for r in caps if r.quantity is first and r.most is not None and first in COSTS]
    moves = sum(len(one.moves) for one in found.values())
    affordable = moves * bounds.THINNING_SECONDS < engine.seconds_left / 4
    chain = bounds.chain(question, found) if most and affordable else None
    if chain is None:
        return found
    return bounds.thin_out(question, chain, bounds.start(problem, chain, first).tariffs, int(min(most)))


def in_order(listed: Iterable[Listed], objectives: Sequence[Objective]) -> list[Listed]:
    """Return designs, the best first; of equally good ones those with fewer parameters, then with fewer layers."""
    signs = [-1 if objective.maximise else 1 for objective in objectives]

    def rank(one: Listed) -> tuple[object, ...]:
        values = [sign * value for sign, value in zip(signs, one.values, strict=True)]
        layers = one.design.layers
        return (
            values,
            one.design.parameters,
            len(layers),
            [(layer.stack, layer.choice, layer.c_out) for layer in layers],
        )

    return sorted(listed, key=rank)
