"""What `rfsolve inspect` does: a network to its analyses, and those on stdout."""

import json
from collections.abc import Mapping
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending
from rfsolve.cli.network import named_network
from rfsolve.formats.inspection_json import inspection_document
from rfsolve.formats.opening import analyses
from rfsolve.report.inspection_page import print_inspection
from rfsolve.report.terminal import stdout_console


def run(options: Mapping[str, Any]) -> int:
    """Analyse the network that the options name, and print what every layer sees."""
    collector.resume()
    graph, size = named_network(options)
    found = analyses(graph, size)
    if options["as_json"]:
        click.echo(json.dumps(inspection_document(found), indent=2, allow_nan=False))
    else:
        print_inspection(stdout_console(), found, every_node=options["every_node"])
    return Ending.DONE
