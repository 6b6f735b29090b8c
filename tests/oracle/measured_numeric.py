"""What every output of a function of an array depends on, by changing its input row by row.

Knows nothing of what the function is: the truth for single operators, and the witness of the
witness. Small arrays only: it runs the function (draws + 1) times for every row of every axis.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Run = Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]
Span = tuple[int, int] | None


def numeric_spans(run: Run, x: np.ndarray[Any, Any], axis: int, *, draws: int = 6) -> list[Span]:
    """For every index of the output along spatial `axis`: the (lowest, highest) input row that changes it.

    Whatever its other indices. Large and small changes of both signs, so that a maximum does not
    hide a row.
    """
    generator = np.random.default_rng(7)
    dim = 2 + axis
    base = run(x)
    spans: list[Span] = [None] * base.shape[dim]
    for row in range(x.shape[dim]):
        for draw in range(draws):
            changed = x.copy()
            part = np.moveaxis(changed, dim, 0)
            noise = generator.standard_normal(part[row].shape) * (10.0 if draw % 2 else 0.5)
            part[row] += noise.astype(x.dtype)
            differs = ~np.isclose(run(changed), base, rtol=1e-7, atol=0, equal_nan=True)
            for index in np.flatnonzero(np.moveaxis(differs, dim, 0).reshape(base.shape[dim], -1).any(1)):
                low, high = spans[index] or (row, row)
                spans[index] = min(low, row), max(high, row)
    return spans
