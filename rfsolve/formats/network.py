"""A network as it was read: its layers, and what its source calls them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rfsolve.analysis import Diagnostic
from rfsolve.graph import LayerGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A layer graph with the names and remarks of the file or module that it was read from.

    `aliases` are other names of a node: a module path whose result it is, a tensor that only
    rearranges it. `shapes` are the tensors' own shapes, batch first, where the graph's would not
    say them. `helpers` are nodes that have no counterpart in the source. `remarks` say what the
    reader could not know.
    """

    graph: LayerGraph
    aliases: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    helpers: frozenset[str] = frozenset()
    remarks: tuple[Diagnostic, ...] = ()

    def node(self, name: str) -> str:
        """Return the node that a name stands for: its own, or an alias; the name itself where it is neither."""
        return name if name in self.graph else self.aliases.get(name, name)
