"""What each requirement costs, as a table: the optimum one step further, and without it."""

from rfsolve.report.grid import Column, Grid
from rfsolve.search.solution import Solution
from rfsolve.space.problem import Quantity

NONE = "-"
OPEN = "?"
BINDS = {True: "yes", False: "no", None: OPEN}


def prices_grid(solution: Solution) -> Grid:
    """Return a row for each requirement, guard and domain; `-`: there is no such thing, `?`: not proven in time."""
    quantity = solution.outcome.objective.quantity
    grid = Grid(
        (
            Column("what holds", right=False),
            Column("binds", right=False),
            Column("one step further", right=False),
            Column("saves"),
            Column(f"{quantity.words} without it"),
        )
    )
    for price in solution.prices:
        grid.row(
            price.asked,
            BINDS[price.binds],
            price.step or NONE,
            _number(quantity, price.saves, missing=NONE if not price.step else OPEN),
            _number(quantity, price.without, missing=OPEN if price.optional else NONE),
        )
    return grid


def _number(quantity: Quantity, value: float | None, *, missing: str) -> str:
    if value is None:
        return missing
    whole = quantity not in {Quantity.ENTROPY, Quantity.EFFECTIVE_RECEPTIVE_FIELD}
    return f"{round(value):,}" if whole else f"{value:,.2f}"
