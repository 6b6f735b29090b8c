"""Mass, mean and variance of the influence of the source on a node, without listing the influence itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from rfsolve.windows.composition import Run, common_period, compose
from rfsolve.windows.listing import Listing
from rfsolve.windows.step import IDENTITY, Step


class Moment(NamedTuple):
    """Mass, mean (source coordinate) and variance (pixels squared) of one phase's influence.

    Mass 0 if it has none.
    """

    mass: float
    mean: float
    variance: float

    def moved(self, pixels: int) -> "Moment":
        """The same influence, moved."""
        return Moment(self.mass, self.mean + pixels, self.variance)


_NOTHING = Moment(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of the influence along one axis: as a Window, with a Moment for each phase.

    The convention of the influence: equal weights, mean gain 1 in every layer; an addition is the
    mean of its branches, a concatenation their mean weighted by channels. On a path without
    up-sampling the variance is sum of (k^2 - 1) / 12 * (d * j)^2 (Luo et al., NeurIPS 2016).
    """

    advance: int
    phases: tuple[Moment, ...]

    @classmethod
    def identity(cls) -> "Moments":
        """The source's own moments: all mass on its own pixel."""
        return cls(1, (Moment(1.0, 0.0, 0.0),))

    @property
    def period(self) -> int:
        """Number of outputs after which the pattern repeats."""
        return len(self.phases)

    @property
    def sigmas(self) -> tuple[float, ...]:
        """Standard deviation in source pixels of each phase that has influence."""
        return tuple(sqrt(max(0.0, one.variance)) for one in self.phases if one.mass)

    def at(self, index: int) -> Moment:
        """The moments of the influence on output `index`."""
        turns, phase = divmod(index, self.period)
        return self.phases[phase].moved(turns * self.advance)

    def first(self, outputs: int) -> Sequence[Moment]:
        """The moments of the influence on output 0 and those that follow."""
        return self.phases if outputs == len(self.phases) else [self.at(index) for index in range(outputs)]

    def through(self, step: Step) -> "Moments":
        """The moments after a layer: each run in closed form, the runs of a phase as a mixture."""
        if step is IDENTITY:
            return self
        composed = compose(len(self.phases), self.advance, step)
        return Moments(composed.advance, tuple([self._sum(runs) for runs in composed.phases]))

    def listed(self, listing: Listing) -> "Moments":
        """The same moments with the outputs listed one by one."""
        return Moments(listing.advance, listing.phases(self.at, Moment.moved))

    @classmethod
    def merge(cls, readings: "Sequence[Moments]", shares: Sequence[float]) -> "Moments":
        """The mixture of several branches, each with its share of the mass; JumpError if their jumps differ."""
        period, advance = common_period([(len(one.phases), one.advance) for one in readings])
        phases = zip(*[one.first(period) for one in readings], strict=True)
        return cls(advance, tuple([_mixture(_weighted(parts, shares)) for parts in phases]))

    def _sum(self, runs: Sequence[Run]) -> Moment:
        if len(runs) == 1 and runs[0].weights is None:
            (part,) = self._parts(runs[0])
            return part if part.mass else _NOTHING
        return _mixture([part for run in runs for part in self._parts(run)])

    def _parts(self, run: Run) -> Sequence[Moment]:
        mass, mean, variance = self.phases[run.phase]
        if run.weights is None:
            return (Moment(run.mass * mass, mean + run.middle, variance + run.variance),)
        places = range(run.offset, run.offset + run.pitch * run.count, run.pitch)
        weighted = zip(run.weights, places, strict=True)
        return [Moment(weight * mass, mean + place, variance) for weight, place in weighted]


def _weighted(moments: Sequence[Moment], shares: Sequence[float]) -> Sequence[Moment]:
    return [Moment(share * mass, mean, variance) for (mass, mean, variance), share in zip(moments, shares, strict=True)]


def _mixture(parts: Sequence[Moment]) -> Moment:
    """Moments of a sum: variance = mean of variances + variance of means, about the common mean."""
    if len(parts) == 1:
        return parts[0] if parts[0].mass else _NOTHING
    total = moment = spread = 0.0
    for mass, mean, _ in parts:
        total += mass
        moment += mass * mean
    if not total:
        return _NOTHING
    centre = moment / total
    for mass, mean, variance in parts:
        spread += mass * (variance + (mean - centre) ** 2)
    return Moment(total, centre, spread / total)
