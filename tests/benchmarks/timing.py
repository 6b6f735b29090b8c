"""Times one side of a comparison, and shows the tables."""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from rfsolve.space.problem import Problem, Quantity

LONG_RUN = 5.0
"""Seconds; a longer run is not repeated."""

ENOUGH = 0.3
"""Seconds; runs that take less together are repeated further."""

LARGE = 10
"""From here on a ratio is shown without decimals."""


class NotStatedError(Exception):
    """A formulation has no words for what the problem asks; the text says for what."""


def refuse_graphs(problem: Problem) -> None:
    """Raise NotStatedError for what is no path of stacks, or ties them."""
    if not all(problem.is_path(node.name) for node in (*problem.nodes, *problem.exits)):
        raise NotStatedError("merges")
    beyond = any(r.source is not None or r.quantity is Quantity.UNDILATED for r in problem.requirements)
    if problem.relations or beyond or any(stack.tie is not None for stack in problem.stacks):
        raise NotStatedError("relations")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run found: the objective (None without a design), and whether it is proven."""

    value: float | None
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The best of several runs. `missing` says why there is none."""

    seconds: float | None = None
    answer: Answer | None = None
    missing: str = ""

    @property
    def proven(self) -> bool:
        """Whether the optimum was proven."""
        return self.answer is not None and self.answer.proven

    def ratio_to(self, other: "Timing") -> float | None:
        """Return this time over the other's; a lower bound where this side ran out of time."""
        if self.seconds is None or other.seconds is None or not other.proven:
            return None
        return self.seconds / other.seconds

    def __str__(self) -> str:
        """Return the seconds; `> ` before them where the time ran out."""
        if self.seconds is None:
            return self.missing
        return f"{'' if self.proven else '> '}{self.seconds:.3f}"


def best_of(repeat: int, run: Callable[[], Answer]) -> Timing:
    """Return the fastest of `repeat` runs, and of more where they are short: a busy moment then falls on a few only."""
    (timing,) = side_by_side(repeat, [run])
    return timing


def side_by_side(repeat: int, runs: Sequence[Callable[[], Answer]]) -> list[Timing]:
    """Return the same for several sides, whose runs take turns: what slows the machine down slows down all of them."""
    sides = [_Side(run) for run in runs]
    while waiting := [side for side in sides if side.goes_on(repeat)]:
        for side in waiting:
            side.run()
    return [side.best for side in sides]


@dataclass(slots=True)
class _Side:
    """The runs of one side so far."""

    work: Callable[[], Answer]
    best: Timing = field(default_factory=Timing)
    runs: int = 0
    spent: float = 0.0

    def goes_on(self, repeat: int) -> bool:
        """Whether it runs again."""
        if self.best.missing or (self.runs and self.spent / self.runs > LONG_RUN):
            return False
        return self.runs < repeat or self.spent < ENOUGH

    def run(self) -> None:
        """Run it once more."""
        started = time.perf_counter()
        try:
            answer = self.work()
        except NotStatedError as error:
            self.best = Timing(missing=f"not stated: {error}")
            return
        seconds = time.perf_counter() - started
        self.runs, self.spent = self.runs + 1, self.spent + seconds
        if self.best.seconds is None or seconds < self.best.seconds:
            self.best = Timing(seconds=seconds, answer=answer)


def parser(purpose: str | None, *, time_limit: float, repeat: int) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    made = argparse.ArgumentParser(description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument(
        "--time-limit",
        type=float,
        default=time_limit,
        metavar="SECONDS",
        help="for each run (default %(default)s)",
    )
    made.add_argument("--repeat", type=int, default=repeat, help="runs, best counts (default %(default)s)")
    made.add_argument("--json", action="store_true", help="print JSON in place of the table")
    return made


def show(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str] = (),
    *,
    as_json: bool,
) -> None:
    """Print one table, as rich draws it or as JSON."""
    if as_json:
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        document = {"benchmark": title, "rows": records, "notes": list(notes)}
        Console(soft_wrap=True).out(json.dumps(document, indent=2), highlight=False)
        return
    table = Table(title=title)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console = Console(width=max(Console().width, 120))
    console.print(table)
    for note in notes:
        console.print(note, highlight=False)


def times(ratio: float | None, *, at_least: bool = False) -> str:
    """Return a ratio as `12.3x`, with `> ` before a lower bound."""
    if ratio is None:
        return "-"
    number = f"{ratio:.1f}" if ratio < LARGE else f"{ratio:,.0f}"
    return f"{'> ' if at_least else ''}{number}x"


def progress(text: str) -> None:
    """Say on stderr what is running."""
    Console(stderr=True).print(text, highlight=False, markup=False, style="dim")
