"""Units of a layer graph: a layer with the normalisation and the activation that only it feeds.

Frameworks whose parts are "convolution, norm, activation" in one (Ultralytics' Conv, mmcv's ConvModule, nnU-Net's
blocks) are written unit by unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rfsolve.errors import GraphError
from rfsolve.graph import Activation, Conv, ConvTranspose, Identity, Input, Layer, LayerGraph, Norm, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A layer and what follows it.

    `nodes` are those of the layer, the norm and the activation, as far as there are any. `inputs` are the results of
    the units (or the inputs of the network) that it reads, in slot order.
    """

    nodes: tuple[str, ...]
    layer: Layer
    inputs: tuple[str, ...]
    norm: Norm | None = None
    activation: Activation | None = None

    @property
    def name(self) -> str:
        """The layer's node."""
        return self.nodes[0]

    @property
    def result(self) -> str:
        """The node whose value the unit makes."""
        return self.nodes[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """A graph as units in a topological order. `outputs` are pairs: an exit, and the result that is read out there."""

    units: tuple[Unit, ...]
    outputs: tuple[tuple[str, str], ...]

    def readers(self, result: str) -> tuple[Unit, ...]:
        """The units that read a result, each once."""
        return tuple(unit for unit in self.units if result in unit.inputs)


def units_of(graph: LayerGraph) -> Units:
    """Return the units of a graph, in which identities leave no trace."""
    ends: dict[str, str] = {}  # by node, the result that stands for its value
    units: dict[str, Unit] = {}  # by result
    for name in graph.nodes:
        layer = graph.layer(name)
        inputs = tuple(ends[source] for source in graph.inputs(name))
        if isinstance(layer, Identity | Output):
            ends[name] = inputs[0]
        elif not isinstance(layer, Input) and (longer := _continued(graph, name, inputs, units)) is not None:
            del units[inputs[0]]
            units[name] = longer
            ends[name] = name
        else:
            ends[name] = name
            if not isinstance(layer, Input):
                units[name] = Unit(nodes=(name,), layer=layer, inputs=inputs)
    outputs = tuple((name, ends[name]) for name in graph.outputs)
    return Units(units=tuple(units.values()), outputs=outputs)


def _continued(graph: LayerGraph, name: str, inputs: tuple[str, ...], units: Mapping[str, Unit]) -> Unit | None:
    """Return the unit before with this layer as its norm or activation; None where it is a unit of its own."""
    layer = graph.layer(name)
    unit = units.get(inputs[0])
    if unit is None or not isinstance(unit.layer, Conv | ConvTranspose):
        return None
    (source,) = graph.inputs(name) if len(inputs) == 1 else (None,)
    if source != unit.result or len(graph.consumers(unit.result)) > 1 or unit.activation is not None:
        return None
    if isinstance(layer, Norm) and unit.norm is None:
        return replace(unit, norm=layer, nodes=(*unit.nodes, name))
    return replace(unit, activation=layer, nodes=(*unit.nodes, name)) if isinstance(layer, Activation) else None


def refuse_shared_weights(graph: LayerGraph, framework: str) -> None:
    """Raise GraphError where a layer has the weights of another, which a list of modules cannot say."""
    for name in graph.nodes:
        if (owner := graph.weights_owner(name)) != name:
            raise GraphError(name, f"shares the weights of '{owner}', which {framework} cannot say")
