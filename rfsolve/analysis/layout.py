"""Which channels of a node see alike: its strands."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Strand = int  # channels of one node, and of those that hand them on, that read the same; numbered in topological order
NOTHING: Strand = -1  # the channels that do not depend on the source
MOST_STRANDS = 64  # of one node; a pixel unshuffle by 8 x 8 has 64
MOST_CHANNELS = 1 << 20  # of one node; no network that anybody runs has more

Strands = NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The strand of each channel of a node; `strands` is None where all channels are alike.

    `whole` is the strand of all channels together. `bounded` says that the channels were once more
    strands than are told apart: then what is known of one of them is an upper bound.
    """

    channels: int
    whole: Strand
    strands: Strands | None = None
    bounded: bool = False

    @property
    def each(self) -> Strands:
        """The strand of each channel."""
        return np.full(self.channels, self.whole) if self.strands is None else self.strands


def told_apart(keys: Iterable[Key]) -> tuple[list[Key], Strands]:
    """The different keys in the order they come, and for each key its place among them."""
    places: dict[Key, int] = {}
    order = [places.setdefault(key, len(places)) for key in keys]
    return list(places), np.array(order, dtype=np.int64)
