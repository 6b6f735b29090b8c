"""Node-link JSON: what is written is read as the same graph.

What is wrong is refused with its place.
"""

import copy
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.analysis import analyse
from rfsolve.errors import GraphError, InputError, RfsolveError
from rfsolve.formats import from_node_link, to_node_link
from rfsolve.graph import Conv, Global, LayerGraph, Unknown, parameters
from tests.golden import networks
from tests.oracle.random_graphs import grow
from tests.oracle.vocabulary import LAYERS, graph_of


def same(one: LayerGraph, other: LayerGraph) -> bool:
    return one.nodes == other.nodes and all(
        one.layer(n) == other.layer(n) and one.inputs(n) == other.inputs(n) for n in one.nodes
    )


@pytest.mark.parametrize("layer", [*LAYERS, Global(name="attention"), Unknown(name="what")])
def test_every_layer_makes_the_round_trip(layer: object) -> None:
    graph = graph_of(layer)
    text = json.dumps(to_node_link(graph))
    assert same(from_node_link(json.loads(text)), graph)
    assert json.dumps(to_node_link(from_node_link(json.loads(text)))) == text


@given(st.integers(0, 10_000), st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_nodes_and_edges_does_not_matter(seed: int, draw: object) -> None:
    graph = grow(seed).graph
    document = json.loads(json.dumps(to_node_link(graph)))
    draw.shuffle(document["nodes"])
    draw.shuffle(document["edges"])
    read = from_node_link(document)
    assert parameters(read) == parameters(graph)
    fields = {name: tap.windows for name, tap in analyse(graph).taps.items()}
    assert {name: tap.windows for name, tap in analyse(read).taps.items()} == fields


def test_a_node_looks_as_documented() -> None:
    graph = LayerGraph()
    graph.input("x", channels=3, size=(None, 480))
    graph.add("stem", Conv.uniform(3, 32, 3, stride=2, bias=False), ["x"])
    document = to_node_link(graph)
    assert document["schema"] == "rfsolve.graph/1"
    assert document["nodes"][0]["size"] == [None, 480]
    assert document["nodes"][1] == {
        "id": "stem",
        "op": "conv",
        "in_channels": 3,
        "out_channels": 32,
        "kernel": [3, 3],
        "stride": [2, 2],
        "dilation": [1, 1],
        "padding": [[1, 1], [1, 1]],
        "groups": 1,
        "bias": False,
        "parameters": 864,
    }
    assert document["edges"] == [{"source": "x", "target": "stem", "key": 0}]


def test_shared_weights_make_the_round_trip() -> None:
    graph = LayerGraph()
    graph.input("x", channels=3, size=(8,))
    graph.add("a", Conv.uniform(3, 3, 3, axes=1), ["x"])
    graph.add("b", Conv.uniform(3, 3, 3, axes=1), ["a"], shares_weights_of="a")
    assert parameters(from_node_link(to_node_link(graph))) == parameters(graph) == 30


def broken(*path: str | int, value: object) -> dict[str, object]:
    """A small U-Net's document with one value replaced (or left out, for the value ...)."""
    document = copy.deepcopy(to_node_link(networks.unet(1)))
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "the graph: must be an object, not list"),
        ({"nodes": 3}, "nodes: must be a list"),
        (broken("schema", value="other/1"), "schema: must be 'rfsolve.graph/1', not 'other/1'"),
        (broken("edges", value=...), "edges: must be a list"),
        (broken("nodes", 1, value=None), r"nodes\[1\]: must be an object"),
        (broken("nodes", 1, "id", value=7), r"nodes\[1\].id: must be a string"),
        (broken("nodes", 1, "id", value="x"), r"nodes\[1\].id: there is a node 'x' already"),
        (broken("nodes", 1, "op", value="warp"), r"nodes\[1\].op: there is no operation 'warp'"),
        (broken("nodes", 1, "op", value=[1]), r"nodes\[1\].op: must be a string"),
        (broken("nodes", 1, "kernel", value=...), r"nodes\[1\].kernel: conv needs this field"),
        (broken("nodes", 1, "kernel", value="3"), r"nodes\[1\].kernel: must be a list"),
        (broken("nodes", 1, "kernel", value=[3, 3.5]), r"kernel: must be an integer, not 3.5"),
        (broken("nodes", 1, "kernel", value=[3, True]), r"kernel: must be an integer, not True"),
        (broken("nodes", 1, "kernel", value=[3] * 99), r"kernel: has 99 items"),
        (broken("nodes", 1, "kernel", value=[3]), r"nodes\[1\]: conv 'down0a': stride needs 1"),
        (broken("nodes", 1, "stride", value=[0, 1]), r"stride must be an integer of at least 1"),
        (broken("nodes", 1, "padding", value=[[1], [1, 1]]), r"padding: must have 2 items, not 1"),
        (broken("nodes", 1, "out_channels", value=10**40), r"out_channels: is out of range"),
        (broken("nodes", 1, "bias", value=0), r"bias: must be true or false, not 0"),
        (broken("nodes", 1, "kernals", value=[3]), r"nodes\[1\].kernals: conv has no such field"),
        (broken("nodes", 3, "kind", value="median"), r"kind: must be one of max, avg"),
        (broken("nodes", 3, "kind", value=["max"]), r"kind: must be one of max, avg"),
        (broken("nodes", 1, "shares_weights_of", value=3), "must be the id of a node"),
        (broken("edges", 0, "source", value="gone"), r"edges\[0\].source: there is no node 'gone'"),
        (broken("edges", 0, "key", value=-1), r"edges\[0\].key: must be the number"),
        (broken("edges", 1, "target", value="down0a"), r"edges\[1\].key: slot 0 .* filled twice"),
        (broken("edges", 0, "key", value=2), "layer 'down0a': of its input slots only"),
        (broken("edges", 0, "source", value="up0b"), "is part of a cycle"),
        (broken("nodes", 1, "in_channels", value=5), "layer 'down0a': takes 5 channels"),
        (broken("nodes", 1, "shares_weights_of", value="gone"), "shares the weights of 'gone'"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(document: object, text: str) -> None:
    with pytest.raises((InputError, GraphError), match=text):
        from_node_link(document)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
RESIZED = to_node_link(graph_of(next(one for one in LAYERS if one.op == "resize")))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_document_ends_in_another_error(data: st.DataObject) -> None:
    """Any value anywhere: it is read, or refused with an error of this house."""
    source = data.draw(st.sampled_from([to_node_link(networks.unet(1)), RESIZED]))
    document = copy.deepcopy(source)
    item = data.draw(st.sampled_from([*document["nodes"], *document["edges"], document]))
    key = data.draw(st.sampled_from(sorted(item)))
    item[key] = data.draw(junk)
    with suppress(RfsolveError):
        analyse(from_node_link(document))
