"""How a periodic reading of a layer's input becomes a periodic reading of its output.

Every reading (window, coverage, moments, influence) is a list of phases that repeats, moved by an
advance. A layer's taps on it fall into residue classes of that list; inside one class they are one
phase repeated at an even pitch: a `Run`. The readings differ only in what they make of a run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import TypeVar

from rfsolve.windows.step import Step, Taps

LONGEST_PERIOD = 1 << 16  # phases; a U-Net with five levels has 32, a resize by 1079/1919 has 1,079
MOST_RUNS = 1 << 22  # of one composition; a kernel of 1,079 over that resize has 1,164,241
LONGEST_KEPT = 64  # phases of a step; 4,096 compositions with a step of 500 phases would be a gigabyte

Phase = TypeVar("Phase")


class PeriodError(ValueError):
    """A step or a reading whose pattern takes too many outputs to repeat to be listed.

    `jump` is that of the step, None where a reading is too long.
    """

    def __init__(self, period: int, jump: Fraction | None = None) -> None:
        self.jump = jump
        super().__init__(f"the pattern repeats only after {period} outputs")


class JumpError(ValueError):
    """Two readings that do not advance alike cannot be merged.

    `slots` and `jumps` say which two and how they advance.
    """

    def __init__(self, slots: tuple[int, int], jumps: tuple[Fraction, Fraction]) -> None:
        self.slots, self.jumps = slots, jumps
        super().__init__(f"jumps differ: {jumps[0]} and {jumps[1]}")


@dataclass(frozen=True, slots=True)
class Run:
    """One phase of the input's reading, `count` times: moved by `offset` source pixels, then `pitch` apart.

    `lowest` and `highest` are the least and the most that a copy is moved; `weights` is None where
    each copy weighs `weight`. Of all copies with one weight together: `mass`, how far their mean lies
    from the phase's (`middle`), and the variance of their places, (count^2 - 1) / 12 * pitch^2.
    """

    phase: int
    offset: int
    pitch: int
    count: int
    lowest: int
    highest: int
    weight: float
    weights: tuple[float, ...] | None
    mass: float
    middle: float
    variance: float


@dataclass(frozen=True, slots=True)
class Composition:
    """A reading after a layer: how far it advances, and the runs that make each of its phases."""

    advance: int
    phases: tuple[tuple[Run, ...], ...]


def compose(period: int, advance: int, step: Step) -> Composition:
    """Runs of a layer's output on a reading of its input that advances `advance` source pixels per `period` outputs.

    Those of short steps are kept: most layers of a network are alike.
    """
    return (_kept if len(step.phases) <= LONGEST_KEPT else _composed)(period, advance, step)


def _composed(period: int, advance: int, step: Step) -> Composition:
    turns = period // gcd(period, step.advance)
    check_period(turns * step.period)
    if turns * sum(min(period // gcd(period, taps.step), taps.count) for taps in step.phases) > MOST_RUNS:
        raise PeriodError(turns * step.period)
    phases = tuple(
        tuple(_runs(period, advance, taps, turn * step.advance)) for turn in range(turns) for taps in step.phases
    )
    return Composition(turns * step.advance // period * advance, phases)


_kept = lru_cache(maxsize=4096)(_composed)


def _runs(period: int, advance: int, taps: Taps, shift: int) -> Iterator[Run]:
    cycle = period // gcd(period, taps.step)
    for first in range(min(cycle, taps.count)):
        turns, phase = divmod(taps.start + shift + first * taps.step, period)
        offset, pitch = turns * advance, cycle * taps.step // period * advance
        count = -(-(taps.count - first) // cycle)
        last = offset + pitch * (count - 1)
        yield Run(
            phase=phase,
            offset=offset,
            pitch=pitch,
            count=count,
            lowest=min(offset, last),
            highest=max(offset, last),
            weight=taps.weight,
            weights=None if taps.weights is None else taps.weights[first::cycle],
            mass=count * taps.weight,
            middle=(offset + last) / 2,
            variance=(count**2 - 1) / 12 * pitch**2,
        )


def check_period(period: int) -> None:
    """Raise PeriodError where a pattern of this many outputs is too long to list."""
    if period > LONGEST_PERIOD:
        raise PeriodError(period)


def check_step(advance: int, period: int) -> None:
    """Raise PeriodError where a step has too many phases to be made; asked before they are."""
    if period > LONGEST_PERIOD:
        raise PeriodError(period, Fraction(advance, period))


def common_period(grids: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """(period, advance) on which readings with these periods and advances all repeat; JumpError if they drift apart."""
    if grids.count(grids[0]) == len(grids):
        return grids[0]
    jump = common_jump([Fraction(advance, own) for own, advance in grids])
    period = lcm(*(own for own, _ in grids))
    check_period(period)
    return period, int(jump * period)


def common_jump(jumps: Sequence[Fraction]) -> Fraction:
    """The jump that all have; JumpError names the first that differs from the first."""
    for slot, jump in enumerate(jumps):
        if jump != jumps[0]:
            raise JumpError((0, slot), (jumps[0], jump))
    return jumps[0]


def smallest_period(phases: Sequence[Phase], advance: int, moved: Callable[[Phase, int], Phase]) -> int:
    """The smallest period with which these phases repeat; `moved` moves a phase by source pixels."""
    period = len(phases)
    for candidate in range(1, period // 2 + 1):
        if period % candidate == 0 and advance * candidate % period == 0:
            pace = advance * candidate // period
            if all(phases[i + candidate] == moved(phases[i], pace) for i in range(period - candidate)):
                return candidate
    return period
