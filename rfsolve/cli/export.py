"""`rfsolve export`: a network as a drawing that other programs lay out."""

from typing import Any

import click

from rfsolve.cli.network_options import network_options

TARGETS = ("torch", "onnx", "dot", "mermaid", "keras", "ultralytics", "mmcv", "nnunet", "timm", "csv")
"""As in rfsolve.formats.exports, which is not imported for the help; a test holds them against each other."""


@click.command()
@network_options
@click.option(
    "--to",
    "target",
    type=click.Choice(TARGETS),
    required=True,
    help="What to write: DOT (Graphviz), or a Mermaid flowchart.",
)
@click.option("-o", "--output", metavar="FILE", default="-", help="Write to FILE. [stdout]")
@click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")
@click.option("--norm", type=click.Choice(["batch", "group", "none"]), help="Put another normalisation in its place.")
@click.option("--act", type=click.Choice(["relu", "gelu", "silu", "none"]), help="Put another activation in its place.")
@click.option("--all", "every_node", is_flag=True, help="Draw normalisations and activations in boxes of their own.")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Draw a network: what every layer is, and what it sees.

    MODEL is what inspect reads: a file (.onnx, .pt2, .json), module:factory, or a layer list such as
    "7,2 3,2p 3x3 3,1,2". A box says a layer's name, kernel, stride (s), dilation (d) and channels,
    then its receptive field and its jump; a cluster is a stack.
    """
    from rfsolve.cli.exporting import run  # noqa: PLC0415 - keeps --help light

    return run(options)
