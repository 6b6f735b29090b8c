"""What the analysis knows of every strand along one axis: how far, how exactly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from rfsolve.graph import LongPeriod, Reach
from rfsolve.windows import IDENTITY, Listing, Moments, PeriodError, Step, Window, convolution


@dataclass(frozen=True, slots=True)
class Part:
    """All pixels of an axis read by one output, perhaps a part of the source: how many, and how many the source has."""

    extent: int
    source: int

    @property
    def step(self) -> Step:
        """What the one output reads."""
        return convolution(kernel=self.extent, stride=self.extent)

    def is_part(self, window: Window) -> bool:
        """Whether pixels with such windows leave out more of the source than strides leave over, as behind a crop.

        Then a window is known; else it is the whole source, whatever its size.
        """
        spans = [window.clip(index, self.source) for index in self._outermost(window.period)]
        if None in spans:
            spans = [window.clip(index, self.source) for index in range(self.extent)]
        seen = [span for span in spans if span is not None]
        if not seen:
            return False
        least = max(1, ceil(abs(window.jump)))
        low, high = min(span[0] for span in seen), max(span[1] for span in seen)
        return low >= least or high < self.source - least

    def _outermost(self, period: int) -> Iterable[int]:
        """The first and the last period: the others lie between, unless some lie wholly in the padding."""
        return (*range(min(period, self.extent)), *range(max(self.extent - period, 0), self.extent))


@dataclass(frozen=True, slots=True)
class Whole:
    """A layer that reads everything along one axis, or nobody knows what, and whether it keeps its input's grid.

    `part` is there where one output is made of a known number of pixels.
    """

    reach: Reach
    keeps_grid: bool = True
    part: Part | None = None


Way = Step | LongPeriod | Whole  # by which a layer reads one input along one axis


def jump_after(way: Way, before: Fraction | None) -> Fraction | None:
    """The jump after a layer of what has a jump before it; None where there is no grid."""
    if before is None:
        return None
    if isinstance(way, Step):
        return before if way.advance == len(way.phases) else before * way.jump
    if isinstance(way, Whole):
        return before if way.keeps_grid else None
    return None if way.jump is None else before * way.jump


class Front(NamedTuple):
    """A reading that also survives layers without a window.

    `window` and `moments` are there where `reach` is exact.
    """

    reach: Reach
    window: Window | None
    moments: Moments | None

    @classmethod
    def identity(cls) -> "Front":
        """The source itself."""
        return cls(Reach.EXACT, Window.identity(), Moments.identity())

    def through(self, way: Way) -> "Front":
        """The front after a layer; unknown where its pattern would be too long to list."""
        if way is IDENTITY:
            return self
        if isinstance(way, Step):
            if self.window is None or self.moments is None:
                return self
            try:
                return Front(self.reach, self.window.through(way), self.moments.through(way))
            except PeriodError:
                return Front(Reach.UNKNOWN, None, None)
        if isinstance(way, Whole):
            return self._whole(way)
        return Front(Reach.UNKNOWN if self.reach is Reach.EXACT else self.reach, None, None)

    def _whole(self, way: Whole) -> "Front":
        """The front after a layer that reads everything there is, which may be a part of the source."""
        if way.part is not None and self.window is not None and way.part.is_part(self.window):
            return self.through(way.part.step)
        return Front(max(self.reach, way.reach, key=lambda one: one.badness), None, None)

    def listed(self, listing: Listing) -> "Front":
        """The front with its outputs listed one by one."""
        if self.window is None or self.moments is None:
            return self
        return Front(self.reach, self.window.listed(listing), self.moments.listed(listing))

    @classmethod
    def merge(cls, readings: "Sequence[Front]", shares: Sequence[float]) -> "Front":
        """The union of the windows, the mixture of the moments. JumpError if grids differ.

        Together with a branch that sees everything all see everything, else the worst reach counts.
        """
        windows = [one.window for one in readings if one.window is not None]
        moments = [one.moments for one in readings if one.moments is not None]
        if len(windows) < len(readings):
            reaches = [one.reach for one in readings]
            worst = max(reaches, key=lambda one: one.badness)
            return cls(Reach.GLOBAL if Reach.GLOBAL in reaches else worst, None, None)
        try:
            return cls(Reach.EXACT, Window.merge(windows), Moments.merge(moments, shares))
        except PeriodError:
            return cls(Reach.UNKNOWN, None, None)
