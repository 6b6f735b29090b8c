"""COCO JSON: `images`, `annotations`, `categories`; or the bare list of annotations that results are kept in.

Read element by element, so that memory does not grow with polygons and captions: 52 bytes for each object.
"""

from collections.abc import Hashable, Mapping, Sequence
from math import isfinite, nan
from pathlib import Path
from typing import Any

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import Annotations
from rfsolve.propose.annotations.json_stream import elements
from rfsolve.propose.annotations.reading import EVERY, Collector, Reading

KIND = "coco"
WANTED = "expected COCO JSON: an object with images, annotations and categories"

CORNERS = 3
"""Points of a polygon at the least."""


def read(path: Path, reading: Reading) -> Annotations:
    """Return the objects of a COCO file, crowds left out.

    Raises:
        InputError: broken JSON, or nothing in it that looks like COCO.

    """
    return _Reader(path, reading).read()


class _Reader:
    """One file on its way to annotations."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self._path, self._reading = path, reading
        self._found = Collector(KIND, path)
        self._names: dict[Hashable, str] = {}
        self._size = path.stat().st_size
        self._keys: list[str] = []
        self._bytes = 0
        self._others = 0

    def read(self) -> Annotations:
        for key, value in elements(self._path, self._saw, self._keys):
            match key:
                case "images":
                    self._image(value)
                case "annotations" | "":
                    self._annotation(value)
                case "categories":
                    self._category(value)
        if not {"annotations", ""}.intersection(self._keys):
            listed = ", ".join(self._keys[:6]) or "none"
            raise InputError(f"{self._path}: no annotations among its keys ({listed}); {WANTED}")
        if self._others and not self._found.count:
            raise InputError(f"{self._path}: {self._others:,} annotations that have no bbox; {WANTED}")
        return self._found.annotations(self._reading, names=lambda key: self._names.get(key, str(key)))

    def _saw(self, count: int) -> None:
        self._bytes = count
        self._tell()

    def _tell(self) -> None:
        part = 100 * self._bytes / max(1, self._size)
        self._reading.tell(f"{self._path.name}: {part:.0f} %, {self._found.count:,} objects")

    def _image(self, value: Any) -> None:  # noqa: ANN401 - any JSON
        if not isinstance(value, Mapping) or not isinstance(value.get("id"), int | str):
            self._found.skipped["images without an id"] += 1
            return
        height, width = _number(value.get("height")), _number(value.get("width"))
        sized = height > 0 and width > 0
        self._found.image(value.get("id"), (height, width) if sized else None)

    def _category(self, value: Any) -> None:  # noqa: ANN401 - any JSON
        if isinstance(value, Mapping) and isinstance(value.get("id"), int | str):
            self._names[value["id"]] = str(value.get("name", value["id"]))

    def _annotation(self, value: Any) -> None:  # noqa: ANN401 - any JSON
        if not isinstance(value, Mapping):
            self._found.skipped["entries that are no annotation"] += 1
            return
        if value.get("iscrowd") == 1:
            self._found.skipped["crowds (iscrowd)"] += 1
            return
        box = value.get("bbox")
        numbers = _numbers(box) if box else _box_of(value.get("segmentation"))
        kind, image = value.get("category_id"), value.get("image_id")
        if numbers is None:
            self._others += box is None
            self._found.skipped["without a bbox of four numbers"] += 1
        elif not (isinstance(kind, int | str) and isinstance(image, int | str)):
            self._found.skipped["without a category_id or an image_id"] += 1
        else:
            self._add(numbers, kind, image, _number(value.get("area")))

    def _add(self, box: Sequence[float], kind: Hashable, image: Hashable, area: float) -> None:
        left, top, width, height = box
        relative = 0 <= left <= 1 and 0 <= top <= 1 and 0 < width <= 1 and 0 < height <= 1 and width * height < 1
        mask = nan if relative else area
        self._found.add((height, width), kind, self._found.image(image), mask=mask, relative=relative)
        if self._found.count % EVERY == 0:
            self._tell()


def _number(value: object) -> float:
    """Return the number, NaN where it is none, or one that no float holds."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return nan
    try:
        return float(value)
    except OverflowError:
        return nan


def _numbers(box: object) -> list[float] | None:
    """Return x, y, width and height; None where they are not four numbers."""
    four = 4
    if not isinstance(box, list) or len(box) != four:
        return None
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in box):
        return None
    return [_number(one) for one in box]


def _box_of(segmentation: object) -> list[float] | None:
    """Return the box around polygons; None where there are none."""
    if not isinstance(segmentation, list):
        return None
    points = [one for polygon in segmentation if isinstance(polygon, list) for one in polygon]
    if len(points) < 2 * CORNERS or len(points) % 2 or not all(isfinite(_number(one)) for one in points):
        return None
    across, down = points[::2], points[1::2]
    return [min(across), min(down), max(across) - min(across), max(down) - min(down)]
