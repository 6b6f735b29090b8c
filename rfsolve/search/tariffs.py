"""What a move is priced at: the objective, and what a unit of a budget costs on top of it (Lagrange)."""

from dataclasses import dataclass

from rfsolve.search.moves import Move
from rfsolve.space.problem import Quantity, Requirement


@dataclass(frozen=True, slots=True)
class Tariff:
    """The objective, and what a unit of a budget costs on top of it."""

    objective: Quantity
    budget: Requirement | None = None
    price: int = 0

    def __call__(self, move: Move) -> int:
        """Return the price of a move."""
        own = move.cost(self.objective)
        if self.budget is None or self.budget.node not in {None, move.stack}:
            return own
        return own + self.price * move.cost(self.budget.quantity)

    @property
    def refund(self) -> int:
        """What a design that uses up the budget pays for it: to be taken off the bound."""
        return 0 if self.budget is None or self.budget.most is None else self.price * int(self.budget.most[0])
