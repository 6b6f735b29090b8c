"""Side (b): the lattice model as a mixed-integer programme for HiGHS, through scipy.

The same moves, the same bounds on repeats and the same rows as `rfsolve.search.model`; a row that
CP-SAT enforces under a literal is a big-M row here. Nothing is thinned out beforehand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import accumulate
from math import ceil, gcd, inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from timing import Answer, NotStatedError, refuse_graphs

from rfsolve.search.axes import axis_classes
from rfsolve.search.copies import Copies
from rfsolve.search.lattice import Lattice, lattices
from rfsolve.search.moves import Move, State
from rfsolve.search.placement import variance_bounds
from rfsolve.space.problem import COSTS, Problem, Quantity, Requirement

OPTIMAL, INFEASIBLE = 0, 2

Terms = dict[int, float]
"""Coefficients by column."""

Bound = Sequence[float]


@dataclass(slots=True)
class Rows:
    """Columns and rows as they are gathered; every column is an integer from 0 to `mosts`."""

    mosts: list[int] = field(default_factory=list)
    rows: list[tuple[Terms, float, float]] = field(default_factory=list)

    def column(self, most: int) -> int:
        """Return a new column."""
        self.mosts.append(most)
        return len(self.mosts) - 1

    def row(self, terms: Terms, low: float = -inf, high: float = inf) -> None:
        """Add low <= terms <= high."""
        if low > -inf or high < inf:
            self.rows.append((terms, low, high))

    def matrix(self) -> LinearConstraint:
        """Return the rows as scipy wants them."""
        columns = [column for terms, _, _ in self.rows for column in terms]
        values = [value for terms, _, _ in self.rows for value in terms.values()]
        starts = [0, *accumulate(len(terms) for terms, _, _ in self.rows)]
        shape = (len(self.rows), len(self.mosts))
        matrix = csr_array((values, columns, starts), shape=shape)
        lows, highs = zip(*((low, high) for _, low, high in self.rows), strict=True)
        return LinearConstraint(matrix, lows, highs)


class LatticeProgramme:
    """The lattice model of one problem."""

    def __init__(self, problem: Problem) -> None:
        objective = problem.objectives[0]
        if objective.maximise or objective.quantity not in COSTS:
            raise NotStatedError(f"maximise {objective.quantity}")
        refuse_graphs(problem)
        self._problem = problem
        self._lattices = {name: one for name, one in lattices(problem).items() if isinstance(one, Lattice)}
        self._copies = Copies(problem, self._lattices, problem)
        self.rows = self._rows = Rows()
        self._moves: dict[str, list[tuple[Move, int]]] = {}
        self._ends: dict[str, dict[State, int]] = {}
        self._used: dict[tuple[str, int, int], int] = {}
        for name, lattice in self._lattices.items():
            self._add_stack(name, lattice)
        for requirement in problem.requirements:
            self._require(requirement)

    @property
    def hopeless(self) -> bool:
        """Whether the states alone exclude a design."""
        return not all(lattice.exits for lattice in self._lattices.values())

    def costs(self) -> np.ndarray:
        """Return what each column adds to the objective."""
        costs = np.zeros(len(self._rows.mosts))
        for column, cost in self._total(self._problem.objectives[0].quantity).items():
            costs[column] = cost
        return costs

    def solve(self, time_limit: float) -> Answer:
        """Return the optimum, or the best within the time limit."""
        if self.hopeless:
            return Answer(None, proven=True)
        costs = self.costs()
        scale = reduce(gcd, costs.astype(int).tolist(), 0) or 1
        result = milp(
            costs / scale,
            integrality=np.ones(len(costs)),
            bounds=Bounds(0, self._rows.mosts),
            constraints=self._rows.matrix(),
            options={"time_limit": time_limit, "mip_rel_gap": 0.0},
        )
        value = None if result.fun is None else round(result.fun) * scale
        return Answer(value, proven=result.status in {OPTIMAL, INFEASIBLE})

    # flow -----------------------------------------------------------------------------------------

    def _add_stack(self, name: str, lattice: Lattice) -> None:
        rows = self._rows
        placed = [(move, rows.column(self._copies.most(move))) for move in lattice.moves]
        ends = {state: rows.column(1) for state in lattice.exits}
        self._moves[name], self._ends[name] = placed, ends
        rows.row(dict.fromkeys(ends.values(), 1), 1, 1)
        arriving: dict[State, Terms] = defaultdict(dict)
        balance: dict[State, Terms] = defaultdict(dict)
        before = self._ends.get(self._problem.before(name), {})
        entering = dict.fromkeys(lattice.entries, 0.0 if before else 1.0)
        for state in lattice.entries if before else ():
            arriving[state] = {before[state]: 1.0}
        for move, column in placed:
            if not move.repeatable:
                arriving[move.target][column] = 1
                balance[move.source][column] = -1
        for state, column in ends.items():
            balance[state][column] = -1
        for state in lattice.states:
            here = entering.get(state, 0.0)
            rows.row({**balance[state], **arriving[state]}, -here, -here)
        for move, column in placed:
            if move.repeatable:
                most = rows.mosts[column]
                through = {other: -most * value for other, value in arriving[move.source].items()}
                rows.row({column: 1, **through}, high=most * entering.get(move.source, 0.0))
        self._forbid_cycles(placed)

    def _forbid_cycles(self, placed: Sequence[tuple[Move, int]]) -> None:
        """Where widths may fall at one jump, number the states of a walk: no ring floats beside it."""
        level = [pair for pair in placed if pair[0].source.jump == pair[0].target.jump]
        rings = [(move, column) for move, column in level if not move.repeatable]
        if not any(move.target.width < move.source.width for move, _ in rings):
            return
        states = {state for move, _ in rings for state in (move.source, move.target)}
        rank = {state: self._rows.column(len(states)) for state in states}
        for move, column in rings:
            climb = {rank[move.target]: 1.0, rank[move.source]: -1.0, column: -1.0 - len(states)}
            self._rows.row(climb, low=-float(len(states)))
        for state in states:
            here = [pair for pair in placed if pair[0].target == state]
            arriving = [column for move, column in here if not move.repeatable]
            self._rows.row(dict.fromkeys(arriving, 1.0), high=1)

    def _total(self, quantity: Quantity, stack: str | None = None) -> Terms:
        names = self._moves if stack is None else [stack]
        return {column: move.cost(quantity) for name in names for move, column in self._moves[name]}

    def _along(self, stack: str) -> list[tuple[Move, int]]:
        return [pair for part in self._problem.upstream(stack) for pair in self._moves[part.name]]

    # requirements ---------------------------------------------------------------------------------

    def _require(self, requirement: Requirement) -> None:
        if requirement.quantity in {Quantity.STRIDE, Quantity.WIDTH}:
            return  # the lattice holds no state that breaks it
        if requirement.node is None or requirement.quantity is Quantity.LAYERS:
            total = self._total(requirement.quantity, requirement.node)
            self._between(total, requirement.least, requirement.most)
            return
        stack = self._problem.before(requirement.node)
        way = self._along(stack)
        for axis, twins in axis_classes(self._problem).items():
            match requirement.quantity:
                case Quantity.RECEPTIVE_FIELD:
                    gained = {column: move.footprint.field[axis] for move, column in way}
                    least = requirement.least and [requirement.least[twin] - 1 for twin in twins]
                    most = requirement.most and [requirement.most[twin] - 1 for twin in twins]
                    self._between(gained, least, most)
                case Quantity.EFFECTIVE_RECEPTIVE_FIELD:
                    spread = {column: move.footprint.variance[axis] for move, column in way}
                    for low, high in (variance_bounds(requirement, twin) for twin in twins):
                        self._between(spread, None if low is None else [low], None if high is None else [high])
                case Quantity.HOLE_FREE:
                    self._no_holes(stack, axis)

    def _between(self, terms: Mapping[int, float], least: Bound | None, most: Bound | None) -> None:
        low = -inf if least is None else ceil(max(least))
        high = inf if most is None else int(min(most))
        self._rows.row(dict(terms), low, high)

    def _no_holes(self, stack: str, axis: int) -> None:
        """What the smaller steps span >= (step - 1) x whether the step is in use; field >= stride."""
        masses = self._masses(stack, axis)
        span: Terms = defaultdict(float)
        for step in sorted(masses):
            if step > 1:
                used = self._in_use(stack, axis, step, masses[step])
                self._rows.row({**span, used: 1 - step}, low=0)
            for column, mass in masses[step].items():
                span[column] += step * mass
        jumps = {column: -state.jump[axis] for state, column in self._ends[stack].items()}
        self._rows.row({**span, **jumps}, low=-1)

    def _masses(self, stack: str, axis: int) -> Mapping[int, Terms]:
        """Return, by step, the taps - 1 of every move on the way."""
        masses: dict[int, Terms] = defaultdict(lambda: defaultdict(float))
        for move, column in self._along(stack):
            for step, mass in move.footprint.taps[axis]:
                masses[step][column] += mass
        return masses

    def _in_use(self, stack: str, axis: int, step: int, columns: Iterable[int]) -> int:
        key = (stack, axis, step)
        if key not in self._used:
            used = self._used[key] = self._rows.column(1)
            for column in columns:
                self._rows.row({column: 1, used: -self._rows.mosts[column]}, high=0)
        return self._used[key]
