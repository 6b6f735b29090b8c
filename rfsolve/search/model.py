"""The CP-SAT model: a stack is a flow from its entry state to its exit state; repeats are integer counts.

Everything is linear in the counts. Along a path, per axis and step g, `mass[g]` is the sum of (k - 1) over the layers
with that step, so that the receptive field is 1 + sum g * mass[g]; `holes` keeps it solid. Where branches meet,
`reaches` bounds their windows. A single stack is the graph with one node.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import reduce
from math import ceil, gcd, log

from ortools.sat.python import cp_model

from rfsolve.errors import Mistake, ProblemError
from rfsolve.search.axes import axis_classes
from rfsolve.search.clock import tick
from rfsolve.search.copies import Copies
from rfsolve.search.flow import add_flow, add_junction
from rfsolve.search.holes import Holes
from rfsolve.search.lattice import Found, Junction, Lattice, rings, start_state
from rfsolve.search.mixtures import Mixtures
from rfsolve.search.moves import ENTROPY_SCALE, Move, State, cells_at
from rfsolve.search.placement import Placement, variance_bounds
from rfsolve.search.reaches import Reached, Reaches
from rfsolve.search.solution import Size
from rfsolve.search.ties import add_same_entry, add_tie, undilated
from rfsolve.search.twins import put_in_order
from rfsolve.search.unions import Unions
from rfsolve.search.variables import LARGEST_SUM, Parts, Placed, Port, Term, Values, add_sum, merged, span, upper
from rfsolve.space.problem import COSTS, Objective, Order, Problem, Quantity, Relation, Requirement

RESOLUTION_SCALE = 1_000
"""Digits kept of log(c_out * cells), the factor of the entropy that the exit state decides."""

LARGEST_SHORT = 2**42
"""By how much a requirement may be broken, in the solver's units."""

SOFT_SCALE = 100_000
"""What requirements that are broken together weigh, over their bounds."""


class Model:
    """The CP-SAT model of one problem over given lattices.

    `cautious`: where the model only bounds what is required, keep to the safe side of the bounds, so that candidates
    pass; the best of them is a design, and not always the best design. `spare`: keep all designs that the budgets
    allow, with layers that the best ones would drop.
    """

    def __init__(  # what is asked, and of which designs
        self,
        problem: Problem,
        found: Found,
        *,
        asked: Problem | None = None,
        cautious: bool = False,
        spare: bool = False,
    ) -> None:
        self.problem = problem
        self.found = found
        self.axes = axis_classes(problem)
        self._parts = Parts(cp_model.CpModel(), problem, found, self.axes)
        self.cp = self._parts.cp
        self.placed = self._parts.placed
        self.ports = self._parts.ports
        self._cautious = cautious
        self._copies = Copies(problem, found, asked or problem, spare=spare)
        for node in problem.nodes:
            one = found[node.name]
            if isinstance(one, Junction):
                self._add_junction(one)
            else:
                self._add_stack(one)
        self.reaches = Reaches(self._parts)
        self._holes = Holes(self._parts)
        self._unions = Unions(self._parts, self.reaches, self._holes)
        self._mixtures = Mixtures(self._parts)
        self._add_ties()
        for requirement in problem.requirements:
            self._add_requirement(requirement)
        for relation in problem.relations:
            self._add_relation(relation)
        self._scale = 1
        self.easy = True
        """Until a first look has not been enough: then it would not be after another candidate either."""

    # variables --------------------------------------------------------------------------------------------------------

    def _add_stack(self, lattice: Lattice) -> None:
        name = lattice.stack
        before = self.ports.get(self.problem.before(name))
        placed = self.placed[name] = [self._place(move) for move in lattice.moves]
        ends = {state: self.cp.new_bool_var(f"{name} ends at {state}") for state in lattice.exits}
        self.cp.add_exactly_one(ends.values())
        add_flow(self.cp, lattice, placed, before.ends if before else None, ends)
        path = self.problem.is_path(name)
        self.ports[name] = Port(
            ends,
            {axis: self._masses(placed, axis, before) for axis in self.axes} if path else {},
            {axis: self._variance(placed, axis, before) for axis in self.axes} if path else {},
        )

    def _add_junction(self, junction: Junction) -> None:
        ports = [self.ports.get(branch) for branch in junction.merge.branches]
        ends, ways = add_junction(self.cp, junction, [port.ends if port else None for port in ports])
        self.ports[junction.merge.name] = Port(ends, {}, {}, ways)

    def _place(self, move: Move) -> Placed:
        tick()
        most = self._copies.most(move)
        count = self.cp.new_bool_var("") if most == 1 else self.cp.new_int_var(0, most, "")
        return Placed(move, count, most)

    def _masses(self, placed: Sequence[Placed], axis: int, before: Port | None) -> dict[int, cp_model.IntVar]:
        """Return, by step, the sum of (k - 1) over all layers so far."""
        terms: dict[int, list[Term]] = defaultdict(list)
        for step, gathered in (before.masses[axis] if before else {}).items():
            terms[step].append((gathered, 1, upper(gathered)))
        for item in placed:
            for step, mass in merged(item.move.footprint.taps[axis]):
                terms[step].append((item.count, mass, item.most))
        return {step: add_sum(self.cp, terms[step]) for step in sorted(terms)}

    def _variance(self, placed: Sequence[Placed], axis: int, before: Port | None) -> cp_model.IntVar:
        terms = [(item.count, item.move.footprint.variance[axis], item.most) for item in placed]
        return add_sum(self.cp, terms, before.variances[axis] if before else None)

    def _add_ties(self) -> None:
        lattices = {name: one for name, one in self.found.items() if isinstance(one, Lattice)}
        for stack in self.problem.stacks:
            if stack.tie is not None:
                add_tie(self.cp, stack, stack.tie, lattices, self.placed)
                if rings(lattices[stack.name]) or rings(lattices[stack.tie.to]):
                    ends = [self._ends_before(name) for name in (stack.name, stack.tie.to)]
                    add_same_entry(self.cp, self.placed[stack.name], *ends)

    def _ends_before(self, stack: str) -> dict[State, cp_model.LinearExprT]:
        port = self.ports.get(self.problem.before(stack))
        start: cp_model.LinearExprT = self.cp.new_constant(1)
        return {start_state(self.problem): start} if port is None else dict(port.ends)

    # requirements -----------------------------------------------------------------------------------------------------

    def require(self, problem: Problem) -> None:
        """Go on with a problem that asks for more than the one so far: add rows for the requirements that are new."""
        known = set(self.problem.requirements)
        self.problem = problem
        for requirement in problem.requirements:
            if requirement not in known:
                self._add_requirement(requirement)

    def cost_at_least(self, objective: Objective, value: float) -> None:
        """Tell the solver that no design costs less than a value that is proven."""
        self.cp.add(self._total(objective.quantity) >= ceil(value))

    def _add_requirement(self, requirement: Requirement) -> None:
        tick()
        match requirement.quantity:
            case Quantity.STRIDE | Quantity.WIDTH:
                return  # the lattice holds no state that breaks it
            case Quantity.LAYERS if requirement.node is not None:
                self._between(self._total(Quantity.LAYERS, requirement.node), requirement.least, requirement.most)
            case Quantity.UNDILATED:
                self._add_undilated(requirement)
            case Quantity.RECEPTIVE_FIELD:
                self._add_field(requirement)
            case Quantity.EFFECTIVE_RECEPTIVE_FIELD:
                self._add_variance(requirement)
            case Quantity.HOLE_FREE:
                self._add_hole_free(str(requirement.node))
            case _:
                self._between(self._total(requirement.quantity), requirement.least, requirement.most)

    def _between(self, total: cp_model.LinearExpr, least: Sequence[float] | None, most: Sequence[float] | None) -> None:
        if least is not None:
            self.cp.add(total >= ceil(max(least)))
        if most is not None:
            self.cp.add(total <= int(min(most)))

    def _node_before(self, requirement: Requirement) -> str:
        assert requirement.node is not None  # noqa: S101 - set by the space
        return self.problem.before(requirement.node)

    def _add_undilated(self, requirement: Requirement) -> None:
        assert requirement.node is not None  # noqa: S101 - set by the space
        least = int(max(requirement.least or (0,)))
        counts = {id(item.move): item.count for item in self.placed[requirement.node]}
        for strides, following in undilated([item.move for item in self.placed[requirement.node]]).values():
            made = cp_model.LinearExpr.sum([counts[id(move)] for move in strides])
            self.cp.add(cp_model.LinearExpr.sum([counts[id(move)] for move in following]) >= least * made)

    def _add_field(self, requirement: Requirement) -> None:
        for axis, twins in self.axes.items():
            least = max((requirement.least[twin] for twin in twins), default=0) if requirement.least else None
            most = min(requirement.most[twin] for twin in twins) if requirement.most else None
            bound = self._field(requirement.node, requirement.source, axis)
            if bound is None:
                port = self.ports[self._node_before(requirement)]
                self._between(
                    1 + span(port.masses[axis]), None if least is None else [least], None if most is None else [most]
                )
                continue
            reached, jump = bound
            if least is not None:
                smallest = reached.least - 2 * reached.spread if self._cautious else reached.most
                self.cp.add(smallest >= 2 * (ceil(least) - 1) * jump)
            if most is not None:
                largest = reached.most + 2 * reached.spread if self._cautious else reached.least
                self.cp.add(largest <= 2 * (int(most) - 1) * jump)

    def _field(
        self, node: str | None, source: str | None, axis: int
    ) -> tuple[Reached, cp_model.LinearExpr | int] | None:
        """Return the reaches of a node and the pixels of the source's grid; None on a path, where masses say more."""
        assert node is not None  # noqa: S101 - set by the space
        if source is None and self.problem.is_path(node):
            return None
        reached = self.reaches.at(node, axis, source or "input")
        assert reached is not None  # noqa: S101 - the space lets a source lead to the node only
        return reached, self._pixel(source, axis)

    def _pixel(self, source: str | None, axis: int) -> cp_model.LinearExpr | int:
        """Return the size of a pixel of the source's grid, in pixels of the input."""
        return 1 if source in {None, "input"} else self.ports[str(source)].jump(axis)

    def _add_variance(self, requirement: Requirement) -> None:
        before = self._node_before(requirement)
        path = self.problem.is_path(before)
        for axis, twins in self.axes.items():
            variance = self.ports[before].variances[axis] if path else self._mixtures.at(before, axis)
            for twin in twins:
                low, high = variance_bounds(requirement, twin)
                if variance is not None:
                    self._between(
                        variance, None if low is None else [low], [high] if high is not None and path else None
                    )

    def _add_hole_free(self, node: str) -> None:
        if self.problem.is_path(node):
            self._holes.forbid(node)
        else:
            self._unions.forbid_holes(node, cautious=self._cautious)

    def _add_relation(self, relation: Relation) -> None:
        for one, other in relation.pairs:
            for axis in self.axes:
                forward = self._apart(relation, one, other, axis)
                backward = self._apart(relation, other, one, axis)
                if relation.order is Order.INCREASING:
                    self.cp.add(forward)
                    continue
                larger = self.cp.new_bool_var(f"{other} sees more than {one}")
                self.cp.add(forward).only_enforce_if(larger)
                self.cp.add(backward).only_enforce_if(~larger)

    def _apart(self, relation: Relation, one: str, other: str, axis: int) -> cp_model.BoundedLinearExpression | bool:
        """Return that the field of `other` is larger, as far as the bounds can tell."""
        small = self.reaches.at(one, axis, relation.source or "input")
        large = self.reaches.at(other, axis, relation.source or "input")
        assert small is not None  # noqa: S101 - the space lets a source lead to the node only
        assert large is not None  # noqa: S101 - as above
        return large.most - small.least >= 2 * relation.by * self._pixel(relation.source, axis)

    # objectives -------------------------------------------------------------------------------------------------------

    def _total(self, quantity: Quantity, stack: str | None = None, *, scale: int = 1) -> cp_model.LinearExpr:
        """Return the sum of an additive quantity, in multiples of `scale`, over all layers or those of one stack."""
        terms = [(item.count, cost, item.most) for item, cost in self._costs(quantity, stack)]
        terms += self._merge_costs(quantity) if stack is None else []
        if sum(weight * most for _, weight, most in terms) > LARGEST_SUM:
            text = f"adds up to more than {LARGEST_SUM:.0e}, expected a smaller input, fewer layers or narrower widths"
            raise ProblemError([Mistake(quantity.words, text)])
        return cp_model.LinearExpr.weighted_sum([var for var, _, _ in terms], [cost // scale for _, cost, _ in terms])

    def _costs(self, quantity: Quantity, stack: str | None = None) -> list[tuple[Placed, int]]:
        stacks = [stack] if stack is not None else list(self.placed)
        return [(item, item.move.cost(quantity)) for name in stacks for item in self.placed[name]]

    def _merge_costs(self, quantity: Quantity) -> list[Term]:
        """What merges write."""
        if quantity is not Quantity.ACTIVATIONS:
            return []
        junctions = [name for name, one in self.found.items() if isinstance(one, Junction)]
        return [
            (end, self._cells(state) * state.width, 1)
            for name in junctions
            for state, end in self.ports[name].ends.items()
        ]

    def _cells(self, state: State) -> int:
        return cells_at(state.jump, self.problem.input.size or ())

    def put_twins_in_order(self) -> None:
        """Keep one of all designs that differ in which of several equal branches is which."""
        put_in_order(self._parts)

    def set_objective(self, objective: Objective) -> None:
        """Minimise or maximise a quantity; minimised costs are divided by their greatest common divisor."""
        if objective.quantity in COSTS:
            costs = [cost for _, cost in self._costs(objective.quantity)]
            costs += [cost for _, cost, _ in self._merge_costs(objective.quantity)]
            self._scale = reduce(gcd, costs, 0) or 1
            self.cp.minimize(self._total(objective.quantity, scale=self._scale))
        else:
            self.cp.maximize(self._gain(objective.quantity))

    def _gain(self, quantity: Quantity) -> cp_model.IntVar:
        self._scale = 1
        last = self.problem.before(self.problem.outputs[-1].name)
        if quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            variances = self.ports[last].variances
            least = self.cp.new_int_var(0, min(upper(v) for v in variances.values()), "least variance")
            for variance in variances.values():
                self.cp.add(least <= variance)
            return least
        return self._entropy(last)

    def _entropy(self, last: str) -> cp_model.IntVar:
        """log(c_out * cells) * sum of log(c_in k^2 / g): the first factor is the exit state's (DeepMAD, Shen 2023)."""
        items = [item for stack in self.problem.upstream(last) for item in self.placed[stack.name]]
        summed = add_sum(self.cp, [(item.count, item.move.entropy, item.most) for item in items])
        ends = self.ports[last].ends
        factors = {state: round(RESOLUTION_SCALE * log(state.width * self._cells(state))) for state in ends}
        total = self.cp.new_int_var(0, upper(summed) * max(factors.values(), default=0), "entropy")
        for state, end in ends.items():
            self.cp.add(total <= factors[state] * summed).only_enforce_if(end)
        return total

    def soften(self, groups: Sequence[Sequence[Requirement]]) -> None:
        """Minimise by how much requirements (left out of the problem) are broken, summed over the axes.

        Those of one group that have the same bounds are broken by one amount, the largest: they were asked as one.
        Several groups weigh by their bounds.
        """
        broken: list[Term] = []
        for group in groups:
            shorts: dict[tuple[object, ...], cp_model.IntVar] = {}
            for requirement in group:
                for place, (value, low, high) in enumerate(self._amounts(requirement)):
                    key = (requirement.quantity, requirement.least, requirement.most, place)
                    if key not in shorts:
                        shorts[key] = self.cp.new_int_var(0, LARGEST_SHORT, "")
                        bound = max(1, *(requirement.least or ()), *(requirement.most or ()))
                        weight = max(1, round(SOFT_SCALE / bound)) if len(groups) > 1 else 1
                        broken.append((shorts[key], weight, LARGEST_SHORT))
                    if low is not None:
                        self.cp.add(shorts[key] >= low - value)
                    if high is not None:
                        self.cp.add(shorts[key] >= value - high)
        self.cp.minimize(
            cp_model.LinearExpr.weighted_sum([short for short, _, _ in broken], [weight for _, weight, _ in broken])
        )

    def _amounts(self, requirement: Requirement) -> Iterator[tuple[cp_model.LinearExprT, int | None, int | None]]:
        """Yield, per axis, what a requirement bounds, with its bounds in the solver's units."""
        quantity = requirement.quantity
        if quantity in COSTS:
            yield self._total(quantity, requirement.node), *_rounded(requirement, 0)
        elif quantity is Quantity.WIDTH:
            port = self.ports[self._node_before(requirement)]
            yield port.total({state: state.width for state in port.ends}), *_rounded(requirement, 0)
        elif quantity not in {Quantity.HOLE_FREE, Quantity.UNDILATED}:
            for axis, twins in self.axes.items():
                for twin in twins:
                    yield from self._amounts_along(requirement, axis, twin)

    def _amounts_along(
        self, requirement: Requirement, axis: int, twin: int
    ) -> Iterator[tuple[cp_model.LinearExprT, int | None, int | None]]:
        before = self._node_before(requirement)
        low, high = _rounded(requirement, twin)
        if requirement.quantity is Quantity.STRIDE:
            yield self.ports[before].total({state: state.jump[twin] for state in self.ports[before].ends}), low, high
        elif requirement.quantity is Quantity.RECEPTIVE_FIELD:
            bound = self._field(requirement.node, requirement.source, axis)
            if bound is None:
                yield 1 + span(self.ports[before].masses[axis]), low, high
                return
            reached, jump = bound
            if low is not None:
                yield reached.most - 2 * (low - 1) * jump, 0, None
            if high is not None:
                yield reached.least - 2 * (high - 1) * jump, None, 0
        else:
            path = self.problem.is_path(before)
            variance = self.ports[before].variances[axis] if path else self._mixtures.at(before, axis)
            if variance is not None:
                low, high = variance_bounds(requirement, twin)
                yield variance, low, high if path else None

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

    @property
    def size(self) -> Size:
        """How many variables and constraints the solver is given."""
        return Size(variables=len(self.cp.proto.variables), constraints=len(self.cp.proto.constraints))

    # solutions --------------------------------------------------------------------------------------------------------

    def hint(self, placement: Placement) -> None:
        """Start the solver from a known design."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]  # as above
        for name, placed in self.placed.items():
            counts = {id(move): count for move, count in placement.moves[name]}
            for item in placed:
                self.cp.add_hint(item.count, counts.get(id(item.move), 0))

    def placement(self, value: Values) -> Placement:
        """Return the solver's solution as moves and their numbers."""
        moves = {}
        for name, placed in self.placed.items():
            counted = [(item.move, value(item.count)) for item in placed]
            moves[name] = tuple((move, count) for move, count in counted if count)
        ends = {
            name: next(state for state, end in port.ends.items() if value(end)) for name, port in self.ports.items()
        }
        return Placement(moves, ends)


def _rounded(requirement: Requirement, axis: int) -> tuple[int | None, int | None]:
    low = None if requirement.least is None else ceil(requirement.least[axis])
    return low, None if requirement.most is None else int(requirement.most[axis])
