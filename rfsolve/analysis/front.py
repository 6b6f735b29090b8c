"""What the analysis knows of every strand along one axis: how far, how exactly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from rfsolve.graph import Border, Dependence, LongPeriod, Reach
from rfsolve.windows import IDENTITY, Listing, Moments, PeriodError, Step, Window, convolution


@dataclass(frozen=True, slots=True)
class Whole:
    """All pixels of an axis read by one output: how many there are, and how many the source has."""

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
class Passage:
    """A layer along one axis: what it reads, and whether it keeps its input's grid where it reads everything.

    `lists`: its outputs are to be listed one by one, as beyond the last of them nothing goes on. `border`: what it
    reads beyond the pixels there are. `whole`: that it makes one output of all pixels, where their number is known.
    """

    dependence: Dependence
    keeps_grid: bool = True
    lists: bool = False
    border: Border = Border.NOTHING
    whole: Whole | None = None

    @property
    def step(self) -> Dependence:
        """What it reads where its output has a window."""
        return self.dependence if self.whole is None else self.whole.step

    def jump(self, before: Fraction | None) -> Fraction | None:
        """The jump after the layer of what has a jump before it; None where there is no grid."""
        step = self.dependence
        if step is IDENTITY or before is None:
            return before
        if isinstance(step, Reach):
            return before if self.keeps_grid else None
        if isinstance(step, LongPeriod):
            return None if step.jump is None else before * step.jump
        return before if step.advance == step.period else before * step.jump


@dataclass(frozen=True, slots=True)
class Front:
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

    def through(self, passage: Passage) -> "Front":
        """The front after a layer; unknown where its pattern would be too long to list."""
        step = passage.dependence
        if step is IDENTITY:
            return self
        if passage.whole is not None and self.window is not None and passage.whole.is_part(self.window):
            step = passage.whole.step
        if isinstance(step, Reach):
            return Front(max(self.reach, step, key=lambda one: one.badness), None, None)
        if isinstance(step, LongPeriod):
            return Front(Reach.UNKNOWN if self.reach is Reach.EXACT else self.reach, None, None)
        if self.window is None or self.moments is None:
            return self
        try:
            return Front(self.reach, self.window.through(step), self.moments.through(step))
        except PeriodError:
            return Front(Reach.UNKNOWN, None, None)

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
        reaches = [one.reach for one in readings]
        reach = Reach.GLOBAL if Reach.GLOBAL in reaches else max(reaches, key=lambda one: one.badness)
        windows = [one.window for one in readings if one.window is not None]
        moments = [one.moments for one in readings if one.moments is not None]
        if reach is not Reach.EXACT:
            return cls(reach, None, None)
        try:
            return cls(reach, Window.merge(windows), Moments.merge(moments, shares))
        except PeriodError:
            return cls(Reach.UNKNOWN, None, None)
