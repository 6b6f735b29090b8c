"""Which channels of a node see alike: its strands."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rfsolve.graph.mixing import Interleaved, Joined, Picked

Strand = int  # channels of one node, and of those that hand them on, that read the same; numbered in topological order
NOTHING: Strand = -1  # the channels that do not depend on the source
MOST_STRANDS = 64  # of one node; a pixel unshuffle by 8 x 8 has 64
MOST_CHANNELS = 1 << 20  # of one node; no network that anybody runs has more

Strands = NDArray[np.int64]
Rearranging = Joined | Picked | Interleaved
Key = TypeVar("Key", bound=Hashable)


class Layout:
    """The strand of each channel of a node; `strands` is None where all channels are alike.

    `whole` is the strand of all channels together. `bounded` says that the channels were once more
    strands than are told apart: then what is known of one of them is an upper bound. Of channels that
    are only chosen or moved both are found, from `moved`, when somebody asks; most layers never ask.
    """

    __slots__ = ("_bounded", "_strands", "channels", "moved", "whole")

    def __init__(
        self,
        channels: int,
        whole: Strand,
        strands: Strands | None = None,
        *,
        bounded: bool = False,
        moved: "tuple[Rearranging, Sequence[Layout]] | None" = None,
    ) -> None:
        self.channels, self.whole = channels, whole
        self._strands, self._bounded, self.moved = strands, bounded, moved

    @property
    def strands(self) -> Strands | None:
        """The strand of each channel; None where all are `whole`."""
        if self.moved is not None:
            self._settle_all()
        return self._strands

    @property
    def bounded(self) -> bool:
        """Whether some channels were once not told apart."""
        if self.moved is not None:
            self._settle_all()
        return self._bounded

    @property
    def each(self) -> Strands:
        """The strand of each channel."""
        strands = self.strands
        return np.full(self.channels, self.whole) if strands is None else strands

    def _settle_all(self) -> None:
        """Find the strands, first those of all that is still to be found of what the channels are moved from."""
        waiting = [self]
        while waiting:
            unsettled = [one for one in waiting[-1].moved[1] if one.moved] if waiting[-1].moved else []
            waiting.extend(unsettled)
            if not unsettled:
                waiting.pop().settle()

    def settle(self) -> None:
        """Find the strands of channels that are moved, from inputs whose strands are found."""
        if self.moved is not None:
            self._strands, self._bounded = _told_apart(*self.moved, self.channels)
            self.moved = None


def _told_apart(mixing: Rearranging, inputs: Sequence[Layout], channels: int) -> tuple[Strands | None, bool]:
    """The strands of channels that are moved, None where they are alike or too many; and whether they are bounded."""
    bounded = any(one.bounded for one in inputs)
    if not isinstance(mixing, Joined) and inputs[0].strands is None:
        return None, bounded
    if max(channels, *(one.channels for one in inputs)) > MOST_CHANNELS:
        return None, True
    strands = in_order(mixing, inputs)
    different = len(set(strands.tolist()))
    return strands if 1 < different <= MOST_STRANDS else None, bounded or different > MOST_STRANDS


def in_order(mixing: Rearranging, inputs: Sequence[Layout]) -> Strands:
    """The strand that each channel of the output is: no channel changes in being chosen or moved."""
    if isinstance(mixing, Joined):
        return np.concatenate([layout.each for layout in inputs])
    if isinstance(mixing, Picked):
        return inputs[0].each[mixing.start : mixing.stop]
    return inputs[0].each.reshape(mixing.groups, -1).T.ravel()


def told_apart(keys: Iterable[Key]) -> tuple[list[Key], Strands]:
    """The different keys in the order they come, and for each key its place among them."""
    places: dict[Key, int] = {}
    order = [places.setdefault(key, len(places)) for key in keys]
    return list(places), np.array(order, dtype=np.int64)
