"""A network at another input size."""

from dataclasses import replace

from rfsolve.errors import GraphError, InputError
from rfsolve.formats.network import Network
from rfsolve.graph import Input, LayerGraph


def resized(network: Network, size: tuple[int, ...] | None) -> Network:
    """Return the network with every input at this size in pixels, one number for all axes; itself without a size.

    Raises:
        InputError: the size has another number of axes than the input.
        GraphError: a layer does not fit the size.

    """
    graph = network.graph
    if size is None:
        return network
    made = LayerGraph()
    for name in graph.nodes:
        layer = graph.layer(name)
        if isinstance(layer, Input):
            try:
                layer = layer.resized(spread(size, len(layer.size)))
            except ValueError as error:
                raise GraphError(name, str(error)) from error
        owner = graph.weights_owner(name)
        made.add(
            name,
            layer,
            graph.inputs(name),
            shares_weights_of=None if owner == name else owner,
            stated=graph.stated(name),
        )
    return replace(network, graph=made, shapes={})


def spread(size: tuple[int, ...], axes: int) -> tuple[int, ...]:
    """Return a size on every axis; InputError where it has neither one number nor one for each."""
    if len(size) not in {1, axes}:
        raise InputError(f"input size {'x'.join(map(str, size))} has {len(size)} axes, expected {axes}")
    return size if len(size) == axes else size * axes
