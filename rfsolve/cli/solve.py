"""`rfsolve solve`: the cheapest design for a problem, with proof. The default command."""

from typing import Any

import click

from rfsolve.cli.bounded import within
from rfsolve.cli.stating import DIMENSIONS, GOALS, LIMITS, SEARCHING, SETTINGS, STATING, ProblemCommand, stating


@click.command(cls=ProblemCommand)
@stating(STATING, DIMENSIONS, LIMITS, GOALS, SETTINGS, SEARCHING)
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    help="Write the design (JSON), the problem, PyTorch source and the table into DIR, all of them or none.",
)
@click.option("--force", is_flag=True, help="Replace DIR where it holds nothing but such files.")
@click.option("--explain", is_flag=True, help="Say what each requirement costs, and one step further.")
@click.option("--top", type=int, callback=within(1, 1_000), metavar="K", help="List the K best designs.")
@click.option(
    "--diverse",
    type=int,
    callback=within(1, 100),
    metavar="K",
    help="List K designs that differ most in kernels, dilations and depth.",
)
@click.option(
    "--tolerance",
    type=float,
    callback=within(0, 1_000),
    metavar="PERCENT",
    help="How much worse than the best a diverse design may be. [5]",
)
@click.option("--all-optimal", is_flag=True, help="List all designs that are as good as the best.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (rfsolve.solution/1).")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Find the cheapest design that meets a problem, and prove it.

    PROBLEM is a TOML or JSON file; options win over its keys, and options about an exit apply to
    its last one. Exit codes: 0 design found, 2 invalid input, 3 proven infeasible, 4 no design
    within the time limit.
    """
    from rfsolve.cli.solving import run  # noqa: PLC0415 - keeps --help light

    return run(options)
