"""`rfsolve inspect`: what every layer of a network sees."""

from typing import Any

import click

from rfsolve.cli.network_options import network_options


@click.command()
@network_options
@click.option("--all", "every_node", is_flag=True, help="Show normalisations and activations too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (rfsolve.inspection/1).")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Show what every layer of a network sees.

    MODEL is a design or a graph in JSON, or a layer list: "7,2 3,2p 3x3 3,1,2". A word is
    kernel[,stride[,dilation]], a kernel 3 or 1x7 (height x width), then p for a max pool or t for
    a transposed convolution, then :64 for channels. A pool without a stride has its kernel's: 2p
    is 2,2p.
    """
    from rfsolve.cli.inspecting import run  # noqa: PLC0415 - keeps --help light

    return run(options)
