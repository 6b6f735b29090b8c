"""Step of adaptive pooling."""

from functools import lru_cache
from math import gcd

from rfsolve.windows.composition import check_step
from rfsolve.windows.step import Step, Taps


@lru_cache(maxsize=256)
def adaptive(*, in_size: int, out_size: int) -> Step:
    """Step of adaptive pooling.

    Output i reads floor(i in / out) up to, not including, ceil((i + 1) in / out).

    Source: torch.nn.AdaptiveAvgPool1d. The pattern repeats every out / gcd(in, out) outputs.
    """
    common = gcd(in_size, out_size)
    check_step(in_size // common, out_size // common)
    phases = (_taps(phase, in_size, out_size) for phase in range(out_size // common))
    return Step(in_size // common, tuple(phases))


def _taps(phase: int, in_size: int, out_size: int) -> Taps:
    start = phase * in_size // out_size
    stop = -(-(phase + 1) * in_size // out_size)
    return Taps(start=start, count=stop - start)
