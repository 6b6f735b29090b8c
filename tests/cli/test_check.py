"""`rfsolve check`: what is asked, what is found, and by how much it is missed."""

import json
import re
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
    return result.output if code == 2 else result.stdout  # of the two, the one where progress is not


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("check") / "design.json"
    path.write_text(run("solve", str(PROBLEM), "--json"))
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One stack `trunk`, one exit `out`, a field of 41, a stride of 2, 16 channels."""
    folder = tmp_path_factory.mktemp("small")
    problem = folder / "small.toml"
    problem.write_text("[defaults]\nwidths = 16\n[[exit]]\nreceptive_field = { exact = 41 }\nstride = { exact = 2 }\n")
    path = folder / "design.json"
    path.write_text(run("solve", str(problem), "--json"))
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


def test_a_requirement_keeps_the_name_that_it_had_when_solved(tmp_path: Path) -> None:
    """The problem file of the same folder has no options in it; only names are taken from the design's record."""
    run("solve", "--target-rf", "30", "--output-stride", "2", "--out", str(tmp_path / "out"))
    design, problem = tmp_path / "out" / "design.json", tmp_path / "out" / "problem.json"
    said = run("check", str(design))
    assert "--target-rf at out" in said
    assert run("check", str(design), str(problem)) == said

    def weaken(document: dict[str, Any]) -> None:
        (one,) = (one for one in document["problem"]["requirements"] if one["name"] == "--target-rf")
        one.update(least=[3, 3])

    document = json.loads(run("check", str(edited(design, weaken)), str(problem), "--json"))
    assert [30, 30] in [one["least"] for one in document["requirements"]]


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

    output = " ".join(run("check", str(edited(design, lie)), code=5).split())
    assert "states 7 parameters" in output
    assert "do not hold" not in output
    assert "figures falsely" in output


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("receptive_field", [[99, 99], [41, 41]], "states receptive field 99x41 at out, its graph has 41, off by 58"),
        ("receptive_field", [[33, 41], [41, 41]], "states receptive field 33-41x41 at out, its graph has 41, off by 8"),
        ("receptive_field", [[41, 41]], "states receptive field 41 at out, its graph has 41"),
        ("stride", [0.5, 0.5], "states stride 0.5 at out, its graph has 2, off by 1.5"),
        ("centre", [0.5, 0.0], "states centre 0.5x0 at out, its graph has 0, off by 0.5"),
        ("effective_receptive_field", [1e6, 1e6], "states effective receptive field 1,000,000 at out"),
        ("channels", 7, "states 7 channels at out, its graph has 16, off by 9"),
        ("hole_free", False, "states holes at out, its graph has none"),
        ("name", "nowhere", "states an exit 'nowhere', its graph has none"),
    ],
)
def test_what_a_file_states_of_an_exit_is_not_believed(small: Path, key: str, value: Any, said: str) -> None:
    def lie(document: dict[str, Any]) -> None:
        document["design"]["exits"][0][key] = value

    path = str(edited(small, lie))
    assert said in " ".join(run("check", path, code=5).split())
    document = json.loads(run("check", path, "--json", code=5))
    assert all(row["holds"] for row in document["requirements"])
    assert [row["holds"] for row in document["stated"]].count(False) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("receptive_field", [41]),
        ("receptive_field", [[41, "x"]]),
        ("stride", [[1], 2]),
        ("stride", []),
        ("centre", [float("nan")]),
        ("channels", [3]),
        ("channels", 10**400),
        ("hole_free", 1),
    ],
)
def test_a_spoilt_statement_is_named(small: Path, key: str, value: Any) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["design"]["exits"][0][key] = value

    assert f"design.exits[0].{key}: must" in run("check", str(edited(small, spoil)), code=2)


@pytest.mark.parametrize("value", [10**400, "7", True])
def test_a_spoilt_figure_is_named(small: Path, value: Any) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["design"]["parameters"] = value

    assert "design.parameters: must be a number" in run("check", str(edited(small, spoil)), code=2)


def test_what_is_not_stated_is_not_false(small: Path) -> None:
    def strip(document: dict[str, Any]) -> None:
        document["design"] = {key: document["design"][key] for key in ("graph", "ends")}

    assert json.loads(run("check", str(edited(small, strip)), "--json"))["stated"] == []


def test_last_digits_may_differ(small: Path) -> None:
    def nudge(document: dict[str, Any]) -> None:
        way_out = document["design"]["exits"][0]
        way_out["effective_receptive_field"] = [size + 1e-9 for size in way_out["effective_receptive_field"]]

    assert json.loads(run("check", str(edited(small, nudge)), "--json"))["holds"]


def test_a_large_field_is_written_in_full_and_holes_are_said_once(small: Path) -> None:
    def widen(document: dict[str, Any]) -> None:
        conv = nodes(document, "conv")[-1]
        conv.update(kernel=[3, 3], dilation=[10**9] * 2, padding=[[10**9] * 2] * 2)

    output = run("check", str(edited(small, widen)), code=5)
    assert "e+" not in output
    assert re.search(r"[24],000,000,0\d\d", output)
    assert "has holes" not in output
    assert "missed: not known" in output


@pytest.mark.parametrize("recorded", [True, False])
def test_stacks_of_other_names_are_said_and_the_layers_counted(small: Path, recorded: bool) -> None:  # noqa: FBT001
    def forget(document: dict[str, Any]) -> None:
        if not recorded:
            del document["problem"]

    other = small.with_name("other.toml")
    other.write_text('[[stack]]\nname = "body"\n[[exit]]\nreceptive_field = 30\n')
    path = edited(small, forget)
    document = json.loads(run("check", str(path), str(other), "--json", code=5))
    assert document["figures"]["layers"] == json.loads(small.read_text())["design"]["layers"] > 0
    assert all(row["holds"] for row in document["stated"])
    assert any("no stack body (it has trunk)" in text for text in document["remarks"])
    assert not any("states" in text for text in document["remarks"])


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
