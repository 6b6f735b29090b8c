"""`rfsolve frontier`: every design that no other beats on two or three axes, each proven."""

from typing import Any

import click

from rfsolve.cli.bounded import within
from rfsolve.cli.stating import LIMITS, SEARCHING, SETTINGS, STATING, ProblemCommand, stating


@click.command(cls=ProblemCommand)
@stating(STATING)
@click.option(
    "--axes",
    "quantities",
    metavar="LIST",
    default="parameters,receptive_field",
    help="What is compared, two or three of parameters, macs, layers, activations (small is better), receptive_field, "
    "effective_receptive_field (large is better). [parameters,receptive_field]",
)
@stating(LIMITS, SETTINGS, SEARCHING)
@click.option(
    "--points",
    type=int,
    callback=within(1, 1_000_000),
    metavar="N",
    help="Stop after so many points.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print a row for each point as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (rfsolve.frontier/1), with the designs.")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """List what more costs: every design that no other beats on all axes.

    PROBLEM is a TOML or JSON file; options win over its keys. What it minimises itself is not
    looked at. An axis of which more is better needs an end, such as --max-rf. Points are printed as
    they are proven; Ctrl-C and the time limit keep them. The number of the input's axes is --set
    input.axes=1 here. Exit codes: 0 points were found, 2 invalid input, 3 proven infeasible, 4 no
    point within the time limit.
    """
    from rfsolve.cli.frontiers import run  # noqa: PLC0415 - keeps --help light

    return run(options)
