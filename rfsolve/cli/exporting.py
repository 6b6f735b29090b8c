"""What `rfsolve export` does: a network to a file, or to stdout."""

from collections.abc import Mapping
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending, say
from rfsolve.cli.files import write_file
from rfsolve.cli.network import named_network
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.exports import EXPORTS


def run(options: Mapping[str, Any]) -> int:
    """Write the network that the options name."""
    collector.resume()
    blueprint = Blueprint(graph=named_network(options).graph, every_node=options["every_node"])
    written = EXPORTS[options["target"]].write(blueprint)
    file = options["output"]
    if file == "-":
        click.echo(written, nl=False)
    else:
        write_file(file, written, force=options["force"])
        say(f"wrote {file}")
    return Ending.DONE
