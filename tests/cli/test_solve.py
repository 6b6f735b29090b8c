"""`rfsolve solve`: what the options mean, laid over a file."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rfsolve.formats.node_link import from_node_link
from rfsolve.graph import costs
from rfsolve.space import option_values as values
from rfsolve.space.problem_table import PathError, ProblemTable, keys_of

Call = Callable[..., Result]

PROBLEM = """
[defaults]
kernels = [3]
widths = 16
[[stack]]
name = "a"
kernels = [5]
layers = { min = 1, max = 4 }
[[stack]]
name = "b"
[[exit]]
after = "a"
receptive_field = 9
[[exit]]
after = "b"
receptive_field = { min = 20, max = 40 }
stride = 2
[budget]
parameters = "1M"
[objective]
minimise = ["layers"]
"""


def solved(result: Result) -> dict:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_the_main_job(rfsolve: Call) -> None:
    result = rfsolve("--target-rf", "200", "--max-params")
    assert result.exit_code == 0
    assert "proven optimal: 227,488 parameters" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_the_main_job_as_json(rfsolve: Call) -> None:
    document = solved(rfsolve("--target-rf", "200", "--max-params", "--json"))
    assert document["schema"] == "rfsolve.solution/1"
    assert document["status"] == "optimal"
    assert document["objective"] == {
        "name": "parameters",
        "maximise": False,
        "value": 227488,
        "bound": 227488,
        "gap": 0,
    }
    (way_out,) = document["design"]["exits"]
    assert min(min(way_out["receptive_field"])) >= 200
    assert way_out["stride"] == [1, 1]
    assert document["design"]["layers"] == 25
    assert set(document["seconds"]) == {"build", "solve", "check", "explain", "total"}
    graph = from_node_link(document["design"]["graph"])
    assert costs.parameters(graph) == document["design"]["parameters"] == 227488


def test_a_budget(rfsolve: Call) -> None:
    document = solved(rfsolve("--target-rf", "200", "--max-params", "1M", "--json"))
    assert document["objective"]["value"] == 227488


@pytest.mark.parametrize(
    "words",
    [
        ["--max-params", "--json", "--target-rf", "20"],
        ["--target-rf", "20", "--json", "--max-params"],
        ["--json", "--target-rf", "20", "--max-params", "p.toml"],
        ["p.toml", "--json", "--target-rf", "20", "--max-params"],
        ["solve", "--json", "--target-rf", "20", "--max-params=least", "p.toml"],
    ],
)
def test_bare_max_params_stands_anywhere(rfsolve: Call, words: list[str]) -> None:
    """Before an option, last, and before the problem's file."""
    Path("p.toml").write_text('[budget]\nparameters = 3\n[objective]\nminimise = "layers"\n')
    document = solved(rfsolve(*words))
    assert [one["name"] for one in document["objectives"]] == ["parameters"]
    assert document["objective"]["value"] == 21024


def test_three_3x3_are_cheaper_than_one_7x7(rfsolve: Call) -> None:
    words = ["--target-rf", "7", "--max-rf", "7", "--kernels", "3,7", "--widths", "1", "--json"]
    words += ["--in-channels", "1", "--norm", "none", "--strides", "1", "--dilations", "1"]
    words += ["--set", "defaults.bias=false"]
    assert solved(rfsolve(*words))["objective"]["value"] == 27
    assert solved(rfsolve(*words, "--kernels", "7"))["objective"]["value"] == 49


def test_options_win_over_the_file(rfsolve: Call) -> None:
    Path("p.toml").write_text(PROBLEM)
    document = solved(rfsolve("p.toml", "--kernels", "3", "--target-rf", "21", "--output-stride", "4", "--json"))
    first, last = document["design"]["exits"]
    assert first["receptive_field"][0][0] >= 9
    assert last["receptive_field"][0][0] >= 21
    assert last["stride"] == [4, 4]
    convolutions = [node for node in document["design"]["graph"]["nodes"] if node["op"] == "conv"]
    assert {tuple(node["kernel"]) for node in convolutions} == {(3, 3)}
    assert document["objective"]["name"] == "layers"


def test_one_row_per_layer_and_a_line_per_stack_and_exit(rfsolve: Call) -> None:
    Path("p.toml").write_text(PROBLEM)
    lines = rfsolve("p.toml").stdout.splitlines()
    assert {"stack a", "-> exit a.out", "stack b", "-> exit b.out"} <= set(lines)
    layers = solved(rfsolve("p.toml", "--json"))["design"]["layers"]
    assert sum(" conv " in line for line in lines) == layers


def test_several_objectives(rfsolve: Call) -> None:
    words = ["--target-rf", "40", "--input-size", "32x48", "--minimise", "macs,parameters"]
    document = solved(rfsolve(*words, "--json"))
    assert [one["name"] for one in document["objectives"]] == ["macs", "parameters"]
    assert "then      proven optimal" in rfsolve(*words).stdout


def test_axes_are_told_from_the_target(rfsolve: Call) -> None:
    document = solved(rfsolve("--target-rf", "5x9x9", "--kernels", "3,1x3x3", "--json"))
    fields = document["design"]["exits"][0]["receptive_field"]
    assert [low >= least for (low, _), least in zip(fields, (5, 9, 9), strict=True)] == [True] * 3


def test_set_reaches_every_key(rfsolve: Call) -> None:
    document = solved(
        rfsolve(
            "--target-rf",
            "40",
            "--json",
            *("--set", "guards.hole_free=false", "--set", "exit[0].stride=4"),
            *("--set", "defaults.layers.max=20", "--set", "defaults.block=residual"),
        )
    )
    assert document["design"]["exits"][0]["stride"] == [4, 4]
    assert "guards.hole_free" not in [guard["name"] for guard in document["guards"]]
    assert any(node["op"] == "add" for node in document["design"]["graph"]["nodes"])


def test_guards_that_shaped_the_answer_are_named(rfsolve: Call) -> None:
    out = rfsolve("--target-rf", "200").stdout
    assert "hole-free shaped the answer: 208,928 parameters without it" in out
    said = " ".join(out.split())
    assert re.search(r"also on: output stride <= 32( \(effect not settled\))?, odd kernels, dilation <= 8", said)


def test_infeasible_names_the_change_that_would_do(rfsolve: Call) -> None:
    result = rfsolve("--target-rf", "200", "--max-params", "100k")
    assert result.exit_code == 3
    text = " ".join(result.stdout.split())
    assert "cannot hold together: --target-rf (receptive field >= 200); --max-params" in text
    assert "parameters <= 227,488, in place of --max-params (parameters <= 100,000)" in text


def test_infeasible_as_json(rfsolve: Call) -> None:
    result = rfsolve("--target-rf", "200", "--max-params", "100k", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["status"], document["design"]) == (3, "infeasible", None)
    assert document["conflicts"] == [["--target-rf", "--max-params"]]
    assert document["relaxations"][1]["nearest"] == "parameters <= 227,488"


def test_a_stride_that_cannot_be_reached(rfsolve: Call) -> None:
    result = rfsolve("--target-rf", "100", "--strides", "1,2", "--output-stride", "6")
    assert result.exit_code == 3
    assert "--output-stride (stride = 6) cannot be met with the choices on offer" in result.stdout
    assert "1, 2 on offer make 1, 2, 4, 8, ...\n" in result.stdout


def test_a_budget_of_the_file_is_lifted(rfsolve: Call) -> None:
    Path("p.toml").write_text(
        "[input]\nsize = 64\n[[exit]]\nreceptive_field = 20\n[budget]\nparameters = 3\nmacs = 3\n"
    )
    assert rfsolve("p.toml").exit_code == 3
    assert rfsolve("p.toml", "--max-params", "none").exit_code == 3
    assert rfsolve("p.toml", "--max-params", "none", "--max-macs", "none").exit_code == 0


def test_values_that_cannot_be_parsed_stay_text() -> None:
    assert values.per_axis("200x300") == [200, 300]
    assert values.per_axis("1xx") == "1xx"
    assert values.domain("3, 1x7,y") == [3, [1, 7], "y"]
    assert values.domain(" ") == []
    assert values.object_size("20.5:lffd") == {"value": 20.5, "policy": "lffd"}
    assert values.toml_value("[1, 2]") == [1, 2]
    assert values.toml_value("residual") == "residual"
    assert values.toml_value("1\nother = 2") == "1\nother = 2"
    assert values.toml_value("[" * 5000) == "[" * 5000


def test_paths() -> None:
    assert keys_of("exit[0].stride") == ["exit", 0, "stride"]
    for path in ("", "a.", "a[x]", "[0]", "a b", "a[99999]"):
        with pytest.raises(PathError):
            keys_of(path)


@pytest.mark.parametrize(
    ("option", "setting"),
    [
        ("--target-rf=20", "exit[0].receptive_field.min=3"),
        ("--target-rf=20", "exit[0].receptive_field=3"),
        ("--target-rf=20", "exit[0].receptive_field.exact=3"),
        ("--target-rf=20", "exit[0]={receptive_field=3}"),
        ("--output-stride=2", "exit[0].stride=4"),
        ("--max-output-stride=2", "exit[0].stride.exact=4"),
        ("--max-params=1M", "budget.parameters=3"),
        ("--max-params=none", "budget.parameters=3"),
        ("--kernels=3", "defaults.kernels=[5]"),
        ("--max-layers=3", "defaults.layers=9"),
        ("--minimise=layers", 'objective.minimise=["parameters"]'),
    ],
)
def test_two_names_of_one_key_are_refused(option: str, setting: str, refused: Callable[..., list[str]]) -> None:
    """Neither is dropped without a word."""
    target = [] if option.startswith("--target-rf") else ["--target-rf", "9"]
    errors = refused(*target, option, "--set", setting)
    path, name = setting.partition("=")[0], option.partition("=")[0]
    assert errors == [f"--set {path}: sets what {name} sets too, expected one of them"]


def test_two_settings_of_one_key_are_refused(refused: Callable[..., list[str]]) -> None:
    errors = refused("--set", "exit[0].stride=8", "--set", "exit[0].stride.exact=4", "--target-rf", "9")
    assert errors == ["--set exit[0].stride.exact: sets what --set exit[0].stride sets too, expected one of them"]


def test_settings_beside_options_and_over_a_file(rfsolve: Call) -> None:
    """What is more exact than an option, beside it, or over the file, is no second name of its key."""
    Path("p.toml").write_text(PROBLEM, encoding="utf-8")
    words = ("p.toml", "--kernels", "3", "--target-rf", "25", "--max-layers", "9")
    more = ("stack[0].kernels=[5]", "exit[1].receptive_field.max=45", "exit[1].stride=4", "exit[0].receptive_field=7")
    result = rfsolve(*words, *(word for setting in more for word in ("--set", setting)))
    assert result.exit_code == 0, result.stderr


def test_a_limit_takes_the_place_of_what_it_contradicts() -> None:
    table = ProblemTable({"exit": [{"receptive_field": 200, "stride": {"exact": 8}}]})
    table.put("exit[0].receptive_field.max", 300, "--max-rf")
    table.put("exit[0].stride.max", 16, "--max-output-stride")
    assert table.table["exit"] == [{"receptive_field": {"min": 200, "max": 300}, "stride": {"max": 16}}]
    assert next(iter(table.origins)) == "exit[0].receptive_field.max"
