"""Steps of layers that only move pixels: crop and pad, strided slice, flip, pixel shuffle and its inverse."""

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
