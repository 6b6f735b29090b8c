"""Outputs listed one by one, where branches that advance differently have met."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeVar

from rfsolve.windows.composition import check_period
from rfsolve.windows.step import Step, Taps

Phase = TypeVar("Phase")

_NO_TAPS = Taps(start=0, count=0)


@dataclass(frozen=True, slots=True)
class Listing:
    """The outputs 0 to `outputs` - 1 of an axis, as the first phases of a pattern that repeats after `period`.

    The period is the least multiple of the jump's denominator that holds them, so that the pattern
    advances by whole pixels. Its phases beyond the last output repeat that output's, moved by the
    jump. No layer ever reads them: what lies outside the outputs is padding, and sees nothing.
    """

    outputs: int
    period: int
    advance: int

    @classmethod
    def of(cls, outputs: int, jump: Fraction) -> "Listing":
        """The listing of that many outputs, `jump` source pixels apart; PeriodError where they are too many."""
        period = -(-outputs // jump.denominator) * jump.denominator
        check_period(period)
        return cls(outputs, period, int(period * jump))

    def phases(self, at: Callable[[int], Phase], moved: Callable[[Phase, int], Phase]) -> tuple[Phase, ...]:
        """Each output's phase; `at` makes it, and `moved` moves it by source pixels."""
        seen = [at(index) for index in range(self.outputs)]
        extra = range(1, self.period - self.outputs + 1)
        return (*seen, *(moved(seen[-1], ceil(n * Fraction(self.advance, self.period))) for n in extra))

    def read_by(self, step: Step, after: "Listing") -> Step:
        """What the outputs of `after` read of the ones listed here, if they read them by `step`."""
        inside = (self._inside(step, index) for index in range(after.outputs))
        return Step(self.period, (*inside, *[_NO_TAPS] * (after.period - after.outputs)))

    def _inside(self, step: Step, index: int) -> Taps:
        """The taps of one output that lie on outputs listed here; each weighs what it did."""
        turns, phase = divmod(index, step.period)
        taps = step.phases[phase]
        start = taps.start + turns * step.advance
        low, high = (0, self.outputs - 1) if taps.step > 0 else (self.outputs - 1, 0)
        first = max(0, -((start - low) // taps.step))
        last = min(taps.count - 1, (high - start) // taps.step)
        if last < first:
            return _NO_TAPS
        count = last - first + 1
        return Taps(
            start=start + first * taps.step,
            step=taps.step,
            count=count,
            gain=taps.gain * count / taps.count,
            weights=None if taps.weights is None else taps.weights[first : last + 1],
        )
