"""Which channels a layer says that its outputs read, against the gradients of the torch module."""

import numpy as np
import pytest

from rfsolve.analysis.channel_reads import channel_reads
from rfsolve.analysis.layout import Layout, in_order
from rfsolve.graph import Activation, Dropout, Flatten, Identity, Layer, LayerScale, Norm, NormKind, Output
from rfsolve.graph.mixing import KEPT, MIXED, Interleaved, Joined, Picked
from rfsolve.windows import IDENTITY
from tests.oracle.vocabulary import LAYERS, graph_of

torch = pytest.importorskip("torch")
from tests.oracle.torch_module import Built  # noqa: E402 - after importorskip


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if set(graph_of(layer).inputs("y")) == {"x"}], ids=repr)
def test_channels_read_what_has_a_gradient(layer: Layer) -> None:
    """With random weights and a random input. A flattening alone says more than it reads: all channels."""
    torch.manual_seed(0)
    graph = graph_of(layer)
    shapes = [graph.shapes()["x"]] * len(graph.inputs("y"))
    x = torch.randn(1, 4, 24, 24, dtype=torch.float64, requires_grad=True)
    made = Built(graph).double()(x)["y"]
    read = _read(layer, shapes, made.shape[1])
    for channel in range(made.shape[1]):
        value = (made[:, channel] * torch.randn_like(made[:, channel])).sum()
        (gradient,) = torch.autograd.grad(value, x, retain_graph=True)
        found = set(np.flatnonzero(gradient.abs().sum((0, 2, 3)).numpy()).tolist())
        assert found == read[channel] or (isinstance(layer, Flatten) and found < read[channel]), channel


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_what_hands_on_reads_its_own_pixel_of_its_own_channel(layer: Layer) -> None:
    graph = graph_of(layer)
    shapes = [graph.shapes()[name] for name in graph.inputs("y")]
    if layer.hands_on:
        assert shapes == [graph.shapes()["y"]]
        assert layer.mixing(shapes) == KEPT
        assert set(layer.dependence(shapes)) == {IDENTITY}


def test_what_changes_values_alone_hands_on() -> None:
    handing = {type(layer) for layer in LAYERS if layer.hands_on}
    assert handing == {Activation, Dropout, Identity, LayerScale, Norm, Output}
    assert [kind for kind in NormKind if Norm(kind=kind, channels=4).hands_on] == [NormKind.BATCH]


def _read(layer: Layer, shapes: list, channels: int) -> list[set[int]]:  # type: ignore[type-arg]
    """The channels of the input that each channel of the output reads, if each is a strand of its own."""
    mixing = layer.mixing(shapes)
    if mixing == MIXED:
        return [set(range(4))] * channels
    ways = [layer.dependence(shapes, slot) for slot in range(len(shapes))]
    inputs = [Layout(4, 4, np.arange(4))] * len(shapes)
    if isinstance(mixing, Joined | Picked | Interleaved):
        return [{strand} for strand in in_order(mixing, inputs).tolist()]
    found = channel_reads(mixing, inputs, ways, channels)
    assert found is not None
    return [{read.strand for read in found.different[place]} for place in found.each]
