"""The dynamic programme with the layers counted, too: what the way on costs with so many of a budget already made.

A budget of layers is a small number, so that it is worth a dimension of its own: by price (`bounds`) alone, layers that
are too many come in again where the price is a little too low for them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from rfsolve.search.ahead import Node
from rfsolve.search.clock import tick
from rfsolve.search.lattice import Lattice
from rfsolve.search.moves import Move
from rfsolve.search.programme import NEVER, Price, Programme, Resource, Row, Table
from rfsolve.space.problem import Problem, Quantity, Requirement

MOST = 64
LARGEST = 1 << 15
"""Layers of a budget that is counted, and cells of one table of them."""

FEWEST = 2
"""Of smaller budgets nobody spends much time on ways that break them."""


class Layered(Programme):
    """The programme for a resource; its tables have a row for each number of layers made, up to those of a budget."""

    def __init__(
        self,
        problem: Problem,
        lattices: Mapping[str, Lattice],
        price: Price,
        resource: Resource,
        budget: Requirement,
    ) -> None:
        super().__init__(problem, lattices, price, resource)
        self.budget = budget
        self._nothing = np.full((_most(budget) + 1, self.size), NEVER, dtype=np.int64)

    def backward(self, repeated: Mapping[Node, Sequence[Move]] | None = None) -> dict[Node, list[Table]]:
        """Return the same by layers made; by default all repeated moves count, as copies are layers."""
        return super().backward(self._every_repeated() if repeated is None else repeated)

    def _every_repeated(self) -> Mapping[Node, Sequence[Move]]:
        found: dict[Node, list[Move]] = defaultdict(list)
        for name, lattice in self._lattices.items():
            for move in sorted((one for one in lattice.moves if one.repeatable), key=lambda move: move.order):
                found[Node(name, move.source)].append(move)
        return found

    def _leave(self, table: Table, onward: Table, row: Row) -> None:
        if self._counts(row):
            super()._leave(table[:-1], onward[1:], row)
        else:
            super()._leave(table, onward, row)

    def _repeat_before(self, table: Table, row: Row) -> Table:
        if not row.gain:
            return table
        if not self._counts(row):
            return np.stack([super(Layered, self)._repeat_before(made, row) for made in table])
        tick()
        out, copies = table.copy(), 1
        while copies < len(out):  # up to so many copies, twice as many each time
            here, onward = out[:-copies], out[copies:]
            rest, price = max(0, self.size - copies * row.gain), copies * row.price
            within, beyond = onward[:, self.size - rest :] + price, onward[:, -1:] + price
            np.minimum(here[:, :rest], within, out=here[:, :rest])
            np.minimum(here[:, rest:], beyond, out=here[:, rest:])
            copies *= 2
        out[:, : row.room] = table[:, : row.room]
        return np.minimum(out, NEVER)

    def _counts(self, row: Row) -> bool:
        return self.budget.node in {None, row.move.stack}


def counted(problem: Problem, lattices: Mapping[str, Lattice]) -> Requirement | None:
    """Return the budget of layers that is counted, if any: the one that caps the most moves, of these the smallest."""
    budgets = [r for r in problem.requirements if r.quantity is Quantity.LAYERS and FEWEST <= _most(r) <= MOST]

    def rank(budget: Requirement) -> tuple[int, int]:
        return sum(len(one.moves) for name, one in lattices.items() if budget.node in {None, name}), -_most(budget)

    return max(budgets, key=rank, default=None)


def programme_of(problem: Problem, lattices: Mapping[str, Lattice], price: Price, resource: Resource) -> Programme:
    """Return the programme that counts the layers of a budget, where there is one; the plain one elsewhere."""
    plain, budget = Programme(problem, lattices, price, resource), counted(problem, lattices)
    if budget is None or plain.size * (_most(budget) + 1) > LARGEST:
        return plain
    return Layered(problem, lattices, price, resource, budget)


def _most(budget: Requirement) -> int:
    return int(budget.most[0]) if budget.most is not None else 0
