"""From a placement to the layers an engineer would write."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.graph import Conv, LayerGraph, Pool
from rfsolve.search.expand import PlacedLayer
from rfsolve.search.solution import Design
from tests.search.small import designed

PLAIN: dict[str, Any] = {"kernels": [3], "dilations": [1], "widths": 8}
CHAIN: dict[str, Any] = {
    "defaults": {**PLAIN, "layers": {"min": 0}},
    "stack": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
}


def steps(layers: tuple[PlacedLayer, ...]) -> list[tuple[int, int]]:
    """The jump before each layer and its step, dilation times jump."""
    jump, found = 1, []
    for layer in layers:
        found.append((jump, layer.choice.dilation[0] * jump))
        jump *= layer.choice.stride[0]
    return found


def test_small_steps_come_first_inside_a_state() -> None:
    table = {"defaults": {**PLAIN, "dilations": [1, 2, 4], "strides": [1]}, "exit": [{"receptive_field": 99}]}
    dilations = [layer.choice.dilation[0] for layer in designed(table).layers[1:]]
    assert dilations == sorted(dilations)
    assert len(set(dilations)) > 1


def in_order(layers: tuple[PlacedLayer, ...]) -> None:
    """Among the layers that stay where they are, neighbours are in order of their steps."""
    stay = {layer.name for layer in layers if set(layer.choice.stride) == {1} and layer.c_in == layer.c_out}
    for (one, (jump, step)), (two, (same, larger)) in pairwise(zip(layers, steps(layers), strict=True)):
        if {one.name, two.name} <= stay and one.stack == two.stack and jump == same:
            assert step <= larger


@settings(max_examples=15, deadline=None)
@given(st.integers(20, 300))
def test_order_over_targets(field: int) -> None:
    table = {"defaults": {**PLAIN, "kernels": [3, 5], "dilations": [1, 2, 4]}, "exit": [{"receptive_field": field}]}
    in_order(designed(table).layers)


def test_the_nodes_of_a_plain_layer() -> None:
    table = {"defaults": {**PLAIN, "layers": 2}, "exit": [{"receptive_field": 3}]}
    design = designed(table)
    assert design.graph.nodes == (
        "input",
        *("trunk.1.conv", "trunk.1.norm", "trunk.1.relu"),
        *("trunk.2.conv", "trunk.2.norm", "trunk.2.relu"),
        "out",
    )
    assert [layer.result for layer in design.layers] == ["trunk.1.relu", "trunk.2.relu"]
    assert sum(design.layer_parameters(layer) for layer in design.layers) == design.parameters


def test_without_norm_and_activation_there_is_only_the_convolution() -> None:
    table = {"defaults": {**PLAIN, "norm": "none", "activation": "none", "layers": 1}, "exit": [{}]}
    assert designed(table).graph.nodes == ("input", "trunk.1.conv", "out")


def test_the_nodes_of_a_residual_layer() -> None:
    table = {"defaults": {**PLAIN, "block": "residual", "layers": 1}, "exit": [{"stride": 2}]}
    design = designed(table)
    assert design.graph.nodes[1:-1] == (
        *("trunk.1.1.conv", "trunk.1.1.norm", "trunk.1.1.relu", "trunk.1.2.conv", "trunk.1.2.norm"),
        *("trunk.1.shortcut.conv", "trunk.1.shortcut.norm", "trunk.1.add", "trunk.1.relu"),
    )
    assert design.graph.inputs("trunk.1.add") == ("trunk.1.2.norm", "trunk.1.shortcut.norm")
    assert design.layers[0].result == "trunk.1.relu"


def test_an_identity_joins_what_came_before() -> None:
    defaults = {**PLAIN, "widths": 3, "block": "residual", "layers": 1, "strides": [1]}
    graph = designed({"defaults": defaults, "exit": [{}]}).graph
    assert graph.inputs("trunk.1.add") == ("trunk.1.2.norm", "input")


def feeds(graph: LayerGraph, exit_: str) -> str:
    (source,) = graph.inputs(exit_)
    return source


def test_several_exits() -> None:
    exits = [{"after": "a", "receptive_field": 9}, {"after": "c", "receptive_field": 21, "stride": 4}]
    design = designed({**CHAIN, "exit": exits})
    assert design.graph.outputs == ("a.out", "c.out")
    last = {stack: [layer.result for layer in design.layers if layer.stack == stack] for stack in "abc"}
    assert feeds(design.graph, "a.out") == last["a"][-1]
    assert [report.name for report in design.exits] == ["a.out", "c.out"]
    assert design.exits[0].receptive_field[0][0] >= 9
    assert design.exits[1].receptive_field[0][0] >= 21


def test_stacks_without_layers_hand_over_what_they_got() -> None:
    exits = [{"name": name, "after": name[0], "receptive_field": 9} for name in ("a1", "b1", "c1")]
    design = designed({**CHAIN, "exit": exits})
    assert {layer.stack for layer in design.layers} == {"a"}
    assert len({feeds(design.graph, name) for name in ("a1", "b1", "c1")}) == 1


def test_stacks_that_place_nothing_at_all() -> None:
    design = designed({**CHAIN, "exit": [{"after": "c"}]})
    assert design.layers == ()
    assert design.parameters == 0
    assert feeds(design.graph, "out") == "input"


def test_stacks_that_branch() -> None:
    table = {
        "defaults": {**PLAIN, "layers": {"min": 1}},
        "stack": [{"name": "a"}, {"name": "b", "after": "a"}, {"name": "c", "after": "a"}],
        "exit": [{"name": "x", "after": "b", "receptive_field": 9}, {"name": "y", "after": "c", "stride": 4}],
    }
    design = designed(table)
    end = next(layer.result for layer in reversed(design.layers) if layer.stack == "a")
    assert {node.split(".")[0] for node in design.graph.consumers(end)} == {"b", "c"}


def layers_of(design: Design, kind: type) -> list[Any]:
    return [design.graph.layer(node) for node in design.graph.nodes if isinstance(design.graph.layer(node), kind)]


def test_causal_layers_look_back_only() -> None:
    table = {
        "input": {"axes": 1, "size": 100},
        "defaults": {**PLAIN, "kernels": [2], "dilations": [1, 2, 4], "strides": [1], "padding": "causal"},
        "exit": [{"receptive_field": 16}],
    }
    design = designed(table)
    for layer, conv in zip(design.layers, layers_of(design, Conv), strict=True):
        assert conv.padding == ((layer.choice.dilation[0], 0),)
    (field,) = design.taps["out"].clipped((50,))
    assert field == (35, 50)
    assert design.graph.shapes()["out"].size == (100,)


def test_valid_layers_have_no_padding() -> None:
    design = designed({"defaults": {**PLAIN, "padding": "valid"}, "exit": [{"receptive_field": 9}]})
    assert {conv.padding for conv in layers_of(design, Conv)} == {((0, 0), (0, 0))}


def test_pools_that_tile_have_no_padding() -> None:
    """2x2 with stride 2, as everyone writes it; an odd size keeps its last cell."""
    defaults = {"block": "pool", "kernels": [2], "strides": [2], "dilations": [1]}
    design = designed({"input": {"size": 37}, "defaults": defaults, "exit": [{"stride": 4}]})
    pools = layers_of(design, Pool)
    assert [(pool.kernel, pool.stride, pool.padding, pool.ceil_mode) for pool in pools] == [
        ((2, 2), (2, 2), ((0, 0), (0, 0)), True)
    ] * 2
    assert design.graph.shapes()["out"].size == (10, 10)


def test_layers_are_numbered_within_their_stack() -> None:
    table = {**CHAIN, "exit": [{"after": "a", "receptive_field": 9}, {"after": "c", "receptive_field": 40}]}
    layers = designed(table).layers
    stacks = [layer.stack for layer in layers]
    assert stacks == sorted(stacks)
    assert [layer.name for layer in layers] == [
        f"{stack}.{number}" for stack in "abc" for number in range(1, 1 + stacks.count(stack))
    ]
