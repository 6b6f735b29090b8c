"""A dynamic programme over (state, field) along a chain of stacks: the cheapest way there, the cheapest way on.

Relaxed, it ignores budgets and those holes that later layers could fill (`ahead`), so that its costs bound those of
every design. Strict, it places a layer only where its step is at most the field so far, which leaves no hole: the sum
of an interval and a comb with teeth no further apart than the interval is long is an interval.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfsolve.search.ahead import Ahead, Node, solid_stacks
from rfsolve.search.axes import axis_classes
from rfsolve.search.clock import tick
from rfsolve.search.lattice import Lattice, state_order
from rfsolve.search.moves import Footprint, Move, State
from rfsolve.search.placement import Placement, variance_bounds
from rfsolve.space.problem import Problem, Quantity, Requirement

NEVER = 1 << 60
LARGEST_TABLE = 4_096
LARGEST_FIELD = 16_384
"""Cells of a table of variances, and of one of fields: a second of sound at 16 kHz, without rounding."""
Table = NDArray[np.int64]
Price = Callable[[Move], int]


class Row(NamedTuple):
    """What the programme needs of a move: price, cells gained, and the field (in cells) needed before it."""

    move: Move
    price: int
    gain: int
    room: int

    def does_for(self, other: "Row") -> bool:
        """Return whether copies of this repeated move reach what another reaches, as early and for no more."""
        copies, rest = divmod(other.gain, self.gain)
        return not rest and copies * self.price <= other.price and self.room <= other.room


class Rows(NamedTuple):
    """How to come to a state, or on from it: by moves between states, and by those that are repeated in it."""

    between: tuple[Row, ...]
    repeated: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """What the programme counts along one axis: the field in pixels, or 48 x the variance."""

    quantity: Quantity
    axis: int

    def gain(self, footprint: Footprint) -> int:
        """Return what one move adds."""
        if self.quantity is Quantity.RECEPTIVE_FIELD:
            return footprint.field[self.axis]
        return footprint.variance[self.axis]

    def limits(self, requirement: Requirement) -> tuple[int | None, int | None]:
        """Return the bounds that a requirement of this quantity puts on the sum of the gains."""
        if self.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            return variance_bounds(requirement, self.axis)
        least = None if requirement.least is None else ceil(requirement.least[self.axis]) - 1
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
        self.resource = resource
        self._price = price
        self._chain = [stack.name for stack in problem.stacks]
        self._footprints = {id(m.footprint): m.footprint for one in lattices.values() for m in one.moves}
        self._least, self._most = self._limits()
        top = max(
            [*self._least.values(), *(most for most in self._most.values() if most is not None), *self._steps(), 1]
        )
        of_fields = resource.quantity is Quantity.RECEPTIVE_FIELD
        self.unit = ceil((top + 1) / (LARGEST_FIELD if of_fields else LARGEST_TABLE))
        self.size = ceil(top / self.unit) + 2
        self._cells = np.arange(self.size + 4, dtype=np.int64)
        self._nothing = np.full(self.size, NEVER, dtype=np.int64)
        self._rows: dict[tuple[str, bool], list[Row]] = {}
        self._solid = solid_stacks(problem) if of_fields else frozenset()

    @cached_property
    def ahead(self) -> Ahead:
        """What may still come, along the axis of the resource."""
        return Ahead(self._chain, self._lattices, self.resource.axis)

    def _steps(self) -> set[int]:
        """Return the steps of all moves, where holes are about the resource at all."""
        if self.resource.quantity is not Quantity.RECEPTIVE_FIELD:
            return set()
        return {step for one in self._footprints.values() for step, _ in one.taps[self.resource.axis]}

    def _limits(self) -> tuple[dict[str, int], dict[str, int | None]]:
        """Return, by stack, the least and most of the resource that the exits after it ask."""
        least: dict[str, int] = dict.fromkeys(self._chain, 0)
        most: dict[str, int | None] = dict.fromkeys(self._chain)
        for node in self._problem.exits:
            stack = self._problem.before(node.name)
            for requirement in self._problem.at(node.name):
                if requirement.quantity is not self.resource.quantity:
                    continue
                low, high = self.resource.limits(requirement)
                least[stack] = max(least[stack], low or 0)
                caps = [cap for cap in (most[stack], high) if cap is not None]
                most[stack] = min(caps, default=None)
        return least, most

    def rows(self, name: str, *, optimistic: bool) -> list[Row]:
        """Return a stack's moves in cells: gains rounded up, with the room that no hole-free design does without.

        Or, not `optimistic`, gains rounded down, with room enough to leave no hole.
        """
        key = name, optimistic
        if key not in self._rows:
            tick()
            gains = {one: self._gain(footprint, optimistic) for one, footprint in self._footprints.items()}
            room = self._certain if optimistic else self._enough
            solid = name in self._solid
            self._rows[key] = [
                Row(move, self._price(move), gains[id(move.footprint)], room(move) if solid else 0)
                for move in self._lattices[name].moves
            ]
        return self._rows[key]

    def _gain(self, footprint: Footprint, optimistic: bool) -> int:  # noqa: FBT001 - two readings
        """Return the cells that a move gains."""
        gain = self.resource.gain(footprint)
        return min(-(-gain // self.unit) if optimistic else gain // self.unit, self.size - 1)

    def _certain(self, move: Move) -> int:
        """Return the cells that a move needs before it, whatever follows it."""
        return self.ahead.room(move) // self.unit

    def _enough(self, move: Move) -> int:
        """Return the cells before a move that leave no hole, whatever follows it."""
        return -(-move.footprint.room[self.resource.axis] // self.unit)

    # forward ----------------------------------------------------------------------------------------------------------

    def forward(self, *, optimistic: bool) -> "Forward":
        """Return the cheapest way to every (stack, state, cells)."""
        tables: dict[Node, list[Table]] = {}
        above: dict[Node, Table] = {}
        ways: dict[Node, Rows] = {}
        ports: dict[State, Table] = {}
        for index, name in enumerate(self._chain):
            lattice = self._lattices[name]
            if index == 0:
                ports = {state: self._start() for state in lattice.entries}
            arriving = _by_state(self.rows(name, optimistic=optimistic), lambda move: move.target)
            for state in lattice.states:
                tick()
                node = Node(name, state)
                ways[node] = way = arriving(node)
                table = ports[state].copy() if state in lattice.entries and state in ports else self._never()
                for row in way.between:
                    source = Node(name, row.move.source)
                    self._arrive(table, tables[source][-1], above[source], row)
                stages = tables[node] = [np.minimum(table, NEVER)]
                for row in way.repeated:
                    stages.append(self._repeat(stages[-1], row))
                above[node] = np.minimum.accumulate(stages[-1][::-1])[::-1]
            ports = {state: self._accepted(name, tables[Node(name, state)][-1]) for state in lattice.exits}
        return Forward(self._chain, ways, tables, ports)

    def _start(self) -> Table:
        table = self._never()
        table[0] = 0
        return table

    def _never(self) -> Table:
        return self._nothing.copy()

    def _arrive(self, table: Table, before: Table, above: Table, row: Row) -> None:
        """Enter the costs after one such move: cells + gain, the last cell holding everything above it.

        `above`: by cells, the least cost before it at so many or more.
        """
        _, price, gain, room = row
        after = table[room + gain :]
        np.minimum(after, before[room : self.size - gain] + price, out=after)
        if gain:
            table[-1] = min(table[-1], above[max(room, self.size - gain)] + price)

    def _repeat(self, table: Table, row: Row) -> Table:
        """Return the costs after any number of such moves: a running minimum in each residue class of the gain."""
        out = table.copy()
        best = self._running_minimum(table[row.room :], row)
        beyond = self.size - row.room - 1
        out[row.room :] = best[: beyond + 1]
        out[-1] = np.minimum.reduce(best[beyond:])
        return np.minimum(out, NEVER)

    def _running_minimum(self, table: Table, row: Row) -> Table:
        """Return the least of the costs after any number of such moves, up to one gain past the table."""
        _, price, gain, _ = row
        lines = -(-len(table) // gain) + 1
        padded = np.full(lines * gain, NEVER, dtype=np.int64)
        padded[: len(table)] = table
        grid = padded.reshape(lines, gain)
        slope = self._cells[:lines, None] * price
        grid -= slope
        np.minimum.accumulate(grid, axis=0, out=grid)
        grid += slope
        return padded

    def _accepted(self, stack: str, table: Table) -> Table:
        """Return the costs with the fields that the exits after the stack refuse made impossible."""
        out = table.copy()
        out[..., : self._least[stack] // self.unit] = NEVER
        most = self._most[stack]
        if most is not None and self.unit == 1:
            out[..., most + 1 :] = NEVER
        return out

    # backward ---------------------------------------------------------------------------------------------------------

    def backward(self, repeated: Mapping[Node, Sequence[Move]] | None = None) -> dict[Node, list[Table]]:
        """Return the cheapest way on from every (stack, state, cells), all moves inside the state included.

        Then without the first of them, without the first two, and so on. `repeated`: the moves inside each state that
        count; by default, what is worth repeating.
        """
        tables: dict[Node, list[Table]] = {}
        for index in reversed(range(len(self._chain))):
            name = self._chain[index]
            lattice = self._lattices[name]
            leaving = _by_state(self.rows(name, optimistic=True), lambda move: move.source, repeated)
            for state in reversed(lattice.states):
                tick()
                node = Node(name, state)
                way = leaving(node)
                table = self._never()
                if state in lattice.exits:
                    table = self._accepted(name, self._after(index, state, tables))
                for row in way.between:
                    self._leave(table, tables[Node(name, row.move.target)][0], row)
                stages = [np.minimum(table, NEVER)]
                for row in reversed(way.repeated):
                    stages.append(self._repeat_before(stages[-1], row))
                tables[node] = stages[::-1]
        return tables

    def _leave(self, table: Table, onward: Table, row: Row) -> None:
        """Enter the costs of going on through one such move, by the cells before it."""
        _, price, gain, room = row
        ahead = table[..., room : max(room, self.size - gain)]
        np.minimum(ahead, onward[..., room + gain :] + price, out=ahead)
        ahead = table[..., max(room, self.size - gain) :]
        np.minimum(ahead, onward[..., -1:] + price, out=ahead)

    def _repeat_before(self, table: Table, row: Row) -> Table:
        """Return the costs with any number of such moves made first."""
        if not row.gain:
            return table
        saturated = np.concatenate([np.full(row.gain, table[-1]), table[row.room :][::-1]])
        best = self._running_minimum(saturated, row)[row.gain : row.gain + self.size - row.room]
        out: Table = np.minimum(np.concatenate([table[: row.room], best[::-1]]), NEVER)
        return out

    def _after(self, index: int, state: State, tables: Mapping[Node, Sequence[Table]]) -> Table:
        if index + 1 == len(self._chain):
            return np.zeros_like(self._nothing)
        node = Node(self._chain[index + 1], state)
        return tables[node][0] if node in tables else self._never()

    def through(self) -> dict[str, list[int]]:
        """Return, by stack, what the cheapest design costs at least that makes each of its moves."""
        tables, onward = self.forward(optimistic=True).tables, self.backward()
        costs: dict[str, list[int]] = {}
        for name in self._chain:
            apart: dict[tuple[State, State, int, int], int] = {}  # between two states, without the price of the move
            found = costs[name] = []
            for row in self.rows(name, optimistic=True):
                key = (row.move.source, row.move.target, row.gain, row.room)
                if key not in apart:
                    there = tables[Node(name, row.move.source)][-1]
                    apart[key] = self._cheapest(there, onward[Node(name, row.move.target)][0], row)
                found.append(apart[key] + row.price)
        return costs

    def _cheapest(self, there: Table, onward: Table, row: Row) -> int:
        """Return the least cost of the way to a move and on from it, by the cells before it."""
        tick()
        rest = max(row.room, self.size - row.gain)
        within = there[row.room : rest] + onward[row.room + row.gain :]
        beyond = there[rest:] + onward[-1]
        return min(int(np.minimum.reduce(part)) for part in (within, beyond) if len(part))


def _by_state(
    rows: Sequence[Row], end: Callable[[Move], State], repeats: Mapping[Node, Sequence[Move]] | None = None
) -> Callable[[Node], Rows]:
    """Return how to find the rows of a node: those whose move ends there, or starts there, and those to repeat."""
    between: dict[State, list[Row]] = defaultdict(list)
    repeated: dict[State, list[Row]] = defaultdict(list)
    for row in rows:
        (repeated if row.move.repeatable else between)[end(row.move)].append(row)

    def ways(node: Node) -> Rows:
        here = repeated[node.state]
        if repeats is None:
            return Rows(tuple(between[node.state]), _worth_repeating(here))
        by_move = {id(row.move): row for row in here}
        return Rows(tuple(between[node.state]), tuple(by_move[id(move)] for move in repeats.get(node, ())))

    return ways


def _worth_repeating(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the repeated moves that copies of no other would do for, small steps first.

    Of the 13 layers that free widths has for one width, two to four are left.
    """
    kept: list[Row] = []
    for row in sorted((row for row in rows if row.gain), key=lambda row: (row.gain, row.price, row.room)):
        if not any(other.does_for(row) for other in kept):
            kept.append(row)
    return tuple(sorted(kept, key=lambda row: row.move.order))


class Forward:
    """The forward tables, and the cheapest way read back from them."""

    def __init__(
        self,
        chain: Sequence[str],
        ways: Mapping[Node, Rows],
        tables: Mapping[Node, list[Table]],
        ports: Mapping[State, Table],
    ) -> None:
        self._chain = chain
        self._ways = ways
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
        chosen: dict[str, dict[int, tuple[Move, int]]] = {name: {} for name in self._chain}
        for name in reversed(self._chain):
            state, cells = self._walk_back(name, state, cells, chosen[name])
        return Placement({name: tuple(placed.values()) for name, placed in chosen.items()})

    def _walk_back(self, name: str, state: State, cells: int, chosen: dict[int, tuple[Move, int]]) -> tuple[State, int]:
        """Undo the moves of one stack, from its end to its entry."""
        while True:
            stages = self.tables[Node(name, state)]
            loops = self._ways[Node(name, state)].repeated
            for index in reversed(range(len(loops))):
                while stages[index + 1][cells] < stages[index][cells]:
                    cells = _undone(stages[index + 1], loops[index], cells, int(stages[index + 1][cells]))
                    _count(chosen, loops[index].move)
            row, before = self._arrival(name, state, cells, int(stages[0][cells]))
            if row is None:
                return state, cells
            _count(chosen, row.move)
            state, cells = row.move.source, before

    def _arrival(self, name: str, state: State, cells: int, cost: int) -> tuple[Row | None, int]:
        for row in self._ways[Node(name, state)].between:
            before = _undone(self.tables[Node(name, row.move.source)][-1], row, cells, cost)
            if before >= 0:
                return row, before
        return None, cells


def _undone(table: Table, row: Row, cells: int, cost: int) -> int:
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
