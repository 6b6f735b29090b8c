"""Whether a word of the command line names a file."""

from pathlib import Path


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
