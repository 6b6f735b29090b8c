"""Reads a small text file; imports nothing that takes time, for commands that read no problem."""

from pathlib import Path

from rfsolve.errors import InputError

LARGEST_FILE = 4_000_000
"""Bytes."""


def read_text(path: str | Path, *, largest: int = LARGEST_FILE) -> str:
    """Return the text of a UTF-8 file of at most `largest` bytes.

    Raises:
        InputError: missing, a directory, unreadable, too large, or binary.

    """
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"{path}: a directory, expected a file")
        with path.open("rb") as file:
            content = file.read(largest + 1)  # a device has no size of its own
        if len(content) > largest:
            raise InputError(f"{path}: larger than {largest // 10**6} MB, expected a small text file")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: a binary file, expected UTF-8 text") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{path}: cannot be read: {reason}") from None
