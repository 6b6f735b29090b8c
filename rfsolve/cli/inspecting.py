"""What `rfsolve inspect` does: a network to its analyses, and those on stdout."""

import json
from collections.abc import Mapping
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending
from rfsolve.cli.option_values import per_axis
from rfsolve.errors import InputError
from rfsolve.formats.inspection_json import inspection_document
from rfsolve.formats.opening import analyses, open_graph
from rfsolve.report.inspection_page import print_inspection
from rfsolve.report.terminal import stdout_console

LARGEST_SIZE = 1_000_000
LONGEST_SHOWN = 40


def run(options: Mapping[str, Any]) -> int:
    """Analyse the network that the options name, and print what every layer sees."""
    collector.resume()
    size = _size(options["input_size"])
    graph = open_graph(
        " ".join(options["model"]),
        axes=options["axes"],
        in_channels=options["in_channels"],
        input_size=size,
        rule=options["rule"],
    )
    found = analyses(graph, size)
    if options["as_json"]:
        click.echo(json.dumps(inspection_document(found), indent=2, allow_nan=False))
    else:
        print_inspection(stdout_console(), found, every_node=options["every_node"])
    return Ending.DONE


def _size(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    read = per_axis(text)
    size = tuple(n for n in (read if isinstance(read, list) else [read]) if isinstance(n, int))
    if not size or not all(1 <= n <= LARGEST_SIZE for n in size):
        shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
        raise InputError(f"--input-size {shown}: expected a size such as 224 or 480x640, up to {LARGEST_SIZE:,}")
    return size
