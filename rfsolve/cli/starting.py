"""What `rfsolve init` does: writes the starter problem, whole or not at all."""

from importlib.resources import files

import click

from rfsolve.cli.ending import Ending, say
from rfsolve.cli.files import write_file


def run(file: str, *, force: bool) -> int:
    """Write the starter problem to `file`, or to stdout for `-`."""
    text = (files("rfsolve.cli") / "starter.toml").read_text(encoding="utf-8")
    if file == "-":
        click.echo(text, nl=False)
        return Ending.DONE
    write_file(file, text, force=force)
    say(f"wrote {file}; solve it with: rfsolve {file}")
    return Ending.DONE
