"""Rows that exclude a placement and no other: some move must be made more often, or less."""

from ortools.sat.python import cp_model

from rfsolve.search.model import Model
from rfsolve.search.placement import Placement
from rfsolve.search.variables import Placed


class Exclusions:
    """The placements that a model must not find again."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._literals: dict[tuple[int, str, int], cp_model.IntVar] = {}

    def exclude(self, placement: Placement) -> None:
        """Add the row that excludes a placement."""
        differs: list[cp_model.LiteralT] = []
        for name, placed in self._model.placed.items():
            counts = {id(move): count for move, count in placement.moves[name]}
            for item in placed:
                differs += self._other(item, counts.get(id(item.move), 0))
        self._model.cp.add_bool_or(differs)

    def _other(self, item: Placed, count: int) -> list[cp_model.LiteralT]:
        """Return literals one of which is true where the move is made another number of times."""
        if item.most == 1:
            return [~item.count if count else item.count]
        more = [self._literal(item, ">=", count + 1)] if count < item.most else []
        return [*more, self._literal(item, "<=", count - 1)] if count else [*more]

    def _literal(self, item: Placed, sense: str, value: int) -> cp_model.IntVar:
        key = (item.count.index, sense, value)
        if key not in self._literals:
            cp = self._model.cp
            literal = self._literals[key] = cp.new_bool_var("")
            row, other = (
                (item.count >= value, item.count < value)
                if sense == ">="
                else (item.count <= value, item.count > value)
            )
            cp.add(row).only_enforce_if(literal)
            cp.add(other).only_enforce_if(~literal)  # no second solution that differs in the literal alone
        return self._literals[key]
