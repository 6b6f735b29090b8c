"""A dynamic programme over (state, field) along a chain of stacks: the cheapest way there, the cheapest way on.

Relaxed, it ignores holes, depth and budgets, so that its costs bound those of every design. Strict, it places a layer
only where its step is at most the field so far, which leaves no hole: the sum of an interval and a comb with teeth no
further apart than the interval is long is an interval.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from rfsolve.search.axes import axis_classes
from rfsolve.search.clock import tick
from rfsolve.search.lattice import Lattice, state_order
from rfsolve.search.moves import Move, State
from rfsolve.search.placement import Placement, variance_bounds
from rfsolve.space.problem import Problem, Quantity, Requirement

NEVER = 1 << 60
LARGEST_TABLE = 4_096

Costs = NDArray[np.int64]
Price = Callable[[Move], int]


@dataclass(frozen=True, slots=True)
class Node:
    """A state of a stack: the same state of the next stack is another node."""

    stack: str
    state: State


@dataclass(frozen=True, slots=True)
class _Row:
    """What the programme needs of a move: price, cells gained, and the field (in cells) needed before it."""

    move: Move
    price: int
    gain: int
    room: int


@dataclass(frozen=True, slots=True)
class Resource:
    """What the programme counts along one axis: the field in pixels, or 48 x the variance."""

    quantity: Quantity
    axis: int

    def gain(self, move: Move) -> int:
        """Return what one move adds."""
        if self.quantity is Quantity.RECEPTIVE_FIELD:
            return move.footprint.field(self.axis)
        return move.footprint.variance[self.axis]

    def limits(self, requirement: Requirement) -> tuple[int | None, int | None]:
        """Return the bounds that a requirement of this quantity puts on the sum of the gains."""
        if self.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            return variance_bounds(requirement, self.axis)
        least = None if requirement.least is None else int(requirement.least[self.axis]) - 1
        return least, None if requirement.most is None else int(requirement.most[self.axis]) - 1


def resources(problem: Problem) -> tuple[Resource, ...]:
    """Return what to count: the field along each class of axes, and the variance where a requirement bounds it."""
    axes = axis_classes(problem)
    fields = [Resource(Quantity.RECEPTIVE_FIELD, axis) for axis in axes]
    bounded = {requirement.quantity for requirement in problem.requirements}
    effective = Quantity.EFFECTIVE_RECEPTIVE_FIELD
    return (*fields, *(Resource(effective, axis) for axis in axes if effective in bounded))


class Programme:
    """The dynamic programme of one chain of stacks for one resource, under given prices."""

    def __init__(self, problem: Problem, lattices: Mapping[str, Lattice], price: Price, resource: Resource) -> None:
        self._problem = problem
        self._lattices = lattices
        self._resource = resource
        self._price = price
        self._chain = [stack.name for stack in problem.stacks]
        self._least, self._most = self._limits()
        top = max(
            [*self._least.values(), *(most for most in self._most.values() if most is not None), *self._steps(), 1]
        )
        self._unit = ceil((top + 1) / LARGEST_TABLE)
        self._size = ceil(top / self._unit) + 2

    def _steps(self) -> set[int]:
        """Return the steps of all moves, where holes are about the resource at all."""
        if self._resource.quantity is not Quantity.RECEPTIVE_FIELD:
            return set()
        axis = self._resource.axis
        return {
            s for lattice in self._lattices.values() for move in lattice.moves for s, _ in move.footprint.taps[axis]
        }

    def _limits(self) -> tuple[dict[str, int], dict[str, int | None]]:
        """Return, by stack, the least and most of the resource that the exits after it ask."""
        least: dict[str, int] = dict.fromkeys(self._chain, 0)
        most: dict[str, int | None] = dict.fromkeys(self._chain)
        for node in self._problem.exits:
            stack = self._problem.before(node.name)
            for requirement in self._problem.at(node.name):
                if requirement.quantity is not self._resource.quantity:
                    continue
                low, high = self._resource.limits(requirement)
                least[stack] = max(least[stack], low or 0)
                caps = [cap for cap in (most[stack], high) if cap is not None]
                most[stack] = min(caps, default=None)
        return least, most

    def rows(self, optimistic: bool) -> dict[str, list[_Row]]:  # noqa: FBT001 - two readings of one table
        """Return the moves in cells: gains rounded up and no room needed, or down with the room that leaves no hole."""
        return {
            name: [self._row(move, optimistic) for move in lattice.moves] for name, lattice in self._lattices.items()
        }

    def _row(self, move: Move, optimistic: bool) -> _Row:  # noqa: FBT001
        tick()
        gain = self._resource.gain(move)
        price = self._price(move)
        if optimistic:
            return _Row(move, price, min(-(-gain // self._unit), self._size - 1), 0)
        return _Row(move, price, min(gain // self._unit, self._size - 1), -(-self._room(move) // self._unit))

    def _room(self, move: Move) -> int:
        """Return the field, less one, that a move needs before it so as to leave no hole."""
        span = room = 0
        for step, mass in move.footprint.taps[self._resource.axis]:
            room = max(room, step - 1 - span)
            span += step * mass
        return room

    # forward ----------------------------------------------------------------------------------------------------------

    def forward(self, optimistic: bool) -> "Forward":  # noqa: FBT001
        """Return the cheapest way to every (stack, state, cells)."""
        tables: dict[Node, list[Costs]] = {}
        rows = self.rows(optimistic)
        ports: dict[State, Costs] = {}
        for index, name in enumerate(self._chain):
            lattice = self._lattices[name]
            if index == 0:
                ports = {state: self._start() for state in lattice.entries}
            arriving = defaultdict(list)
            for row in rows[name]:
                arriving[row.move.target].append(row)
            for state in lattice.states:
                table = ports.get(state, self._never()) if state in lattice.entries else self._never()
                for row in arriving[state]:
                    if not row.move.repeatable:
                        before = tables[Node(name, row.move.source)][-1]
                        table = np.minimum(table, self._shift(before, row))
                stages = [table]
                for row in _loops(arriving[state]):
                    stages.append(self._repeat(stages[-1], row))
                tables[Node(name, state)] = stages
            ports = {state: self._accepted(name, tables[Node(name, state)][-1]) for state in lattice.exits}
        return Forward(rows, tables, ports)

    def _start(self) -> Costs:
        table = self._never()
        table[0] = 0
        return table

    def _never(self) -> Costs:
        return np.full(self._size, NEVER, dtype=np.int64)

    def _shift(self, before: Costs, row: _Row) -> Costs:
        """Return the costs after one such move: cells + gain, the last cell holding everything above it."""
        tick()
        after = self._never()
        usable = before.copy()
        usable[: row.room] = NEVER
        after[row.gain :] = usable[: self._size - row.gain]
        if row.gain:
            after[-1] = min(after[-1], usable[self._size - row.gain :].min())
        return np.minimum(after + row.price, NEVER)

    def _repeat(self, table: Costs, row: _Row) -> Costs:
        """Return the costs after any number of such moves: a running minimum in each residue class of the gain."""
        if not row.gain:
            return table
        start = min(row.room, self._size - 1)
        spread = np.concatenate([table[start:], np.full(row.gain, NEVER)])
        out = table.copy()
        best = _running_minimum(spread, row.gain, row.price)
        out[start:] = best[: self._size - start]
        out[-1] = min(out[-1], best[self._size - 1 - start :].min())
        return np.minimum(out, NEVER)

    def _accepted(self, stack: str, table: Costs) -> Costs:
        """Return the costs with the fields that the exits after the stack refuse made impossible."""
        out = table.copy()
        out[: self._least[stack] // self._unit] = NEVER
        most = self._most[stack]
        if most is not None and self._unit == 1:
            out[most + 1 :] = NEVER
        return out

    # backward ---------------------------------------------------------------------------------------------------------

    def backward(self) -> dict[Node, Costs]:
        """Return the cheapest way on from every (stack, state, cells), moves inside the state included."""
        rows = self.rows(optimistic=True)
        tables: dict[Node, Costs] = {}
        for index in reversed(range(len(self._chain))):
            name = self._chain[index]
            lattice = self._lattices[name]
            leaving = defaultdict(list)
            for row in rows[name]:
                leaving[row.move.source].append(row)
            for state in reversed(lattice.states):
                table = self._never()
                if state in lattice.exits:
                    table = self._accepted(name, self._after(index, state, tables))
                for row in leaving[state]:
                    if not row.move.repeatable:
                        table = np.minimum(table, self.ahead(tables[Node(name, row.move.target)], row))
                for row in leaving[state]:
                    if row.move.repeatable and row.gain:
                        saturated = np.concatenate([np.full(row.gain, table[-1]), table[::-1]])
                        table = _running_minimum(saturated, row.gain, row.price)[row.gain :][::-1]
                tables[Node(name, state)] = np.minimum(table, NEVER)
        return tables

    def _after(self, index: int, state: State, tables: Mapping[Node, Costs]) -> Costs:
        if index + 1 == len(self._chain):
            return np.zeros(self._size, dtype=np.int64)
        return tables.get(Node(self._chain[index + 1], state), self._never())

    def ahead(self, table: Costs, row: _Row) -> Costs:
        """Return the cost of going on through one such move, by the cells before it."""
        tick()
        return np.concatenate([table[row.gain :], np.full(row.gain, table[-1])]) + row.price


def _loops(rows: Iterable[_Row]) -> list[_Row]:
    return sorted((row for row in rows if row.move.repeatable), key=lambda row: row.move.order)


def _running_minimum(table: Costs, gain: int, price: int) -> Costs:
    length = -(-len(table) // gain) * gain
    padded = np.full(length, NEVER, dtype=np.int64)
    padded[: len(table)] = table
    grid = padded.reshape(-1, gain)
    slope = np.arange(len(grid), dtype=np.int64)[:, None] * price
    best: Costs = (np.minimum.accumulate(grid - slope, axis=0) + slope).reshape(-1)
    return best[: len(table)]


class Forward:
    """The forward tables, and the cheapest way read back from them."""

    def __init__(
        self,
        rows: Mapping[str, list[_Row]],
        tables: Mapping[Node, list[Costs]],
        ports: Mapping[State, Costs],
    ) -> None:
        self._rows = rows
        self.tables = tables
        self._ports = ports

    def best(self) -> int:
        """Return the least cost over all accepted ends, NEVER where there is none."""
        return min((int(table.min()) for table in self._ports.values()), default=NEVER)

    def placement(self) -> Placement | None:
        """Return the cheapest way as a placement, or None where there is none."""
        if self.best() >= NEVER:
            return None
        state, table = min(self._ports.items(), key=lambda item: (int(item[1].min()), state_order(item[0])))
        cells = int(table.argmin())
        chosen: dict[str, dict[int, tuple[Move, int]]] = {name: {} for name in self._rows}
        for name in reversed(list(self._rows)):
            state, cells = self._walk_back(name, state, cells, chosen[name])
        return Placement({name: tuple(placed.values()) for name, placed in chosen.items()})

    def _walk_back(self, name: str, state: State, cells: int, chosen: dict[int, tuple[Move, int]]) -> tuple[State, int]:
        """Undo the moves of one stack, from its end to its entry."""
        while True:
            stages = self.tables[Node(name, state)]
            loops = _loops(row for row in self._rows[name] if row.move.target == state)
            for index in reversed(range(len(loops))):
                while stages[index + 1][cells] < stages[index][cells]:
                    cells = self._undo(stages[index + 1], loops[index], cells, int(stages[index + 1][cells]))
                    _count(chosen, loops[index].move)
            row, before = self._arrival(name, state, cells, int(stages[0][cells]))
            if row is None:
                return state, cells
            _count(chosen, row.move)
            state, cells = row.move.source, before

    def _arrival(self, name: str, state: State, cells: int, cost: int) -> tuple[_Row | None, int]:
        for row in self._rows[name]:
            if row.move.target == state and not row.move.repeatable:
                table = self.tables[Node(name, row.move.source)][-1]
                before = self._undo(table, row, cells, cost)
                if before >= 0:
                    return row, before
        return None, cells

    def _undo(self, table: Costs, row: _Row, cells: int, cost: int) -> int:
        """Return the cells before a move that led to `cells` at `cost`, -1 where it did not."""
        last = len(table) - 1
        start = cells - row.gain
        candidates = range(max(0, start), last + 1) if cells == last else range(start, start + 1)
        for before in candidates:
            if before >= row.room and before >= 0 and int(table[before]) + row.price == cost:
                return before
        return -1


def _count(chosen: dict[int, tuple[Move, int]], move: Move) -> None:
    _, number = chosen.get(id(move), (move, 0))
    chosen[id(move)] = (move, number + 1)
