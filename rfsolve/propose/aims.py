"""Aims: the objects that one exit of a network is made for, and what it must have for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.levels import COVERS, Levels
from rfsolve.space.assignments import Measure

Array = NDArray[np.float64]

BANDS = ((0.0, 0.5), (0.5, 0.9), (0.9, COVERS))
"""Parts of the objects, by long side, that an output serving all of them is held against."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aim:
    """Objects of a fingerprint and the exit that serves them.

    `sizes` are the objects (rows of sides in pixels), `share` the part of all objects that they are.
    `receptive_field` per axis and `stride` are what the exit must have, `effective_receptive_field` where the policy
    says so. `cells`: how many cells an object is to span at least.
    """

    name: str
    exit: str
    sizes: Array
    share: float
    stride: int
    receptive_field: tuple[int, ...]
    effective_receptive_field: tuple[float, ...] | None = None
    cells: float

    @property
    def long(self) -> Array:
        """The long side of each object."""
        return Measure.LONG.of(self.sizes)

    @property
    def short(self) -> Array:
        """The short side of each object."""
        return Measure.SHORT.of(self.sizes)

    def side(self, part: float) -> float:
        """Return the long side that this part of the objects does not exceed."""
        return float(np.quantile(self.long, part, method="higher"))

    def sides(self, part: float) -> tuple[float, ...]:
        """Return the side per axis that this part of the objects does not exceed; in images, the long one on both."""
        axes = int(self.sizes.shape[1])
        if axes <= 2:  # noqa: PLR2004 - images can be turned, volumes cannot
            return (self.side(part),) * axes
        return tuple(float(one) for one in np.quantile(self.sizes, part, axis=0, method="higher"))


def level_aims(levels: Levels) -> tuple[Aim, ...]:
    """Return an aim for each level, finest first, each served by an exit of its own: `out_` and the level's name."""
    bands = {band.name: band for band in levels.assignment.bands}
    found = levels.fingerprint
    aims = []
    for level in sorted(levels, key=lambda one: (one.stride, one.need.receptive_field or 0)):
        sizes = found.sizes[levels.assignment.serves(bands[level.name], found.sizes)]
        aims.append(
            Aim(
                name=level.name,
                exit=f"out_{level.name}",
                sizes=sizes,
                share=level.share,
                stride=level.stride,
                receptive_field=level.receptive_field or whole_sides(sizes),
                effective_receptive_field=level.effective_receptive_field,
                cells=levels.required_cells,
            )
        )
    return tuple(aims)


def band_aims(
    fingerprint: Fingerprint, exits: Sequence[str], *, stride: int, cells: float, context: float = 1.0
) -> tuple[Aim, ...]:
    """Return an aim for each band of sizes, smallest first, in the order of the exits that serve them.

    With one exit it serves all bands. The field of an aim contains all but the last hundredth of its objects, times
    `context`.
    """
    order = np.argsort(fingerprint.long, kind="stable")
    rows = fingerprint.sizes[order]
    aims: list[Aim] = []
    for i, (low, high) in enumerate(BANDS):
        start, end = round(low * len(rows)), len(rows) if i == len(BANDS) - 1 else round(high * len(rows))
        if (sizes := rows[start:end]).size:
            aims.append(
                Aim(
                    name=f"{low:.0%}-{high:.0%}" if i < len(BANDS) - 1 else f"{low:.0%}-100%",
                    exit=exits[min(len(aims), len(exits) - 1)],
                    sizes=sizes,
                    share=len(sizes) / len(rows),
                    stride=stride,
                    receptive_field=tuple(ceil(round(context * side, 6)) for side in whole_sides(sizes)),
                    cells=cells,
                )
            )
    return tuple(aims)


def whole_sides(sizes: Array) -> tuple[int, ...]:
    """Return the pixels per axis that hold all but the last hundredth of objects; in images, the long side on both."""
    if sizes.shape[1] <= 2:  # noqa: PLR2004 - as above
        return (_pixels(Measure.LONG.of(sizes)),) * int(sizes.shape[1])
    return tuple(_pixels(axis) for axis in sizes.T)


def _pixels(sides: Array) -> int:
    return max(1, ceil(round(float(np.quantile(sides, COVERS, method="higher")), 6)))
