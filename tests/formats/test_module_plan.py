"""The plan of a module: groups that can be called as one, in an order in which they can be computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.formats.identifiers import identifier
from rfsolve.formats.module_plan import RESERVED, Group, module_plan
from rfsolve.graph import Activation, Add, Conv, LayerGraph
from tests.oracle.random_graphs import grow


def named(graph: LayerGraph, names: dict[str, str]) -> LayerGraph:
    """The graph with other names."""
    renamed = LayerGraph()
    for name in graph.nodes:
        renamed.add(names[name], graph.layer(name), [names[source] for source in graph.inputs(name)])
    return renamed


def check(group: Group, ready: set[str]) -> None:
    """Each part reads what is there when its turn comes; inside a group only what the group reads."""
    for part in group.parts:
        assert set(part.inputs) <= ready
        if isinstance(part, Group):
            check(part, set(part.inputs))
        ready.add(part.result)
    names = [part.attribute for part in group.parts]
    assert len(set(names)) == len(names)
    assert not set(names) & RESERVED


@given(st.integers(0, 400), st.data())
def test_whatever_the_names_every_part_can_be_computed_in_turn(seed: int, data: st.DataObject) -> None:
    graph = grow(seed, layers=6, size=64).graph
    word = st.sampled_from(["a", "b", "1", "2", "", "x y", "class", "forward", "ü"])
    drawn = [".".join(data.draw(st.lists(word, min_size=1, max_size=3))) for _ in graph.nodes]
    names = {name: f"{text}.{number}" for number, (name, text) in enumerate(zip(graph.nodes, drawn, strict=True))}
    plan = module_plan(named(graph, names))
    check(plan.root, set(plan.inputs))
    assert len(set(plan.paths.values())) == len(plan.paths) == sum(1 for _ in plan.root.leaves)
    assert all(part.isidentifier() or part.isdigit() for path in plan.paths.values() for part in path.split("."))


def test_what_is_read_inside_a_group_dissolves_it() -> None:
    """`a` cannot be called as one: its first layer is read outside."""
    graph = LayerGraph()
    graph.input("input", channels=4, size=(16, 16))
    graph.add("a.1", Conv.uniform(4, 4, 3), "input")
    graph.add("a.2", Conv.uniform(4, 4, 3), "a.1")
    graph.add("b.1", Activation(kind="relu"), "a.1")
    graph.add("sum", Add(), ["a.2", "b.1"])
    assert module_plan(graph).paths == {"a.1": "a_1", "a.2": "a_2", "b.1": "b.1", "sum": "sum"}


def test_a_way_out_and_in_again_dissolves_a_group() -> None:
    graph = LayerGraph()
    graph.input("input", channels=4, size=(16, 16))
    graph.add("a.one", Conv.uniform(4, 4, 3), "input")
    graph.add("b.one", Conv.uniform(4, 4, 3), "a.one")
    graph.add("a.two", Add(), ["b.one", "input"])
    assert module_plan(graph).paths == {"a.one": "a_one", "b.one": "b.one", "a.two": "a_two"}


def test_reserved_names_are_those_of_a_module() -> None:
    nn = pytest.importorskip("torch").nn
    known = {name for name in {*dir(nn.Module()), *dir(nn.Sequential())} if not name.startswith("_")}
    assert known <= RESERVED


@given(st.text(max_size=80))
def test_any_text_has_an_identifier(text: str) -> None:
    assert identifier(text).isidentifier()
    assert identifier(text).isascii()
    assert identifier(text, taken={identifier(text)}) != identifier(text)
