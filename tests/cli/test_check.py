"""`rfsolve check`: what is asked, what is found, and by how much it is missed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rfsolve.cli.main import program
from rfsolve.formats.problem_record import from_record, record_of, to_record
from rfsolve.space.reading import load_problem, problem_from

PROBLEM = Path(__file__).parents[2] / "problems" / "inception-block.toml"


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(program, list(words))
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("check") / "design.json"
    path.write_text(run("solve", str(PROBLEM), "--json"))
    return path


def edited(design: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    document = json.loads(design.read_text())
    change(document)
    path = design.with_name("edited.json")
    path.write_text(json.dumps(document))
    return path


def nodes(document: dict[str, Any], op: str) -> list[dict[str, Any]]:
    return [node for node in document["design"]["graph"]["nodes"] if node["op"] == op]


def test_a_design_meets_what_it_was_found_for(design: Path) -> None:
    document = json.loads(run("check", str(design), "--json"))
    assert document["holds"]
    assert document["remarks"] == []
    asked = {(one.name, one.quantity.value) for one in load_problem(PROBLEM).requirements}
    assert {
        (one["name"], one["quantity"]) for one in document["requirements"] if one["quantity"] != "relation"
    } == asked


def test_the_problem_itself_says_the_same(design: Path) -> None:
    one, other = run("check", str(design)), run("check", str(design), str(PROBLEM))
    assert one == other


def test_an_edited_design_says_what_it_misses_and_by_how_much(design: Path) -> None:
    """The last convolution with a kernel loses two taps, so each field behind it two pixels."""

    def narrow(document: dict[str, Any]) -> None:
        conv = [node for node in nodes(document, "conv") if node["kernel"] != [1, 1]][-1]
        conv.update(kernel=[1, 1], padding=[[0, 0], [0, 0]])

    before = json.loads(run("check", str(design), "--json"))
    after = json.loads(run("check", str(edited(design, narrow)), "--json", code=5))
    assert not after["holds"]
    missed = [one for one in after["requirements"] if not one["holds"]]
    assert missed
    for one in missed:
        was = next(
            other
            for other in before["requirements"]
            if (other["name"], other.get("node")) == (one["name"], one.get("node"))
        )
        assert was["holds"]
        if one["quantity"] == "receptive_field":
            assert one["missed"] == f"by {one['least'][0] - min(one['values']):g}"
    assert any("states" in text and "parameters" in text for text in after["remarks"])


def test_figures_that_a_file_states_are_not_believed(design: Path) -> None:
    def lie(document: dict[str, Any]) -> None:
        document["design"]["parameters"] = 7

    output = run("check", str(edited(design, lie)))
    assert "states 7 parameters" in " ".join(output.split())


def test_measured_with_torch(design: Path) -> None:
    pytest.importorskip("torch")
    document = json.loads(run("check", str(design), "--with", "torch", "--json"))
    assert document["holds"]
    assert document["measured"]["parameters"] == document["figures"]["parameters"]
    names = [row["name"].partition(" ")[0] for row in document["measurements"]]
    assert {"parameters", "dependence", "influence", "run"} <= set(names)


def test_another_problem_asks_for_what_is_not_there(design: Path) -> None:
    other = PROBLEM.with_name("lffd-heads.toml")
    assert "the problem asks something of it" in run("check", str(design), str(other), code=2)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("requirements", 3),
        ("requirements", [{"name": "x"}]),
        ("requirements", [{"name": "x", "quantity": "no such", "least": [1]}]),
        ("requirements", [{"name": "x", "quantity": "stride", "least": []}]),
        ("requirements", [{"name": "x", "quantity": "stride", "least": [True]}]),
        ("relations", [{"name": "x", "nodes": 1}]),
        ("stacks", [1]),
        ("title", []),
    ],
)
def test_a_spoilt_record_is_named(design: Path, place: str, value: Any) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["problem"][place] = value

    output = run("check", str(edited(design, spoil)), code=2)
    assert output.startswith("error: ")
    assert f"problem.{place}" in output


def digest(table: dict[str, Any], place: str = "") -> str:
    return record_of(problem_from(table, place=place)).digest


def test_a_digest_tells_problems_apart_and_not_their_words() -> None:
    table = {"exit": [{"receptive_field": 50}]}
    assert digest(table) == digest({**table, "title": "another"}, place="elsewhere")
    assert digest(table) != digest({"exit": [{"receptive_field": 51}]})


def test_a_record_keeps_what_each_bound_is_called() -> None:
    origins = {"exit[0].receptive_field.max": "--max-rf"}
    problem = problem_from({"exit": [{"receptive_field": {"min": 20, "max": 40}}]}, origins=origins)
    kept = from_record(json.loads(json.dumps(to_record(problem)))).requirements
    assert kept == problem.requirements
    assert ("exit[0].receptive_field", "--max-rf") in [requirement.bound_names for requirement in kept]
