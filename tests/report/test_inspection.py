"""`rfsolve.inspect`: what it returns, and how that shows itself."""

import json
import sys
import time
from html.parser import HTMLParser

import pytest

import rfsolve
from rfsolve import Inspection, LayerGraph, Network, inspect, open_graph
from rfsolve.errors import InputError
from rfsolve.graph import Add, Conv, GlobalPool, PoolKind, Unknown
from rfsolve.report.inspection import WIDTH

WORDS = "7,2:8 3,2p 3:8 3,1,9:8"


def two_inputs() -> LayerGraph:
    graph = LayerGraph()
    graph.input("left", channels=1, size=(16, 16))
    graph.input("right", channels=1, size=(16, 16))
    graph.add("a", Conv.uniform(1, 1, 3), "left")
    graph.add("b", Conv.uniform(1, 1, 5), "right")
    graph.add("sum", Add(), ["a", "b"])
    return graph


def test_the_readable_repr_is_the_table() -> None:
    found = inspect(WORDS, input_size=64)
    lines = repr(found).splitlines()
    assert lines[0].split()[:3] == ["tap", "layer", "field"]
    assert any(line.startswith("output") for line in lines)
    assert "gridding" in repr(found)
    assert max(map(len, lines)) <= WIDTH
    assert not [line for line in lines if line != line.rstrip()]


def test_what_it_offers() -> None:
    found = inspect(WORDS, input_size=(64, 32), object_size=40)
    assert isinstance(found, Inspection)
    assert isinstance(found.network, Network)
    assert found.graph.shapes()["input"].size == (64, 32)
    assert found.tap("1").receptive_field == ((7, 7), (7, 7))
    assert [tap.name for tap in found.outputs] == ["4"]
    assert list(found.taps) == ["input", "1", "2", "3", "4"]
    assert [group.code for group in found.lints if group.severity == "warning"] == ["gridding"]
    assert found.unchecked == ()
    assert found.diagnostics == ()


def test_to_dict_is_what_the_command_prints(rfsolve_json: dict) -> None:
    assert json.loads(json.dumps(inspect(WORDS, input_size=64).to_dict())) == rfsolve_json


@pytest.fixture
def rfsolve_json() -> dict:
    from click.testing import CliRunner  # noqa: PLC0415

    from rfsolve.cli.main import program  # noqa: PLC0415

    return json.loads(CliRunner().invoke(program, ["inspect", WORDS, "--input-size", "64", "--json"]).stdout)


def test_a_tap_by_an_alias() -> None:
    network = Network(graph=open_graph("3 3"), aliases={"layer1": "2", "layer1.0": "2"})
    found = inspect(network)
    assert found.tap("layer1") is found.tap("2")
    (tap,) = inspect(network, taps="layer1").to_dict()["taps"]
    assert (tap["name"], tap["node"], tap["aliases"]) == ("layer1", "2", ["layer1", "layer1.0"])
    assert [tap["name"] for tap in inspect(network, taps="layer*").to_dict()["taps"]] == ["layer1"]
    assert "layer1" not in repr(found)


def test_a_stage_has_its_shortest_name() -> None:
    network = Network(graph=open_graph("3 3,2 3"), aliases={"stem": "1", "s": "1", "a.long.name": "3"})
    graph = network.graph
    graph.add("block.relu", Conv.uniform(1, 1, 1), "3")
    named = Network(graph=graph, aliases={"block": "block.relu"})
    assert [line.split()[0] for line in repr(inspect(named, taps="stages")).splitlines()[2:4]] == ["1", "block"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("layer", r"there is no tap 'layer', did you mean layer1\?"),
        ("zzz", "there is no tap 'zzz', expected one of input, 1, 2, .."),
    ],
)
def test_a_name_that_there_is_not(name: str, said: str) -> None:
    found = inspect(Network(graph=open_graph("3 3"), aliases={"layer1": "2"}))
    with pytest.raises(InputError, match=said):
        found.tap(name)


def test_several_inputs() -> None:
    found = inspect(two_inputs())
    assert [(tap.name, tap.receptive_field[0]) for tap in found.outputs] == [("sum", (3, 3)), ("sum", (5, 5))]
    assert found.tap("b").receptive_field[0] == (5, 5)
    assert found.tap("sum", source="right").receptive_field[0] == (5, 5)
    with pytest.raises(InputError, match="there is no input 'sum', expected left or right"):
        found.tap("a", source="sum")
    with pytest.raises(InputError, match="'a' does not depend on an input that is looked at"):
        found.tap("a", source="right")
    assert found.to_dict()["inputs"] == ["left", "right"]


def test_a_data_frame() -> None:
    pandas = pytest.importorskip("pandas")
    frame = inspect(WORDS, input_size=64, taps=["4", "1"]).to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.tap) == ["4", "4", "1", "1"]
    assert frame[frame.tap == "1"].field_max.tolist() == [7, 7]


def test_a_data_frame_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="a data frame needs pandas, install it: pip install pandas"):
        inspect("3").to_frame()


class Tags(HTMLParser):
    """Whether every tag is closed, and what is between them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:  # noqa: ARG002
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def test_html_says_the_same_and_escapes_every_name() -> None:
    graph = LayerGraph()
    graph.input("x<script>alert(1)</script>", channels=1, size=(16, 16))
    graph.add("<img src=x onerror=alert(1)>&", Conv.uniform(1, 1, 3, dilation=2), "x<script>alert(1)</script>")
    found = inspect(graph, object_size=9)
    tags = Tags()
    tags.feed(found._repr_html_())
    assert not tags.open
    assert tags.seen == {"div", "table", "thead", "tbody", "tr", "th", "td"}
    assert "<img src=x onerror=alert(1)>&" in tags.text
    assert "field-smaller-than-object" in tags.text
    for word in ("field", "ERF", "conv 3x3 d2 :1", "holds 9 px"):
        assert word in tags.text


@pytest.mark.parametrize("size", [0, -3, (), (1, 2, 3, 4), "224", 2.5, True, (64, None)])
def test_sizes_that_are_none(size: object) -> None:
    with pytest.raises(InputError, match=r"input_size: .* is no size, expected pixels such as 224"):
        inspect("3", input_size=size)


def test_the_public_names() -> None:
    assert {"Inspection", "inspect", "Network", "open_network"} <= set(rfsolve.__all__)


def test_a_module_of_torch_is_inspected_where_it_is() -> None:
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, 2, 1), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 3, 2, 1))
    found = inspect(net, input_size=(32, 64))
    assert found.tap("2").receptive_field == ((7, 7), (7, 7))
    assert found.totals["2"].parameters == sum(one.numel() for one in net.parameters())
    assert found.graph.shapes()["2"].size == (8, 16)


def test_an_axis_that_is_global_beside_one_that_is_not() -> None:
    """A pool over the width only: the height keeps its number."""
    graph = LayerGraph()
    graph.input("x", channels=1, size=(16, 32))
    graph.add("a", Conv.uniform(1, 1, 3), "x")
    graph.add("rows", GlobalPool(kind=PoolKind.AVG, axes=(1,)), ["a"])
    text = " ".join(repr(inspect(graph, object_size=9)).split())
    assert "output rows sees 3xglobal px" in text
    assert "rows 3xglobal no" in text
    tap = inspect(graph).to_dict()["taps"][-1]
    assert tap["metrics"]["influence"] == "partial"
    assert tap["reasons"]["influence"] == "it sees the whole input, whatever its size"


def test_windows_of_one_size_only_promise_nothing_for_another() -> None:
    """Behind a merge of unlike strides there are no tiles and no smallest input."""
    graph = LayerGraph()
    graph.input("x", channels=1, size=(16,))
    graph.add("half", Conv.uniform(1, 1, 3, stride=2, axes=1), "x")
    graph.add("short", Conv(in_channels=1, out_channels=1, kernel=(9,)), "x")
    graph.add("sum", Add(), ["half", "short"])
    graph.add("out", Conv.uniform(1, 1, 3, axes=1), "sum")
    tap = inspect(graph).to_dict()["taps"][-1]
    assert tap["smallest_input"] == [None]
    assert tap["tiles"] == {"unavailable": "'sum' merges branches that advance by different strides"}
    assert "tiles none: 'sum' merges branches" in " ".join(repr(inspect(graph)).split())


def test_remarks_alike_are_one_line() -> None:
    """Twenty operations of one kind that are not known: one line with the first names."""
    graph = LayerGraph()
    graph.input("x", channels=1, size=(16,))
    for number in range(20):
        graph.add(f"u{number}", Unknown(name="Sort", size=(16,)), ["x"])
    text = repr(inspect(graph))
    assert text.count("unknown-operation") == 1
    assert "u0, u1, u2 and 17 more: it is not known what 'Sort' reads" in " ".join(text.split())
    assert len(inspect(graph).diagnostics) == 20


def test_documents_are_linear_in_the_nodes() -> None:
    """4,000 nodes: half a second of processor time; asked node by node for the outputs it would be minutes."""
    graph = LayerGraph()
    here = graph.input("x", channels=1, size=(64,))
    for number in range(4000):
        here = graph.add(f"c{number}", Conv.uniform(1, 1, 3, axes=1), here)
    found = inspect(graph)
    start = time.process_time()
    assert len(found.to_dict()["taps"]) == 4001
    assert time.process_time() - start < 15
