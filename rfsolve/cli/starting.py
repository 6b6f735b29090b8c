"""What `rfsolve init` does: writes a problem to start from, whole or not at all."""

from collections.abc import Sequence
from difflib import get_close_matches
from importlib.resources import files

import click

from rfsolve.cli.ending import Ending, say
from rfsolve.cli.files import write_file
from rfsolve.cli.init import FAMILIES
from rfsolve.errors import InputError

DEFAULT_FILE = "problem.toml"


def run(words: Sequence[str], *, force: bool) -> int:
    """Write the starter problem, or that of a family, to a file, or to stdout for `-`."""
    family, file = _meant(words)
    text = _starter() if family is None else _of_family(family, file)
    if file == "-":
        click.echo(text, nl=False)
        return Ending.DONE
    write_file(file, text, force=force)
    say(f"wrote {file}; solve it with: rfsolve {file}")
    return Ending.DONE


def _meant(words: Sequence[str]) -> tuple[str | None, str]:
    """Return the family, where one is named, and the file."""
    known = bool(words) and words[0] in FAMILIES
    rest = words[1:] if known else words
    if len(rest) > 1 or (rest and not _is_file_name(rest[0])):
        raise InputError(_refusal(rest[1] if len(rest) > 1 and _is_file_name(rest[0]) else rest[0]))
    return (words[0] if known else None), (rest[0] if rest else DEFAULT_FILE)


def _is_file_name(word: str) -> bool:
    return word == "-" or "." in word or "/" in word


def _refusal(word: str) -> str:
    close = get_close_matches(word, FAMILIES, n=1, cutoff=0.6)
    meant = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(FAMILIES)}"
    return f"{word}: no family, {meant} (or one file such as {DEFAULT_FILE})"


def _starter() -> str:
    return (files("rfsolve.cli") / "starter.toml").read_text(encoding="utf-8")


def _of_family(name: str, file: str) -> str:
    from rfsolve.formats.problem_toml import problem_toml  # noqa: PLC0415 - the plain starter needs none of it
    from rfsolve.space import families  # noqa: PLC0415 - as above

    family = families.FAMILIES[name]
    named = DEFAULT_FILE if file == "-" else file
    introduction = (
        f"{family.summary}\n\n"
        f"    rfsolve {named}                     solve it\n"
        f"    rfsolve {named} --target-rf 300     an option wins over the key of the file\n"
        "    rfsolve schema                           everything that a problem may say, as JSON Schema"
    )
    return problem_toml(family.table(), introduction)
