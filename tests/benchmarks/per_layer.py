"""Side (a): the per-layer model that a first attempt writes down.

Every layer slot has an integer kernel, stride, dilation and width; jumps, steps, fields and weights
are products (AddMultiplicationEquality). CP-SAT with default parameters, so on all cores.

Two favours: a stack has as many slots as its known optimum has layers, plus `SPARE`, where the
lattice model allows any depth; and unused slots come last, so that they add no symmetry.
Hole-freeness is the sorted-step rule, stated for every pair of slots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat, takewhile
from operator import mul

from ortools.sat.python import cp_model
from timing import Answer, NotStatedError, refuse_graphs

from rfsolve.search.axes import axis_classes
from rfsolve.search.lattice import useful_jump
from rfsolve.search.placement import variance_bounds
from rfsolve.space.problem import Problem, Quantity, Requirement, Stack

SPARE = 3
"""Slots beyond the layers of the known optimum, in every stack."""

BLOCKS = {"conv", "separable", "pool"}
NOT_STATED = {Quantity.MACS, Quantity.ACTIVATIONS, Quantity.ENTROPY}

Expression = cp_model.LinearExpr | int


@dataclass(frozen=True, slots=True)
class Slot:
    """A layer that may be there.

    `jump` and `width` after it, `step` = dilation x jump before it, `field` = (kernel - 1) x step.
    """

    active: cp_model.IntVar
    kernel: cp_model.IntVar
    jump: cp_model.IntVar
    width: cp_model.IntVar
    step: cp_model.IntVar
    field: cp_model.IntVar
    parameters: cp_model.IntVar


class PerLayerModel:
    """The model of one problem, with the given number of slots for each stack."""

    def __init__(self, problem: Problem, slots: Mapping[str, int]) -> None:
        _refuse(problem)
        self.cp = cp_model.CpModel()
        self._problem = problem
        self._jumps = _jumps(problem)
        self._slots: dict[str, list[Slot]] = {}
        self._below: dict[tuple[int, int], cp_model.IntVar] = {}
        for stack in problem.stacks:
            self._slots[stack.name] = []
            for _ in range(slots[stack.name]):
                self._slots[stack.name].append(self._slot(stack))
        for requirement in problem.requirements:
            self._require(requirement)
        every = [slot for placed in self._slots.values() for slot in placed]
        self.cp.minimize(_total(every, problem.objectives[0].quantity))

    def solve(self, time_limit: float) -> Answer:
        """Return the optimum, or the best within the time limit."""
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = time_limit
        code = solver.solve(self.cp)
        found = code in {cp_model.OPTIMAL, cp_model.FEASIBLE}
        proven = code in {cp_model.OPTIMAL, cp_model.INFEASIBLE}
        return Answer(solver.objective_value if found else None, proven)

    def _way(self, stack: Stack | str) -> list[Slot]:
        name = stack if isinstance(stack, str) else stack.name
        return [slot for part in self._problem.upstream(name) for slot in self._slots[part.name]]

    # layers ---------------------------------------------------------------------------------------

    def _slot(self, stack: Stack) -> Slot:
        way, mates = self._way(stack), self._slots[stack.name]
        jump_in: Expression = way[-1].jump if way else 1
        width_in: Expression = way[-1].width if way else self._problem.input.channels
        active = self.cp.new_bool_var("")
        if mates:
            self.cp.add_implication(active, mates[-1].active)
        kernel, stride, dilation = (
            self._chosen(sorted({getattr(choice, part)[0] for choice in stack.choices}), active)
            for part in ("kernel", "stride", "dilation")
        )
        step = self._product(dilation, jump_in)
        jump = self.cp.new_int_var_from_domain(cp_model.Domain.from_values(self._jumps), "")
        self.cp.add_multiplication_equality(jump, [jump_in, stride])
        width = self._width(stack, jump, width_in, active)
        rising = stack.widths.is_free and self._problem.guards.monotone_widths
        if rising and stack.block.kind != "pool":
            for slot in way:  # nothing rises from the input; something does from the first layer on
                self.cp.add(width >= width_in).only_enforce_if(slot.active)
        return Slot(
            active=active,
            kernel=kernel,
            jump=jump,
            width=width,
            step=step,
            field=self._product(kernel - 1, step),
            parameters=self._parameters(stack, kernel, width_in, width, active),
        )

    def _chosen(self, values: Sequence[int], active: cp_model.IntVar) -> cp_model.IntVar:
        """Return one of the values, 1 in a slot that is not used."""
        chosen = self.cp.new_int_var_from_domain(cp_model.Domain.from_values([1, *values]), "")
        self.cp.add_linear_expression_in_domain(chosen, cp_model.Domain.from_values(values)).only_enforce_if(active)
        self.cp.add(chosen == 1).only_enforce_if(~active)
        return chosen

    def _product(self, *factors: Expression) -> cp_model.IntVar:
        most = 1
        for factor in factors:
            most *= self._upper(factor)
        product = self.cp.new_int_var(0, most, "")
        self.cp.add_multiplication_equality(product, factors)
        return product

    def _upper(self, factor: Expression) -> int:
        if isinstance(factor, int):
            return factor
        if isinstance(factor, cp_model.IntVar):
            return max(_domain(factor))
        return max(choice.kernel[0] for stack in self._problem.stacks for choice in stack.choices)

    def _width(
        self, stack: Stack, jump: cp_model.IntVar, width_in: Expression, active: cp_model.IntVar
    ) -> cp_model.IntVar:
        pairs = [(j, width) for j in self._jumps for width in stack.widths.options((j,)) or (0,)]
        options = sorted({width for _, width in pairs if width})
        before = cp_model.Domain.from_flat_intervals(_domain(width_in))
        allowed = before.union_with(cp_model.Domain.from_values(options))
        width = self.cp.new_int_var_from_domain(allowed, "")
        self.cp.add(width == width_in).only_enforce_if(~active)
        if stack.block.kind == "pool":
            self.cp.add(width == width_in)
        elif stack.widths.is_free:
            self.cp.add_linear_expression_in_domain(width, cp_model.Domain.from_values(options)).only_enforce_if(active)
        else:
            planned = self.cp.new_int_var(0, max(options), "")
            self.cp.add_allowed_assignments([jump, planned], pairs)
            self.cp.add(width == planned).only_enforce_if(active)
        return width

    def _parameters(
        self,
        stack: Stack,
        kernel: cp_model.IntVar,
        width_in: Expression,
        width: cp_model.IntVar,
        active: cp_model.IntVar,
    ) -> cp_model.IntVar:
        """Return k^n c_in c_out (depthwise first: k^n c_in + c_in c_out), and norm and bias."""
        axes = repeat(kernel, self._problem.input.axes)
        extra = 2 * (stack.block.norm == "batch") + stack.block.bias
        if stack.block.kind == "pool":
            return self.cp.new_constant(0)
        terms = [self._product(extra, width)]
        if stack.block.kind == "separable":
            terms += [self._product(*axes, width_in), self._product(width_in, width)]
            terms += [self._product(extra, width_in)]
        else:
            terms += [self._product(*axes, width_in, width)]
        spent = self.cp.new_int_var(0, sum(map(self._upper, terms)), "")
        self.cp.add(spent == cp_model.LinearExpr.sum(terms)).only_enforce_if(active)
        self.cp.add(spent == 0).only_enforce_if(~active)
        return spent

    # requirements ---------------------------------------------------------------------------------

    def _require(self, requirement: Requirement) -> None:
        slots = [slot for placed in self._slots.values() for slot in placed]
        if requirement.node is None or requirement.quantity is Quantity.LAYERS:
            placed = self._slots.get(requirement.node or "", slots)
            self._between(_total(placed, requirement.quantity), requirement)
            return
        way = self._way(self._problem.before(requirement.node))
        match requirement.quantity:
            case Quantity.RECEPTIVE_FIELD:
                self._between(1 + cp_model.LinearExpr.sum([slot.field for slot in way]), requirement)
            case Quantity.EFFECTIVE_RECEPTIVE_FIELD:
                self._spread(way, requirement)
            case Quantity.STRIDE:
                self._between(way[-1].jump, requirement)
            case Quantity.WIDTH:
                self._between(way[-1].width, requirement)
            case Quantity.HOLE_FREE:
                self._no_holes(way)

    def _between(self, value: Expression, requirement: Requirement) -> None:
        if requirement.least is not None:
            self.cp.add(value >= int(max(requirement.least)))
        if requirement.most is not None:
            self.cp.add(value <= int(min(requirement.most)))

    def _spread(self, way: Sequence[Slot], requirement: Requirement) -> None:
        """48 x variance: the sum of 4 (k^2 - 1) step^2 = 4 (k - 1)^2 step^2 + 8 (k - 1) step^2."""
        squares = [self._product(slot.field, slot.field) for slot in way]
        mixed = [self._product(slot.field, slot.step) for slot in way]
        variance = 4 * cp_model.LinearExpr.sum(squares) + 8 * cp_model.LinearExpr.sum(mixed)
        for axis in range(self._problem.input.axes):
            low, high = variance_bounds(requirement, axis)
            if low is not None:
                self.cp.add(variance >= low)
            if high is not None:
                self.cp.add(variance <= high)

    def _no_holes(self, way: Sequence[Slot]) -> None:
        """Every step of a layer with several taps <= 1 + the fields of smaller steps; field >= stride."""
        self.cp.add(way[-1].jump <= 1 + cp_model.LinearExpr.sum([slot.field for slot in way]))
        for slot in way:
            tapped = self.cp.new_bool_var("")
            self.cp.add(slot.kernel >= 2).only_enforce_if(tapped)
            self.cp.add(slot.kernel == 1).only_enforce_if(~tapped)
            others = [self._field_below(other, slot) for other in way if other is not slot]
            self.cp.add(slot.step <= 1 + cp_model.LinearExpr.sum(others)).only_enforce_if(tapped)

    def _field_below(self, other: Slot, slot: Slot) -> cp_model.IntVar:
        """Return at most the other's field, and 0 unless its step is the smaller."""
        key = (other.active.index, slot.active.index)
        if key not in self._below:
            smaller = self.cp.new_bool_var("")
            below = self._below[key] = self.cp.new_int_var(0, self._upper(other.field), "")
            self.cp.add(other.step < slot.step).only_enforce_if(smaller)
            self.cp.add(below <= other.field)
            self.cp.add(below == 0).only_enforce_if(~smaller)
        return self._below[key]


def _refuse(problem: Problem) -> None:
    """Raise NotStatedError where the model has no words for the problem."""
    refuse_graphs(problem)
    if len(axis_classes(problem)) > 1:
        raise NotStatedError("axes that differ")
    kinds = sorted({stack.block.kind for stack in problem.stacks} - BLOCKS)
    if kinds:
        raise NotStatedError(f"block {kinds[0]}")
    objective = problem.objectives[0]
    if objective.maximise:
        raise NotStatedError(f"maximise {objective.quantity}")
    asked = {objective.quantity, *(r.quantity for r in problem.requirements)} & NOT_STATED
    if asked:
        raise NotStatedError(min(asked))


def _jumps(problem: Problem) -> list[int]:
    """Return every product of strides up to the largest that an exit accepts."""
    limits = [max(r.most) for r in problem.requirements if r.quantity is Quantity.STRIDE and r.most]
    limits = limits or [useful_jump(problem)]
    jumps = {1}
    strides = {choice.stride[0] for stack in problem.stacks for choice in stack.choices}
    for stride in strides - {1}:
        every = accumulate(repeat(stride), mul, initial=1)
        powers = list(takewhile(lambda power: power <= max(limits), every))
        jumps = {jump * power for jump in jumps for power in powers}
    return sorted(jump for jump in jumps if jump <= max(limits))


def _domain(variable: Expression) -> list[int]:
    """Return the intervals that a variable may lie in: low, high, low, high, ..."""
    if isinstance(variable, cp_model.IntVar):
        # Copied, as in OR-tools 9.15 a negative index into the view returns 0.
        return list(variable.proto.domain)
    return [variable, variable] if isinstance(variable, int) else []


def _total(slots: Sequence[Slot], quantity: Quantity) -> cp_model.LinearExpr:
    if quantity is Quantity.LAYERS:
        return cp_model.LinearExpr.sum([slot.active for slot in slots])
    return cp_model.LinearExpr.sum([slot.parameters for slot in slots])
