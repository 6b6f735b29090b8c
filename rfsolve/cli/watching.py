"""Progress on stderr while a search runs: the best value, the bound and the gap; or how far a sweep is."""

import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rfsolve.report.wording import gap_text, value_text
from rfsolve.search.engine import Progress
from rfsolve.search.solution import Outcome
from rfsolve.space.problem import Objective

QUIET = 1.0
"""Seconds before anything is said: most searches are done by then."""
EVERY = 5.0
"""Seconds between two lines where stderr is no terminal."""


class Saying(ABC):
    """Says a line on stderr, from a thread of its own, until the work ends."""

    def __init__(self, *, quiet: float = QUIET, every: float = EVERY) -> None:
        self._quiet, self._every = quiet, every
        self._started = time.perf_counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @abstractmethod
    def line(self) -> str:
        """Return how far the work is, in one line."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        if self._ended.wait(self._quiet):
            return
        if sys.stderr.isatty():
            self._live()
        else:
            self._lines()

    def _lines(self) -> None:
        while True:
            print(self.line(), file=sys.stderr, flush=True)
            if self._ended.wait(self._every):
                return

    def _live(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - most searches end before it is needed
        from rich.live import Live  # noqa: PLC0415 - as above
        from rich.text import Text  # noqa: PLC0415 - as above

        console = Console(stderr=True)
        with Live(
            console=console,
            transient=True,
            get_renderable=lambda: Text(self.line()),
            refresh_per_second=4,
        ):
            self._ended.wait()


class Watching(Saying):
    """Says how far a search is."""

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
