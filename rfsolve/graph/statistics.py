"""A graph whose normalisations take no statistics over the map, so that what its layers see is all there is to see."""

from rfsolve.graph.layer_graph import LayerGraph
from rfsolve.graph.normalisation import Norm, NormKind

OVER_THE_MAP = frozenset({NormKind.GROUP, NormKind.INSTANCE, NormKind.LAYER})


def reads_statistics(graph: LayerGraph) -> bool:
    """Return whether some normalisation reads the mean and variance of a whole map."""
    layers = (graph.layer(name) for name in graph.nodes)
    return any(isinstance(layer, Norm) and layer.kind in OVER_THE_MAP for layer in layers)


def without_statistics(graph: LayerGraph) -> LayerGraph:
    """Return the graph with pointwise normalisations in place of those; the graph itself where there are none.

    A group norm makes every window global, which is true and says nothing of the layers. Fields that are designed are
    those of this graph.
    """
    if not reads_statistics(graph):
        return graph
    made = LayerGraph()
    for name in graph.nodes:
        layer, owner = graph.layer(name), graph.weights_owner(name)
        if isinstance(layer, Norm) and layer.kind in OVER_THE_MAP and not layer.size:
            layer = Norm(kind=NormKind.BATCH, channels=layer.channels, affine=layer.affine)
        made.add(
            name,
            layer,
            graph.inputs(name),
            shares_weights_of=None if owner == name else owner,
            stated=graph.stated(name),
        )
    return made
