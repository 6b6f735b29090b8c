"""Every operation of the vocabulary against torch.

Shapes, parameters, and influence where it has a window.
"""

import numpy as np
import pytest

from rfsolve.analysis import analyse
from rfsolve.graph import (
    VOCABULARY,
    Activation,
    Add,
    Conv,
    ConvTranspose,
    Layer,
    LayerGraph,
    Norm,
    Pool,
    PoolKind,
    Reach,
    parameters,
)
from tests.oracle.vocabulary import LAYERS, NOT_IN_TORCH, graph_of

pytest.importorskip("torch")
from tests.oracle.torch_module import Built, gradient, outputs, torch


def test_the_whole_vocabulary_is_here() -> None:
    assert {layer.op for layer in LAYERS} == set(VOCABULARY) - NOT_IN_TORCH


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.op)
def test_shapes_and_parameters_are_those_of_torch(layer: Layer) -> None:
    graph = graph_of(layer)
    module = Built(graph).eval()
    shape = graph.shapes()["y"]
    found = module(torch.ones(1, 4, 24, 24))["y"]
    assert tuple(found.shape[1:]) == (shape.channels, *shape.size)
    assert parameters(graph) == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    "layer",
    [one for one in LAYERS if not isinstance(one, Norm | Activation)],
    ids=lambda layer: layer.op,
)
def test_the_influence_is_the_gradient(layer: Layer) -> None:
    """Phase by phase in the middle of the grid, both axes; global layers reach every pixel."""
    graph = graph_of(layer)
    tap = analyse(graph).taps["y"]
    x, values = outputs(graph)
    for axis in (0, 1):
        middle = tap.shape.size[axis] // 2
        period = tap.windows[axis].period if tap.windows[axis] else 1
        for index in range(max(0, middle - 3), min(tap.shape.size[axis], middle + min(6, period))):
            position = [size // 2 for size in tap.shape.size]
            position[axis] = index
            _agree(tap, axis, index, gradient(x, values["y"], position, axis))


def _agree(tap: object, axis: int, index: int, found: np.ndarray) -> None:
    if tap.reach[axis] is Reach.GLOBAL:
        assert found.all()
        return
    density = tap.influence(axis).at(index)
    if not density.values.size:
        assert not found.any()
        return
    expected = np.zeros_like(found)
    expected[density.offset : density.offset + density.values.size] = density.values
    if found.any():  # the other axis of a transposed convolution may be empty there
        np.testing.assert_allclose(found / found.sum(), expected / expected.sum(), atol=1e-12)
        assert set(np.flatnonzero(found)) == set(tap.coverage(axis).at(index))


@pytest.mark.parametrize("extent", range(5, 16))
@pytest.mark.parametrize("kind", list(PoolKind))
def test_ceil_mode_is_that_of_torch(extent: int, kind: PoolKind) -> None:
    layer = Pool(kind=kind, kernel=(3,), stride=(2,), padding=((1, 1),), ceil_mode=True)
    graph = LayerGraph()
    graph.input("x", channels=1, size=(extent,))
    graph.add("y", layer, ["x"])
    assert Built(graph)(torch.ones(1, 1, extent))["y"].shape[2] == graph.shapes()["y"].size[0]


@pytest.mark.parametrize("axes", [1, 3])
def test_one_and_three_dimensions(axes: int) -> None:
    graph = LayerGraph()
    graph.input("x", channels=2, size=(12,) * axes)
    graph.add("a", Conv.uniform(2, 3, 3, stride=2, axes=axes), ["x"])
    up = ConvTranspose(in_channels=3, out_channels=2, kernel=(2,) * axes, stride=(2,) * axes)
    graph.add("b", up, ["a"])
    graph.add("c", Add(), ["b", "x"])
    module = Built(graph)
    found = module(torch.ones(1, 2, *[12] * axes))
    assert [tuple(found[n].shape[2:]) for n in "abc"] == [graph.shapes()[n].size for n in "abc"]
    assert parameters(graph) == sum(p.numel() for p in module.parameters())
    assert analyse(graph).taps["c"].receptive_field == ((3, 3),) * axes
