"""What the way on from a place costs at least: what the programmes say, read off again and again by the labels."""

from collections.abc import Iterable, Sequence
from operator import add
from typing import Any, NamedTuple

from numpy.typing import NDArray

from rfsolve.search.programme import NEVER
from rfsolve.search.ways import Costs, Place

Sums = Sequence[int]


class Bound(NamedTuple):
    """What the way on costs at least in one objective, by place and cells of one sum (`tally`).

    `spent`: the tally of a budget that has a price; what is left of it is refunded at that price. `layers`: the tally
    of a budget of layers that are counted; then a table has a row for each number of them.
    """

    objective: int
    tally: int
    unit: int
    last: int
    tables: Sequence[NDArray[Any]]
    lists: list[list[Any]]
    price: int = 0
    refund: int = 0
    spent: int | None = None
    layers: int | None = None

    def least(self, place: Place, sums: Sums, more: Sums) -> int:
        """Return what the way on costs at least once so much more is added; NEVER or more where there is none."""
        table = self.lists[place] or self._listed(place)
        if self.layers is not None:
            table = table[sums[self.layers] + more[self.layers]]
        cells = sums[self.tally] + more[self.tally]
        if self.unit > 1:
            cells = -(-cells // self.unit)
        least: int = table[cells] if cells < self.last else table[self.last]
        if self.spent is None or least >= NEVER:
            return least
        return least + self.price * (sums[self.spent] + more[self.spent]) - self.refund

    def _listed(self, place: Place) -> list[Any]:
        """Return the table of a place as a list, which is read many times as fast; few places are ever asked for."""
        self.lists[place] = self.tables[place].tolist()
        return self.lists[place]


class Onward:
    """Bounds of one or of several objectives. `known`: the first objective of a design that need not be beaten."""

    def __init__(self, bounds: Iterable[Bound], known: int | None) -> None:
        bounds = list(bounds)
        self._alone = bounds[0] if len(bounds) == 1 else None
        places = sorted({bound.objective for bound in bounds})
        self._by_objective = [(place, [bound for bound in bounds if bound.objective == place]) for place in places]
        self._known = NEVER - 1 if known is None else known

    def promise(self, place: Place, sums: Sums, more: Sums, cost: Costs, price: Costs) -> Costs | None:
        """Return what a design costs at least that goes on from a place; None where none can, or is cheap enough.

        `more` and `price`: what the way there adds to the sums and to the cost.
        """
        if self._alone is not None:
            first = cost[0] + price[0] + self._alone.least(place, sums, more)
            return (first, *map(add, cost[1:], price[1:])) if first <= self._known else None
        onward = [*map(add, cost, price)]
        for objective, bounds in self._by_objective:
            least = max([bound.least(place, sums, more) for bound in bounds])
            if least >= NEVER:
                return None
            onward[objective] += least
        return tuple(onward) if onward[0] <= self._known else None
