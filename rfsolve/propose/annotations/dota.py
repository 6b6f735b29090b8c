"""DOTA label folders: one text file for each image, `x1 y1 x2 y2 x3 y3 x4 y4 class difficulty`, in pixels.

The sides are those of the oriented box, along it and across it.
"""

from math import isfinite
from pathlib import Path

from rfsolve.propose.annotations.annotations import Annotations
from rfsolve.propose.annotations.files import counted, files_in, text_of
from rfsolve.propose.annotations.image_sizes import Images
from rfsolve.propose.annotations.reading import Collector, Reading
from rfsolve.propose.annotations.yolo import oriented_sides

KIND = "dota"

CORNERS = 8
HEADS = ("imagesource", "gsd")


def read(path: Path, reading: Reading) -> Annotations:
    """Return the objects of a folder of oriented boxes, or of one file."""
    found = Collector(KIND, path)
    files = [path] if path.is_file() else files_in(path, [".txt"], reading.tell)
    root = path.parent if path.is_file() else path
    images = Images(root, reading.tell)
    for file in counted(files, reading.tell):
        text = text_of(file)
        if text is None:
            found.skipped["files that are no text"] += 1
            continue
        image = found.image(str(file), images.size_for(file))
        for line in text.splitlines():
            _add(found, line, image)
    found.notes.append("oriented boxes, measured along their own sides")
    return found.annotations(reading)


def is_row(line: str) -> bool:
    """Return whether a line could be an object, or the head of such a file."""
    return line.strip().lower().startswith(HEADS) or _row(line) is not None


def _row(line: str) -> tuple[list[float], str] | None:
    """Return corners and class; a class is a word, so that YOLO's rows of nine numbers are none of these."""
    words = line.replace(",", " ").split()
    if len(words) <= CORNERS:
        return None
    try:
        numbers = [float(word) for word in words[:CORNERS]]
    except ValueError:
        return None
    kind = words[CORNERS]
    return None if _is_number(kind) else (numbers, kind)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _add(found: Collector, line: str, image: int) -> None:
    if not line.strip() or line.strip().lower().startswith(HEADS):
        return
    row = _row(line)
    if row is None:
        found.skipped["lines that are no object"] += 1
        return
    numbers, kind = row
    if all(isfinite(one) for one in numbers):
        found.add(
            oriented_sides(numbers[::2], numbers[1::2]),
            kind,
            image,
            relative=all(0 <= one <= 1 for one in numbers),
        )
    else:
        found.add((float("nan"), float("nan")), kind, image)
