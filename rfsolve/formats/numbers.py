"""Fractions as JSON numbers."""

from fractions import Fraction


def ratio(value: Fraction) -> float:
    """Return the fraction as a number, whole where it is."""
    return value.numerator if value.denominator == 1 else float(value)
