"""Policies: from an object's size to the receptive field and stride that an exit needs to see it.

A policy states a published rule of thumb. It is a design constraint and no promise of accuracy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an object asks of an exit, in pixels: least field, least effective field, largest stride."""

    receptive_field: int | None = None
    effective_receptive_field: float | None = None
    max_stride: int | None = None


LFFD_MIDDLES = (12.5, 17.5, 30.0, 55.0, 90.0, 180.0, 325.0, 480.0)
LFFD_RATIOS = (4.4, 4.1, 3.7, 2.6, 2.5, 2.1, 1.6, 1.3)
LFFD_CELLS = 2.5
S3FD_ANCHORS = (16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
S3FD_RATIOS = (3.0, 3.4, 3.6, 2.7, 1.8, 1.4)
S3FD_CELLS = 4


def _interpolate(size: Fraction, sizes: tuple[float, ...], ratios: tuple[float, ...]) -> Fraction:
    """Return the ratio at a size in exact fractions, so that 4.4 * 12.5 is 55 and not a little more."""
    knots = [(Fraction(str(at)), Fraction(str(ratio))) for at, ratio in zip(sizes, ratios, strict=True)]
    if size <= knots[0][0]:
        return knots[0][1]
    for (low, first), (high, second) in pairwise(knots):
        if size <= high:
            return first + (size - low) / (high - low) * (second - first)
    return knots[-1][1]


def contains(size: float) -> Need:
    """Receptive field >= object: the least that can see it whole."""
    return Need(receptive_field=ceil(size))


def erf(size: float) -> Need:
    """Effective receptive field (4 sigma, Luo 2016) >= object."""
    return Need(receptive_field=ceil(size), effective_receptive_field=size)


def lffd(size: float) -> Need:
    """Field / size from 4.4 at 12.5 px down to 1.3 at 480 px, linear in between; size / stride >= 2.5 (He 2019)."""
    exact = Fraction(str(size))
    field = ceil(_interpolate(exact, LFFD_MIDDLES, LFFD_RATIOS) * exact)
    return Need(receptive_field=field, max_stride=max(1, floor(exact / Fraction(str(LFFD_CELLS)))))


def s3fd(size: float) -> Need:
    """Anchor = object = 4 x stride; field / anchor 3.0, 3.6, then 1.4 for 16 to 512 px, linear between (Zhang 2017)."""
    exact = Fraction(str(size))
    field = ceil(_interpolate(exact, S3FD_ANCHORS, S3FD_RATIOS) * exact)
    return Need(receptive_field=field, max_stride=max(1, floor(exact / S3FD_CELLS)))


Policy = Callable[[float], Need]

POLICIES: dict[str, Policy] = {"contains": contains, "erf": erf, "lffd": lffd, "s3fd": s3fd}
"""Every policy by its name in a problem file."""
