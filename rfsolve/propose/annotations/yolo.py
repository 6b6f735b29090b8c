"""YOLO label folders: one text file for each image, one object a line, in parts of the image.

`class cx cy w h` is a box, `class x1 y1 x2 y2 x3 y3 ...` a polygon. Where all polygons have four corners they are
oriented boxes, and the sides are those of the box, not of the image.
"""

from collections.abc import Hashable, Iterator, Sequence
from math import hypot, isfinite
from pathlib import Path

from rfsolve.errors import InputError
from rfsolve.formats.extras import require
from rfsolve.propose.annotations.annotations import Annotations
from rfsolve.propose.annotations.files import counted, files_in, text_of
from rfsolve.propose.annotations.image_sizes import Images
from rfsolve.propose.annotations.reading import Collector, Reading

KIND = "yolo"
WANTED = "expected lines of a class and 4 numbers (a box), or 6 and more (a polygon)"

BOX, QUAD = 4, 8
CORNERS = 3
OVER = 1.05
"""Parts of the image that still count as parts: polygons may stick out of it a little."""
NO_LABELS = frozenset({"classes.txt", "labels.txt", "obj.names", "train.txt", "val.txt", "test.txt", "readme.txt"})

FIRST = 200
"""Files that tell whether polygons are oriented boxes."""

Row = tuple[int, tuple[float, ...]]


def read(path: Path, reading: Reading) -> Annotations:
    """Return the objects of a folder of labels, or of the dataset that a data.yaml describes.

    Raises:
        InputError: no labels, or normalised labels without the size of any image.

    """
    described = _description(path)
    names, root = _described(described, path)
    found = Collector(KIND, path)
    files = [file for file in files_in(root, [".txt"], reading.tell) if file.name.lower() not in NO_LABELS]
    images = Images(root, reading.tell)
    oriented = _all_quads(files[:FIRST])
    if oriented:
        found.notes.append("every polygon has four corners: oriented boxes, measured along their own sides")
    for file in counted(files, reading.tell):
        _add(found, file, images, oriented=oriented)
    if images.unused:
        found.notes.append(f"{images.unused:,} images have no file of labels: no objects, by custom")
    return found.annotations(reading, relative_expected=True, names=lambda key: names.get(key, str(key)))


def is_row(line: str) -> bool:
    """Return whether a line could be an object: a class by number, then coordinates."""
    return _row(line) is not None


def _rows(file: Path, found: Collector) -> Iterator[Row]:
    text = text_of(file)
    if text is None:
        found.skipped["files that are no text"] += 1
        return
    for line in text.splitlines():
        if not line.strip():
            continue
        row = _row(line)
        if row is None:
            found.skipped["lines that are no object"] += 1
        else:
            yield row


def _row(line: str) -> Row | None:
    """Return class and coordinates; a confidence behind a box is left out."""
    words = line.split()
    try:
        kind, numbers = int(words[0]), tuple(float(word) for word in words[1:])
    except (ValueError, IndexError):
        return None
    if len(numbers) == BOX + 1:
        numbers = numbers[:BOX]
    if len(numbers) != BOX and (len(numbers) < 2 * CORNERS or len(numbers) % 2):
        return None
    return kind, numbers


def _all_quads(files: Sequence[Path]) -> bool:
    """Return whether the rows of these files are all polygons of four corners."""
    unread = Collector(KIND, Path())
    return {len(numbers) for file in files for _, numbers in _rows(file, unread)} == {QUAD}


def _add(found: Collector, file: Path, images: Images, *, oriented: bool) -> None:
    size = images.size_for(file)
    image = found.image(str(file), size)
    for kind, numbers in _rows(file, found):
        if not all(isfinite(one) for one in numbers):
            found.add((float("nan"), float("nan")), kind, image)
            continue
        relative = all(-OVER < one <= OVER for one in numbers)
        if oriented and len(numbers) == QUAD:
            sides, relative = _own_sides(numbers, size, relative=relative)
        else:
            sides = _sides(numbers)
        found.add(sides, kind, image, relative=relative)


def _sides(numbers: Sequence[float]) -> tuple[float, float]:
    """Return height and width of a box, or of the box around a polygon."""
    if len(numbers) == BOX:
        return numbers[3], numbers[2]
    across, down = numbers[::2], numbers[1::2]
    return max(down) - min(down), max(across) - min(across)


def _own_sides(
    numbers: Sequence[float], size: tuple[int, int] | None, *, relative: bool
) -> tuple[tuple[float, float], bool]:
    """Return the sides of an oriented box, which are in pixels where the size of the image is known."""
    known = relative and size is not None
    tall, wide = size if known and size is not None else (1, 1)
    across, down = [x * wide for x in numbers[::2]], [y * tall for y in numbers[1::2]]
    return oriented_sides(across, down), relative and not known


def oriented_sides(across: Sequence[float], down: Sequence[float]) -> tuple[float, float]:
    """Return the sides of a quadrilateral, short one first: each the mean of two that lie opposite."""
    edges = [hypot(across[n] - across[n - 1], down[n] - down[n - 1]) for n in range(4)]
    one, other = (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2
    return min(one, other), max(one, other)


def _description(path: Path) -> Path | None:
    """Return the file that names the classes: data.yaml or classes.txt, in the folder or up to two above it."""
    if path.is_file():
        return path
    names = ("data.yaml", "dataset.yaml", "classes.txt", "obj.names")
    found = (folder / name for folder in (path, *list(path.parents)[:2]) for name in names)
    return next((file for file in found if file.is_file()), None)


def _described(file: Path | None, path: Path) -> tuple[dict[Hashable, str], Path]:
    """Return the names of the classes by number, and the folder of the dataset."""
    root = path.parent if path.is_file() else path
    if file is None:
        return {}, root
    if file.suffix not in {".yaml", ".yml"}:
        lines = (text_of(file) or "").splitlines()
        return {n: line.strip() for n, line in enumerate(lines) if line.strip()}, root
    table = _yaml(file)
    stated = table.get("path")
    there = file.parent / stated if isinstance(stated, str) else root
    names = table.get("names")
    return _numbered(names), there if path.is_file() and there.is_dir() else root


def _numbered(names: object) -> dict[Hashable, str]:
    if isinstance(names, list):
        return dict(enumerate(map(str, names)))
    return {key: str(name) for key, name in names.items()} if isinstance(names, dict) else {}


def _yaml(file: Path) -> dict[str, object]:
    """Return what a data.yaml says; nothing in it is executed."""
    require("propose", str(file), module="yaml")
    import yaml  # noqa: PLC0415 - an extra

    try:
        table = yaml.safe_load(text_of(file) or "")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{file}: no valid YAML: {reason}") from None
    return table if isinstance(table, dict) else {}
