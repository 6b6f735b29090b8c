"""The network that a command line names, and the size it is looked at with."""

from collections.abc import Mapping
from typing import Any

from rfsolve.cli.option_values import per_axis
from rfsolve.errors import InputError
from rfsolve.formats.opening import open_graph
from rfsolve.graph import LayerGraph

LARGEST_SIZE = 1_000_000
LONGEST_SHOWN = 40


def named_network(options: Mapping[str, Any]) -> tuple[LayerGraph, tuple[int, ...] | None]:
    """Return the graph that the `network_options` name, and the input size given, in pixels.

    Raises:
        InputError: a value is wrong, or there is no network in the file.
        GraphError: its layers do not fit together.

    """
    size = _size(options["input_size"])
    graph = open_graph(
        " ".join(options["model"]),
        axes=options["axes"],
        in_channels=options["in_channels"],
        input_size=size,
        rule=options["rule"],
    )
    return graph, size


def _size(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    read = per_axis(text)
    size = tuple(n for n in (read if isinstance(read, list) else [read]) if isinstance(n, int))
    if not size or not all(1 <= n <= LARGEST_SIZE for n in size):
        shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
        raise InputError(f"--input-size {shown}: expected a size such as 224 or 480x640, up to {LARGEST_SIZE:,}")
    return size
