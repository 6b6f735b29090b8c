"""The program `rfsolve`: its commands, and `solve` where none is named."""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from rfsolve import __version__
from rfsolve.cli import collector
from rfsolve.cli.ending import code_of
from rfsolve.cli.files import exists

COMMANDS = {
    "solve": "rfsolve.cli.solve",
    "frontier": "rfsolve.cli.frontier",
    "inspect": "rfsolve.cli.inspect",
    "check": "rfsolve.cli.check",
    "export": "rfsolve.cli.export",
    "fingerprint": "rfsolve.cli.fingerprint",
    "propose": "rfsolve.cli.propose",
    "sweep": "rfsolve.cli.sweep",
    "init": "rfsolve.cli.init",
    "schema": "rfsolve.cli.schema",
}
"""Every command by the module that holds it, in the order of the help page."""

OWN_OPTIONS = {"--help", "-h", "--version"}


class Program(click.Group):
    """Commands that are imported when called; `solve` where the first word is none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, importing its module now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:  # noqa: ANN401
        """Run, and exit with one of the codes of `Ending`; nothing leaves as a traceback."""
        words = list(sys.argv[1:] if args is None else args)
        sys.exit(code_of(lambda: self._run(words)))

    def _run(self, words: list[str]) -> int:
        self._main_shell_completion({}, "rfsolve")
        try:
            with self.make_context("rfsolve", with_command(words)) as ctx:
                return int(self.invoke(ctx))
        except click.exceptions.Exit as leaving:
            return leaving.exit_code


def with_command(words: list[str]) -> list[str]:
    """Return the words with `solve` put first where no command is named; no words ask for help."""
    if not words:
        return ["--help"]
    first = words[0]
    if first in COMMANDS or first in OWN_OPTIONS:
        return words
    close = get_close_matches(first, COMMANDS, n=1, cutoff=0.7)
    if close and not exists(first):
        raise click.UsageError(f"'{first}' is neither a command nor a file, did you mean {close[0]}?")
    return ["solve", *words]


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Without a command, solve is meant: rfsolve --target-rf 200 --max-params",
)
@click.version_option(__version__, prog_name="rfsolve", message="%(prog)s %(version)s")
def program() -> None:
    """Find and prove the cheapest convolutional network that sees objects of a given size."""


def main() -> NoReturn:
    """Run the program on the words of the command line."""
    collector.pause()
    program.main()
