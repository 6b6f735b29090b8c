"""A footnote on a number that looks wrong and is not: an influence wider than its window."""

from rfsolve.analysis import Tap
from rfsolve.report.facts import Fact

ERF_FOOTNOTE: Fact = ("ERF", "4 sigma can exceed the field: a flat influence has sigma = field / sqrt(12)")


def exceeds_field(tap: Tap) -> bool:
    """Whether 4 sigma is more than the receptive field on some axis."""
    pairs = zip(tap.effective_receptive_field, tap.receptive_field, strict=True)
    return any(size is not None and field is not None and size > field[1] for size, field in pairs)
