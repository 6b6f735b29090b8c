"""What the analysis knows of every node along one axis: how far, how exactly, on what grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rfsolve.graph import Dependence, LongPeriod, Reach
from rfsolve.windows import IDENTITY, Moments, PeriodError, Window, common_jump


@dataclass(frozen=True, slots=True)
class Passage:
    """A layer along one axis: what it reads, and whether it keeps its input's grid where it reads everything."""

    dependence: Dependence
    keeps_grid: bool


@dataclass(frozen=True, slots=True)
class Front:
    """A reading that also survives layers without a window.

    `window` and `moments` are there where `reach` is exact. `jump` is the stride of the grid the
    node sits on: a squeeze-excite sees everything, yet its outputs sit on a grid; None where there
    is no grid.
    """

    reach: Reach
    jump: Fraction | None
    window: Window | None
    moments: Moments | None

    @classmethod
    def identity(cls) -> "Front":
        """The source itself."""
        return cls(Reach.EXACT, Fraction(1), Window.identity(), Moments.identity())

    def through(self, passage: Passage) -> "Front":
        """The front after a layer; unknown where its pattern would be too long to list."""
        step = passage.dependence
        if step is IDENTITY:
            return self
        if isinstance(step, Reach):
            reach = max(self.reach, step, key=lambda one: one.badness)
            return Front(reach, self.jump if passage.keeps_grid else None, None, None)
        jump = None if self.jump is None or step.jump is None else self.jump * step.jump
        if isinstance(step, LongPeriod):
            return Front(Reach.UNKNOWN if self.reach is Reach.EXACT else self.reach, jump, None, None)
        if self.window is None or self.moments is None:
            return Front(self.reach, jump, None, None)
        try:
            return Front(self.reach, jump, self.window.through(step), self.moments.through(step))
        except PeriodError:
            return Front(Reach.UNKNOWN, jump, None, None)

    @classmethod
    def merge(cls, readings: "Sequence[Front]", shares: Sequence[float]) -> "Front":
        """The union of the windows, the mixture of the moments, the worst reach, the common grid.

        JumpError if grids differ.
        """
        reach = max((one.reach for one in readings), key=lambda one: one.badness)
        jump = _grid(readings)
        windows = [one.window for one in readings if one.window is not None]
        moments = [one.moments for one in readings if one.moments is not None]
        if reach is not Reach.EXACT:
            return cls(reach, jump, None, None)
        try:
            return cls(reach, jump, Window.merge(windows), Moments.merge(moments, shares))
        except PeriodError:
            return cls(Reach.UNKNOWN, jump, None, None)


def _grid(readings: Sequence[Front]) -> Fraction | None:
    """The jump of those that have one."""
    first = next((one.jump for one in readings if one.jump is not None), None)
    if first is None:
        return None
    return common_jump([first if one.jump is None else one.jump for one in readings])
