"""Files that belong together, written into a directory of their own: all of them or none."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from rfsolve.cli.files import exists
from rfsolve.errors import InputError


def check_folder(word: str, names: frozenset[str], *, force: bool) -> None:
    """Refuse a directory that cannot be written, before the work is done whose result it is for.

    One that is empty is taken. One that holds nothing but files of these names is replaced where `force` is set.

    Raises:
        InputError: something is in the way; names it.

    """
    path = Path(word)
    if not exists(word):
        if not path.absolute().parent.is_dir():
            raise InputError(f"{word}: its parent is no directory, expected one that exists")
        return
    if path.is_symlink() or not path.is_dir():
        raise InputError(f"{word}: not a directory, expected a new one or an empty one")
    held = {entry.name for entry in path.iterdir()}
    if held and not force:
        raise InputError(f"{word}: exists already, expected a new directory, an empty one, or --force")
    if strange := sorted(held - names):
        raise InputError(f"{word}: holds {strange[0]}, which is not of these files; expected another directory")


def write_folder(word: str, files: Mapping[str, str]) -> None:
    """Write the files beside the directory, then rename: nobody ever sees some of them without the others.

    Raises:
        InputError: it cannot be written; names it. What was there before is there still.

    """
    path = Path(word).absolute()
    staged = path.with_name(f".{path.name}.{os.getpid()}.part")
    former = path.with_name(f".{path.name}.{os.getpid()}.former")
    try:
        staged.mkdir()
        for name, text in files.items():
            (staged / name).write_text(text, encoding="utf-8")
        if path.exists():
            path.rename(former)
        try:
            staged.rename(path)
        except OSError:
            if former.exists():
                former.rename(path)
            raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{word}: cannot be written: {reason}") from None
    finally:
        with suppress(OSError):
            rmtree(staged, ignore_errors=True)
    if former.exists():
        rmtree(former, ignore_errors=True)
