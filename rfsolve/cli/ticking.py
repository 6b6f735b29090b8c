"""Progress on stderr while something long runs: one line, from a thread of its own."""

import sys
import threading
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

QUIET = 1.0
"""Seconds before anything is said: most work is done by then."""
EVERY = 5.0
"""Seconds between two lines where stderr is no terminal."""


class Ticking(ABC):
    """Says how far the work is until it ends."""

    def __init__(self, *, quiet: float = QUIET, every: float = EVERY) -> None:
        self._quiet, self._every = quiet, every
        self._started = time.perf_counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @abstractmethod
    def line(self) -> str:
        """Return the state of the work in one line."""

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
        from rich.console import Console  # noqa: PLC0415 - most work ends before it is needed
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
