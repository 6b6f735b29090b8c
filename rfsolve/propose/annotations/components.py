"""The connected parts of a mask, on two axes or three: the box and the pixels of each."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfsolve.formats.extras import require

Labels = NDArray[np.integer]


class Part(NamedTuple):
    """One object of a mask: its value, the sides of its box per axis, and its pixels."""

    value: int
    sides: tuple[float, ...]
    pixels: int


DENSE = 1 << 20
"""Largest value of a mask that is looked up in a table of all values; colours are beyond it."""


def parts_of_classes(labels: Labels) -> Iterator[Part]:
    """Yield the connected parts of each value but 0; pixels that touch at a corner belong together.

    Raises:
        InputError: scipy is not installed.

    """
    require("propose", "masks", module="scipy.ndimage")
    from scipy import ndimage  # noqa: PLC0415 - an extra

    corners = np.ones((3,) * labels.ndim, dtype=np.int8)
    for value, around, _ in _values(labels):
        parts, _ = ndimage.label(labels[around] == value, structure=corners)
        yield from (Part(value, part.sides, part.pixels) for part in parts_of_instances(parts))


def parts_of_instances(labels: Labels) -> Iterator[Part]:
    """Yield one object for each value but 0.

    Raises:
        InputError: scipy is not installed.

    """
    require("propose", "masks", module="scipy.ndimage")
    for value, around, pixels in _values(labels):
        yield Part(value, tuple(float(span.stop - span.start) for span in around), pixels)


def _values(labels: Labels) -> Iterator[tuple[int, tuple[slice, ...], int]]:
    """Yield each value but 0, with the box that holds all of it and its pixels."""
    from scipy import ndimage  # noqa: PLC0415 - an extra

    names: list[int] | None = None
    dense: Labels = labels
    if labels.size and (labels.min() < 0 or labels.max() > DENSE):
        values, places = np.unique(labels, return_inverse=True)
        names, dense = values.tolist(), places.reshape(labels.shape) + 1
    counts = np.bincount(dense.ravel())
    for n, box in enumerate(ndimage.find_objects(dense), start=1):
        value = n if names is None else int(names[n - 1])
        if value and box is not None:
            yield value, box, int(counts[n])
