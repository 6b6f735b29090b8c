"""What is wrong is said in one line each, without a traceback, with exit code 2."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rfsolve.cli.ending import code_of

Refused = Callable[..., list[str]]

TARGET = ("--target-rf", "30")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--target-rf", "0"), "--target-rf: 0 is too small, expected at least 1"),
        (("--target-rf", "-5"), "--target-rf: -5 is too small, expected at least 1"),
        (("--target-rf", "9" * 12), f"--target-rf: {'9' * 12} is too large, expected at most 1,000,000"),
        (("--target-rf", "abc"), "--target-rf: 'abc' is not a whole number"),
        (("--target-rf", "200x"), "--target-rf: '200x' is no size, expected 200 or 200x300"),
        (("--target-rf", "x"), "--target-rf: 'x' is not a whole number"),
        ((*TARGET, "--kernels", "3,4"), "--kernels: even kernel 4 cannot be centred, "),
        ((*TARGET, "--kernels", ""), "--kernels: empty, expected at least one value"),
        ((*TARGET, "--max-rf", "20"), "--target-rf, --max-rf: contradictory limits: min 30 is above"),
        ((*TARGET, "--max-params", "1Q"), "--max-params: '1Q' ends in the unknown suffix 'Q'; "),
        ((*TARGET, "--max-params", "abc"), "--max-params: 'abc' ends in the unknown suffix 'c'; "),
        ((*TARGET, "--widths", "abc"), "--widths: 'abc' is no width; expected 64, "),
        ((*TARGET, "--block", "foo"), "--block: unknown block 'foo', expected one of bottleneck, "),
        (("--object-size", "20:foo"), "--object-size: unknown policy 'foo', expected one of contains"),
        ((*TARGET, "--set", "x"), "--set x: expected key=value, such as guards.hole_free=false"),
        ((*TARGET, "--set", "a..b=1"), "--set a..b=1: expected key=value with a key such as"),
        ((*TARGET, "--set", "exit.stride=8"), "--set exit.stride=8: 'stride' is looked for in a list"),
        ((*TARGET, "--set", "exit[7].stride=8"), "--set exit[7].stride=8: index [7] is past the end"),
        ((*TARGET, "--set", "title.x=8"), "title: {'x': 8} is not a text"),
        ((*TARGET, "--set", "guards.hole_fre=1"), "--set guards.hole_fre: unknown key, did you mean"),
        ((*TARGET, "--set", "gards.x=1"), "gards: unknown key, did you mean guards?"),
        ((*TARGET, "--minimise", "macs"), "--minimise: counting MACs needs the input"),
        ((*TARGET, "--axes", "7"), "--axes: 7 is too large, expected at most 3"),
        ((*TARGET, "--min-layers", "5", "--max-layers", "3"), "--min-layers, --max-layers: contradict"),
        (
            (*TARGET, "--time-limit", "nan"),
            "Invalid value for '--time-limit': nan is out of range, expected more than 0",
        ),
        ((*TARGET, "--time-limit", "0"), "Invalid value for '--time-limit': 0.0 is out of range, expected more than 0"),
        ((*TARGET, "--workers", "0"), "Invalid value for '--workers': 0 is out of range, expected 1 to 256"),
        ((*TARGET, "--max-macs", "least"), "--max-macs: 'least' ends in the unknown suffix"),
        (
            (*TARGET, "--output-stride", "8", "--max-output-stride", "4"),
            "--output-stride is exact and --max-output-stride is a limit, expected one of them",
        ),
        (
            (*TARGET, "--max-params", "--minimise", "macs"),
            "--max-params without an amount minimises the parameters, which contradicts --minimise; ",
        ),
        ((*TARGET, "--max-params", "--maximise", "entropy"), "--max-params without an amount minimi"),
        (("--max-params",), "nothing to design for, expected a problem file or one of --target-rf"),
        (("nofile.toml",), "nofile.toml: no such file"),
        (("--max-params", "nofile.toml"), "nofile.toml: no such file"),
        (("/",), "/: a directory, expected a file"),
        (("/dev/zero",), "/dev/zero: larger than 4 MB, expected a small text file"),
    ],
)
def test_one_line(refused: Refused, words: tuple[str, ...], line: str) -> None:
    (said,) = refused(*words)
    assert said.startswith(line)


def test_every_mistake_of_the_options_at_once(refused: Refused) -> None:
    words = ("--kernels", "x,3,y", "--target-rf", "0", "--block", "foo", "--max-macs", "z", "--set", "q")
    assert [line.partition(":")[0] for line in refused(*words)] == [
        "--set q",
        "--kernels",
        "--kernels",
        "--block",
        "--target-rf",
        "--max-macs",
    ]


def test_every_mistake_of_a_file_at_once(refused: Refused) -> None:
    Path("p.toml").write_text(
        "[defaults]\nkernals = [3]\nstrides = []\n[[exit]]\nreceptive_field = 0\n[budget]\nmacs = '1Q'\n"
    )
    assert [line.split(":")[1] for line in refused("p.toml")] == [
        " defaults.strides",
        " defaults.kernals",
        " exit[0].receptive_field.min",
        " budget.macs",
    ]


def test_a_size_in_a_file_is_a_list(refused: Refused) -> None:
    Path("p.toml").write_text("[[exit]]\nreceptive_field = { min = '200x300' }\n")
    assert refused("p.toml") == [
        "p.toml: exit[0].receptive_field.min: '200x300' is no size, expected 200 or [200, 300]"
    ]


def test_options_over_a_file_that_is_wrong_there(refused: Refused) -> None:
    """The option has nowhere to go; the file is blamed, since that is where the mistake is."""
    Path("p.toml").write_text("exit = 5\ndefaults = 3\n")
    assert refused("p.toml", "--target-rf", "9", "--kernels", "3") == [
        "p.toml: defaults: 3 is not a table",
        "p.toml: exit: 5 is not a list",
    ]


def test_files_that_are_no_problem(refused: Refused) -> None:
    Path("broken.toml").write_text("[defaults\n")
    Path("broken.json").write_text("{")
    Path("binary.toml").write_bytes(b"\x89PNG\xff\x00")
    Path("list.json").write_text("[1]")
    Path("deep.json").write_text("[" * 100_000)
    for name, said in {
        "broken.toml": "no valid TOML: ",
        "broken.json": "no valid JSON: ",
        "binary.toml": "a binary file, expected UTF-8 text",
        "list.json": "a list, expected a table of keys",
        "deep.json": "cannot be read: ",
    }.items():
        (line,) = refused(name)
        assert line.startswith(f"{name}: {said}")


def test_an_unreadable_file(refused: Refused) -> None:
    Path("p.toml").write_text("")
    Path("p.toml").chmod(0)
    (line,) = refused("p.toml")
    assert line.startswith(("p.toml: cannot be read: Permission denied", "p.toml: exit", "nothing"))


NODES = [
    {"id": "x", "op": "input", "channels": 3, "size": [None, None]},
    {"id": "c", "op": "conv", "in_channels": 3, "out_channels": 4, "kernel": [3, 3]},
]
EDGES = [{"source": "x", "target": "c", "key": 0}]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([1], "expected an object with a design or a graph, not a list"),
        ({}, "expected a solution document with a design, or a graph document"),
        ({"design": None, "status": "infeasible"}, "holds no design (status infeasible)"),
        ({"design": 7}, "design: expected an object with a graph"),
        ({"design": {"graph": []}}, "the graph: must be an object, not list"),
        ({"schema": "other/9", "nodes": []}, "schema: expected 'rfsolve.solution/1'"),
        ({"nodes": [], "edges": []}, "the graph has no input layer"),
        ({"nodes": 3, "edges": []}, "nodes: must be a list"),
        ({"nodes": [{"id": "x", "op": "input", "channels": "3", "size": [1]}], "edges": []}, "nodes[0]"),
        ({"nodes": [{**NODES[1], "kernel": [10**30, 3]}], "edges": []}, "nodes[0].kernel"),
        ({"nodes": [{**NODES[0], "channels": 1e999}], "edges": []}, "nodes[0].channels"),
        (
            {"nodes": NODES, "edges": [*EDGES, {"source": "c", "target": "c", "key": 1}]},
            "layer 'c': is part of a cycle",
        ),
        ({"nodes": NODES, "edges": []}, "layer 'c': conv takes 1 inputs, not 0"),
    ],
)
def test_hostile_json_to_inspect(refused: Refused, document: object, said: str) -> None:
    Path("d.json").write_text(json.dumps(document))
    (line,) = refused("inspect", "d.json")
    assert said in line


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 10_000, "nul", "", '{"a": "\\ud800"}'])
def test_hostile_text_to_inspect(refused: Refused, text: str) -> None:
    Path("d.json").write_text(text)
    (line,) = refused("inspect", "d.json")
    assert line.startswith("d.json: ") or "no input" in line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("7,2 3,x",), "word 2 '3,x': expected kernel[,stride[,dilation]] such as"),
        (("3", "0"), "word 2 '0': 0 is out of range, expected 1 to 65,535"),
        (("abc",), "abc: no such file, and no layer list; expected a design or a graph in JSON"),
        (("",), "no layers; expected kernel"),
        (("missing.ONNX",), "missing.ONNX: no such file"),
        (("missing.pt2",), "missing.pt2: no such file"),
        (("bad.txt", "3 3"), "bad.txt: 2 words, expected one network; two are compared with --compare A B"),
        (("3 3", "bad.txt"), "bad.txt: 2 words, expected one network; two are compared with --compare A B"),
        (("3", "no.module:net"), "no.module:net: 2 words, expected one network"),
        (("net.pth",), "net.pth: may be a pickle, which can run code when it is loaded, so it is not opened; expected"),
        (("net.ckpt",), "net.ckpt: may be a pickle"),
        (("net.h5",), "net.h5: a Keras file is not read; expected ONNX (python -m tf2onnx.convert)"),
        (("net.safetensors",), "net.safetensors: holds weights and no layers; expected the network: .onnx, .pt2"),
        (("net.py",), "net.py: source code is not read; expected module:factory"),
        (("7,2,SAME;x",), "entry 2 'x': expected kernel,stride[,dilation][,SAME|VALID]"),
        (("7,2,SAME;0,1",), "entry 2 '0,1': 0 is out of range, expected 1 to 65,535"),
        (("1x7,2;3x3x3,1",), "entry 2 '3x3x3,1': 3 axes, expected 2, as in the entries before it"),
        (("3;3", "--input-size", "3x4x5x6"), "--input-size 3x4x5x6: expected a size such as 224 or 480x640"),
        (("9,1;9,1", "--input-size", "12"), "layer '2': the kernel is larger than the"),
        (("bad.txt",), "bad.txt: word 2 'what': expected kernel"),
        (("3 3", "--taps", "conv"), "there is no tap 'conv', expected one of input, 1, 2"),
        (("3 3", "--taps", "inputs"), "there is no tap 'inputs', did you mean input?"),
        (("3 3", "--taps", "1", "--all"), "--all and --taps: expected one of them"),
        (("3 3", "--at", "x"), "--at x: expected an output such as 17,23 (row, column), from 0 on"),
        (("3 3", "--at", "-1"), "--at -1: expected an output such as 17,23"),
        (("3 3", "--at", ""), "--at : expected an output such as 17,23"),
        (("3 3,2", "--input-size", "9x8", "--at", "4,4"), "--at 4,4: '2' has 5x4 outputs, up to 4,3"),
        (("3 3,2", "--input-size", "9x8", "--at", "9", "--taps", "1,2"), "--at 9: '1' has 9x8 outputs, up to 8,7"),
        (("3 3,2", "--input-size", "8", "--at", "4", "--json"), "--at 4: '2' has 4x4 outputs, up to 3,3"),
        (("3 3", "--at", "1,2,3"), "--at 1,2,3: 3 axes, '2' has 2"),
        (("3 3", "--object-size", "big"), "--object-size big: expected a size such as 224 or 480x640"),
        (("3x3", "--object-size", "3x4x5"), "object size 3x4x5 has 3 axes, expected 2"),
        (("3 3", "--json", "--csv"), "--json and --csv: expected one of them"),
        (("3", "3", "3", "--compare"), "--compare: 3 networks, expected two, each one word or in quotes"),
        (("3", "3", "--compare", "--csv"), "--compare: expected no --csv with it"),
        (("3", "--axes", "4"), "Invalid value for '--axes': 4 is out of range, expected 1 to 3"),
        (("p.toml",), "p.toml: a problem is no design, solve it first: rfsolve p.toml --json"),
        (("3", "--input-size", "0"), "--input-size 0: expected a size such as 224 or 480x640"),
        (("3", "--input-size", "3x4x5"), "input size 3x4x5 has 3 axes, expected 2"),
        (("9", "--padding", "valid", "--input-size", "4"), "layer '1': the kernel is larger than the"),
        (("/",), "/: a directory, expected a file"),
    ],
)
def test_what_inspect_refuses(refused: Refused, words: tuple[str, ...], line: str) -> None:
    for name in ("net.pth", "net.h5", "p.toml"):
        Path(name).write_text("")
    Path("bad.txt").write_text("3,2\nwhat # ever\n")
    if words[:3] == ("3", "--input-size", "3x4x5"):
        words = ("3x3", *words[1:])
    (said,) = refused("inspect", *words)
    assert said.startswith(line)


@pytest.mark.parametrize("name", ["missing.json", "missing.toml", "missing.onnx"])
def test_a_missing_file_is_all_that_is_said(refused: Refused, name: str) -> None:
    assert refused("inspect", name) == [f"{name}: no such file"]


def test_solve_without_words(refused: Refused) -> None:
    (said,) = refused("solve")
    assert said.startswith("nothing to design for, expected a problem file or one of --target-rf")


@pytest.mark.parametrize("size", ["0" * 5000, "9" * 5000, "200x", "", "0", "1000001", "3xq"])
def test_sizes_that_are_none(refused: Refused, size: str) -> None:
    (said,) = refused("inspect", "3", "--input-size", size)
    assert said.startswith("--input-size ")
    assert said.endswith("expected a size such as 224 or 480x640, up to 1,000,000")
    assert len(said) < 150


@pytest.mark.parametrize("words", [("solve",), ("inspect",), ("init",), ("solve", "--max-params"), ()])
def test_names_too_long_for_a_file(rfsolve: Callable[..., Result], words: tuple[str, ...]) -> None:
    result = rfsolve(*words, "solv" + "e" * 5000)
    assert result.exit_code == 2
    assert "internal" not in result.stderr
    assert "the result cannot be written" not in result.stderr


def test_an_error_of_a_file_is_not_one_of_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise FileNotFoundError(2, "No such file or directory", "some.json")

    assert code_of(work) == 2
    assert capsys.readouterr().err == "error: some.json: No such file or directory\n"
