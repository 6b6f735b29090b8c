"""Steps of convolution, pooling and transposed convolution."""

from functools import lru_cache
from math import gcd

from rfsolve.windows.composition import check_step
from rfsolve.windows.step import IDENTITY, Step, Taps


@lru_cache(maxsize=1024)
def convolution(*, kernel: int, stride: int = 1, dilation: int = 1, padding_left: int = 0) -> Step:
    """Step of a convolution or a pooling.

    Output i reads i * stride - padding_left + t * dilation, 0 <= t < kernel.

    Source: Dumoulin & Visin, A guide to convolution arithmetic for deep learning, 2016.
    """
    if kernel == stride == 1 and not padding_left:
        return IDENTITY
    return Step(stride, (Taps(start=-padding_left, step=dilation, count=kernel),))


@lru_cache(maxsize=1024)
def transposed(*, kernel: int, stride: int = 1, dilation: int = 1, padding_left: int = 0) -> Step:
    """Step of a transposed convolution.

    Output i reads every m with i = m * stride - padding_left + t * dilation.

    Each of the `stride` phases has its own taps, none where no t fits (kernel shorter than stride).
    Every tap weighs stride / kernel, whatever its phase, as in the transposed convolution with
    equal weights and mean gain 1: the phases' masses differ (the checkerboard of Odena et al.,
    Distill 2016). PeriodError where the stride is too long to list.
    """
    check_step(1, stride)
    phases = (_transposed_taps(phase + padding_left, kernel, stride, dilation) for phase in range(stride))
    return Step(1, tuple(phases))


def _transposed_taps(position: int, kernel: int, stride: int, dilation: int) -> Taps:
    """Taps m with m * stride + t * dilation = position for some t of the kernel."""
    common = gcd(stride, dilation)
    turn = stride // common
    if position % common:
        return Taps(start=0, count=0)
    first = (position // common) * pow(dilation // common, -1, turn) % turn if turn > 1 else 0
    count = max(0, -(-(kernel - first) // turn))
    last = first + (count - 1) * turn
    start = (position - last * dilation) // stride if count else 0
    return Taps(start=start, step=dilation // common, count=count, gain=count * stride / kernel)
