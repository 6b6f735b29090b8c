"""`rfsolve export`: a network as code for a framework, as a drawing, or as a table."""

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
    help="What to write, see above.",
)
@click.option("-o", "--output", metavar="FILE", default="-", help="Write to FILE. [stdout]")
@click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")
@click.option("--norm", type=click.Choice(["batch", "group", "none"]), help="Put another normalisation in its place.")
@click.option("--act", type=click.Choice(["relu", "gelu", "silu", "none"]), help="Put another activation in its place.")
@click.option("--all", "every_node", is_flag=True, help="Draw normalisations and activations in boxes of their own.")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Write a network as code for a framework, as a drawing, or as a table.

    MODEL is what inspect reads: a file (.onnx, .pt2, .json), module:factory, or a layer list such as
    "7,2 3,2p 3x3 3,1,2".

    \b
    torch        PyTorch source, one file that needs torch alone
    onnx         an ONNX model with weights drawn anew
    keras        Keras 3 source
    ultralytics  a model YAML for yolo
    mmcv         a config fragment for MMEngine
    nnunet       the architecture of an nnU-Net plans file
    timm         PyTorch source of a backbone, as timm's are
    dot          a drawing for Graphviz
    mermaid      a flowchart that GitHub draws
    csv          a table of layers

    A framework that has no form for a layer is refused in one line with the layer's name. In a drawing a box says a
    layer's name, kernel, stride (s), dilation (d) and channels, then its receptive field and its jump; a cluster is a
    stack.
    """  # noqa: D301 - click asks for the character itself
    from rfsolve.cli.exporting import run  # noqa: PLC0415 - keeps --help light

    return run(options)
