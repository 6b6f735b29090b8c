"""The files of a folder of annotations: found in order, read one by one, small ones only."""

import os
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from rfsolve.errors import InputError
from rfsolve.propose.annotations.reading import EVERY, Tell, silent

LARGEST = 64_000_000
"""Bytes that a file of labels of one image may have."""


def files_in(folder: Path, endings: Collection[str], tell: Tell = silent) -> list[Path]:
    """Return the files below a folder whose names end so, in order; hidden ones are left out.

    Raises:
        InputError: a folder cannot be read.

    """
    wanted = tuple(ending.lower() for ending in endings)
    found: list[Path] = []
    for directory, below, names in os.walk(folder, onerror=_refuse):
        below[:] = sorted(name for name in below if not name.startswith("."))
        found += [
            Path(directory, name)
            for name in sorted(names)
            if name.lower().endswith(wanted) and not name.startswith(".")
        ]
        tell(f"{folder.name}: {len(found):,} files")
    return found


def counted(paths: Collection[Path], tell: Tell) -> Iterator[Path]:
    """Yield the paths, and tell how many are done."""
    for n, path in enumerate(paths):
        if n % EVERY == 0:
            tell(f"{n:,} of {len(paths):,} files")
        yield path


def text_of(path: Path) -> str | None:
    """Return the text of a file of labels; None where it is no text, too large, or cannot be read."""
    content = bytes_of(path)
    try:
        return None if content is None else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def bytes_of(path: Path) -> bytes | None:
    """Return the bytes of a small file; None where it is too large or cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError:
        return None
    return content if len(content) <= LARGEST else None


def endings_of(folder: Path, most: int = 10_000) -> Counter[str]:
    """Return how many files of each ending the first ones below a folder have."""
    counts: Counter[str] = Counter()
    for _, below, names in os.walk(folder, onerror=_refuse):
        below[:] = sorted(name for name in below if not name.startswith("."))
        counts.update(_ending(name) for name in names if not name.startswith("."))
        if counts.total() >= most:
            break
    return counts


def _ending(name: str) -> str:
    return ".nii.gz" if name.lower().endswith(".nii.gz") else Path(name).suffix.lower()


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be read: {error.strerror}")
