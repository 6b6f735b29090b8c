"""How far a sweep is: points by how they ended, solves really run, and the time left."""

import time
from dataclasses import dataclass, field
from typing import Self

from rfsolve.sweep.rows import Row, RowStatus


@dataclass
class Tally:
    """Counts of rows."""

    total: int
    done: int = 0
    solved: int = 0
    implied: int = 0
    counts: dict[RowStatus, int] = field(default_factory=dict)
    kept: int = 0
    """Points that the store had already."""
    started: float = field(default_factory=time.perf_counter)

    def add(self, row: Row) -> Self:
        """Count a row."""
        self.done += 1
        self.counts[row.status] = self.counts.get(row.status, 0) + 1
        if row.implied_by is not None:
            self.implied += 1
        elif row.status is not RowStatus.FAILED:
            self.solved += 1
        return self

    def count(self, *statuses: RowStatus) -> int:
        """Return how many points ended so."""
        return sum(self.counts.get(status, 0) for status in statuses)

    @property
    def seconds(self) -> float:
        """The seconds since the first point."""
        return time.perf_counter() - self.started

    @property
    def rate(self) -> float:
        """Points a second in this run."""
        return (self.done - self.kept) / max(self.seconds, 1e-9)

    @property
    def left(self) -> float | None:
        """The seconds left, were the rest like what is done; None where nothing is done yet."""
        return (self.total - self.done) / self.rate if self.done > self.kept else None

    @property
    def proven(self) -> int:
        """Points with nothing left open."""
        return sum(count for status, count in self.counts.items() if status.proven)

    @property
    def line(self) -> str:
        """The counts in a line, those that are not zero."""
        counted = {
            "proven": self.proven,
            "implied": self.implied,
            "infeasible": self.count(RowStatus.INFEASIBLE),
            "not proven": self.count(RowStatus.FEASIBLE),
            "out of time": self.count(RowStatus.UNKNOWN),
            "failed": self.count(RowStatus.FAILED),
        }
        said = [f"{number:,} {name}" for name, number in counted.items() if number or name == "proven"]
        return f"{self.done:,} of {self.total:,} points: {', '.join(said)}"
