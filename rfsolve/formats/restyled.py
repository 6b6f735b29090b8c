"""A network with another normalisation or another activation: what it sees stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import gcd

from rfsolve.errors import GraphError, InputError
from rfsolve.graph import Activation, Conv, ConvTranspose, Layer, LayerGraph, Norm, NormKind

MOST_GROUPS = 32
"""Of a group norm (Wu & He, ECCV 2018): so many, or the most of them that divide the channels."""

NORMS = ("batch", "group", "none")


def norm_of(kind: str, channels: int) -> Norm:
    """Return a normalisation by its name in a problem file, batch or group: a scale and a shift for each channel."""
    if kind == "group":
        return Norm(kind=NormKind.GROUP, channels=channels, groups=gcd(MOST_GROUPS, channels))
    return Norm(kind=NormKind.BATCH, channels=channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restyled:
    """The network; for each node that has another name or is gone, the node that stands for it."""

    graph: LayerGraph
    names: Mapping[str, str]


def restyled(graph: LayerGraph, *, norm: str | None = None, activation: str | None = None) -> Restyled:
    """Return the network with these in place of its own; None keeps what there is.

    Without a normalisation (`none`) the convolution before it has a bias; without an activation nothing takes its
    place. An activation is renamed with its kind: `trunk.1.relu` becomes `trunk.1.silu`.

    Raises:
        InputError: a normalisation is asked for, and there is none whose place it could take.

    """
    kinds = [graph.layer(name) for name in graph.nodes]
    if norm is not None and not any(_is_normal(layer) for layer in kinds):
        raise InputError(f"--norm {norm}: the network has no batch or group normalisation whose place it could take")
    made = LayerGraph()
    names: dict[str, str] = {}
    biased = _unnormed(graph) if norm == "none" else frozenset()
    for name in graph.nodes:
        if _goes(graph.layer(name), norm, activation):
            names[name] = names[graph.inputs(name)[0]]
            continue
        layer = _styled(graph.layer(name), norm, activation, bias=name in biased)
        names[name] = _renamed(graph, name, activation)
        owner = graph.weights_owner(name)
        shared = None if owner == name or not layer.parameters else names[owner]
        inputs = [names[source] for source in graph.inputs(name)]
        try:
            made.add(names[name], layer, inputs, shares_weights_of=shared)
        except GraphError as error:
            raise InputError(f"--norm, --act: {error}") from None
    return Restyled(graph=made, names={name: new for name, new in names.items() if name != new})


def _is_normal(layer: Layer) -> bool:
    return isinstance(layer, Norm) and layer.kind in {NormKind.BATCH, NormKind.GROUP}


def _unnormed(graph: LayerGraph) -> frozenset[str]:
    """The convolutions whose normalisation goes."""
    normed = (graph.inputs(name)[0] for name in graph.nodes if _is_normal(graph.layer(name)))
    return frozenset(name for name in normed if isinstance(graph.layer(name), Conv | ConvTranspose))


def _goes(layer: Layer, norm: str | None, activation: str | None) -> bool:
    return (norm == "none" and _is_normal(layer)) or (activation == "none" and isinstance(layer, Activation))


def _styled(layer: Layer, norm: str | None, activation: str | None, *, bias: bool) -> Layer:
    if isinstance(layer, Norm) and norm is not None and _is_normal(layer):
        return norm_of(norm, layer.channels)
    if isinstance(layer, Activation) and activation is not None:
        return Activation(kind=activation)
    if isinstance(layer, Conv | ConvTranspose) and bias:
        return replace(layer, bias=True)
    return layer


def _renamed(graph: LayerGraph, name: str, activation: str | None) -> str:
    layer = graph.layer(name)
    if activation is None or not isinstance(layer, Activation):
        return name
    head, dot, last = name.rpartition(".")
    new = f"{head}{dot}{activation}"
    return new if last == layer.kind and (new == name or new not in graph) else name
