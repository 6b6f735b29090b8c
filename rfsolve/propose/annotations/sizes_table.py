"""A table of sizes: `height`, `width` (and `depth`), or one `size`; `class`, `image`, `image_height`, `image_width`."""

from collections.abc import Sequence
from math import nan
from pathlib import Path

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import Annotations, Unit
from rfsolve.propose.annotations.reading import EVERY, Collector, Reading
from rfsolve.propose.annotations.tables import column, number, rows_of

KIND = "sizes"
WANTED = "expected a head with height and width (depth too), or size, or length; then a row for each object"

HEIGHTS, WIDTHS, DEPTHS = "height h bbox_height box_height", "width w bbox_width box_width", "depth d"
SIZES = "size side sqrt_area diameter"
LENGTHS = "length samples"
CLASSES = "class label category name class_name"
IMAGES = "image image_id filename file"


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
    places = _Places(head, axes)
    for n, row in enumerate(rows):
        if n % EVERY == 0:
            reading.tell(f"{path.name}: {n:,} objects")
        _object(found, row, sides, places)
    return found.annotations(reading)


def sides_of(head: Sequence[str]) -> list[int] | None:
    """Return the columns of the sides, in the order of the axes; None where the head names none."""
    height, width, depth = (column(head, names) for names in (HEIGHTS, WIDTHS, DEPTHS))
    if height is not None and width is not None:
        return [height, width] if depth is None else [depth, height, width]
    if (size := column(head, SIZES)) is not None:
        return [size, size]
    return None if (length := column(head, LENGTHS)) is None else [length]


class _Places:
    """The columns that may be there."""

    def __init__(self, head: Sequence[str], axes: int) -> None:
        self.kind, self.image = column(head, CLASSES), column(head, IMAGES)
        names = {1: "image_length", 2: "image_height image_width"}.get(axes, "image_depth image_height image_width")
        found = [column(head, name) for name in names.split()]
        self.size = [place for place in found if place is not None] if None not in found else []


def _object(found: Collector, row: Sequence[str], sides: Sequence[int], places: _Places) -> None:
    numbers = [number(row[place]) if place < len(row) else None for place in sides]
    kind = _cell(row, places.kind) or "object"
    size = [number(_cell(row, place)) or nan for place in places.size]
    key = _cell(row, places.image) or ("x".join(map(str, size)) if size else "image")
    image = found.image(key, size or None)
    if None in numbers:
        found.skipped["rows without a number for each side"] += 1
        return
    found.add([nan if one is None else one for one in numbers], kind, image)


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""
