"""Every operation of the vocabulary against torch: shapes, parameters, and influence where it has a window."""

from fractions import Fraction

import numpy as np
import pytest

from rfsolve.analysis import analyse
from rfsolve.graph import (
    VOCABULARY,
    Activation,
    AdaptivePool,
    Add,
    ChannelShuffle,
    ChannelSlice,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dropout,
    Flip,
    GlobalPool,
    Identity,
    Layer,
    LayerGraph,
    LayerScale,
    Linear,
    Multiply,
    Norm,
    NormKind,
    Output,
    Pad,
    PadMode,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PoolKind,
    Reach,
    Resize,
    ResizeMode,
    Slice,
    parameters,
)
from rfsolve.windows import Coordinates, Rounding

pytest.importorskip("torch")
from tests.oracle.torch_module import Built, gradient, outputs, torch  # noqa: E402

AVG, MAX = PoolKind.AVG, PoolKind.MAX
THREE_HALVES = (Fraction(3, 2), Fraction(2))
LAYERS: list[Layer] = [
    Conv(in_channels=4, out_channels=6, kernel=(3, 1), stride=(2, 1), padding=((1, 2), (0, 0))),
    Conv(in_channels=4, out_channels=4, kernel=(2, 3), dilation=(3, 2), groups=4, bias=False),
    ConvTranspose(in_channels=4, out_channels=2, kernel=(2, 4), stride=(3, 2), groups=2),
    ConvTranspose(
        in_channels=4,
        out_channels=2,
        kernel=(3, 5),
        stride=(2, 3),
        dilation=(2, 2),
        padding=((1, 0), (2, 1)),
        output_padding=(1, 0),
    ),
    Pool(kind=MAX, kernel=(3, 2), stride=(2, 2), padding=((1, 1), (0, 0))),
    Pool(kind=AVG, kernel=(2, 3)),
    AdaptivePool(kind=AVG, output_size=(9, 16)),
    AdaptivePool(kind=AVG, output_size=(1, 1)),
    GlobalPool(kind=AVG),
    GlobalPool(kind=AVG, axes=(1,)),
    Resize(mode=ResizeMode.NEAREST, scale=THREE_HALVES),
    Resize(mode=ResizeMode.NEAREST, scale=THREE_HALVES, rounding=Rounding.ROUND_PREFER_CEIL,
           coordinates=Coordinates.HALF_PIXEL),
    Resize(mode=ResizeMode.LINEAR, scale=THREE_HALVES),
    Resize(mode=ResizeMode.LINEAR, output_size=(36, 17)),
    Resize(mode=ResizeMode.LINEAR, output_size=(47, 12), coordinates=Coordinates.ALIGN_CORNERS),
    Resize(mode=ResizeMode.CUBIC, scale=(Fraction(2), Fraction(1, 2))),
    PixelShuffle(factor=(2, 2)),
    PixelShuffle(factor=(1, 4)),
    PixelUnshuffle(factor=(2, 3)),
    Pad(amounts=((1, 2), (0, 3))),
    Pad(amounts=((1, 2), (0, 3)), mode=PadMode.REFLECT),
    Pad(amounts=((1, 2), (0, 3)), mode=PadMode.REPLICATE),
    Crop(amounts=((1, 2), (0, 3))),
    Slice(start=(1, 0), step=(2, 3)),
    Flip(axes=(1,)),
    Flip(axes=(0, 1)),
    Add(),
    Multiply(),
    Concat(),
    ChannelSlice(start=1, stop=3),
    ChannelShuffle(groups=2),
    Norm(kind=NormKind.BATCH, channels=4),
    Norm(kind=NormKind.BATCH, channels=4, affine=False),
    Norm(kind=NormKind.GROUP, channels=4, groups=2),
    Norm(kind=NormKind.INSTANCE, channels=4),
    Norm(kind=NormKind.LAYER, channels=4, size=(24, 24)),
    Norm(kind=NormKind.LAYER_CHANNELS, channels=4),
    LayerScale(channels=4),
    Activation(kind="silu"),
    Activation(kind="prelu", slopes=4),
    Identity(),
    Dropout(),
    Linear(in_features=4 * 24 * 24, out_features=3),
    Output(),
]
NOT_IN_TORCH = {"input", "global", "unknown"}


def graph_of(layer: Layer) -> LayerGraph:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(24, 24))
    inputs = ["x"] * max(1, layer.arity[0])
    if isinstance(layer, Concat):
        shifted = Conv(in_channels=4, out_channels=8, kernel=(5, 3), padding=((2, 2), (0, 2)))
        inputs = ["x", graph.add("other", shifted, ["x"])]
    graph.add("y", layer, inputs)
    return graph


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
    "layer", [one for one in LAYERS if not isinstance(one, Norm | Activation)], ids=lambda layer: layer.op
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
