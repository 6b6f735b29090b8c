"""Steps of layers that know an axis and no kernel: crop and pad, slice, flip, shuffle, copies, parts, running sums."""

from functools import lru_cache

from rfsolve.windows.composition import check_step
from rfsolve.windows.step import Step, Taps


@lru_cache(maxsize=256)
def shift(amount: int) -> Step:
    """Step of a crop (amount > 0) or a pad (amount < 0) on the left: output i reads i + amount."""
    return Step(1, (Taps(start=amount),))


@lru_cache(maxsize=256)
def strided_slice(*, start: int, step: int) -> Step:
    """Step of a slice: output i reads start + i * step."""
    return Step(step, (Taps(start=start),))


@lru_cache(maxsize=256)
def flip(size: int) -> Step:
    """Step of a mirrored axis of `size` pixels: output i reads size - 1 - i."""
    return Step(-1, (Taps(start=size - 1),))


@lru_cache(maxsize=256)
def depth_to_space(factor: int) -> Step:
    """Step of a pixel shuffle: output i reads i // factor (Shi et al., CVPR 2016)."""
    check_step(1, factor)
    return Step(1, (Taps(start=0),) * factor)


@lru_cache(maxsize=256)
def space_to_depth(factor: int) -> Step:
    """Step of a pixel unshuffle: the channels of output i together read factor * i to factor * (i + 1) - 1."""
    return Step(factor, (Taps(start=0, count=factor),))


@lru_cache(maxsize=256)
def tiled(*, size: int, repeats: int) -> Step:
    """Step of `repeats` copies of an axis of `size` pixels end to end: output i reads i modulo the size."""
    check_step(size * repeats, size * repeats)
    return Step(size * repeats, tuple(Taps(start=index % size) for index in range(size * repeats)), lists=True)


@lru_cache(maxsize=256)
def part(*, before: int, size: int, total: int, gain: float) -> Step:
    """Step by which one of several axes laid end to end is read: `size` of `total` outputs, `before` others first."""
    check_step(total, total)
    inside = range(before, before + size)
    nothing = Taps(start=0, count=0)
    taps = (Taps(start=index - before, gain=gain) if index in inside else nothing for index in range(total))
    return Step(total, tuple(taps), lists=True)


@lru_cache(maxsize=256)
def so_far(*, size: int, reverse: bool = False) -> Step:
    """Step of a sum of all pixels up to its own; in reverse, of all from its own on."""
    check_step(size, size)
    if reverse:
        return Step(size, tuple(Taps(start=index, count=size - index) for index in range(size)), lists=True)
    return Step(size, tuple(Taps(start=0, count=index + 1) for index in range(size)), lists=True)
