"""What an export is made of: a layer graph, and what is known of how it came to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rfsolve.analysis import Analysis
from rfsolve.formats.module_plan import ModulePlan, module_plan
from rfsolve.formats.opening import analyses, open_network
from rfsolve.graph import LayerGraph, without_statistics


def graph_of(design: object) -> LayerGraph:
    """Return the graph of a design, of a network, or of what `open_network` reads.

    Raises:
        InputError: it is nothing of these.
        GraphError: its layers do not fit together.

    """
    found = design if isinstance(design, LayerGraph) else getattr(design, "graph", None)
    return found if isinstance(found, LayerGraph) else open_network(design).graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a network came to be, as its document says; empty where it says nothing.

    `problem` is the digest of the problem that was solved, `proof` the status and the objective in words, `version`
    that of the rfsolve that found it.
    """

    title: str = ""
    problem: str = ""
    proof: str = ""
    version: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Blueprint:
    """A network to be written out: what every export format is given.

    `every_node` asks drawings for a box for each node. What is not asked of it is not computed.
    """

    graph: LayerGraph
    origin: Origin = field(default_factory=Origin)
    ends: Mapping[str, str] = field(default_factory=dict)
    every_node: bool = False

    @cached_property
    def analyses(self) -> tuple[Analysis, ...]:
        """One analysis for each input; of the layers, without the statistics that normalisations take over the map."""
        return analyses(without_statistics(self.graph))

    @cached_property
    def plan(self) -> ModulePlan:
        """The network as nested modules."""
        return module_plan(self.graph)
