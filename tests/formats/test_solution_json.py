"""Reading designs back, and the names that `import rfsolve` offers."""

import json
from pathlib import Path

import pytest

import rfsolve
from rfsolve import LayerGraph, from_node_link, inspect, load_problem, problem_from, solve, to_node_link
from rfsolve.errors import InputError
from rfsolve.formats.solution_json import graph_in, read_graph
from rfsolve.report.solution_json import solution_document


def test_a_design_reads_back_as_the_same_graph(tmp_path: Path) -> None:
    solution = solve(problem_from({"exit": [{"receptive_field": 40}]}))
    path = tmp_path / "design.json"
    path.write_text(json.dumps(solution_document(solution)))
    read = read_graph(path)
    assert to_node_link(read) == to_node_link(solution.design.graph)
    assert to_node_link(graph_in(to_node_link(read))) == to_node_link(read)


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text('{"schema": "rfsolve.solution/2", "design": {}}')
    with pytest.raises(InputError, match=r"d\.json: schema: must be 'rfsolve\.solution/1'"):
        read_graph(path)
    with pytest.raises(InputError, match="not null"):
        graph_in(None)


def test_parameters_of_shared_weights_count_once() -> None:
    conv = rfsolve.open_graph("3").layer("1")
    graph = LayerGraph()
    graph.input("x", channels=1, size=(8, 8))
    graph.add("a", conv, ["x"])
    graph.add("b", conv, ["a"], shares_weights_of="a")
    document = inspect(graph).to_dict()
    assert [tap["parameters"] for tap in document["taps"]] == [0, 9, 0]
    assert document["parameters"] == 9


def test_every_public_name_is_there() -> None:
    for name in rfsolve.__all__:
        assert getattr(rfsolve, name) is not None
    assert set(rfsolve.__all__) <= set(dir(rfsolve))
    with pytest.raises(AttributeError, match="no attribute 'solv'"):
        _ = rfsolve.solv


def test_inspect_takes_words_files_and_graphs(tmp_path: Path) -> None:
    by_words = inspect("3 3", input_size=(9,))
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(to_node_link(by_words.graph)))
    assert inspect(str(path)).outputs[0].receptive_field == ((5, 5), (5, 5))
    again = inspect(from_node_link(json.loads(path.read_text())))
    assert again.outputs[0].receptive_field == by_words.outputs[0].receptive_field


def test_load_problem_is_the_way_in(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[[exit]]\nreceptive_field = 9\n")
    assert load_problem(tmp_path / "p.toml").exits[0].name == "out"
