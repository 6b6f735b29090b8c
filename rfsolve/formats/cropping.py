"""Merges behind up-sampling: their branches are of one size only where the input's size fits.

A stride turns n cells into ceil(n / s), and up-sampling turns those into s * ceil(n / s): up to s - 1 cells more than
there were. They lie at the right and at the bottom, so that cutting every branch to the smallest leaves cell i in
place, and with it what an output sees. A network that does so takes inputs of any size.
"""

from collections.abc import Sequence

from rfsolve.errors import GraphError
from rfsolve.graph import (
    Add,
    Concat,
    ConvTranspose,
    Input,
    LayerGraph,
    Multiply,
    PixelShuffle,
    Resize,
    ShapeError,
    TensorShape,
)
from rfsolve.graph.shape import Size

UP_SAMPLING = (Resize, ConvTranspose, PixelShuffle)


def cropped_merges(graph: LayerGraph) -> frozenset[str]:
    """Return the merges of several branches, one behind up-sampling, none of which is known to be broadcast."""
    behind: set[str] = set()
    found: set[str] = set()
    shapes = graph.shapes()
    for name in graph.nodes:
        layer, sources = graph.layer(name), graph.inputs(name)
        if isinstance(layer, UP_SAMPLING) or any(source in behind for source in sources):
            behind.add(name)
        several = isinstance(layer, Add | Concat | Multiply) and len(set(sources)) > 1
        if several and name in behind and not any(1 in shapes[source].size for source in sources):
            found.add(name)
    return frozenset(found)


def cropped_shapes(graph: LayerGraph, input_size: Sequence[int]) -> dict[str, TensorShape]:
    """Return the shape of every node for an input size where `cropped_merges` cut their branches.

    Raises:
        GraphError: a layer does not fit all the same; names it.

    """
    merges = cropped_merges(graph)
    shapes: dict[str, TensorShape] = {}
    for name in graph.nodes:
        layer = graph.layer(name)
        inputs = [shapes[source] for source in graph.inputs(name)]
        try:
            sized = layer.resized(tuple(input_size)) if isinstance(layer, Input) else layer
            shapes[name] = sized.infer(_cut(inputs) if name in merges else inputs)
        except ShapeError as error:
            raise GraphError(name, str(error)) from error
    return shapes


def _cut(inputs: Sequence[TensorShape]) -> list[TensorShape]:
    size: Size = tuple(
        min((extent for extent in extents if extent is not None), default=None)
        for extents in zip(*(shape.size for shape in inputs), strict=True)
    )
    return [TensorShape(shape.channels, size) for shape in inputs]
