"""How a command ends: its exit code, and one line on stderr for each thing that went wrong."""

import os
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum

import click

from rfsolve.errors import ProblemError, RfsolveError


class Ending(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    INTERNAL = 1
    INVALID = 2
    INFEASIBLE = 3
    OUT_OF_TIME = 4
    NOT_MET = 5
    INTERRUPTED = 130
    BROKEN_PIPE = 141


def code_of(work: Callable[[], int]) -> int:
    """Return the exit code of `work`, whatever it raises; its messages go to stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # ASCII terminals get what they can show
    try:
        code = work()
        if sys.stdout is not None:  # closed with >&-
            sys.stdout.flush()
    except (click.ClickException, RfsolveError) as error:
        return _invalid(error)
    except (KeyboardInterrupt, click.Abort):
        say("interrupted")
        return Ending.INTERRUPTED
    except OSError as error:
        return _failed(error) if error.filename is not None else _unwritable(error)
    except Exception as error:  # noqa: BLE001 - the last resort: what is left is a defect
        return _internal(error)
    return code


def say(text: str) -> None:
    """Print one line on stderr; what could move a terminal's cursor is shown, not sent."""
    line = " ".join(text.split())
    print("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line), file=sys.stderr)


def _invalid(error: click.ClickException | RfsolveError) -> int:
    if isinstance(error, ProblemError):
        texts = [str(mistake) for mistake in error.mistakes]
    else:
        texts = [error.format_message() if isinstance(error, click.ClickException) else str(error)]
    for text in texts:
        say(f"error: {text}")
    return Ending.INVALID


def _failed(error: OSError) -> int:
    """A file could not be used; it is named, which the stream of the result never is."""
    if os.environ.get("RFSOLVE_DEBUG") == "1":
        traceback.print_exception(error)
    say(f"error: {error.filename}: {error.strerror or error}")
    return Ending.INVALID


def _unwritable(error: OSError) -> int:
    """The result could not be written: the reader has gone (quietly), or the disk is full."""
    broken = isinstance(error, BrokenPipeError)
    if not broken and os.environ.get("RFSOLVE_DEBUG") == "1":
        traceback.print_exception(error)
    if not broken:
        say(f"error: the result cannot be written: {error.strerror or error}")
    _forget_stdout()
    return Ending.BROKEN_PIPE if broken else Ending.INVALID


def _forget_stdout() -> None:
    """Point stdout at nothing, so that the interpreter does not flush it once more at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


def _internal(error: Exception) -> int:
    if os.environ.get("RFSOLVE_DEBUG") == "1":
        traceback.print_exception(error)
    name = type(error).__name__
    say(f"internal error: {name}: {error} (please report it with the command; RFSOLVE_DEBUG=1 shows where it happened)")
    return Ending.INTERNAL
