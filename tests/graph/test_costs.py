"""Costs, each against a count by hand."""

from math import log

import pytest

from rfsolve.errors import GraphError
from rfsolve.graph import (
    Activation,
    Add,
    Conv,
    ConvTranspose,
    LayerGraph,
    Linear,
    Pool,
    PoolKind,
    activation_memory,
    entropy,
    macs,
    parameters,
)


@pytest.fixture
def graph() -> LayerGraph:
    graph = LayerGraph()
    graph.input("x", channels=2, size=(None, None))
    graph.add("a", Conv.uniform(2, 4, 3), ["x"])
    graph.add("r", Activation(kind="relu"), ["a"])
    graph.add("b", Conv.uniform(4, 4, 3, groups=4, bias=False), ["r"])
    graph.add("s", Add(), ["r", "b"])
    graph.output("y", "s")
    return graph


def test_parameters(graph: LayerGraph) -> None:
    assert parameters(graph) == (2 * 4 * 9 + 4) + 4 * 9


def test_macs(graph: LayerGraph) -> None:
    assert macs(graph, (10, 5)) == 50 * (2 * 4 * 9) + 50 * 4 * 9


def test_macs_of_transposed_and_linear_layers() -> None:
    graph = LayerGraph()
    graph.input("x", channels=2, size=(5,))
    up = ConvTranspose(in_channels=2, out_channels=3, kernel=(4,), stride=(2,))
    graph.add("up", up, ["x"])
    graph.add("fc", Linear(in_features=36, out_features=7), ["up"])
    assert macs(graph) == 5 * 2 * 3 * 4 + 36 * 7


def test_activation_memory(graph: LayerGraph) -> None:
    """X 100, a (and r on it) 200, b 200, s (and y) 200.

    R must live beside b and s: 600 at the peak.
    """
    memory = activation_memory(graph, (10, 5))
    assert (memory.total, memory.peak) == (100 + 3 * 200, 600)


def test_a_tensor_is_freed_after_its_last_use() -> None:
    graph = LayerGraph()
    at = graph.input("x", channels=1, size=(64,))
    for number in range(5):
        at = graph.add(f"p{number}", Pool(kind=PoolKind.MAX, kernel=(2,)), [at])
    memory = activation_memory(graph)
    assert (memory.total, memory.peak) == (64 + 32 + 16 + 8 + 4 + 2, 96)


def test_entropy(graph: LayerGraph) -> None:
    """DeepMAD: log of the output's volume times the sum of the logs of the fan-ins."""
    assert entropy(graph, (10, 5)) == pytest.approx(log(4 * 50) * (log(2 * 9) + log(4 * 9 / 4)))


def test_sizes_are_needed(graph: LayerGraph) -> None:
    for cost in (macs, activation_memory, entropy):
        with pytest.raises(GraphError, match="size is not known"):
            cost(graph)


def test_entropy_of_several_outputs_needs_a_name(graph: LayerGraph) -> None:
    graph.output("z", "a")
    with pytest.raises(GraphError, match="several outputs"):
        entropy(graph, (10, 5))
    assert entropy(graph, (10, 5), output="z") == pytest.approx(log(200) * log(18))
