"""Boolean propagation on a finite grid.

What each output depends on, from the definition of each operation.

Shares no code with rfsolve.windows. A grid is a list of sets of source pixels (1-D), or None where
the value would depend on pixels beyond the grid. The grid stands for indices `low` ... ; positions
are absolute, so a convolution's padding is a shift.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

Seen = frozenset[int]
Grid = Callable[[int], Seen]
NOTHING: Seen = frozenset()


def source() -> Grid:
    return lambda index: frozenset([index])


def _all(grid: Grid, indices: list[int]) -> Seen:
    return NOTHING.union(*(grid(index) for index in indices)) if indices else NOTHING


def remembered(grid: Grid) -> Grid:
    memory: dict[int, Seen] = {}

    def look(index: int) -> Seen:
        if index not in memory:
            memory[index] = grid(index)
        return memory[index]

    return look


def convolved(grid: Grid, kernel: int, stride: int, dilation: int, left: int) -> Grid:
    return remembered(lambda i: _all(grid, [i * stride - left + t * dilation for t in range(kernel)]))


def transposed(grid: Grid, kernel: int, stride: int, dilation: int, left: int) -> Grid:
    """Input m spreads to outputs m * stride - left + t * dilation: try each m near i."""
    reach = (kernel * dilation + abs(left)) // stride + 2

    def look(i: int) -> Seen:
        near = i // stride
        spread = [
            m
            for m in range(near - reach, near + reach + 1)
            if any(m * stride - left + t * dilation == i for t in range(kernel))
        ]
        return _all(grid, spread)

    return remembered(look)


def nearest(grid: Grid, scale: Fraction) -> Grid:
    return remembered(lambda i: grid(floor(i / scale)))


def linear(grid: Grid, scale: Fraction) -> Grid:
    """Half-pixel positions.

    A hat function of width 1 is above 0 within less than 1 of the position.
    """

    def look(i: int) -> Seen:
        position = (2 * i + 1) / (2 * scale) - Fraction(1, 2)
        around = range(floor(position) - 2, ceil(position) + 3)
        return _all(grid, [m for m in around if 1 - abs(position - m) > 0])

    return remembered(look)


def moved(grid: Grid, amount: int) -> Grid:
    return lambda i: grid(i + amount)


def sliced(grid: Grid, start: int, step: int) -> Grid:
    return lambda i: grid(start + i * step)


def flipped(grid: Grid, size: int) -> Grid:
    return lambda i: grid(size - 1 - i)


def shuffled(grid: Grid, factor: int) -> Grid:
    return lambda i: grid(i // factor)


def unshuffled(grid: Grid, factor: int) -> Grid:
    return remembered(lambda i: _all(grid, [i * factor + n for n in range(factor)]))


def adaptive(grid: Grid, in_size: int, out_size: int) -> Grid:
    def look(i: int) -> Seen:
        low, high = Fraction(i * in_size, out_size), Fraction((i + 1) * in_size, out_size)
        return _all(grid, list(range(floor(low), ceil(high))))

    return remembered(look)


def united(*grids: Grid) -> Grid:
    return remembered(lambda i: NOTHING.union(*(grid(i) for grid in grids)))
