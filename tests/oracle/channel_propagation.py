"""Boolean propagation on a finite axis, channel by channel, from the definition of each operation.

Shares no code with rfsolve. What a node sees is a Boolean array (channels, pixels, n + 1): whether
the value at a channel and a pixel depends on each of the n source pixels, and last whether on
anything beyond the edge of a tensor on the way.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Seen = NDArray[np.bool_]


def source(channels: int, size: int) -> Seen:
    return np.broadcast_to(np.eye(size, size + 1, dtype=bool), (channels, size, size + 1)).copy()


def _at(seen: Seen, pixel: int) -> NDArray[Any]:
    """What each channel sees at a pixel; beyond the edge, the edge alone."""
    if 0 <= pixel < seen.shape[1]:
        return seen[:, pixel]
    beyond = np.zeros((seen.shape[0], seen.shape[2]), dtype=bool)
    beyond[:, -1] = True
    return beyond


def _gathered(seen: Seen, reads: Sequence[Sequence[int]]) -> Seen:
    """Each channel on its own, output i reading the pixels `reads[i]`."""
    rows = [
        np.logical_or.reduce([_at(seen, pixel) for pixel in pixels])
        if pixels
        else np.zeros((seen.shape[0], seen.shape[2]), dtype=bool)
        for pixels in reads
    ]
    return np.stack(rows, axis=1)


def mixed(seen: Seen, groups: int, channels: int) -> Seen:
    """Every output channel reads all channels of its group."""
    parts = np.split(seen, groups)
    return np.concatenate([np.repeat(part.any(0, keepdims=True), channels // groups, 0) for part in parts])


def convolved(seen: Seen, size: int, *, kernel: int, stride: int, dilation: int, left: int) -> Seen:
    return _gathered(seen, [[i * stride - left + t * dilation for t in range(kernel)] for i in range(size)])


def transposed(seen: Seen, size: int, *, kernel: int, stride: int, left: int) -> Seen:
    reads = [
        [m for m in range(-kernel - left, seen.shape[1] + kernel + left) if 0 <= i + left - m * stride < kernel]
        for i in range(size)
    ]
    return _gathered(seen, reads)


def corners(seen: Seen, size: int) -> Seen:
    """Linear interpolation that keeps both ends: a hat function of width 1 around each position."""
    before = seen.shape[1]
    reads = [[m for m in range(before) if abs(i * (before - 1) - m * (size - 1)) < size - 1] for i in range(size)]
    return _gathered(seen, reads)


def pooled_to(seen: Seen, size: int) -> Seen:
    """Adaptive pooling: output i overlaps the i-th of `size` equal parts."""
    before = seen.shape[1]
    return _gathered(
        seen,
        [
            [m for m in range(before) if m * size < (i + 1) * before and (m + 1) * size > i * before]
            for i in range(size)
        ],
    )


def unfolded(seen: Seen, size: int, *, kernel: int, stride: int, dilation: int, left: int) -> Seen:
    places = [_gathered(seen, [[i * stride - left + t * dilation] for i in range(size)]) for t in range(kernel)]
    return np.stack([place[c] for c in range(seen.shape[0]) for place in places])


def unshuffled(seen: Seen, factor: int) -> Seen:
    return np.stack([one[k::factor] for one in seen for k in range(factor)])


def shuffled(seen: Seen, factor: int) -> Seen:
    channels, size, rest = seen.shape
    made = np.zeros((channels // factor, size * factor, rest), dtype=bool)
    for c in range(channels):
        made[c // factor, c % factor :: factor] = seen[c]
    return made


def interleaved(seen: Seen, groups: int) -> Seen:
    per_group = len(seen) // groups
    return np.stack([seen[group * per_group + n] for n in range(per_group) for group in range(groups)])


def added(one: Seen, other: Seen) -> Seen:
    return one | other


def tiled(seen: Seen, size: int) -> Seen:
    """Copies end to end, up to a size."""
    return np.stack([seen[:, i % seen.shape[1]] for i in range(size)], axis=1)


def joined(one: Seen, other: Seen) -> Seen:
    """Pixels of the one, then pixels of the other."""
    return np.concatenate([one, other], axis=1)


def so_far(seen: Seen, *, reverse: bool) -> Seen:
    """All pixels before and the own; in reverse, the own and all behind."""
    return _gathered(seen, [list(range(i, seen.shape[1]) if reverse else range(i + 1)) for i in range(seen.shape[1])])
