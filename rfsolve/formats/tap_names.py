"""Which taps are shown: all, every layer, the ends of stages, or those that names and patterns ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase

from rfsolve.analysis import Analysis
from rfsolve.analysis.stages import stage_ends
from rfsolve.errors import InputError
from rfsolve.formats.network import Network

QUIET_OPS = frozenset({"input", "norm", "activation", "identity", "dropout", "layer_scale", "pad", "output"})
"""The input, and layers that see as much as their input sees: shown on request."""

MOST_LAYERS = 40
"""Rows of a table that is still read as a whole; of a longer network, the ends of stages are shown."""

MOST_NAMES = 20_000
"""Names that are searched for near ones; each takes about 20 microseconds."""


class View(StrEnum):
    """A choice of taps that needs no names."""

    ALL = "all"
    LAYERS = "layers"
    STAGES = "stages"
    USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Selected:
    """A node, and the name that it is shown under."""

    name: str
    node: str


def view_of(asked: Sequence[str], network: Network) -> View | None:
    """Return the view that a single word asks for; None for names, and for a view's word that is a node's name."""
    if len(asked) != 1 or asked[0] in network.graph or asked[0] not in {View.ALL, View.LAYERS, View.STAGES}:
        return None
    return View(asked[0])


def selected(network: Network, analysis: Analysis, asked: Sequence[str], default: View) -> tuple[Selected, ...]:
    """Return the taps to show, in topological order for a view and in the order asked for names.

    Raises:
        InputError: a name or pattern fits nothing; says which names are near.

    """
    view = default if not asked else view_of(asked, network)
    if view is not None:
        nodes = _viewed(network, analysis, view)
        shortest = {} if view is View.ALL else _shortest_names(network)
        return tuple(Selected(shortest.get(node, node), node) for node in nodes)
    found: dict[str, Selected] = {}
    for word in asked:
        for one in _matching(network, word):
            if one.node in analysis.taps:
                found.setdefault(one.name, one)
    return tuple(found.values())


def usual_view(network: Network, analysis: Analysis) -> View:
    """Return the view of a network nobody asked anything about: its layers, or its stages where it has many."""
    return View.LAYERS if len(_layers(network, analysis)) <= MOST_LAYERS else View.STAGES


def nearest(name: str, network: Network) -> str:
    """Return the names most like this one as the end of a sentence."""
    known = [*network.graph.nodes, *network.aliases][:MOST_NAMES]
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return f", did you mean {' or '.join(close)}?"
    some = ", ".join(known[:3])
    return f", expected one of {some}{', ..' if len(known) > 3 else ''}"  # noqa: PLR2004 - those listed


def _shortest_names(network: Network) -> dict[str, str]:
    """The shortest alias of each node that has one shorter than its name: `layer1` for `layer1.2.relu`."""
    found: dict[str, str] = {}
    for alias, node in network.aliases.items():
        if len(alias) < len(found.get(node, node)):
            found[node] = alias
    return found


def _viewed(network: Network, analysis: Analysis, view: View) -> Sequence[str]:
    if view is View.USUAL:
        view = usual_view(network, analysis)
    if view is View.ALL:
        return tuple(analysis.taps)
    return _layers(network, analysis) if view is View.LAYERS else stage_ends(analysis, network.helpers)


def _layers(network: Network, analysis: Analysis) -> tuple[str, ...]:
    return tuple(name for name, tap in analysis.taps.items() if tap.op not in QUIET_OPS and name not in network.helpers)


def _matching(network: Network, word: str) -> list[Selected]:
    node = network.node(word)
    if node in network.graph:
        return [Selected(word, node)]
    names = {name: name for name in network.graph.nodes if fnmatchcase(name, word)}
    for alias, target in network.aliases.items():
        if target in network.graph and fnmatchcase(alias, word):
            names.setdefault(target, alias)
    found = [Selected(names[name], name) for name in network.graph.nodes if name in names]
    if not found:
        raise InputError(f"there is no tap '{word}'{nearest(word, network)}")
    return found
