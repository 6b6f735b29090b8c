"""Numbers as people write budgets: `1M`, `2.5k`, `3e9`, `1_000_000`."""

import re
from decimal import Decimal

SUFFIXES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
LARGEST = 10**15
GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?[A-Za-z]?")
"""Commas between groups of three digits: 1,500,000. In 1,5M the comma may be meant as a decimal point."""


def parse_quantity(text: str | float) -> int:
    """Return the whole number meant by `text`, e.g. 1_500_000 for `1.5M`.

    Raises:
        ValueError: it is no positive number up to 1e15, or the suffix is none of k, M, G, B, T.

    """
    expected = "expected a positive number such as 250000, 250k, 1.5M or 2G"
    written = str(text).strip().replace("_", "")
    digits = written.replace(",", "")
    suffix = digits[-1:] if digits[-1:].isalpha() else ""
    if suffix not in SUFFIXES:
        raise ValueError(f"{text!r} ends in the unknown suffix {suffix!r}; {expected}")
    if "," in written and GROUPED.fullmatch(written) is None:
        raise ValueError(f"{text!r} has a comma that separates no thousands; {expected}")
    try:
        value = Decimal(digits.removesuffix(suffix)) * SUFFIXES[suffix]
    except ArithmeticError:
        raise ValueError(f"{text!r} is not a number; {expected}") from None
    if not (value.is_finite() and 0 < value <= LARGEST):
        raise ValueError(f"{text!r} is out of range; {expected}, at most 1e15")
    if value != int(value):
        raise ValueError(f"{text!r} is no whole number; {expected}")
    return int(value)
