"""The options that state a problem and say how it is searched; every command that solves has them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from rfsolve.cli.bounded import within
from rfsolve.cli.files import is_file
from rfsolve.cli.problem_options import LEAST, NO_BUDGET

PROBLEM_ENDINGS = {".toml", ".json"}

Decorator = Callable[[Any], Any]


class ProblemCommand(click.Command):
    """Reads a bare --max-params even where the problem file follows it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words; the word after --max-params is its amount unless it is a file."""
        following = [*args, ""][1:]
        bare = [word == "--max-params" and _is_file(after) for word, after in zip(args, following, strict=True)]
        return super().parse_args(
            ctx,
            [f"{word}={LEAST}" if alone else word for word, alone in zip(args, bare, strict=True)],
        )


def _is_file(word: str) -> bool:
    if word == NO_BUDGET:
        return False
    if Path(word).suffix in PROBLEM_ENDINGS:
        return True
    return bool(word) and not word[0].isdigit() and is_file(word)


STATING: Sequence[Decorator] = (
    click.argument("problem", required=False, metavar="[PROBLEM]"),
    click.option("--target-rf", metavar="PX", help="Least receptive field: 200, or 200x300 per axis."),
    click.option("--max-rf", metavar="PX", help="Largest receptive field."),
    click.option("--target-erf", metavar="PX", help="Least effective receptive field (4 sigma)."),
    click.option(
        "--object-size",
        metavar="PX[:POLICY]",
        help="Size of the objects; policy contains, erf, lffd or s3fd.",
    ),
    click.option("--kernels", metavar="LIST", help="Kernels to choose from, e.g. 3,5,1x7. [3,5,7]"),
    click.option("--strides", metavar="LIST", help="Strides to choose from. [1,2]"),
    click.option("--dilations", metavar="LIST", help="Dilations to choose from. [1,2,4]"),
    click.option("--widths", metavar="PLAN", help="64, or a choice 32,64,128, or 32*jump:512. [32*jump:512]"),
    click.option("--in-channels", metavar="N", help="Channels of the input. [3]"),
    click.option("--input-size", metavar="SIZE", help="Size of the input: 224, or 480x640 (height x width)."),
)
"""The problem file, and options over what may be chosen."""

DIMENSIONS: Sequence[Decorator] = (
    click.option("--axes", metavar="N", help="1 for signals, 2 for images, 3 for volumes. [2]"),
)
"""The number of axes, where --axes is not another option."""

LIMITS: Sequence[Decorator] = (
    click.option("--output-stride", metavar="N", help="Exact stride of the output."),
    click.option("--max-output-stride", metavar="N", help="Largest stride of the output. [32]"),
    click.option("--min-layers", metavar="N", help="Fewest layers of a stack. [1]"),
    click.option("--max-layers", metavar="N", help="Most layers of a stack."),
    click.option(
        "--max-params",
        metavar="[AMOUNT]",
        is_flag=False,
        flag_value=LEAST,
        help="Budget of parameters, e.g. 1M; none lifts the file's; without an amount, the smallest that admits "
        "a design.",
    ),
    click.option(
        "--max-macs", metavar="AMOUNT", help="Budget of multiply-accumulates, e.g. 2G; none lifts the file's."
    ),
    click.option(
        "--block",
        metavar="NAME",
        help="conv, separable, pool, residual, bottleneck or inverted. [conv]",
    ),
    click.option("--norm", metavar="NAME", help="batch, group or none. [batch]"),
    click.option("--act", metavar="NAME", help="Activation: relu, gelu, silu or none. [relu]"),
    click.option("--padding", metavar="NAME", help="same, causal or valid. [same]"),
)
"""What limits the designs, and their blocks."""

GOALS: Sequence[Decorator] = (
    click.option("--minimise", metavar="LIST", help="What to minimise, most important first. [parameters]"),
    click.option("--maximise", metavar="NAME", help="entropy or effective_receptive_field."),
)
"""What to minimise or to maximise."""

SETTINGS: Sequence[Decorator] = (
    click.option(
        "--set",
        "settings",
        metavar="KEY=VALUE",
        multiple=True,
        help="Set any key of a problem file, e.g. guards.hole_free=false or exit[0].stride=8.",
    ),
)
"""Any other key of the file."""

SEARCHING: Sequence[Decorator] = (
    click.option(
        "--time-limit",
        type=float,
        callback=within(0, 10_000_000, above=True),
        default=60.0,
        metavar="SECONDS",
        help="Time for everything. [60]",
    ),
    click.option(
        "--seed",
        type=int,
        callback=within(0, 2**31 - 1),
        default=0,
        metavar="N",
        help="Seed of the solver. [0]",
    ),
    click.option(
        "--workers",
        type=int,
        callback=within(1, 256),
        default=1,
        metavar="N",
        help="Threads of the solver. [1]",
    ),
    click.option("--no-cache", is_flag=True, help="Prove everything anew; look up and keep no proven answers."),
)
"""How the search runs."""


def stating(*groups: Sequence[Decorator]) -> Decorator:
    """Return the decorator that gives a command the options of these groups, in their order on the help page."""

    def decorate(command: Any) -> Any:  # noqa: ANN401 - what click decorates
        for group in reversed(groups):
            for option in reversed(group):
                command = option(command)
        return command

    return decorate
