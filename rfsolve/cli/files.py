"""Files that words of the command line name: whether they are there, and how they are written."""

import os
from contextlib import suppress
from pathlib import Path

from rfsolve.errors import InputError


def exists(word: str) -> bool:
    """Return whether there is such a path; there is none with a name that the system refuses."""
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False


def is_file(word: str) -> bool:
    """Return whether there is such a file; there is none with a name that the system refuses."""
    try:
        return Path(word).is_file()
    except (OSError, ValueError):
        return False


def write_file(word: str, content: str | bytes, *, force: bool) -> None:
    """Write the text (in UTF-8) or the bytes, whole or not at all; over a file that exists only where `force` is set.

    Raises:
        InputError: the file exists, or cannot be written; names it.

    """
    path = Path(word)
    there = exists(word)
    if there and path.is_dir():
        raise InputError(f"{word}: a directory, expected a file")
    if there and not force:
        raise InputError(f"{word}: exists already, expected a new file or --force")
    _replace(path, content.encode() if isinstance(content, str) else content)


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file, then rename: nobody ever sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            beside.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{path}: cannot be written: {reason}") from None
