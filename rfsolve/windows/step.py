"""What one layer reads on one axis: a periodic relation from output index to input taps."""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Taps:
    """The input indices that one output index reads: start, start + step, ... (count of them).

    `count` is 0 for an output that reads nothing (a transposed convolution whose kernel is shorter
    than its stride). `weights` is None where all taps weigh the same, `gain / count` each; `gain`
    is ignored where weights are given.
    """

    start: int
    step: int = 1
    count: int = 1
    gain: float = 1.0
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.count < 0 or self.step == 0:
            raise ValueError(f"taps need a count of at least 0 and a step other than 0: {self}")
        if self.weights is not None and len(self.weights) != self.count:
            raise ValueError(f"{self.count} taps with {len(self.weights)} weights")

    @property
    def indices(self) -> range:
        """The indices read, in order."""
        return range(self.start, self.start + self.step * self.count, self.step)

    @property
    def weight(self) -> float:
        """The weight of each tap where all weigh the same."""
        return self.gain / self.count if self.count else 0.0


class Border(StrEnum):
    """What a layer reads where a tap lies beyond the pixels there are."""

    NOTHING = "nothing"
    NEAREST = "nearest"
    MIRRORED = "mirrored"
    WRAPPED = "wrapped"


@dataclass(frozen=True, slots=True)
class Step:
    """One layer on one axis.

    Output `q * period + p` reads `phases[p]` moved by `q * advance` input pixels.

    The advance is negative where the layer mirrors the axis. Convention of the weights: the mean
    gain over the phases is 1. `border` says what is read beyond the pixels there are, which windows do not know.
    `lists`: the pattern ends with the outputs, so that those behind the step are listed one by one.
    """

    advance: int
    phases: tuple[Taps, ...]
    border: Border = Border.NOTHING
    lists: bool = False
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.advance == 0 or not self.phases:
            raise ValueError(f"a step needs an advance other than 0 and at least one phase: {self}")
        object.__setattr__(self, "_hash", hash((self.advance, self.phases, self.border, self.lists)))

    def __hash__(self) -> int:
        return self._hash  # once: every composition looks its step up

    def __reduce__(self) -> tuple[type["Step"], tuple[object, ...]]:
        return Step, (self.advance, self.phases, self.border, self.lists)  # another process hashes strings otherwise

    @property
    def period(self) -> int:
        """Number of outputs after which the pattern repeats."""
        return len(self.phases)

    @property
    def jump(self) -> Fraction:
        """Input pixels per output pixel."""
        return Fraction(self.advance, self.period)

    def at(self, index: int) -> range:
        """The input indices that output `index` reads (any integer: the grid is infinite)."""
        turns, phase = divmod(index, self.period)
        taps, shift = self.phases[phase].indices, turns * self.advance
        return range(taps.start + shift, taps.stop + shift, taps.step)


IDENTITY = Step(1, (Taps(start=0),))
"""Output i reads input i alone. `convolution` returns it where that is so; another step that equals it does the same,
only slower."""
