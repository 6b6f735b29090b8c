"""The CP-SAT model: a stack is a flow from its entry state to its exit state; repeats are integer counts.

Everything is linear in the counts. Per axis and step g, `mass[g]` is the sum of (k - 1) over the layers with that
step, so the receptive field is 1 + sum g * mass[g], and a path is hole-free iff every used step g <= 1 + the same sum
over the smaller steps: one row per step, with an indicator only where the field does not settle it (`cover`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil, gcd, log, prod

from ortools.sat.python import cp_model

from rfsolve.errors import Mistake, ProblemError
from rfsolve.search import cover
from rfsolve.search.axes import axis_classes
from rfsolve.search.copies import Copies
from rfsolve.search.lattice import Lattice
from rfsolve.search.moves import ENTROPY_SCALE, Move, State
from rfsolve.search.placement import Placement, variance_bounds
from rfsolve.space.problem import COSTS, Objective, Problem, Quantity, Requirement

LARGEST_SUM = 4 * 10**18
"""CP-SAT counts in 64 bits."""

RESOLUTION_SCALE = 1_000
"""Digits kept of log(c_out * cells), the factor of the entropy that the exit state decides."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A move and the variable that counts it."""

    move: Move
    count: cp_model.IntVar
    most: int


@dataclass(frozen=True, slots=True)
class Port:
    """What has been gathered on the way from the input to the end of a stack, per class of axes."""

    ends: Mapping[State, cp_model.IntVar]
    masses: Mapping[int, Mapping[int, cp_model.IntVar]]
    variances: Mapping[int, cp_model.IntVar]


class Model:
    """The CP-SAT model of one problem over given lattices."""

    def __init__(self, problem: Problem, lattices: Mapping[str, Lattice], *, asked: Problem | None = None) -> None:
        self.cp = cp_model.CpModel()
        self._problem = problem
        self._lattices = lattices
        self._axes = axis_classes(problem)
        self._copies = Copies(problem, lattices, asked or problem)
        self._placed: dict[str, list[Placed]] = {}
        self._ports: dict[str, Port] = {}
        self._used: dict[tuple[str, int, int], cp_model.IntVar] = {}
        for stack in problem.stacks:
            self._add_stack(stack.name)
        for requirement in problem.requirements:
            self._add_requirement(requirement)
        self._scale = 1

    # variables --------------------------------------------------------------------------------------------------------

    def _add_stack(self, name: str) -> None:
        lattice = self._lattices[name]
        before = self._ports.get(self._problem.before(name))
        placed = [self._place(move) for move in lattice.moves]
        self._placed[name] = placed
        ends = {state: self.cp.new_bool_var(f"{name} ends at {state}") for state in lattice.exits}
        self.cp.add_exactly_one(ends.values())
        self._add_flow(lattice, placed, before, ends)
        masses = {axis: self._masses(placed, axis, before) for axis in self._axes}
        variances = {axis: self._variance(placed, axis, before) for axis in self._axes}
        self._ports[name] = Port(ends, masses, variances)

    def _place(self, move: Move) -> Placed:
        most = self._copies.most(move)
        count = self.cp.new_bool_var("") if most == 1 else self.cp.new_int_var(0, most, "")
        return Placed(move, count, most)

    def _add_flow(
        self,
        lattice: Lattice,
        placed: Sequence[Placed],
        before: Port | None,
        ends: Mapping[State, cp_model.IntVar],
    ) -> None:
        """What enters a state leaves it; only a visited state repeats."""
        arriving: dict[State, list[cp_model.LinearExprT]] = defaultdict(list)
        leaving: dict[State, list[cp_model.LinearExprT]] = defaultdict(list)
        loops: dict[State, list[Placed]] = defaultdict(list)
        for state in lattice.entries:
            arriving[state].append(1 if before is None else before.ends[state])
        for state, end in ends.items():
            leaving[state].append(end)
        for item in placed:
            if item.move.repeatable:
                loops[item.move.source].append(item)
            else:
                leaving[item.move.source].append(item.count)
                arriving[item.move.target].append(item.count)
        for state in lattice.states:
            visits = cp_model.LinearExpr.sum(arriving[state])
            self.cp.add(visits == cp_model.LinearExpr.sum(leaving[state]))
            for item in loops[state]:
                self.cp.add(item.count <= item.most * visits)
        self._forbid_cycles(placed)

    def _forbid_cycles(self, placed: Sequence[Placed]) -> None:
        """Where widths may fall at one jump, number the states of a walk, so that no ring floats beside it.

        Where costs are minimised, a walk that comes back to a state is never cheaper than repeats in its narrowest
        state; elsewhere (`lattice.may_need_rings`) no proof is claimed.
        """
        rings = [item for item in placed if not item.move.repeatable and item.move.source.jump == item.move.target.jump]
        if not any(item.move.target.width < item.move.source.width for item in rings):
            return
        states = {state for item in rings for state in (item.move.source, item.move.target)}
        rank = {state: self.cp.new_int_var(0, len(states), f"rank of {state}") for state in states}
        for item in rings:
            self.cp.add(rank[item.move.target] >= rank[item.move.source] + 1).only_enforce_if(item.count)
        for state in states:
            arriving = [item.count for item in placed if item.move.target == state and not item.move.repeatable]
            self.cp.add_at_most_one(arriving)

    def _masses(self, placed: Sequence[Placed], axis: int, before: Port | None) -> dict[int, cp_model.IntVar]:
        """Return, by step, the sum of (k - 1) over all layers so far."""
        terms: dict[int, list[tuple[cp_model.IntVar, int, int]]] = defaultdict(list)
        for step, gathered in (before.masses[axis] if before else {}).items():
            terms[step].append((gathered, 1, _upper(gathered)))
        for item in placed:
            for step, mass in _merged(item.move.footprint.taps[axis]):
                terms[step].append((item.count, mass, item.most))
        return {step: self._sum(terms[step]) for step in sorted(terms)}

    def _variance(self, placed: Sequence[Placed], axis: int, before: Port | None) -> cp_model.IntVar:
        terms = [(before.variances[axis], 1, _upper(before.variances[axis]))] if before else []
        terms += [(item.count, item.move.footprint.variance[axis], item.most) for item in placed]
        return self._sum(terms)

    def _sum(self, terms: Iterable[tuple[cp_model.IntVar, int, int]]) -> cp_model.IntVar:
        gathered = list(terms)
        if not gathered:
            return self.cp.new_constant(0)
        variables, weights, mosts = zip(*gathered, strict=True)
        most = sum(weight * top for weight, top in zip(weights, mosts, strict=True))
        if most > LARGEST_SUM:
            text = f"adds up to more than {LARGEST_SUM:.0e}, expected a smaller field, stride or number of layers"
            raise ProblemError([Mistake("influence", text)])
        total = self.cp.new_int_var(0, most, "")
        self.cp.add(cp_model.LinearExpr.weighted_sum(variables, weights) == total)
        return total

    # requirements -----------------------------------------------------------------------------------------------------

    def _add_requirement(self, requirement: Requirement) -> None:
        match requirement.quantity:
            case Quantity.STRIDE | Quantity.WIDTH:
                return  # the lattice holds no state that breaks it
            case Quantity.LAYERS if requirement.node is not None:
                self._between(self._total(Quantity.LAYERS, requirement.node), requirement.least, requirement.most)
            case Quantity.RECEPTIVE_FIELD:
                self._add_field(requirement)
            case Quantity.EFFECTIVE_RECEPTIVE_FIELD:
                self._add_variance(requirement)
            case Quantity.HOLE_FREE:
                self._add_hole_free(requirement)
            case _:
                self._between(self._total(requirement.quantity), requirement.least, requirement.most)

    def _between(self, total: cp_model.LinearExpr, least: Sequence[float] | None, most: Sequence[float] | None) -> None:
        if least is not None:
            self.cp.add(total >= ceil(max(least)))
        if most is not None:
            self.cp.add(total <= int(min(most)))

    def _port(self, requirement: Requirement) -> Port:
        return self._ports[self._stack_before(requirement)]

    def _stack_before(self, requirement: Requirement) -> str:
        assert requirement.node is not None  # noqa: S101 - set by the space
        return self._problem.before(requirement.node)

    def _add_field(self, requirement: Requirement) -> None:
        port = self._port(requirement)
        for axis, twins in self._axes.items():
            field = 1 + _span(port.masses[axis])
            least = requirement.least and [requirement.least[twin] for twin in twins]
            most = requirement.most and [requirement.most[twin] for twin in twins]
            self._between(field, least, most)

    def _add_variance(self, requirement: Requirement) -> None:
        port = self._port(requirement)
        for axis, twins in self._axes.items():
            variance = port.variances[axis]
            for twin in twins:
                low, high = variance_bounds(requirement, twin)
                self._between(variance, None if low is None else [low], None if high is None else [high])

    def _add_hole_free(self, requirement: Requirement) -> None:
        """Every step g in use <= 1 + the span of the smaller steps (see `cover`); and field >= stride."""
        stack = self._stack_before(requirement)
        port = self._ports[stack]
        for axis, twins in self._axes.items():
            masses = port.masses[axis]
            self.cp.add(1 + _span(masses) >= self._at_end(port, [state.jump[axis] for state in port.ends]))
            field = self._least_field(requirement.node, twins)
            for step in masses:
                span = _span({other: mass for other, mass in masses.items() if other < step})
                self.cp.add(span >= min(step, field) - 1)
                if step > field:
                    self.cp.add(span >= step - 1).only_enforce_if(self._in_use(stack, axis, step))
            if 1 < field <= cover.LARGEST_FIELD:
                self._add_cover(stack, axis, field)

    def _least_field(self, node: str | None, twins: Sequence[int]) -> int:
        """Return the receptive field that a node has at least, by its requirements."""
        asked = [r.least for r in self._problem.at(node) if r.quantity is Quantity.RECEPTIVE_FIELD and r.least]
        return max((int(least[twin]) for least in asked for twin in twins), default=1)

    def _add_cover(self, stack: str, axis: int, field: int) -> None:
        """Rows that follow from hole-freeness and the field, so that the solver need not find them."""
        items = [item for part in self._problem.trunk(stack) for item in self._placed[part.name]]
        masses: dict[int, set[int]] = defaultdict(set)
        for item in items:
            for step, mass in item.move.footprint.taps[axis]:
                masses[step].add(mass)
        several = len({mass for of_step in masses.values() for mass in of_step}) > 1
        for weight in cover.WEIGHTS if several else cover.WEIGHTS[:1]:
            for limit, least in cover.least_weights(masses, field, weight):
                factors = [
                    sum(weight(mass) for step, mass in item.move.footprint.taps[axis] if step < limit) for item in items
                ]
                self.cp.add(cp_model.LinearExpr.weighted_sum([item.count for item in items], factors) >= least)

    def _in_use(self, stack: str, axis: int, step: int) -> cp_model.IntVar:
        """Return a literal that is true when a layer up to the end of `stack` has this step."""
        key = (stack, axis, step)
        if key not in self._used:
            used = self._used[key] = self.cp.new_bool_var(f"step {step} used up to {stack}")
            before = self._problem.before(stack)
            if step in (self._ports[before].masses[axis] if before in self._ports else {}):
                self.cp.add_implication(self._in_use(before, axis, step), used)
            for item in self._placed[stack]:
                if any(step == own for own, _ in item.move.footprint.taps[axis]):
                    self.cp.add(item.count <= item.most * used)
        return self._used[key]

    # objectives -------------------------------------------------------------------------------------------------------

    def _total(self, quantity: Quantity, stack: str | None = None, *, scale: int = 1) -> cp_model.LinearExpr:
        """Return the sum of an additive quantity, in multiples of `scale`, over all layers or those of one stack."""
        stacks = [stack] if stack is not None else list(self._placed)
        items = [item for name in stacks for item in self._placed[name]]
        if sum(item.most * item.move.cost(quantity) for item in items) > LARGEST_SUM:
            text = f"adds up to more than {LARGEST_SUM:.0e}, expected a smaller input, fewer layers or narrower widths"
            raise ProblemError([Mistake(quantity.words, text)])
        weights = [item.move.cost(quantity) // scale for item in items]
        return cp_model.LinearExpr.weighted_sum([item.count for item in items], weights)

    def set_objective(self, objective: Objective) -> None:
        """Minimise or maximise a quantity; minimised costs are divided by their greatest common divisor."""
        if objective.quantity in COSTS:
            costs = [item.move.cost(objective.quantity) for placed in self._placed.values() for item in placed]
            self._scale = reduce(gcd, costs, 0) or 1
            self.cp.minimize(self._total(objective.quantity, scale=self._scale))
        else:
            self.cp.maximize(self._gain(objective.quantity))

    def _gain(self, quantity: Quantity) -> cp_model.IntVar:
        self._scale = 1
        last = self._ports[self._problem.before(self._problem.exits[-1].name)]
        if quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            least = self.cp.new_int_var(0, min(_upper(v) for v in last.variances.values()), "least variance")
            for variance in last.variances.values():
                self.cp.add(least <= variance)
            return least
        return self._entropy(last)

    def _entropy(self, last: Port) -> cp_model.IntVar:
        """log(c_out * cells) * sum of log(c_in k^2 / g): the first factor is the exit state's (DeepMAD, Shen 2023)."""
        trunk = self._problem.trunk(self._problem.exits[-1].name)
        items = [item for stack in trunk for item in self._placed[stack.name]]
        most = sum(item.most * item.move.entropy for item in items)
        summed = self.cp.new_int_var(0, most, "entropy of the layers")
        self.cp.add(
            cp_model.LinearExpr.weighted_sum([i.count for i in items], [i.move.entropy for i in items]) == summed
        )
        factors = {state: self._resolution(state) for state in last.ends}
        total = self.cp.new_int_var(0, most * max(factors.values(), default=0), "entropy")
        for state, end in last.ends.items():
            self.cp.add(total <= factors[state] * summed).only_enforce_if(end)
        return total

    def _resolution(self, state: State) -> int:
        sizes = self._problem.input.size or ()
        cells = prod(ceil(size / jump) for size, jump in zip(sizes, state.jump, strict=True))
        return round(RESOLUTION_SCALE * log(state.width * cells))

    def soften(self, requirements: Iterable[Requirement]) -> None:
        """Minimise by how much requirements (left out of the problem) are broken, summed over the axes."""
        broken = []
        for value, low, high in (row for r in requirements for row in self._amounts(r)):
            short = self.cp.new_int_var(0, 2**50, "")
            if low is not None:
                self.cp.add(short >= low - value)
            if high is not None:
                self.cp.add(short >= value - high)
            broken.append(short)
        self.cp.minimize(cp_model.LinearExpr.sum(broken))

    def _amounts(self, requirement: Requirement) -> Iterator[tuple[cp_model.LinearExprT, int | None, int | None]]:
        """Yield, per axis, what a requirement bounds, with its bounds in the solver's units."""
        quantity = requirement.quantity
        if quantity in COSTS:
            yield self._total(quantity, requirement.node), *_rounded(requirement, 0)
            return
        if quantity is Quantity.HOLE_FREE:
            return
        port = self._port(requirement)
        if quantity is Quantity.WIDTH:
            yield self._at_end(port, [state.width for state in port.ends]), *_rounded(requirement, 0)
            return
        for axis, twins in self._axes.items():
            for twin in twins:
                if quantity is Quantity.STRIDE:
                    yield self._at_end(port, [state.jump[twin] for state in port.ends]), *_rounded(requirement, twin)
                elif quantity is Quantity.RECEPTIVE_FIELD:
                    yield 1 + _span(port.masses[axis]), *_rounded(requirement, twin)
                else:
                    yield port.variances[axis], *variance_bounds(requirement, twin)

    def _at_end(self, port: Port, values: Sequence[int]) -> cp_model.LinearExpr:
        return cp_model.LinearExpr.weighted_sum(list(port.ends.values()), list(values))

    def in_units(self, objective: Objective, value: float) -> float:
        """Return a value of the solver's objective in the units of the quantity."""
        match objective.quantity:
            case Quantity.ENTROPY:
                return value / (ENTROPY_SCALE * RESOLUTION_SCALE)
            case Quantity.EFFECTIVE_RECEPTIVE_FIELD:
                return float((max(value, 0.0) / 3) ** 0.5)
        return value * self._scale

    def hold(self, objective: Objective, value: float) -> None:
        """Keep an objective that has been settled while the next one is improved; `value` in the solver's units."""
        if objective.quantity in COSTS:
            self.cp.add(self._total(objective.quantity) <= round(value) * self._scale)
        else:
            self.cp.add(self._gain(objective.quantity) >= round(value))
        self.cp.clear_objective()  # type: ignore[no-untyped-call]  # ortools leaves it without annotations

    # solutions --------------------------------------------------------------------------------------------------------

    def hint(self, placement: Placement) -> None:
        """Start the solver from a known design."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]  # as above
        for name, placed in self._placed.items():
            counts = {id(move): count for move, count in placement.moves[name]}
            for item in placed:
                self.cp.add_hint(item.count, counts.get(id(item.move), 0))

    def placement(self, value: "Values") -> Placement:
        """Return the solver's solution as moves and their numbers."""
        moves = {}
        for name, placed in self._placed.items():
            counted = [(item.move, value(item.count)) for item in placed]
            moves[name] = tuple((move, count) for move, count in counted if count)
        return Placement(moves)


Values = Callable[[cp_model.IntVar], int]


def _span(masses: Mapping[int, cp_model.IntVar]) -> cp_model.LinearExpr:
    """Return the sum of step * mass: the field that layers with these steps add."""
    return cp_model.LinearExpr.weighted_sum(list(masses.values()), list(masses))


def _rounded(requirement: Requirement, axis: int) -> tuple[int | None, int | None]:
    low = None if requirement.least is None else ceil(requirement.least[axis])
    return low, None if requirement.most is None else int(requirement.most[axis])


def _merged(taps: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: dict[int, int] = defaultdict(int)
    for step, mass in taps:
        merged[step] += mass
    return sorted(merged.items())


def _upper(variable: cp_model.IntVar) -> int:
    return int(variable.proto.domain[1])
