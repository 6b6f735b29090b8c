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


def parts_of_classes(labels: Labels, background: int = 0) -> Iterator[Part]:
    """Yield the connected parts of each value but the background; pixels that touch at a corner belong together.

    Raises:
        InputError: scipy is not installed.

    """
    require("propose", "masks", module="scipy.ndimage")
    from scipy import ndimage  # noqa: PLC0415 - an extra

    corners = np.ones((3,) * labels.ndim, dtype=np.int8)
    for value, around in _values(labels, background):
        parts, _ = ndimage.label(labels[around] == value, structure=corners)
        yield from (Part(value, part.sides, part.pixels) for part in parts_of_instances(parts))


def parts_of_instances(labels: Labels, background: int = 0) -> Iterator[Part]:
    """Yield one object for each value but the background."""
    for value, around in _values(labels, background):
        sides = tuple(float(span.stop - span.start) for span in around)
        yield Part(value, sides, int((labels[around] == value).sum()))


def _values(labels: Labels, background: int) -> Iterator[tuple[int, tuple[slice, ...]]]:
    """Yield each value but the background, with the box that holds all of it."""
    from scipy import ndimage  # noqa: PLC0415 - an extra

    values, places = np.unique(labels, return_inverse=True)
    boxes = ndimage.find_objects(places.reshape(labels.shape) + 1)
    for value, box in zip(values.tolist(), boxes, strict=True):
        if value != background and box is not None:
            yield int(value), box
