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
class Scattered:
    """Channel c becomes n channels, c * n onwards, one for each combination of starts, the last axis first.

    Output i of each reads start + i * stride alone.
    """

    starts: tuple[range, ...]
    stride: tuple[int, ...]

    @property
    def places(self) -> int:
        """The number of channels that one becomes."""
        return prod(len(axis) for axis in self.starts)

    def steps(self) -> list[tuple[Step, ...]]:
        """The steps along the axes, of each place."""
        return [
            tuple(strided_slice(start=start, step=stride) for start, stride in zip(place, self.stride, strict=True))
            for place in product(*self.starts)
        ]


@dataclass(frozen=True, slots=True)
class Folded:
    """Channels c * n to (c + 1) * n - 1 become one, for each combination of starts one of them, the last axis first.

    Its pixel i is laid at start + i * stride of the one.
    """

    starts: tuple[range, ...]
    stride: tuple[int, ...]

    @property
    def places(self) -> int:
        """The number of channels that become one."""
        return prod(len(axis) for axis in self.starts)

    def steps(self) -> list[tuple[Step, ...]]:
        """The steps along the axes, of each place."""
        return [
            tuple(
                transposed(kernel=1, stride=stride, padding_left=-start)
                for start, stride in zip(place, self.stride, strict=True)
            )
            for place in product(*self.starts)
        ]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Channels c * n to (c + 1) * n - 1 become one, n the product of the factors: each is one place of a block."""

    factor: tuple[int, ...]


Mixing = Mixed | Kept | Joined | Picked | Interleaved | Scattered | Folded | Gathered

MIXED = Mixed()
KEPT = Kept()
