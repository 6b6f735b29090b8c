"""Width plans: how many channels a layer may have, given the jump after it and the width before it.

A plan is one of: one width everywhere, a table by jump, base x jump up to a cap (the usual doubling at each stride),
or a free choice from a set.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

Jump = tuple[int, ...]


class WidthPlan(ABC):
    """What widths a layer may produce."""

    @abstractmethod
    def options(self, jump: Jump) -> tuple[int, ...]:
        """Return the widths allowed for a layer whose output has this jump (pixels per axis), ascending."""

    @property
    def is_free(self) -> bool:
        """Whether the solver chooses the width, so that the same jump can have several."""
        return False


@dataclass(frozen=True, slots=True)
class FixedWidth(WidthPlan):
    """One width everywhere."""

    width: int

    def options(self, jump: Jump) -> tuple[int, ...]:  # noqa: ARG002 - the plan's whole point
        """Return the one width."""
        return (self.width,)

    def __str__(self) -> str:
        """Return the form a problem file uses."""
        return str(self.width)


@dataclass(frozen=True, slots=True)
class TableWidth(WidthPlan):
    """A width from each listed jump on: `{1: 64, 16: 128}` is 64 at jumps 1 to 8 and 128 from 16."""

    table: tuple[tuple[int, int], ...]

    def options(self, jump: Jump) -> tuple[int, ...]:
        """Return the width of the last listed jump that is not above the largest jump of the axes."""
        reached = [width for start, width in self.table if start <= max(jump)]
        return (reached[-1],) if reached else ()

    def __str__(self) -> str:
        """Return the form a problem file uses."""
        return "{" + ", ".join(f"{start}: {width}" for start, width in self.table) + "}"


@dataclass(frozen=True, slots=True)
class ScaledWidth(WidthPlan):
    """`base * jump`, at most `cap`: the plan of VGG and ResNet."""

    base: int
    cap: int | None

    def options(self, jump: Jump) -> tuple[int, ...]:
        """Return min(base * jump, cap), with the largest jump of the axes."""
        width = self.base * max(jump)
        return (width if self.cap is None else min(width, self.cap),)

    def __str__(self) -> str:
        """Return the form a problem file uses."""
        return f"{self.base}*jump" + ("" if self.cap is None else f":{self.cap}")


@dataclass(frozen=True, slots=True)
class FreeWidth(WidthPlan):
    """Any width of a set; the solver chooses, never narrower than before unless the guard is off."""

    widths: tuple[int, ...]

    def options(self, jump: Jump) -> tuple[int, ...]:  # noqa: ARG002 - free at every jump
        """Return the whole set."""
        return self.widths

    @property
    def is_free(self) -> bool:
        """Return True where there is a choice."""
        return len(self.widths) > 1

    def __str__(self) -> str:
        """Return the form a problem file uses."""
        return "[" + ", ".join(map(str, self.widths)) + "]"


SCALED = re.compile(r"\s*(\d+)\s*\*\s*jump\s*(?::\s*(\d+)\s*)?")
FORMS = "64, [32, 64, 128] (free choice), '32*jump:512' (base x jump, capped) or { 1 = 64, 16 = 128 } (from that jump)"
EXPECTED = f"expected {FORMS}"
LARGEST_WIDTH = 65_536


def parse_widths(value: object) -> WidthPlan:
    """Return the width plan written as in a problem file.

    Raises:
        ValueError: the form is none of the four, or a width is not in 1 ... 65,536.

    """
    match value:
        case bool() | float():
            raise ValueError(f"{value!r} is no width plan; {EXPECTED}")
        case WidthPlan():
            return value
        case int():
            return FixedWidth(_width(value))
        case str() if found := SCALED.fullmatch(value):
            cap = found[2]
            return ScaledWidth(_width(found[1]), None if cap is None else _width(cap))
        case str():
            return _from_list(list(value.split(",")))
        case list() | tuple() if value:
            return _from_list(list(value))
        case dict() if value:
            rows = sorted((_width(start), _width(width)) for start, width in value.items())
            return TableWidth(tuple(rows))
    raise ValueError(f"{value!r} is no width plan; {EXPECTED}")


def _from_list(parts: list[object]) -> WidthPlan:
    widths = tuple(sorted({_width(part) for part in parts}))
    return FixedWidth(widths[0]) if len(widths) == 1 else FreeWidth(widths)


def _width(value: object) -> int:
    try:
        width = int(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is no width; {EXPECTED}") from None
    if not 1 <= width <= LARGEST_WIDTH:
        raise ValueError(f"width {width} is out of range; expected 1 to {LARGEST_WIDTH:,}")
    return width
