"""The argument and the options that name a network, alike for every command that reads one."""

from collections.abc import Callable
from typing import Any

import click

from rfsolve.cli.bounded import within

Parameters = Callable[..., Any]

_PARAMETERS: tuple[Callable[[Parameters], Parameters], ...] = (
    click.argument("model", nargs=-1, required=True),
    click.option("--input-size", metavar="SIZE", help="Size of the input: 224, or 480x640 (height x width)."),
    click.option(
        "--axes",
        type=int,
        callback=within(1, 3),
        metavar="N",
        help="Axes of a layer list, where its words do not show them. [2]",
    ),
    click.option(
        "--padding",
        "rule",
        type=click.Choice(["same", "valid", "causal"]),
        default="same",
        help="Padding of a layer list. [same]",
    ),
    click.option(
        "--in-channels",
        type=int,
        callback=within(1, 65_536),
        metavar="N",
        default=1,
        help="Input channels of a layer list. [1]",
    ),
)


def network_options(command: Parameters) -> Parameters:
    """Give a command MODEL, --input-size, --axes, --padding and --in-channels, in this order."""
    for parameter in reversed(_PARAMETERS):
        command = parameter(command)
    return command
