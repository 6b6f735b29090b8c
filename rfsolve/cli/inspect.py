"""`rfsolve inspect`: what every layer of a network sees."""

from typing import Any

import click

from rfsolve.cli.network_options import network_options


@click.command()
@network_options
@click.option(
    "--taps",
    metavar="LIST",
    help="What to show: all, layers, stages, or names and patterns such as conv1,layer*. "
    "[layers, or the ends of stages where there are more than 40]",
)
@click.option("--all", "every_node", is_flag=True, help="Show every node: --taps all.")
@click.option("--at", metavar="INDEX", help="Show which input pixels an output reads: 17,23 (row, column).")
@click.option("--object-size", metavar="PX", help="Show which taps see an object of 52, or 40x60 pixels.")
@click.option("--compare", is_flag=True, help="Compare two networks, each one word: --compare A B.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document (rfsolve.inspection/1), every tap in it."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a row for each tap, input and axis.")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Show what every layer of a network sees.

    MODEL is an .onnx or .pt2 file, a PyTorch module:factory, a design or a graph in JSON, or a layer
    list: "7,2 3,2p 3x3 3,1,2". A word is kernel[,stride[,dilation]], a kernel 3 or 1x7 (height x
    width), then p for a max pool or t for a transposed convolution, then :64 for channels. A pool
    without a stride has its kernel's: 2p is 2,2p. With semicolons, and SAME or VALID as in Keras, it
    is "7,2,1,SAME;3,2,SAME;3,1". Either can be in a .txt file.
    """
    from rfsolve.cli.inspecting import run  # noqa: PLC0415 - keeps --help light

    return run(options)
