"""The coverage of a node: the exact set of source indices that each of its outputs depends on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rfsolve.windows.composition import Run, common_period, compose, smallest_period
from rfsolve.windows.listing import Listing
from rfsolve.windows.step import IDENTITY, Step


@dataclass(frozen=True, slots=True)
class Touched:
    """A finite set of integers: `offset + b` for every bit b of `bits`; bit 0 is set unless the set is empty."""

    offset: int
    bits: int

    def __iter__(self) -> Iterator[int]:
        return (self.offset + n for n, bit in enumerate(reversed(f"{self.bits:b}")) if bit == "1")

    def __len__(self) -> int:
        return self.bits.bit_count()

    @property
    def extent(self) -> int:
        """Highest - lowest + 1; 0 if empty."""
        return self.bits.bit_length()

    @property
    def is_solid(self) -> bool:
        """Whether nothing is missing between the lowest and the highest."""
        return self.bits & (self.bits + 1) == 0

    def moved(self, pixels: int) -> "Touched":
        """The set with every element moved."""
        return Touched(self.offset + pixels, self.bits) if self.bits else self


_NOTHING = Touched(0, 0)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Dependence on the source along one axis: as a Window, with a set of indices for each phase."""

    advance: int
    phases: tuple[Touched, ...]

    @classmethod
    def identity(cls) -> "Coverage":
        """The source's own coverage: output i touches pixel i."""
        return cls(1, (Touched(0, 1),))

    @property
    def period(self) -> int:
        """Number of outputs after which the pattern repeats."""
        return len(self.phases)

    @property
    def jump(self) -> Fraction:
        """Source pixels per output pixel."""
        return Fraction(self.advance, self.period)

    @property
    def density(self) -> tuple[float, ...]:
        """Touched part of the window, per phase that touches anything: 1.0 is without holes."""
        return tuple(len(phase) / phase.extent for phase in self.phases if phase.bits)

    @property
    def grid_density(self) -> float:
        """Touched part of all source pixels, over all outputs: a 1-tap stride 2 skips every other pixel, 0.5."""
        cycle = abs(self.advance)
        if any(phase.extent >= cycle and phase.is_solid for phase in self.phases):
            return 1.0
        return _folded_count(self.phases, cycle) / cycle

    @property
    def hole_free(self) -> bool:
        """Whether every phase touches each pixel between its lowest and its highest, and all phases together all."""
        return all(phase.is_solid for phase in self.phases) and self.grid_density == 1.0

    def at(self, index: int) -> Touched:
        """The source indices that output `index` depends on, on the infinite grid."""
        turns, phase = divmod(index, self.period)
        return self.phases[phase].moved(turns * self.advance)

    def first(self, outputs: int) -> Sequence[Touched]:
        """The source indices that output 0 and those that follow depend on, on the infinite grid."""
        return self.phases if outputs == self.period else [self.at(index) for index in range(outputs)]

    def holes(self, index: int) -> tuple[int, ...]:
        """The source indices inside the window of output `index` that it does not depend on."""
        touched = self.at(index)
        missing = touched.bits ^ ((1 << touched.extent) - 1)
        return tuple(Touched(touched.offset, missing))

    def through(self, step: Step) -> "Coverage":
        """The coverage after a layer, exact.

        A run of n copies takes about log2(n) big-integer operations.
        """
        if step is IDENTITY:
            return self
        composed = compose(self.period, self.advance, step)
        return _canonical(
            composed.advance,
            [_union([self._repeated(run) for run in runs]) for runs in composed.phases],
        )

    def listed(self, listing: Listing) -> "Coverage":
        """The same coverage with the outputs listed one by one."""
        return _canonical(listing.advance, listing.phases(self.at, Touched.moved))

    def union(self, other: "Coverage") -> "Coverage":
        """What either touches, phase by phase. Raises JumpError if the jumps differ."""
        return self.merge((self, other))

    @classmethod
    def merge(cls, readings: "Sequence[Coverage]", shares: Sequence[float] = ()) -> "Coverage":  # noqa: ARG003 - a union weighs nothing; the protocol has shares
        """The union of several coverages; JumpError if their jumps differ."""
        if all(reading == readings[0] for reading in readings):
            return readings[0]
        period, advance = common_period([(one.period, one.advance) for one in readings])
        phases = zip(*(one.first(period) for one in readings), strict=True)
        return _canonical(advance, [_union(sets) for sets in phases])

    def _repeated(self, run: Run) -> Touched:
        """The union of a run's copies of one phase, by doubling the number of copies."""
        phase, pitch = self.phases[run.phase], abs(run.pitch)
        bits, copies = phase.bits, 1
        while copies < run.count:
            more = min(copies, run.count - copies)
            bits |= bits << (more * pitch)
            copies += more
        return Touched(phase.offset + run.lowest, bits) if bits else _NOTHING


def _union(sets: Sequence[Touched]) -> Touched:
    seen = [one for one in sets if one.bits]
    if not seen:
        return _NOTHING
    if len(seen) == 1:
        return seen[0]
    low = min(one.offset for one in seen)
    bits = 0
    for one in seen:
        bits |= one.bits << (one.offset - low)
    return Touched(low, bits)


def _folded_count(phases: Sequence[Touched], cycle: int) -> int:
    """How many residues modulo `cycle` the sets touch; costs what is touched, however long the cycle is."""
    pieces = sorted(piece for phase in phases for piece in _folded(phase, cycle))
    count = start = bits = 0
    for at, more in pieces:
        if at - start < bits.bit_length():
            bits |= more << (at - start)
        else:
            count, start, bits = count + bits.bit_count(), at, more
    return count + bits.bit_count()


def _folded(phase: Touched, cycle: int) -> Iterator[tuple[int, int]]:
    """The residues that a set touches, as (lowest, bits) inside 0 to cycle - 1; folded by halves."""
    bits = phase.bits
    while bits.bit_length() > cycle:
        half = (-(-bits.bit_length() // cycle) // 2) * cycle
        bits = (bits >> half) | (bits & ((1 << half) - 1))
    start = phase.offset % cycle
    room = cycle - start
    if bits.bit_length() <= room:
        yield start, bits
    else:
        yield start, bits & ((1 << room) - 1)
        yield 0, bits >> room


def _canonical(advance: int, phases: Sequence[Touched]) -> Coverage:
    if len(phases) == 1:
        return Coverage(advance, (phases[0],))
    period = smallest_period(phases, advance, Touched.moved)
    return Coverage(advance * period // len(phases), tuple(phases[:period]))
