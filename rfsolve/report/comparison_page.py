"""Two networks side by side on a terminal."""

from fractions import Fraction

from rich.console import Console

from rfsolve.formats.comparison import pairs, total_macs
from rfsolve.formats.inspected import Inspected
from rfsolve.graph import costs
from rfsolve.report.facts import Fact, facts_text
from rfsolve.report.grid import Column, Grid
from rfsolve.report.inspection_grid import sight_cells
from rfsolve.report.wording import UNKNOWN

COLUMNS = ("tap", "field", "jump", "ERF", "total params", "total MACs")


def print_comparison(console: Console, one: Inspected, other: Inspected, names: tuple[str, str]) -> None:
    """Print a table of the taps that two networks have in common, and their totals."""
    console.print(comparison_grid(one, other).rendered(console.width), soft_wrap=True)
    console.print()
    facts: list[Fact] = [("A", names[0]), ("B", names[1]), *_totals(one, other)]
    console.print(facts_text(facts, console.width), soft_wrap=True)


def comparison_grid(one: Inspected, other: Inspected) -> Grid:
    """Return a row for each pair of taps; `a -> b` where the networks differ."""
    sized = total_macs(one) is not None and total_macs(other) is not None
    titles = COLUMNS if sized else COLUMNS[:-1]
    grid = Grid([Column(title, right=title != "tap") for title in titles])
    for pair in pairs(one, other):
        cells = [sight_cells(tap) for tap in pair.taps]
        totals = [side.totals[tap.name] for side, tap in zip((one, other), pair.taps, strict=True)]
        row = [pair.name, *(_change(cells[0][i], cells[1][i]) for i in (0, 1, 3))]
        row.append(_counts(totals[0].parameters, totals[1].parameters))
        grid.row(*row, *([_counts(totals[0].macs, totals[1].macs)] if sized else []))
    return grid


def _totals(one: Inspected, other: Inspected) -> list[Fact]:
    facts = [("parameters", _counts(costs.parameters(one.graph), costs.parameters(other.graph)))]
    macs = total_macs(one), total_macs(other)
    return facts if None in macs else [*facts, ("MACs", _counts(*macs))]


def _change(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _counts(before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return _change(*(UNKNOWN if count is None else f"{count:,}" for count in (before, after)))
    if before == after:
        return f"{before:,}"
    share = f" ({float(Fraction(after - before, before)):+.1%})" if before else ""
    return f"{before:,} -> {after:,}{share}"
