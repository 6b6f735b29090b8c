"""What the analysis knows of every strand along one axis: how far, how exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rfsolve.graph import LongPeriod, Reach
from rfsolve.windows import IDENTITY, Listing, Moments, PeriodError, Step, Window


@dataclass(frozen=True, slots=True)
class Whole:
    """A layer that reads everything along one axis, or nobody knows what, and whether it keeps its input's grid."""

    reach: Reach
    keeps_grid: bool = True


Way = Step | LongPeriod | Whole  # by which a layer reads one input along one axis


def jump_after(way: Way, before: Fraction | None) -> Fraction | None:
    """The jump after a layer of what has a jump before it; None where there is no grid."""
    if before is None:
        return None
    if isinstance(way, Whole):
        return before if way.keeps_grid else None
    if isinstance(way, LongPeriod):
        return None if way.jump is None else before * way.jump
    return before if way.advance == len(way.phases) else before * way.jump


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

    def through(self, way: Way) -> "Front":
        """The front after a layer; unknown where its pattern would be too long to list."""
        if way is IDENTITY:
            return self
        if isinstance(way, Whole):
            return Front(max(self.reach, way.reach, key=lambda one: one.badness), None, None)
        if isinstance(way, LongPeriod):
            return Front(Reach.UNKNOWN if self.reach is Reach.EXACT else self.reach, None, None)
        if self.window is None or self.moments is None:
            return self
        try:
            return Front(self.reach, self.window.through(way), self.moments.through(way))
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
