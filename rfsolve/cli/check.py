"""`rfsolve check`: whether a design is what it is said to be."""

from typing import Any

import click


@click.command()
@click.argument("design", metavar="DESIGN")
@click.argument("problem", required=False, metavar="[PROBLEM]")
@click.option(
    "--with",
    "witness",
    type=click.Choice(["torch"]),
    help="Also build the network and measure it: fields of all phases, influence, parameters, MACs, odd sizes.",
)
@click.option("--lesions", metavar="MASKS", help="Of a plan of nnU-Net: NIfTI masks whose objects it must see.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (rfsolve.check/1).")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Recompute a design and hold it against what it must meet.

    DESIGN is a file that solve wrote (--json, or --out), changed by hand or not; nothing that it
    states is taken for true: its costs and what it says of its exits are compared with what is recomputed, and a
    false one alone is exit code 5. What is not stated is not compared. PROBLEM is a problem file; without
    one, the requirements are those that the design was found for. A plans.json of nnU-Net is linted in place of that:
    what its sizes divide, its bottleneck, its fields against lesions. Exit codes: 0 all of them hold, 2 invalid
    input, 5 at least one does not.
    """
    from rfsolve.cli.checking import run  # noqa: PLC0415 - keeps --help light

    return run(options)
