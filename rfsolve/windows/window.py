"""The window of a node: the lowest and highest source index that each of its outputs depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rfsolve.windows.composition import Run, common_period, compose, smallest_period
from rfsolve.windows.listing import Listing
from rfsolve.windows.step import IDENTITY, Step

Span = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Window:
    """Dependence on the source along one axis.

    Output q * period + p sees `phases[p]` moved by q * advance pixels.

    A phase is (lowest, highest) source index, or None for an output that depends on nothing. The
    advance is in source pixels per period and negative behind a flip. Windows made by these methods
    have the smallest period possible. Pixel n of the source sits at coordinate n.
    """

    advance: int
    phases: tuple[Span, ...]

    @classmethod
    def identity(cls) -> "Window":
        """The source's own window: output i sees pixel i."""
        return cls(1, ((0, 0),))

    @property
    def period(self) -> int:
        """Number of outputs after which the pattern repeats."""
        return len(self.phases)

    @property
    def jump(self) -> Fraction:
        """Source pixels per output pixel (the stride), negative behind a flip."""
        return Fraction(self.advance, self.period)

    @property
    def receptive_field(self) -> tuple[int, int]:
        """Smallest and largest extent in pixels (highest - lowest + 1) of the phases that see anything; else (0, 0)."""
        extents = [span[1] - span[0] + 1 for span in self.phases if span is not None]
        return (min(extents), max(extents)) if extents else (0, 0)

    @property
    def centre(self) -> float | None:
        """Middle of the window of output 0, in source coordinates: (lowest + highest) / 2.

        Where output 0 sees nothing: that of the first output p which does, moved back by p * jump.
        None if no output does.
        """
        for phase, span in enumerate(self.phases):
            if span is not None:
                return float(Fraction(span[0] + span[1], 2) - phase * self.jump)
        return None

    @property
    def mean_centre(self) -> Fraction | None:
        """Mean over the phases p of (lowest + highest) / 2 - p * jump: where the node's grid sits on the source's."""
        period = self.period
        seen = [(span[0] + span[1]) * period - 2 * at * self.advance for at, span in enumerate(self.phases) if span]
        return Fraction(sum(seen), 2 * period * len(seen)) if seen else None

    def at(self, index: int) -> Span:
        """(lowest, highest) source index that output `index` sees, on the infinite grid; None if nothing."""
        turns, phase = divmod(index, self.period)
        return _moved(self.phases[phase], turns * self.advance)

    def first(self, outputs: int) -> Sequence[Span]:
        """What output 0 and those that follow see, on the infinite grid."""
        return self.phases if outputs == len(self.phases) else [self.at(index) for index in range(outputs)]

    def clip(self, index: int, size: int) -> Span:
        """The window of output `index` cut to a source of `size` pixels; None if it lies wholly in the padding."""
        span = self.at(index)
        if span is None or span[1] < 0 or span[0] >= size:
            return None
        return max(span[0], 0), min(span[1], size - 1)

    def through(self, step: Step) -> "Window":
        """The window after a layer.

        Exact: in a residue class of taps only the first and the last can be extreme.
        """
        if step is IDENTITY:
            return self
        composed = compose(len(self.phases), self.advance, step)
        return _canonical(composed.advance, [self._hull(runs) for runs in composed.phases])

    def listed(self, listing: Listing) -> "Window":
        """The same window with the outputs listed one by one."""
        return _canonical(listing.advance, listing.phases(self.at, _moved))

    def union(self, other: "Window") -> "Window":
        """The window of a merge: lowest of both, highest of both, phase by phase.

        Raises JumpError if the jumps differ.
        """
        return self.merge((self, other))

    @classmethod
    def merge(cls, readings: "Sequence[Window]", shares: Sequence[float] = ()) -> "Window":  # noqa: ARG003 - a union weighs nothing; the protocol has shares
        """The union of several windows; JumpError if their jumps differ."""
        if readings.count(readings[0]) == len(readings):
            return readings[0]
        period, advance = common_period([(len(one.phases), one.advance) for one in readings])
        phases = zip(*[one.first(period) for one in readings], strict=True)
        return _canonical(advance, [_union(spans) for spans in phases])

    def _hull(self, runs: Sequence[Run]) -> Span:
        if len(runs) == 1:
            span, run = self.phases[runs[0].phase], runs[0]
            return None if span is None else (span[0] + run.lowest, span[1] + run.highest)
        seen = [(span, run) for run in runs if (span := self.phases[run.phase]) is not None]
        if not seen:
            return None
        return min([span[0] + run.lowest for span, run in seen]), max([span[1] + run.highest for span, run in seen])


def _moved(span: Span, pixels: int) -> Span:
    return None if span is None else (span[0] + pixels, span[1] + pixels)


def _union(spans: Sequence[Span]) -> Span:
    seen = [span for span in spans if span is not None]
    if not seen:
        return None
    lows, highs = zip(*seen, strict=True)
    return min(lows), max(highs)


def _canonical(advance: int, phases: Sequence[Span]) -> Window:
    if len(phases) == 1:
        return Window(advance, (phases[0],))
    period = smallest_period(phases, advance, _moved)
    return Window(advance * period // len(phases), tuple(phases[:period]))
