"""The published rules from an object's size to an exit's field and stride, a second time.

Written from the papers' tables (see FACTS), not from `rfsolve.space.policies`.
"""

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

LFFD = (
    ("12.5", "4.4"),
    ("17.5", "4.1"),
    ("30", "3.7"),
    ("55", "2.6"),
    ("90", "2.5"),
    ("180", "2.1"),
    ("325", "1.6"),
    ("480", "1.3"),
)
"""Middle of a band of face sizes in pixels, field over middle (He et al., 2019)."""

S3FD = (
    ("16", "3.0"),
    ("32", "3.4"),
    ("64", "3.6"),
    ("128", "2.7"),
    ("256", "1.8"),
    ("512", "1.4"),
)
"""Anchor in pixels, field over anchor (Zhang et al., 2017)."""


class Asked(NamedTuple):
    """What a policy asks of an exit, in pixels: least field, least 4 sigma, largest stride."""

    field: int
    effective: float
    max_stride: int | None


def asked(policy: str, size: float) -> Asked:
    """What `policy` asks for an object of `size` pixels."""
    exact = Fraction(str(size))
    match policy:
        case "contains":
            return Asked(ceil(exact), 0.0, None)
        case "erf":
            return Asked(ceil(exact), float(exact), None)
        case "lffd":
            return Asked(ceil(_ratio(LFFD, exact) * exact), 0.0, floor(exact / Fraction("2.5")))
        case "s3fd":
            return Asked(ceil(_ratio(S3FD, exact) * exact), 0.0, floor(exact / 4))
    raise ValueError(policy)


def _ratio(table: tuple[tuple[str, str], ...], size: Fraction) -> Fraction:
    """The ratio at a size: linear between two rows, constant beyond the first and the last."""
    rows = [(Fraction(middle), Fraction(ratio)) for middle, ratio in table]
    for (left, low), (right, high) in pairwise(rows):
        if left <= size <= right:
            return low + (high - low) * (size - left) / (right - left)
    return rows[0][1] if size < rows[0][0] else rows[-1][1]
