"""What `rfsolve init` does: writes the starter problem, whole or not at all."""

import os
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import click

from rfsolve.cli.ending import Ending, say
from rfsolve.cli.files import exists
from rfsolve.errors import InputError


def run(file: str, *, force: bool) -> int:
    """Write the starter problem to `file`, or to stdout for `-`."""
    text = (files("rfsolve.cli") / "starter.toml").read_text(encoding="utf-8")
    if file == "-":
        click.echo(text, nl=False)
        return Ending.DONE
    path = Path(file)
    there = exists(file)
    if there and path.is_dir():
        raise InputError(f"{file}: a directory, expected a file")
    if there and not force:
        raise InputError(f"{file}: exists already, expected a new file or --force")
    _write(path, text)
    say(f"wrote {file}; solve it with: rfsolve {file}")
    return Ending.DONE


def _write(path: Path, text: str) -> None:
    """Write beside the file, then rename: nobody ever sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            beside.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{path}: cannot be written: {reason}") from None
