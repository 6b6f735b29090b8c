"""Opens annotations, whatever they are: tells the format from names and first lines, and calls its reader."""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path

from rfsolve.errors import InputError
from rfsolve.propose.annotations import dota, events, voc, yolo
from rfsolve.propose.annotations.annotations import Annotations
from rfsolve.propose.annotations.files import endings_of, files_in
from rfsolve.propose.annotations.reading import Reading, Tell
from rfsolve.propose.annotations.sizes_table import WANTED, sides_of
from rfsolve.propose.annotations.tables import number, rows_of

KINDS = {
    "coco": "rfsolve.propose.annotations.coco",
    "yolo": "rfsolve.propose.annotations.yolo",
    "voc": "rfsolve.propose.annotations.voc",
    "dota": "rfsolve.propose.annotations.dota",
    "masks": "rfsolve.propose.annotations.masks",
    "nifti": "rfsolve.propose.annotations.nifti",
    "events": "rfsolve.propose.annotations.events",
    "sizes": "rfsolve.propose.annotations.sizes_table",
}
"""The module of each format, with a function `read`."""

READABLE = (
    "expected COCO JSON, a folder of YOLO or DOTA labels, of VOC XML, of masks (PNG) or of NIfTI volumes, a list of "
    "events, or a table of sizes"
)

BY_ENDING = {
    ".json": "coco",
    ".xml": "voc",
    ".yaml": "yolo",
    ".yml": "yolo",
    ".png": "masks",
    ".bmp": "masks",
    ".tif": "masks",
    ".tiff": "masks",
    ".nii": "nifti",
    ".nii.gz": "nifti",
}
TABLES = frozenset({".csv", ".tsv", ".txt"})

LOOKED_AT = 50
"""Files whose first lines tell what a folder holds."""


def read_annotations(path: Path, reading: Reading, kind: str | None = None) -> Annotations:
    """Return the annotations in a file or a folder, of the format that is named or told from what is there.

    Raises:
        InputError: there is no such file, its format cannot be told, or it cannot be read.

    """
    try:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder, {READABLE}")
        asked = kind if kind is not None else _kind(path, reading.tell)
        if asked not in KINDS:
            raise InputError(f"format '{asked}': unknown, expected one of {', '.join(KINDS)}")
        found: Annotations = import_module(KINDS[asked]).read(path, reading)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        name = getattr(error, "filename", None) or path
        raise InputError(f"{name}: cannot be read: {reason}") from None
    return found


def _kind(path: Path, tell: Tell) -> str:
    return _of_folder(path, tell) if path.is_dir() else _of_file(path)


def _of_file(path: Path) -> str:
    ending = ".nii.gz" if path.name.lower().endswith(".nii.gz") else path.suffix.lower()
    if ending in BY_ENDING:
        return BY_ENDING[ending]
    if ending in TABLES and (kind := _of_table(path)) is not None:
        return kind
    if ending in {".csv", ".tsv"}:
        raise InputError(f"{path}: no table that is known: {WANTED}; or onset and offset, for events")
    raise InputError(f"{path}: unknown format, {READABLE}")


def _of_folder(path: Path, tell: Tell) -> str:
    endings = endings_of(path)
    if any((path / name).is_file() for name in ("data.yaml", "dataset.yaml")):
        return "yolo"
    found = set(_told(path, endings, tell))
    if not found:
        found = {"masks"} & {BY_ENDING.get(ending, "") for ending in endings}
    if len(found) > 1:
        raise InputError(f"{path}: holds several formats ({', '.join(sorted(found))}), expected --format to say which")
    if found:
        return found.pop()
    listed = ", ".join(f"{count:,} {ending or 'without an ending'}" for ending, count in endings.most_common(5))
    raise InputError(f"{path}: unknown layout ({listed or 'no files'}), {READABLE}")


def _told(path: Path, endings: Iterable[str], tell: Tell) -> Iterator[str]:
    """Yield the formats that the files of a folder are of, but masks: images are beside other labels too."""
    there = set(endings)
    if there & {".nii", ".nii.gz"}:
        yield "nifti"
    if ".xml" in there:
        yield "voc" if _any_voc(path) else "xml"
    if ".json" in there:
        _refuse_json(path)
    if there & TABLES:
        files = (file for file in files_in(path, TABLES, tell) if file.name.lower() not in yolo.NO_LABELS)
        kinds = (_of_table(file) for file in islice(files, LOOKED_AT))
        yield from {kind for kind in kinds if kind is not None}


def _any_voc(path: Path) -> bool:
    for file in islice(files_in(path, [".xml"]), LOOKED_AT):
        with file.open("rb") as opened:
            if voc.is_voc(opened.read(4096)):
                return True
    return False


def _refuse_json(path: Path) -> None:
    """A dataset has several files of COCO JSON as a rule, and their objects are not to be added up unasked."""
    names = [str(file) for file in islice(files_in(path, [".json"]), 3)]
    raise InputError(f"{path}: a folder with JSON, expected one file of it, such as {', '.join(names)}")


def _of_table(path: Path) -> str | None:
    """Return the format of a text file by its first rows; None where it is none."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            lines = [line for line in (file.readline(1 << 16) for _ in range(5)) if line.strip()]
    except (OSError, UnicodeDecodeError):
        return None
    if path.suffix.lower() == ".txt" and any(yolo.is_row(line) for line in lines):
        return "yolo"
    if any(dota.is_row(line) for line in lines):
        return "dota"
    try:
        first = next(rows_of(path), None)
    except InputError:
        return None
    return None if first is None else _of_first_row(first)


def _of_first_row(first: Sequence[str]) -> str | None:
    """Return the format of a table by its first row; None where it is none."""
    if events.is_events(first):
        return "events"
    if sides_of(first) is not None:
        return "sizes"
    timed = len(first) > 1 and number(first[0]) is not None and number(first[1]) is not None
    return "events" if timed else None
