"""Progress on stderr while a search runs: the best value, the bound and the gap."""

import time
from collections.abc import Callable

from rfsolve.cli.ticking import EVERY, QUIET, Ticking
from rfsolve.report.wording import gap_text, value_text
from rfsolve.search.engine import Progress
from rfsolve.search.solution import Outcome
from rfsolve.space.problem import Objective


class Watching(Ticking):
    """Says how far the search is, from a thread of its own, until the search ends."""

    def __init__(
        self,
        objective: Objective,
        *,
        quiet: float = QUIET,
        every: float = EVERY,
        done: Callable[[], str] | None = None,
    ) -> None:
        """Watch a search for the best of an objective; `done` says what is settled already."""
        super().__init__(quiet=quiet, every=every)
        self._objective = objective
        self._done = done
        self._latest: Progress | None = None

    def see(self, progress: Progress) -> None:
        """Take note of how far the search is."""
        self._latest = progress

    def line(self) -> str:
        """Return the state of the search in one line."""
        seconds = f"{time.perf_counter() - self._started:.0f} s" + (f", {self._done()}" if self._done else "")
        latest = self._latest
        if latest is None:
            return f"searching, {seconds}"
        outcome = Outcome(objective=self._objective, value=latest.value, bound=latest.bound)
        best = (
            "no design yet" if latest.value is None else f"best {value_text(self._objective, _rounded(latest.value))}"
        )
        bound = "" if latest.bound is None else f", bound {value_text(self._objective, _rounded(latest.bound))}"
        gap = "" if outcome.gap is None else f", gap {gap_text(outcome.gap)}"
        return f"searching, {seconds}: {best}{bound}{gap} (Ctrl-C keeps the best so far)"


def _rounded(value: float) -> float:
    """The whole number that one decimal would show anyway, which a solver's floats miss by a little; else the value."""
    return round(value) if f"{value:.1f}".endswith(".0") else value
