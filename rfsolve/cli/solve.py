"""`rfsolve solve`: the cheapest design for a problem, with proof. The default command."""

from typing import Any

import click

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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (rfsolve.solution/1).")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Find the cheapest design that meets a problem, and prove it.

    PROBLEM is a TOML or JSON file; options win over its keys, and options about an exit apply to
    its last one. Exit codes: 0 design found, 2 invalid input, 3 proven infeasible, 4 no design
    within the time limit.
    """
    from rfsolve.cli.solving import run  # noqa: PLC0415 - keeps --help light

    return run(options)
