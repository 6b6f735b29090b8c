"""What `rfsolve export` does: a network to a file, or to stdout."""

from collections.abc import Mapping
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending, say
from rfsolve.cli.files import is_file, write_file
from rfsolve.cli.network import named_network
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.design_file import read_design
from rfsolve.formats.exports import EXPORTS


def run(options: Mapping[str, Any]) -> int:
    """Write the network that the options name."""
    collector.resume()
    blueprint = _blueprint(options)
    written = EXPORTS[options["target"]].write(blueprint)
    file = options["output"]
    if file == "-":
        click.echo(written, nl=False)
    else:
        write_file(file, written, force=options["force"])
        say(f"wrote {file}")
    return Ending.DONE


def _blueprint(options: Mapping[str, Any]) -> Blueprint:
    """Return what is to be written; a design's file also says how the design came to be."""
    graph = named_network(options).graph
    words = options["model"]
    if len(words) != 1 or not is_file(words[0]) or not words[0].endswith(".json"):
        return Blueprint(graph=graph, every_node=options["every_node"])
    file = read_design(words[0])
    return Blueprint(graph=graph, origin=file.origin, ends=file.ends, every_node=options["every_node"])
