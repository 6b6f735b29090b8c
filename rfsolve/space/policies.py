"""Policies: from an object's size to the receptive field and stride that an exit needs to see it.

A policy states a published rule of thumb. It is a design constraint and no promise of accuracy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from rfsolve.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an object asks of an exit, in pixels: least field, least effective field, largest stride."""

    receptive_field: int | None = None
    effective_receptive_field: float | None = None
    max_stride: int | None = None


Rule = Callable[[float], Need]
"""From the size of an object in pixels to what it asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A rule from an object's size to a need, with its formula, its source, and what it predicts.

    Called with a size in pixels, it returns the `Need`. `cells` is how many cells an object spans at
    least, None where the rule is silent. `of_middle`: the rule is about the middle of a band of
    sizes, and not about its largest. `assignment` names the levels that its source comes with.
    """

    name: str
    formula: str
    rule: Rule
    source: str = ""
    predicts: str = ""
    cells: float | None = None
    of_middle: bool = False
    assignment: str | None = None

    def __call__(self, size: float) -> Need:
        """Return what an object of this size in pixels asks.

        Raises:
            InputError: the rule returns no Need.

        """
        need: object = self.rule(size)
        if not isinstance(need, Need):
            raise InputError(f"policy '{self.name}': returns {need!r} for {size:g} px, expected a Need")
        field, stride = need.receptive_field, need.max_stride  # a rule of one's own computes in floats
        return replace(
            need,
            receptive_field=None if field is None else ceil(field),
            max_stride=None if stride is None else floor(stride),
        )


Row = tuple[float, float]
"""A size in pixels, and field / size there."""


def by_ratio(rows: Sequence[Row], *, cells: float | None = None, effective: float | None = None) -> Rule:
    """Return the rule field >= ratio x size, the ratio linear between the rows and constant beyond them.

    `cells`: size / stride is at least this. `effective`: 4 sigma is at least this times the size.
    """
    knots = [(Fraction(str(size)), Fraction(str(ratio))) for size, ratio in sorted(rows)]

    def need(size: float) -> Need:
        exact = Fraction(str(size))
        return Need(
            receptive_field=max(1, ceil(_interpolate(exact, knots) * exact)),
            effective_receptive_field=None if effective is None else effective * size,
            max_stride=None if cells is None else max(1, floor(exact / Fraction(str(cells)))),
        )

    return need


def _interpolate(size: Fraction, knots: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """Return the ratio at a size in exact fractions, so that 4.4 * 12.5 is 55 and not a little more."""
    if size <= knots[0][0]:
        return knots[0][1]
    for (low, first), (high, second) in pairwise(knots):
        if size <= high:
            return first + (size - low) / (high - low) * (second - first)
    return knots[-1][1]


LFFD_ROWS = ((12.5, 4.4), (17.5, 4.1), (30, 3.7), (55, 2.6), (90, 2.5), (180, 2.1), (325, 1.6), (480, 1.3))
"""Middle of a band of face sizes in pixels, field over middle (He et al., 2019)."""
LFFD_CELLS = 2.5
S3FD_ROWS = ((16, 3.0), (32, 3.4), (64, 3.6), (128, 2.7), (256, 1.8), (512, 1.4))
"""Anchor in pixels, field over anchor (Zhang et al., 2017)."""
S3FD_CELLS = 4

contains = Policy(
    name="contains",
    formula="field >= size",
    source="",
    predicts="an output that can see the object whole: the least that recognition needs",
    rule=lambda size: Need(receptive_field=ceil(size)),
)
erf = Policy(
    name="erf",
    formula="4 sigma >= size, and field >= size",
    source="Luo et al., NeurIPS 2016",
    predicts="an output whose weight lies on the object: the rim of a field counts little",
    rule=lambda size: Need(receptive_field=ceil(size), effective_receptive_field=size),
)
lffd = Policy(
    name="lffd",
    formula="field / size = 4.4 at 12.5 px, 4.1 at 17.5, 3.7 at 30, 2.6 at 55, 2.5 at 90, 2.1 at 180, 1.6 at 325, "
    "1.3 at 480, linear in between; size / stride >= 2.5",
    source="He et al., LFFD, 2019",
    predicts="small objects need more of their surroundings than large ones",
    rule=by_ratio(LFFD_ROWS, cells=LFFD_CELLS),
    cells=LFFD_CELLS,
    of_middle=True,
    assignment="lffd",
)
s3fd = Policy(
    name="s3fd",
    formula="field / size = 3.0 at 16 px, 3.4 at 32, 3.6 at 64, 2.7 at 128, 1.8 at 256, 1.4 at 512, linear in "
    "between; size / stride >= 4",
    source="Zhang et al., S3FD, ICCV 2017",
    predicts="anchors of four strides, on layers whose field exceeds them",
    rule=by_ratio(S3FD_ROWS, cells=S3FD_CELLS),
    cells=S3FD_CELLS,
    of_middle=True,
    assignment="s3fd",
)

POLICIES: dict[str, Policy] = {policy.name: policy for policy in (contains, erf, lffd, s3fd)}
"""Every policy by its name in a problem file."""
