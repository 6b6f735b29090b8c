"""What `rfsolve export` does: a network to a file, or to stdout."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending, say
from rfsolve.cli.files import is_file, write_file
from rfsolve.cli.network import named_network
from rfsolve.formats.blueprint import Blueprint, Origin
from rfsolve.formats.design_file import read_design
from rfsolve.formats.exports import EXPORTS
from rfsolve.formats.restyled import restyled


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
    style = restyled(named_network(options).graph, norm=options["norm"], activation=options["act"])
    graph = style.graph
    words = options["model"]
    if len(words) != 1 or not is_file(words[0]) or not words[0].endswith(".json"):
        return Blueprint(graph=graph, every_node=options["every_node"])
    file = read_design(words[0])
    ends = {name: style.names.get(node, node) for name, node in file.ends.items()}
    return Blueprint(graph=graph, origin=_restyled(file.origin, options), ends=ends, every_node=options["every_node"])


def _restyled(origin: Origin, options: Mapping[str, Any]) -> Origin:
    """How the design came to be, and what was changed in it since."""
    changes = [f"--{key} {options[key]}" for key in ("norm", "act") if options[key] is not None]
    return replace(origin, proof="; then ".join([origin.proof, *changes])) if changes else origin
