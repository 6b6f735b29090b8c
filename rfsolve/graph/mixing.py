"""Which channels of its inputs each channel of a layer's output reads."""

from dataclasses import dataclass
from itertools import product
from math import prod

from rfsolve.windows import Step, strided_slice, transposed


@dataclass(frozen=True, slots=True)
class Mixed:
    """The output's channels in `groups` groups; each reads all channels of the same group of every branch."""

    groups: int = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """Channel c reads channel c of every branch; a branch of one channel is broadcast."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The channels of the branches, one branch after another."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The channels from `start` up to, not including, `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Interleaved:
    """The first channel of each of `groups` groups, then the second of each, and so on."""

    groups: int


@dataclass(frozen=True, slots=True)
class _Placed:
    """One channel on one side for each combination of starts on the other, the last axis first."""

    starts: tuple[range, ...]
    stride: tuple[int, ...]

    @property
    def places(self) -> int:
        """The number of combinations."""
        return prod(len(axis) for axis in self.starts)

    def steps(self) -> list[tuple[Step, ...]]:
        """The steps along the axes, of each place."""
        return [tuple(map(self._step, place, self.stride)) for place in product(*self.starts)]

    def _step(self, start: int, stride: int) -> Step:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Scattered(_Placed):
    """Channel c becomes n channels, c * n onwards. Output i of each reads start + i * stride alone."""

    def _step(self, start: int, stride: int) -> Step:
        return strided_slice(start=start, step=stride)


@dataclass(frozen=True, slots=True)
class Folded(_Placed):
    """Channels c * n to (c + 1) * n - 1 become one. Pixel i of each is laid at start + i * stride."""

    def _step(self, start: int, stride: int) -> Step:
        return transposed(kernel=1, stride=stride, padding_left=-start)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Channels c * n to (c + 1) * n - 1 become one, n the product of the factors: each is one place of a block."""

    factor: tuple[int, ...]


Mixing = Mixed | Kept | Joined | Picked | Interleaved | Scattered | Folded | Gathered

MIXED = Mixed()
KEPT = Kept()
