"""LayerGraph: what it refuses, and that it says which node is at fault."""

import time

import pytest

from rfsolve.errors import GraphError
from rfsolve.graph import (
    Add,
    Concat,
    Conv,
    ConvTranspose,
    Dropout,
    Identity,
    Input,
    Layer,
    LayerGraph,
    Linear,
    Multiply,
    Norm,
    NormKind,
    Pool,
    PoolKind,
    parameters,
)


@pytest.fixture
def graph() -> LayerGraph:
    graph = LayerGraph()
    graph.input("x", channels=3, size=(32, 32))
    graph.add("a", Conv.uniform(3, 8, 3), ["x"])
    graph.add("half", Conv.uniform(3, 8, 3, stride=2), ["x"])
    return graph


def test_a_name_is_given_once(graph: LayerGraph) -> None:
    with pytest.raises(GraphError, match="layer 'a': there is a layer of that name already"):
        graph.add("a", Identity(), ["x"])


def test_inputs_exist(graph: LayerGraph) -> None:
    """So no graph can have a cycle."""
    with pytest.raises(GraphError, match="layer 'b': reads 'c', which does not exist"):
        graph.add("b", Identity(), ["c"])
    with pytest.raises(GraphError, match="layer 'b': reads 'b'"):
        graph.add("b", Identity(), ["b"])


def test_the_number_of_inputs_fits(graph: LayerGraph) -> None:
    with pytest.raises(GraphError, match="layer 'b': conv takes 1 inputs, not 2"):
        graph.add("b", Conv.uniform(8, 8, 3), ["a", "a"])
    with pytest.raises(GraphError, match="layer 'b': add takes at least 2 inputs, not 1"):
        graph.add("b", Add(), ["a"])


def test_channels_fit(graph: LayerGraph) -> None:
    with pytest.raises(GraphError, match="layer 'b': takes 4 channels, its input has 8"):
        graph.add("b", Conv.uniform(4, 8, 3), ["a"])
    with pytest.raises(GraphError, match="layer 'b': takes 9 features, its input has 8192"):
        graph.add("b", Linear(in_features=9, out_features=1), ["a"])


def test_axes_fit(graph: LayerGraph) -> None:
    with pytest.raises(GraphError, match="layer 'b': is 1-dimensional, its input is 2-dimensional"):
        graph.add("b", Conv.uniform(8, 8, 3, axes=1), ["a"])


@pytest.mark.parametrize("layer", [Add(), Concat()])
def test_a_merge_that_does_not_fit_names_both_branches(graph: LayerGraph, layer: Add | Concat) -> None:
    with pytest.raises(
        GraphError,
        match="layer 'm': its branches 'a' and 'half' differ in size on axis 0: 32 and 16",
    ):
        graph.add("m", layer, ["a", "half"])
    with pytest.raises(GraphError, match="'x' and 'a' differ in channels: 3 and 8"):
        graph.add("m", Add(), ["x", "a"])


def test_a_failed_layer_leaves_the_graph_as_it_was(graph: LayerGraph) -> None:
    before = graph.nodes
    with pytest.raises(GraphError):
        graph.add("b", Add(), ["a", "half"])
    assert graph.nodes == before
    assert "b" not in graph.nx


def test_a_kernel_larger_than_its_input_is_refused_at_that_size_only(graph: LayerGraph) -> None:
    graph.add("b", Conv.uniform(8, 8, 7, padding=0), ["half"])
    assert graph.shapes((64, 64))["b"].size == (26, 26)
    with pytest.raises(GraphError, match="layer 'b': the kernel is larger than the padded input"):
        graph.shapes((8, 8))
    with pytest.raises(GraphError, match="layer 'x': has 2 axes, the input size given has 1"):
        graph.shapes((8,))


def test_the_networkx_graph_has_a_slot_as_the_key_of_each_edge(graph: LayerGraph) -> None:
    graph.add("twice", Add(), ["a", "a"])
    assert sorted(graph.nx.edges(keys=True)) == [
        ("a", "twice", 0),
        ("a", "twice", 1),
        ("x", "a", 0),
        ("x", "half", 0),
    ]
    assert graph.inputs("twice") == ("a", "a")
    assert graph.consumers("a") == ("twice",)
    assert graph.outputs == ("half", "twice")
    graph.output("y", "twice")
    assert (graph.outputs, graph.input_nodes, len(graph)) == (("y",), ("x",), 5)
    with pytest.raises(GraphError, match="'nobody': there is no such layer"):
        graph.layer("nobody")


def test_a_gate_of_one_pixel_is_broadcast(graph: LayerGraph) -> None:
    graph.add("pooled", Pool(kind=PoolKind.AVG, kernel=(32, 32)), ["a"])
    graph.add("gated", Multiply(), ["a", "pooled"])
    assert graph.shapes()["gated"] == graph.shapes()["a"]


def test_shared_weights_count_once(graph: LayerGraph) -> None:
    once = parameters(graph)
    graph.add("again", Conv.uniform(3, 8, 3), ["x"], shares_weights_of="a")
    assert parameters(graph) == once
    with pytest.raises(GraphError, match="shares the weights of 'nobody', which has none of this form"):
        graph.add("wrong", Conv.uniform(3, 8, 3), ["x"], shares_weights_of="nobody")


def test_weights_are_shared_at_another_stride_or_dilation(graph: LayerGraph) -> None:
    """As by the branches of TridentNet (Li et al., ICCV 2019); the dilation is in the layer, not in its weights."""
    once = parameters(graph)
    graph.add("wide", Conv.uniform(3, 8, 3, dilation=2), ["x"], shares_weights_of="a")
    graph.add("coarse", Conv.uniform(3, 8, 3, dilation=3, stride=2), ["x"], shares_weights_of="half")
    assert parameters(graph) == once


@pytest.mark.parametrize(
    "layer",
    [
        Conv.uniform(3, 8, 5),
        Conv.uniform(3, 4, 3),
        Conv.uniform(3, 9, 3, groups=3),
        Conv.uniform(3, 8, 3, bias=not Conv.uniform(3, 8, 3).bias),
        ConvTranspose(in_channels=3, out_channels=8, kernel=(3, 3)),
        Norm(kind=NormKind.BATCH, channels=3),
    ],
)
def test_weights_of_another_form_cannot_be_shared(graph: LayerGraph, layer: Layer) -> None:
    with pytest.raises(GraphError, match="layer 'wrong': shares the weights of 'a', which has none of this form"):
        graph.add("wrong", layer, ["x"], shares_weights_of="a")


def test_a_layer_without_a_kernel_shares_the_weights_of_an_equal_one_only(graph: LayerGraph) -> None:
    norm = Norm(kind=NormKind.BATCH, channels=8)
    graph.add("norm", norm, ["a"])
    once = parameters(graph)
    graph.add("again", norm, ["a"], shares_weights_of="norm")
    assert parameters(graph) == once
    with pytest.raises(GraphError, match="which has none of this form"):
        graph.add("wrong", Norm(kind=NormKind.BATCH, channels=8, affine=False), ["a"], shares_weights_of="norm")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Conv.uniform(3, 8, 0), "kernel must be an integer of at least 1, not 0"),
        (lambda: Conv.uniform(3, 8, 3, stride=0), "stride must be"),
        (lambda: Conv.uniform(3, 8, 3, groups=2), "groups 2 must divide in_channels 3"),
        (lambda: Conv(in_channels=1, out_channels=1, kernel=(3, 3), stride=(1,)), "stride needs 2"),
        (lambda: Conv(in_channels=1, out_channels=1, kernel=()), "kernel must have 1 to 3 axes"),
        (
            lambda: Conv(in_channels=1, out_channels=1, kernel=(3,), padding=((1, -1),)),
            "padding must be an integer of at least 0, not -1",
        ),
        (lambda: Norm(kind=NormKind.GROUP, channels=3, groups=2), "groups 2 must divide"),
        (lambda: Input(channels=0, size=(1,)), "channels must be"),
        (lambda: Dropout(rate=2), "rate must lie between 0 and 1"),
    ],
)
def test_fields_are_checked(make: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()  # type: ignore[operator]


def test_building_is_linear() -> None:
    """20,000 nodes in well under ten times what 2,000 take would be flaky; a few seconds is not."""
    start = time.perf_counter()
    graph = LayerGraph()
    at = graph.input("x", channels=4, size=(None,))
    for number in range(20_000):
        at = graph.add(f"n{number}", Conv.uniform(4, 4, 3, axes=1), [at])
    assert time.perf_counter() - start < 10
