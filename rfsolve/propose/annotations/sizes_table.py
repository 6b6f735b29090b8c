"""A table of objects: `height`, `width` (and `depth`); one `size` or `length`; or `xmin`, `ymin`, `xmax`, `ymax`.

Further columns: `class`, `image`, `image_height`, `image_width`.
"""

from collections.abc import Sequence
from math import nan
from pathlib import Path

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import Annotations, Unit
from rfsolve.propose.annotations.reading import EVERY, Collector, Reading
from rfsolve.propose.annotations.tables import HEADS, cell, column, number, rows_of

KIND = "sizes"
WANTED = f"expected a header in the first line, {HEADS}, and then rows"

HEIGHTS, WIDTHS, DEPTHS = "height h bbox_height box_height", "width w bbox_width box_width", "depth d"
SIZES = "size side sqrt_area diameter"
CORNERS = (("ymin y1 top", "ymax y2 bottom"), ("xmin x1 left", "xmax x2 right"))
LENGTHS = "length samples"
CLASSES = "class label category species name class_name"
IMAGES = "image image_id image_path filename file"

IMAGE = 2
"""Sides of an object on an image, which may be stated as parts of it."""

Side = tuple[int | None, int]
"""The columns of the low end of a side, None where the side itself is stated, and of the high end."""


def read(path: Path, reading: Reading) -> Annotations:
    """Return the objects of a table.

    Raises:
        InputError: the head names no side.

    """
    rows = rows_of(path)
    head = next(rows, None)
    sides = None if head is None else sides_of(head)
    if head is None or sides is None:
        raise InputError(f"{path}: no table of sizes; {WANTED}")
    axes = len(sides)
    unit = {1: Unit.SAMPLES, 2: Unit.PIXELS}.get(axes, Unit.VOXELS)
    found = Collector(KIND, path, axes=axes, unit=unit)
    places = _Places(head, sides)
    for n, row in enumerate(rows):
        if n % EVERY == 0:
            reading.tell(f"{path.name}: {n:,} objects")
        _object(found, row, sides, places)
    return found.annotations(reading)


def sides_of(head: Sequence[str]) -> list[Side] | None:
    """Return where each side is, in the order of the axes; None where the head names none."""
    if (corners := _corners(head)) is not None:
        return corners
    height, width, depth = (column(head, names) for names in (HEIGHTS, WIDTHS, DEPTHS))
    if height is not None and width is not None:
        return [(None, place) for place in (depth, height, width) if place is not None]
    if (size := column(head, SIZES)) is not None:
        return [(None, size), (None, size)]
    return None if (length := column(head, LENGTHS)) is None else [(None, length)]


def _corners(head: Sequence[str]) -> list[Side] | None:
    """Return the columns of the low and high end of each side; None where the head does not name all of them."""
    ends = [(column(head, low), column(head, high)) for low, high in CORNERS]
    known: list[Side] = [(low, high) for low, high in ends if low is not None and high is not None]
    return known if len(known) == len(CORNERS) else None


class _Places:
    """The columns that may be there; beside corners, `height` and `width` are the image's."""

    def __init__(self, head: Sequence[str], sides: Sequence[Side]) -> None:
        self.kind, self.image = column(head, CLASSES), column(head, IMAGES)
        names = {1: ["image_length"], 2: ["image_height", "image_width"]}.get(len(sides), [])
        if sides[0][0] is not None:
            names = [f"{name} {name.removeprefix('image_')}" for name in names]
        found = [column(head, name) for name in names or ["image_depth", "image_height", "image_width"]]
        self.size = [place for place in found if place is not None] if None not in found else []


def _object(found: Collector, row: Sequence[str], sides: Sequence[Side], places: _Places) -> None:
    kind = cell(row, places.kind) or "object"
    size = [number(cell(row, place)) or nan for place in places.size]
    key = cell(row, places.image) or ("x".join(map(str, size)) if size else "image")
    image = found.image(key, size or None)
    numbers = [_side(row, side) for side in sides]
    known = [one for one in numbers if one is not None]
    if len(known) < len(numbers):
        found.skipped["rows without a number for each side"] += 1
    else:
        found.add(known, kind, image, relative=len(known) == IMAGE and max(known) <= 1 and min(known) < 1)


def _side(row: Sequence[str], side: Side) -> float | None:
    low, high = (number(cell(row, place)) for place in side)
    if side[0] is None:
        return high
    return None if low is None or high is None else high - low
