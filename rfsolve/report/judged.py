"""A row of a check: what is asked or stated, what is found, and by how much it is missed."""

from dataclasses import dataclass

LONGEST_DECIMAL = 1e6
"""From here on no number is written with six digits, which would be in powers of ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A requirement, or something measured or stated: what is asked, what is found, and by how much it is missed.

    `missed` is None where it holds; else how much is lacking or too much, in the unit of what is asked.
    """

    name: str
    asked: str
    found: str
    missed: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it is as asked."""
        return self.missed is None


def by(amount: float, missed: bool) -> str | None:  # noqa: FBT001 - one of two words
    """Return `by` how much something is missed; None where it is not."""
    return f"by {number_text(amount)}" if missed else None


def number_text(value: float) -> str:
    """Return a number: all digits of a whole one, six of another, one decimal of a large one."""
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.6g}" if abs(value) < LONGEST_DECIMAL else f"{value:,.1f}"
