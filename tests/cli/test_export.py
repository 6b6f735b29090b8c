"""`rfsolve export`: drawings on stdout and in files."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rfsolve.cli.export import TARGETS
from rfsolve.formats import to_node_link
from rfsolve.formats.dot import to_dot
from rfsolve.formats.mermaid import to_mermaid
from rfsolve.formats.opening import analyses, open_graph
from tests.golden import networks

Call = Callable[..., Result]
Refused = Callable[..., list[str]]
Process = Callable[..., "subprocess.CompletedProcess[str]"]

WRITERS = {"dot": to_dot, "mermaid": to_mermaid}


@pytest.mark.parametrize("target", WRITERS)
def test_a_layer_list_on_stdout(rfsolve: Call, target: str) -> None:
    """The document and nothing else, with what every layer sees."""
    result = rfsolve("export", "7,2 3,2p", "3x3", "--to", target)
    graph = open_graph("7,2 3,2p 3x3")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == WRITERS[target](graph, analyses=analyses(graph))
    assert "field 19 px, jump 4" in result.stdout


def test_the_options_of_inspect_say_what_a_list_leaves_open(rfsolve: Call) -> None:
    words = ["--axes", "1", "--input-size", "640", "--padding", "causal", "--in-channels", "3"]
    out = rfsolve("export", "3,2", "--to", "dot", *words).stdout
    assert r'"input\n3 channels of 640"' in out
    assert r'"1\nconv 3 s2, 3 channels\nfield 3 px, jump 2"' in out


@pytest.mark.parametrize("target", WRITERS)
def test_a_graph_in_a_file(rfsolve: Call, target: str) -> None:
    """As it is, or inside of a solution; --all draws every node."""
    graph = networks.mobilenet_v1()
    Path("g.json").write_text(json.dumps(to_node_link(graph)))
    Path("s.json").write_text(json.dumps({"design": {"graph": to_node_link(graph)}}))
    short = rfsolve("export", "g.json", "--to", target).stdout
    assert short == rfsolve("export", "s.json", "--to", target).stdout
    assert short == WRITERS[target](graph, analyses=analyses(graph))
    whole = rfsolve("export", "g.json", "--to", target, "--all").stdout
    assert whole == WRITERS[target](graph, analyses=analyses(graph), every_node=True)


@pytest.mark.parametrize("option", ["-o", "--output"])
def test_a_file_holds_what_stdout_would_show(rfsolve: Call, option: str) -> None:
    made = rfsolve("export", "3 3", "--to", "dot", option, "net.dot")
    assert (made.exit_code, made.stdout, made.stderr) == (0, "", "wrote net.dot\n")
    assert Path("net.dot").read_text(encoding="utf-8") == rfsolve("export", "3 3", "--to", "dot").stdout
    assert [path.name for path in Path().iterdir()] == ["net.dot"]


def test_a_dash_is_stdout(rfsolve: Call) -> None:
    words = ("export", "3", "--to", "mermaid")
    assert rfsolve(*words, "-o", "-").stdout == rfsolve(*words).stdout
    assert not list(Path().iterdir())


def test_nothing_is_overwritten_unless_forced(rfsolve: Call, refused: Refused) -> None:
    Path("net.dot").write_text("mine")
    words = ("export", "3", "--to", "dot", "-o", "net.dot")
    assert refused(*words) == ["net.dot: exists already, expected a new file or --force"]
    assert Path("net.dot").read_text() == "mine"
    assert rfsolve(*words, "--force").exit_code == 0
    assert Path("net.dot").read_text().startswith("digraph {")


def test_a_file_is_written_whole_or_not_at_all(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    Path("net.dot").write_text("mine")
    monkeypatch.setattr(Path, "replace", full)
    said = refused("export", "3", "--to", "dot", "-o", "net.dot", "--force")
    assert said == ["net.dot: cannot be written: No space left on device"]
    assert [(path.name, path.read_text()) for path in Path().iterdir()] == [("net.dot", "mine")]


def test_where_no_file_can_be(refused: Refused) -> None:
    words = ("export", "3", "--to", "dot", "-o")
    assert refused(*words, "/") == ["/: a directory, expected a file"]
    assert refused(*words, "no/such/net.dot") == ["no/such/net.dot: cannot be written: No such file or directory"]
    assert refused(*words, "a" * 300) == [f"{'a' * 300}: cannot be written: File name too long"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["3"], f"Missing option '--to'. Choose from: {', '.join(TARGETS)}"),
        (["3", "--to", "svg"], f"Invalid value for '--to': 'svg' is not one of {', '.join(map(repr, TARGETS))}."),
        (["--to", "dot"], "Missing argument 'MODEL...'."),
        (["7,2 3;3", "--to", "dot"], "entry 1 '7,2 3': expected kernel"),
        (["none.json", "--to", "dot"], "none.json: no such file"),
        (["3", "--to", "dot", "--input-size", "big"], "--input-size big: expected a size such as"),
        (["9", "--to", "dot", "--input-size", "4", "--padding", "valid"], "layer '1': the kernel is larger"),
        (["3", "--to", "dot", "--axes", "4"], "Invalid value for '--axes': 4 is out of range"),
    ],
)
def test_what_is_wrong_is_one_line(refused: Refused, words: list[str], said: str) -> None:
    (line,) = refused("export", *words)
    assert line.startswith(said)


def test_a_graph_without_an_input_is_refused(refused: Refused) -> None:
    Path("g.json").write_text('{"nodes": [], "edges": []}')
    assert refused("export", "g.json", "--to", "dot") == ["the graph has no input layer"]


def test_names_that_no_file_can_hold(rfsolve: Call) -> None:
    """A lone surrogate is valid JSON and no UTF-8: it is written out."""
    graph = {"nodes": [{"id": "\ud800\u001b[2J", "op": "input", "channels": 3, "size": [8]}], "edges": []}
    Path("g.json").write_text(json.dumps(graph))
    for target in WRITERS:
        assert rfsolve("export", "g.json", "--to", target, "-o", target).exit_code == 0
        assert "ud800" in Path(target).read_text(encoding="utf-8")
        assert "\x1b" not in rfsolve("export", "g.json", "--to", target).stdout


def test_a_long_network_is_drawn_in_time(process: Process) -> None:
    done = process("export", *["3"] * 3000, "--to", "mermaid")
    assert done.returncode == 0
    assert done.stdout.count("-->") == 3000


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom rfsolve.cli.main import program\n"
        "try:\n    program.main(['export', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "--force" in done.stdout
    assert not {"ortools", "numpy", "networkx", "pydantic", "rich"} & set(done.stderr.split())
