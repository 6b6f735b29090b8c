"""The network that a command line names, and the sizes that it is looked at with."""

from collections.abc import Mapping
from typing import Any

from rfsolve.errors import InputError
from rfsolve.formats.network import Network
from rfsolve.formats.opening import open_network
from rfsolve.space.option_values import per_axis, whole, words

MOST_AXES = 3
LARGEST_SIZE = 1_000_000
LARGEST_INDEX = 1_000_000_000
LONGEST_SHOWN = 40


def named_network(options: Mapping[str, Any]) -> Network:
    """Return the network that the `network_options` name, at the input size given.

    Raises:
        InputError: a value is wrong, or there is no network in the file.
        GraphError: its layers do not fit together.

    """
    return open_word(" ".join(options["model"]), options)


def open_word(model: str, options: Mapping[str, Any]) -> Network:
    """Return the network that one text names, with what the other options say of it."""
    return open_network(
        model,
        size_of("--input-size", options["input_size"]),
        axes=options["axes"],
        in_channels=options["in_channels"],
        rule=options["rule"],
    )


def size_of(option: str, text: str | None) -> tuple[int, ...] | None:
    """Return the size that an option gives, in pixels per axis; None where it is not given."""
    if text is None:
        return None
    read = per_axis(text)
    size = tuple(n for n in (read if isinstance(read, list) else [read]) if isinstance(n, int))
    if not 1 <= len(size) <= MOST_AXES or not all(1 <= n <= LARGEST_SIZE for n in size):
        raise InputError(f"{option} {_short(text)}: expected a size such as 224 or 480x640, up to {LARGEST_SIZE:,}")
    return size


def index_of(option: str, text: str | None) -> tuple[int, ...] | None:
    """Return the index of an output that an option gives, one number per axis; None where it is not given."""
    if text is None:
        return None
    read = [whole(word) for word in words(text)]
    index = tuple(n for n in read if isinstance(n, int) and 0 <= n <= LARGEST_INDEX)
    if not index or len(index) != len(read):
        raise InputError(f"{option} {_short(text)}: expected an output such as 17,23 (row, column), from 0 on")
    return index


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
