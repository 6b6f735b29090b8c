"""Where stages end, and what it costs to compute a node."""

import random

import pytest

from rfsolve.analysis import analyse
from rfsolve.analysis.path_fields import smallest_path_fields
from rfsolve.analysis.stages import stage_ends
from rfsolve.analysis.totals import totals
from rfsolve.graph import (
    Activation,
    Add,
    Concat,
    Conv,
    ConvTranspose,
    GlobalPool,
    LayerGraph,
    Multiply,
    Pool,
    PoolKind,
    costs,
)
from tests.oracle.random_graphs import grow

MAX = PoolKind.MAX


def residual(graph: LayerGraph, name: str, source: str, *, stride: int = 1) -> str:
    """A block whose shortcut is strided with it, and whose stride is in its second convolution."""
    graph.add(f"{name}.conv1", Conv.uniform(8, 8, 1), source)
    graph.add(f"{name}.conv2", Conv.uniform(8, 8, 3, stride=stride), f"{name}.conv1")
    graph.add(f"{name}.down", Conv.uniform(8, 8, 1, stride=stride), source)
    graph.add(f"{name}.add", Add(), [f"{name}.conv2", f"{name}.down"])
    return graph.add(f"{name}.relu", Activation(kind="relu"), [f"{name}.add"])


def backbone() -> LayerGraph:
    graph = LayerGraph()
    graph.input("x", channels=8, size=(64, 64))
    here = graph.add("stem", Conv.uniform(8, 8, 7, stride=2), "x")
    for stage, stride in ((1, 1), (2, 2), (3, 2)):
        for block in range(2):
            here = residual(graph, f"layer{stage}.{block}", here, stride=stride if block == 0 else 1)
    graph.add("pool", GlobalPool(kind=PoolKind.AVG), [here])
    return graph


def test_stages_of_a_residual_network_end_at_their_last_block() -> None:
    """Not at the 1x1 inside the next block, though the jump changes behind it too."""
    ends = stage_ends(analyse(backbone()))
    assert ends == ("layer1.1.relu", "layer2.1.relu", "layer3.1.relu", "pool")


def test_an_average_pool_of_the_whole_map_is_global_whatever_it_is_called() -> None:
    """ONNX files of 2017 have a 7x7 pool there: the stage ends before it."""
    graph = LayerGraph()
    graph.input("x", channels=8, size=(28, 28))
    graph.add("a", Conv.uniform(8, 8, 3, stride=4), "x")
    graph.add("pool", Pool(kind=PoolKind.AVG, kernel=(7, 7)), ["a"])
    graph.add("classes", Conv.uniform(8, 8, 1), "pool")
    assert stage_ends(analyse(graph)) == ("a", "classes")


def test_a_squeeze_and_excite_ends_no_stage() -> None:
    graph = LayerGraph()
    graph.input("x", channels=8, size=(32, 32))
    graph.add("a", Conv.uniform(8, 8, 3), "x")
    graph.add("squeeze", GlobalPool(kind=PoolKind.AVG), ["a"])
    graph.add("excite", Multiply(), ["a", "squeeze"])
    graph.add("b", Conv.uniform(8, 8, 3, stride=2), "excite")
    assert stage_ends(analyse(graph)) == ("excite", "b")


def test_a_helper_is_replaced_by_the_node_before_it() -> None:
    graph = LayerGraph()
    graph.input("x", channels=8, size=(32, 32))
    graph.add("a", Conv.uniform(8, 8, 3), "x")
    graph.add("a.pad", Activation(kind="relu"), ["a"])
    graph.add("b", Conv.uniform(8, 8, 3, stride=2), "a.pad")
    assert stage_ends(analyse(graph)) == ("a.pad", "b")
    assert stage_ends(analyse(graph), {"a.pad"}) == ("a", "b")


def test_stages_of_a_unet_end_on_the_way_down_and_on_the_way_up() -> None:
    graph = LayerGraph()
    graph.input("x", channels=8, size=(32, 32))
    graph.add("enc", Conv.uniform(8, 8, 3), "x")
    graph.add("down", Pool(kind=MAX, kernel=(2, 2)), ["enc"])
    graph.add("middle", Conv.uniform(8, 8, 3), "down")
    graph.add("up", ConvTranspose(in_channels=8, out_channels=8, kernel=(2, 2), stride=(2, 2)), ["middle"])
    graph.add("skip", Concat(), ["enc", "up"])
    graph.add("dec", Conv.uniform(16, 8, 3), "skip")
    assert stage_ends(analyse(graph)) == ("enc", "middle", "dec")


def test_totals_of_a_network_are_its_costs() -> None:
    graph = backbone()
    found = totals(graph, graph.shapes())
    assert found["pool"].parameters == costs.parameters(graph)
    assert found["pool"].macs == costs.macs(graph)


def test_shared_weights_count_once_on_every_way() -> None:
    """Also for a node that uses them without depending on their owner: a head shared by two levels."""
    graph = LayerGraph()
    graph.input("x", channels=8, size=(32, 32))
    head = Conv.uniform(8, 8, 3, bias=False)
    graph.add("fine", Conv.uniform(8, 8, 1, bias=False), "x")
    graph.add("coarse", Conv.uniform(8, 8, 1, stride=2, bias=False), "x")
    graph.add("head1", head, ["fine"])
    graph.add("head2", head, ["coarse"], shares_weights_of="head1")
    graph.add("head3", head, ["head2"], shares_weights_of="head1")
    found = totals(graph, graph.shapes())
    assert [found[name].parameters for name in ("head1", "head2", "head3")] == [64 + 576] * 3


@pytest.mark.parametrize("seed", range(150))
def test_totals_are_sums_over_ancestors(seed: int) -> None:
    """Random graphs: the sums by bits are those over the set of ancestors."""
    graph = grow(seed, layers=10).graph
    shapes = graph.shapes()
    found = totals(graph, shapes)
    for name in graph.nodes:
        before = graph.ancestors(name)
        assert found[name].parameters == sum(graph.parameters(node) for node in before)
        assert found[name].macs == sum(costs.node_macs(graph, node, shapes) for node in before)


def test_totals_of_many_merges_stay_fast() -> None:
    """20,000 nodes with a merge every other node."""
    graph = LayerGraph()
    here = graph.input("x", channels=1, size=(None,))
    draw = random.Random(0)  # noqa: S311 - a test needs no secret
    nodes = [here]
    for number in range(1000):
        nodes.append(graph.add(f"c{number}", Conv.uniform(1, 1, 1, axes=1, bias=False), [nodes[-1]]))
        nodes.append(graph.add(f"a{number}", Add(), [nodes[-1], draw.choice(nodes[-30:])]))
    found = totals(graph, graph.shapes())
    assert found[nodes[-1]].parameters == 1000
    assert found[nodes[-1]].macs is None


def test_the_smallest_field_over_the_paths() -> None:
    """The shortcut of a residual block sees 1 pixel; behind two blocks without shortcuts the paths agree."""
    graph = LayerGraph()
    graph.input("x", channels=8, size=(32, 32))
    graph.add("a", Conv.uniform(8, 8, 3), "x")
    graph.add("b", Conv.uniform(8, 8, 5, stride=2), "a")
    graph.add("c", Conv.uniform(8, 8, 3), "b")
    graph.add("sum", Add(), ["b", "c"])
    graph.add("up", ConvTranspose(in_channels=8, out_channels=8, kernel=(2, 2), stride=(2, 2)), ["sum"])
    graph.add("global", GlobalPool(kind=PoolKind.AVG), ["a"])
    graph.add("gate", Multiply(), ["a", "global"])
    fields = smallest_path_fields(analyse(graph))
    assert {name: field[0] for name, field in fields.items()} == {
        "x": 1,
        "a": 3,
        "b": 7,
        "c": 11,
        "sum": 7,
        "up": 7,
        "global": float("inf"),
        "gate": 3,
    }


@pytest.mark.parametrize("seed", range(100))
def test_the_smallest_field_is_no_larger_than_any_phase(seed: int) -> None:
    analysis = analyse(grow(seed).graph)
    fields = smallest_path_fields(analysis)
    for name, tap in analysis.taps.items():
        for axis, field in enumerate(tap.receptive_field):
            assert field is None or field[0] == 0 or fields[name][axis] <= field[0]
