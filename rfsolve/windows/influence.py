"""The influence of the source on a node: its exact distribution over source pixels, all weights of a layer equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfsolve.windows.composition import Run, common_period, compose
from rfsolve.windows.listing import Listing
from rfsolve.windows.step import IDENTITY, Step

Array = NDArray[np.float64]

CENTRAL = 0.9545  # the mass of a normal distribution within two sigma of its mean
_SAME_DISTANCE = 1e-9  # pixels: rounding of the mean must not part two pixels that mirror each other


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Influence of consecutive source pixels: `values[n]` is that of pixel `offset + n`; empty if there is none."""

    offset: int
    values: Array

    @property
    def mass(self) -> float:
        """Sum of the influence: 1 on average over the phases where all branches come from the source."""
        return float(self.values.sum())

    @property
    def mean(self) -> float:
        """Mean source coordinate; 0 if there is no influence."""
        mass = self.mass
        return self.offset + float(self.values @ np.arange(len(self.values))) / mass if mass else 0.0

    @property
    def sigma(self) -> float:
        """Standard deviation in source pixels."""
        mass = self.mass
        if not mass:
            return 0.0
        away = self.offset + np.arange(len(self.values)) - self.mean
        return float(np.sqrt(max(0.0, float(self.values @ away**2) / mass)))

    def central_window(self, share: float = CENTRAL) -> int:
        """Number of pixels n with |n - mean| <= h, for the least h at which they hold `share` of the mass.

        0 if there is no mass. The mean is that of this phase's own influence, not the middle of its
        window.
        """
        mass, mean = self.mass, self.mean
        if not mass:
            return 0
        away = np.abs(self.offset + np.arange(len(self.values)) - mean)
        order = np.argsort(away, kind="stable")
        held = np.cumsum(self.values[order]) >= share * mass * (1 - 1e-12)
        reach = float(away[order[int(np.argmax(held))]]) + _SAME_DISTANCE
        return floor(mean + reach) - ceil(mean - reach) + 1

    def moved(self, pixels: int) -> "Density":
        """The same influence, moved."""
        return Density(self.offset + pixels, self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Influence along one axis, in the form of a Window with a distribution for each phase.

    Convention: every layer has equal weights and mean gain 1 (1/k a tap in a convolution, stride/k
    in a transposed one, not rescaled phase by phase), an addition is the mean of its branches, a
    concatenation their mean weighted by channels. So a phase is, up to one factor for the whole
    network, the float64 gradient of that output with all weights equal.
    """

    advance: int
    phases: tuple[Density, ...]

    @classmethod
    def identity(cls) -> "Influence":
        """The source's own influence: all on its own pixel."""
        return cls(1, (Density(0, np.ones(1)),))

    @property
    def period(self) -> int:
        """Number of outputs after which the pattern repeats."""
        return len(self.phases)

    def at(self, index: int) -> Density:
        """The influence on output `index`."""
        turns, phase = divmod(index, self.period)
        return self.phases[phase].moved(turns * self.advance)

    def through(self, step: Step) -> "Influence":
        """The influence after a layer."""
        if step is IDENTITY:
            return self
        composed = compose(self.period, self.advance, step)
        return Influence(
            composed.advance,
            tuple(_sum([part for run in runs for part in self._copies(run)]) for runs in composed.phases),
        )

    def listed(self, listing: Listing) -> "Influence":
        """The same influence with the outputs listed one by one."""
        return Influence(listing.advance, listing.phases(self.at, Density.moved))

    @classmethod
    def merge(cls, readings: "Sequence[Influence]", shares: Sequence[float]) -> "Influence":
        """The sum of several branches, each with its share; JumpError if their jumps differ."""
        period, advance = common_period([(one.period, one.advance) for one in readings])
        return cls(
            advance,
            tuple(
                _sum([(share, one.at(index)) for one, share in zip(readings, shares, strict=True)])
                for index in range(period)
            ),
        )

    def _copies(self, run: Run) -> list[tuple[float, Density]]:
        weights = run.weights if run.weights is not None else (run.weight,) * run.count
        phase = self.phases[run.phase]
        return [(weight, phase.moved(run.offset + n * run.pitch)) for n, weight in enumerate(weights)]


def _sum(parts: Sequence[tuple[float, Density]]) -> Density:
    seen = [(weight, one) for weight, one in parts if one.values.size]
    if not seen:
        return Density(0, np.zeros(0))
    low = min(one.offset for _, one in seen)
    high = max(one.offset + one.values.size for _, one in seen)
    values: np.ndarray[Any, np.dtype[np.float64]] = np.zeros(high - low)
    for weight, one in seen:
        start = one.offset - low
        values[start : start + one.values.size] += weight * one.values
    return Density(low, values)
