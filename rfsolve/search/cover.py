"""How many taps a hole-free field needs at least: rows that no hole-free design breaks.

Let S(g) = 1 + the sum of g' * mass[g'] over the steps g' < g, in a design whose field is at least R. If a layer has a
step >= g, the smallest such step h has h <= S(h) = S(g); if none has, S(g) is the field. So S(g) >= min(g, R),
whether or not g is in use. And for any weight of a layer's taps, the sum over the layers with steps < g is at least
the least that reaches min(g, R), found by a small dynamic programme over (step, span): an integer bound where the row
before is linear.

Measured on free widths, field 200: 0.6 to 0.9 s without these rows, 0.1 s with them; field 1,000 with kernels 1, 3,
5, 7: 14.8 s and 0.2 s (tests/benchmarks/free_widths.py).
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

NEVER = 1 << 50
LARGEST_FIELD = 4_096
"""Above it the programme would cost more than the rows save."""

Weight = Callable[[int], int]

WEIGHTS: tuple[Weight, ...] = (lambda mass: (mass + 1) // 2, lambda mass: min(2, (mass + 1) // 2))
"""Kernels 3, 5, 7 weigh 1, 2, 3 and 1, 2, 2: together better than either, than 1, 1, 1 or than k * k."""


def least_weights(masses: Mapping[int, set[int]], field: int, weight: Weight) -> Iterator[tuple[int, int]]:
    """Yield (g, least weight of the taps with steps < g) for every step g up to the field, and for field + 1.

    `masses` holds, by step, the values of kernel - 1 that a layer may have there.
    """
    spans: NDArray[np.int64] = np.full(field + 1, NEVER, dtype=np.int64)
    spans[1] = 0
    for step in sorted(step for step in masses if step < field):
        if step > 1:
            yield step, int(spans[step:].min())
        for mass in masses[step]:
            spans[step:] = _repeated(spans[step:], step * mass, weight(mass))
    yield field + 1, int(spans[field])


def _repeated(spans: NDArray[np.int64], gain: int, price: int) -> NDArray[np.int64]:
    """Return the weights after any number of copies; the last cell holds everything above it."""
    length = -(-(len(spans) + gain) // gain) * gain
    padded = np.full(length, NEVER, dtype=np.int64)
    padded[: len(spans)] = spans
    slope = np.arange(length // gain, dtype=np.int64)[:, None] * price
    best = (np.minimum.accumulate(padded.reshape(-1, gain) - slope, axis=0) + slope).reshape(-1)
    out: NDArray[np.int64] = best[: len(spans)].copy()
    out[-1] = best[len(spans) - 1 :].min()
    return np.minimum(out, NEVER)
