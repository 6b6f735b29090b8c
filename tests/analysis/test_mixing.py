"""Which channels a layer says that its outputs read, against the gradients of the torch module."""

import numpy as np
import pytest

from rfsolve.analysis.channel_reads import channel_reads, in_order
from rfsolve.analysis.layout import Layout
from rfsolve.graph import Flatten, Layer
from rfsolve.graph.mixing import MIXED, Interleaved, Joined, Picked
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
