"""What `rfsolve export` does: a network to a drawing, in a file or on stdout."""

from collections.abc import Mapping
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending, say
from rfsolve.cli.files import write_file
from rfsolve.cli.network import named_network
from rfsolve.formats.dot import to_dot
from rfsolve.formats.mermaid import to_mermaid
from rfsolve.formats.opening import analyses

DRAWN = {"dot": to_dot, "mermaid": to_mermaid}


def run(options: Mapping[str, Any]) -> int:
    """Draw the network that the options name."""
    collector.resume()
    graph = named_network(options).graph
    text = DRAWN[options["target"]](graph, analyses=analyses(graph), every_node=options["every_node"])
    file = options["output"]
    if file == "-":
        click.echo(text, nl=False)
    else:
        write_file(file, text, force=options["force"])
        say(f"wrote {file}")
    return Ending.DONE
