"""A frontier on a terminal: a row for each point as it is proven, then how far it is complete."""

from collections.abc import Iterator, Sequence

from rfsolve.report.facts import Fact
from rfsolve.report.frontier_rows import row_of, titles
from rfsolve.report.wording import count_text, value_text
from rfsolve.search.frontier import Ending, Frontier, Point
from rfsolve.space.problem import Objective

SHORT = {"receptive_field": "field", "effective_receptive_field": "ERF", "parameters": "params", "macs": "MACs"}
SIZED = {"macs", "activations"}
GAP = "  "
WIDTHS = {"parameters": 13, "macs": 15, "activations": 13}
"""Columns, which must be known before the last row is: room for ten digits, and for twelve."""

NARROWEST = 7
DIGITS = {"effective_receptive_field": 1}

ENDINGS = {
    Ending.COMPLETE: "complete",
    Ending.OUT_OF_TIME: "stopped by the time limit",
    Ending.INTERRUPTED: "interrupted",
    Ending.ENOUGH: "stopped after as many points as asked",
}


class FrontierTable:
    """Lines of one width, one after another; `sized`: whether MACs can be counted."""

    def __init__(self, axes: Sequence[Objective], *, sized: bool) -> None:
        self._axes = axes
        self._names = [name for name in titles(axes) if sized or name not in SIZED]

    @property
    def head(self) -> str:
        """The titles, and a rule under them."""
        titled = self._line([SHORT.get(name, name) for name in self._names])
        return f"{titled}\n{'-' * len(titled)}"

    def row(self, point: Point) -> str:
        """Return a point's line."""
        values = row_of(self._axes, point)
        return self._line([_text(name, values[name]) for name in self._names])

    def _line(self, cells: Sequence[str]) -> str:
        widths = [WIDTHS.get(name, NARROWEST) for name in self._names]
        return GAP.join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _text(name: str, value: float | None) -> str:
    return "?" if value is None else f"{value:,.{DIGITS.get(name, 0)}f}" if name in DIGITS else f"{value:,}"


def frontier_facts(found: Frontier) -> Iterator[Fact]:
    """Yield how far the frontier came, line by line."""
    if found.ending is None:
        return
    if found.points:
        *first, last = [aim.quantity.words for aim in found.axes]
        names = f"{', '.join(first)} and {last}"
        yield "result", f"{ENDINGS[found.ending]}: {count_text(len(found.points), 'points')}, each proven"
        if found.ending is Ending.COMPLETE:
            yield "proven", f"every design is matched or beaten by one of these in {names}"
        else:
            yield from _unfinished(found)
    else:
        yield "result", f"{ENDINGS[found.ending]}: no point was proven, and no design excluded"
    if found.ending is Ending.OUT_OF_TIME:
        yield "try", "a longer --time-limit; with the cache, what is proven is not searched for again"
    if found.rejected:
        yield "rejected", f"{count_text(found.rejected, 'candidates')} that the recurrence refused"
    yield "time", f"{found.seconds:.2f} s ({count_text(found.solves, 'questions')} to the solver)"


def _unfinished(found: Frontier) -> Iterator[Fact]:
    """Yield up to where nothing is missing, which is known for two axes."""
    cost, *scores = [found.cost, *(aim for aim in found.axes if aim != found.cost)]
    if len(scores) == 1:
        last = found.points[-1].values
        yield "proven", f"nothing is missing up to {value_text(cost, last[cost.quantity.value])}"
    if found.bound is not None:
        yield "next", f"costs {value_text(cost, found.bound)} or more"
