"""`rfsolve inspect`: layer lists, designs, tables and documents."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]


def document(result: Result) -> dict:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_layer_list_as_json(rfsolve: Call) -> None:
    found = document(rfsolve("inspect", "3,2 3,2 3", "--input-size", "224", "--json"))
    assert found["schema"] == "rfsolve.inspection/1"
    assert found["input_size"] == [[224, 224]]
    assert found["outputs"] == ["3"]
    assert found["lints"] == found["diagnostics"] == []
    last = found["taps"][-1]
    assert last["receptive_field"] == [[15, 15], [15, 15]]
    assert (last["stride"], last["shape"]) == ([4, 4], [1, 1, 56, 56])
    assert last["input"] == "input"
    assert found["parameters"] == 27
    assert found["macs"] == sum(tap["macs"] for tap in found["taps"])


def test_a_fractional_stride_is_a_number(rfsolve: Call) -> None:
    found = document(rfsolve("inspect", "2,2t", "--json"))
    assert found["taps"][-1]["stride"] == [0.5, 0.5]
    assert found["macs"] is None
    assert found["input_size"] == [[None, None]]


def test_the_words_need_no_quotes(rfsolve: Call) -> None:
    assert rfsolve("inspect", "3", "3").stdout == rfsolve("inspect", "3 3").stdout


def test_the_table_of_a_layer_list(rfsolve: Call) -> None:
    lines = rfsolve("inspect", "7,2 3,2p 3x3 3,1,2:64").stdout.splitlines()
    assert lines[0].split() == ["tap", "layer", "field", "jump", "centre", "ERF", "density", "params"]
    assert [line.split()[0] for line in lines[2:6]] == ["1", "2", "3", "4"]
    assert lines[5].split()[1:6] == ["conv", "3x3", "d2", ":64", "35"]


def test_columns_are_named_alike_at_every_width(rfsolve: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (["inspect", "3 2p", "--input-size", "64"], ["--target-rf", "40"]):
        heads = set()
        for columns in ("40", "80", "200"):
            monkeypatch.setenv("COLUMNS", columns)
            heads.add(tuple(rfsolve(*words).stdout.splitlines()[0].split()))
        (head,) = heads
        assert {"field", "params"} <= set(head)


def test_a_footnote_where_the_erf_exceeds_the_field(rfsolve: Call) -> None:
    note = "4 sigma can exceed the field"
    assert note in rfsolve("inspect", "3").stdout
    assert note not in rfsolve("inspect", "2").stdout
    assert "9 parameters" in rfsolve("inspect", "3").stdout
    assert "1 parameter\n" in rfsolve("inspect", "1").stdout


def test_the_design_just_made(rfsolve: Call) -> None:
    """What `solve --json` prints reads back to the same numbers, from the whole or its graph."""
    made = rfsolve("--target-rf", "50", "--max-params", "--json").stdout
    Path("design.json").write_text(made)
    Path("graph.json").write_text(json.dumps(json.loads(made)["design"]["graph"]))
    whole = document(rfsolve("inspect", "design.json", "--json"))
    assert whole == document(rfsolve("inspect", "graph.json", "--json"))
    design = json.loads(made)["design"]
    assert whole["parameters"] == design["parameters"]
    assert whole["taps"][-1]["receptive_field"] == design["exits"][0]["receptive_field"]


def test_layers_only_unless_all_are_asked_for(rfsolve: Call) -> None:
    made = rfsolve("--target-rf", "20", "--json").stdout
    Path("d.json").write_text(made)
    layers = json.loads(made)["design"]["layers"]
    short, long = rfsolve("inspect", "d.json").stdout, rfsolve("inspect", "d.json", "--all").stdout
    assert sum("trunk." in line for line in short.splitlines()) == layers
    assert sum("trunk." in line for line in long.splitlines()) == 3 * layers
    assert "norm" not in short
    assert f"{json.loads(made)['design']['parameters']:,} parameters" in short


@pytest.mark.parametrize(("op", "word"), [("global_pool", "global"), ("unknown", "unknown")])
def test_what_has_no_window_is_said_in_words(rfsolve: Call, op: str, word: str) -> None:
    fields = {"global_pool": {"kind": "avg"}, "unknown": {"name": "mystery"}}[op]
    graph = {
        "nodes": [
            {"id": "x", "op": "input", "channels": 3, "size": [32, 32]},
            {"id": "y", "op": op, **fields},
        ],
        "edges": [{"source": "x", "target": "y", "key": 0}],
    }
    Path("g.json").write_text(json.dumps(graph))
    tap = document(rfsolve("inspect", "g.json", "--json"))["taps"][-1]
    assert (tap["status"], tap["receptive_field"]) == (word, [None, None])
    row = next(line for line in rfsolve("inspect", "g.json").stdout.splitlines() if line[:1] == "y")
    assert word in row


def test_names_are_shown_as_they_are(rfsolve: Call) -> None:
    """No markup, and nothing that moves the cursor."""
    graph = {"nodes": [{"id": "[red]\u001b[2J", "op": "input", "channels": 3, "size": [8]}], "edges": []}
    Path("g.json").write_text(json.dumps(graph))
    out = rfsolve("inspect", "g.json", "--all").stdout
    assert "[red]\\x1b[2J" in out
    assert "\x1b" not in out


def test_several_inputs(rfsolve: Call) -> None:
    graph = {
        "nodes": [
            {"id": "a", "op": "input", "channels": 3, "size": [8, 8]},
            {"id": "b", "op": "input", "channels": 3, "size": [8, 8]},
            {"id": "sum", "op": "add"},
        ],
        "edges": [
            {"source": "a", "target": "sum", "key": 0},
            {"source": "b", "target": "sum", "key": 1},
        ],
    }
    Path("g.json").write_text(json.dumps(graph))
    taps = document(rfsolve("inspect", "g.json", "--json"))["taps"]
    assert [(tap["name"], tap["input"]) for tap in taps] == [
        ("a", "a"),
        ("sum", "a"),
        ("b", "b"),
        ("sum", "b"),
    ]
    assert "sum sees of a 1 px" in rfsolve("inspect", "g.json").stdout


def test_a_long_layer_list_is_no_file_name(rfsolve: Call) -> None:
    words = ["3"] * 3000
    one = rfsolve("inspect", " ".join(words), "--json")
    assert document(one)["taps"][-1]["receptive_field"] == [[6001, 6001], [6001, 6001]]
    assert rfsolve("inspect", *words, "--json").stdout == one.stdout


def test_a_hostile_stride_is_a_remark(rfsolve: Call, tmp_path: Path) -> None:
    up = {"op": "conv_transpose", "in_channels": 1, "out_channels": 1, "kernel": [3], "stride": [2147483647]}
    graph = {
        "nodes": [{"id": "x", "op": "input", "channels": 1, "size": [8]}, {"id": "u", **up}],
        "edges": [{"source": "x", "target": "u", "key": 0}],
    }
    (tmp_path / "one.json").write_text(json.dumps(graph))
    found = document(rfsolve("inspect", "one.json", "--json"))
    assert [remark["code"] for remark in found["diagnostics"]] == ["long-period"]


def test_strides_far_longer_than_the_window(rfsolve: Call) -> None:
    assert rfsolve("inspect", " ".join(["3,65535"] * 9)).exit_code == 0
