"""DOT and Mermaid: every graph can be drawn, with its nodes, its lines and its names as they are.

The documents are read back by two small readers that know the grammars, and nothing of the writers.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.formats.dot import to_dot
from rfsolve.formats.drawing import visible
from rfsolve.formats.mermaid import to_mermaid
from rfsolve.formats.opening import analyses
from rfsolve.graph import (
    VOCABULARY,
    Activation,
    Add,
    Conv,
    Dropout,
    Global,
    Layer,
    LayerGraph,
    Norm,
    NormKind,
    Unknown,
)
from tests.golden import networks
from tests.oracle.random_graphs import grow
from tests.oracle.vocabulary import LAYERS, graph_of


@dataclass
class Read:
    """What a drawing says: labels by node, outlines, clusters by title, lines in order."""

    labels: dict[str, list[str]] = field(default_factory=dict)
    outlines: dict[str, str] = field(default_factory=dict)
    clusters: dict[str, list[str]] = field(default_factory=dict)
    wires: list[tuple[str, str]] = field(default_factory=list)
    shared: list[tuple[str, str]] = field(default_factory=list)

    def label(self, name: str) -> list[str]:
        (label,) = [lines for lines in self.labels.values() if lines[0] == name]
        return label


# DOT

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\[^\n])*"|[A-Za-z_]\w*|->|[{}\[\]=;,])')
ESCAPE = re.compile(r"\\(.)|&(\w*;?)")


def tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text.rstrip()):
        found = TOKEN.match(text, at)
        assert found, text[at : at + 40]
        yield found[1]
        at = found.end()


def statements(text: str) -> Iterator[list[str]]:
    """The statements of a digraph: split at semicolons and braces."""
    statement: list[str] = []
    for sign in tokens(text):
        if sign not in {";", "{", "}"}:
            statement.append(sign)
            continue
        assert sign == ";" or bool(statement) == (sign == "{")
        yield [*statement, sign] if sign != ";" else statement
        statement = []
    assert not statement


def attributes(words: list[str]) -> dict[str, str]:
    assert (words[0], words[-1]) == ("[", "]")
    listed = words[1:-1]
    assert all(listed[i + 1] == "=" and listed[i + 3 : i + 4] in ([], [","]) for i in range(0, len(listed), 4))
    return {listed[i]: listed[i + 2] for i in range(0, len(listed), 4)}


def quoted(token: str) -> str:
    """As Graphviz's scanner reads it: only an escaped quote means something else than it says."""
    assert token[0] == token[-1] == '"'
    return re.sub(r'\\(["\\])', lambda found: '"' if found[1] == '"' else r"\\", token[1:-1])


def name_in(token: str) -> str:
    """The name that the ID stands for: the escapes of a Python string."""
    return re.sub(
        r"\\(\\|[nrt]|x..|u....|U.{8})", lambda found: found[0].encode().decode("unicode_escape"), quoted(token)
    )


def label_in(token: str) -> list[str]:
    r"""The lines of a label; nothing that Graphviz would replace (\N, \G, &lt;) may be left in it."""
    lines, at, text = [""], 0, quoted(token)
    for found in ESCAPE.finditer(text):
        lines[-1] += text[at : found.start()]
        assert found[0] in {r"\\", r"\n", "&amp;"}, found[0]
        if found[0] == r"\n":
            lines.append("")
        else:
            lines[-1] += "\\" if found[0] == r"\\" else "&"
        at = found.end()
    lines[-1] += text[at:]
    return lines


def read_dot(text: str) -> Read:
    read = Read()
    open_braces: list[str] = []
    for words in statements(text):
        if words[-1] == "{":
            assert words[0] == ("subgraph" if open_braces else "digraph")
            assert len(open_braces) < 2
            open_braces.append("".join(words[1:-1]))
        elif words == ["}"]:
            open_braces.pop()
        elif words[:2] == ["label", "="]:
            (title,) = label_in(words[2])
            read.clusters[title] = inside = []
        elif words[1] == "->":
            dashed = "style" in (attributes(words[3:]) if words[3:] else {})
            (read.shared if dashed else read.wires).append((name_in(words[0]), name_in(words[2])))
        elif words[0] not in {"node", "graph"}:
            name, values = name_in(words[0]), attributes(words[1:])
            assert name not in read.labels
            read.labels[name], read.outlines[name] = label_in(values["label"]), values.get("shape", "box")
            if len(open_braces) > 1:
                inside.append(name)
    assert not open_braces
    return read


# Mermaid

NODE = re.compile(r'(n\d+)(\(\[|\[|\{\{)"([^"]*)"(\]\)|\]|\}\})')
CLUSTER = re.compile(r'subgraph (g\d+) \["([^"]*)"\]')
LINE = re.compile(r"(n\d+) (-->|-\.-\|\"same weights\"\|) (n\d+)")
OUTLINES = {"([": "oval", "[": "box", "{{": "hexagon"}
ENTITY = re.compile(r"#(quot|\d+);")


def lines_in(label: str) -> list[str]:
    """The lines of a label, of which every character that is not plain must be an entity."""
    read = []
    for line in label.split("<br/>"):
        assert re.fullmatch(r"[\w ,.-]*", ENTITY.sub("", line)), line
        text = ENTITY.sub(lambda found: '"' if found[1] == "quot" else chr(int(found[1])), line)
        assert not re.search(r"\\[nN]|\$\$|fa:fa|ﬂ°|¶ß", text), text
        read.append(text.replace("\u2060", ""))
    return read


def read_mermaid(text: str) -> Read:
    """By the ids of the document; `-->` in order of writing."""
    read = Read()
    head, *lines = text.splitlines()
    assert head == "flowchart TD"
    inside: list[str] | None = None
    for line in map(str.strip, lines):
        if node := NODE.fullmatch(line):
            assert node[1] not in read.labels
            read.labels[node[1]], read.outlines[node[1]] = lines_in(node[3]), OUTLINES[node[2]]
            assert node[4] == {"([": "])", "[": "]", "{{": "}}"}[node[2]]
            if inside is not None:
                inside.append(node[1])
        elif cluster := CLUSTER.fullmatch(line):
            assert inside is None
            (title,) = lines_in(cluster[2])
            read.clusters[title] = inside = []
        elif line == "end":
            inside = None
        else:
            joined = LINE.fullmatch(line)
            assert joined, line
            (read.wires if joined[2] == "-->" else read.shared).append((joined[1], joined[3]))
    assert {end for pair in (*read.wires, *read.shared) for end in pair} <= set(read.labels)
    return read


def both(graph: LayerGraph, **how: object) -> Read:
    """What the DOT document says, when the Mermaid document says the same."""
    dot, mermaid = read_dot(to_dot(graph, **how)), read_mermaid(to_mermaid(graph, **how))
    names = dict(zip(mermaid.labels, dot.labels, strict=True))
    assert list(mermaid.labels.values()) == list(dot.labels.values())
    assert [names[one] for one in mermaid.outlines] == list(dot.outlines)
    assert list(mermaid.outlines.values()) == list(dot.outlines.values())
    assert {title: [names[one] for one in ones] for title, ones in mermaid.clusters.items()} == dot.clusters
    assert [(names[a], names[b]) for a, b in mermaid.wires] == dot.wires
    assert [(names[a], names[b]) for a, b in mermaid.shared] == dot.shared
    return dot


def chain(*layers: tuple[str, Layer], channels: int = 4) -> LayerGraph:
    graph = LayerGraph()
    here = graph.input("x", channels=channels, size=(16, 16))
    for name, layer in layers:
        here = graph.add(name, layer, [here])
    return graph


def conv(width: int = 4, kernel: int = 3, **more: int) -> Conv:
    return Conv.uniform(4, width, kernel, **more)


BATCH = Norm(kind=NormKind.BATCH, channels=4)
RELU = Activation(kind="relu")
OPAQUE = [Global(name="attention"), Unknown(name="what")]


@pytest.mark.parametrize("layer", [*LAYERS, *OPAQUE])
@pytest.mark.parametrize("every_node", [False, True])
def test_every_operation_can_be_drawn(layer: Layer, every_node: bool) -> None:  # noqa: FBT001 - a parameter
    graph = graph_of(layer)
    for found in ((), analyses(graph)):
        read = both(graph, analyses=found, every_node=every_node)
        assert set(read.labels) == set(graph.nodes)
        assert len(read.label("y")) == (3 if found else 2)
        assert read.label("y")[1]


def test_no_operation_is_left_out() -> None:
    assert {layer.op for layer in [*LAYERS, *OPAQUE]} | {"input"} == set(VOCABULARY)


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_all_nodes_and_all_lines_in_slot_order(seed: int) -> None:
    graph = grow(seed).graph
    read = both(graph, analyses=analyses(graph), every_node=True)
    assert set(read.labels) == set(graph.nodes)
    for name in graph.nodes:
        assert tuple(source for source, target in read.wires if target == name) == graph.inputs(name)
        assert read.labels[name][0] == name


NETWORKS = [networks.mobilenet_v1, lambda: networks.unet(2), networks.lffd, lambda: networks.tcn(3, 3)]


@pytest.mark.parametrize("make", [*NETWORKS, networks.aspp_resnet101])
def test_folding_takes_nothing_away(make: object) -> None:
    """A line between two boxes is a path through folded layers; each layer is in one box, with its words."""
    graph = make()
    read = both(graph)
    hidden = [name for name in graph.nodes if name not in read.labels]
    assert {graph.layer(name).op for name in hidden} <= {"norm", "activation"}
    said = sum(len(label[2].split(", ")) for label in read.labels.values() if len(label) > 2)
    assert said == len(hidden)

    def box(name: str) -> str:
        return name if name in read.labels else box(graph.inputs(name)[0])

    lines = [(box(source), name) for name in read.labels for source in graph.inputs(name)]
    assert Counter(read.wires) == Counter(lines)


def test_a_layer_is_folded_into_what_it_alone_reads() -> None:
    graph = chain(("c", conv()), ("c.norm", BATCH), ("c.relu", RELU), ("c.drop", Dropout(rate=0.1)))
    assert both(graph).label("c") == ["c", "conv 3x3, 4 channels", "batch norm, relu, dropout 0.1"]
    assert set(both(graph, every_node=True).labels) == set(graph.nodes)


def test_a_layer_is_not_folded_where_a_branch_starts_before_it() -> None:
    """Pre-activation: the shortcut carries what the norm reads, not what it makes."""
    graph = chain(("c", conv()), ("norm", BATCH), ("d", conv()))
    graph.add("sum", Add(), ["d", "c"])
    assert both(graph).wires == [("x", "c"), ("c", "norm"), ("norm", "d"), ("d", "sum"), ("c", "sum")]


def test_nothing_is_folded_into_an_input() -> None:
    assert both(chain(("norm", BATCH), ("c", conv()))).wires == [("x", "norm"), ("norm", "c")]


def test_a_box_sees_what_its_last_layer_sees() -> None:
    instance = Norm(kind=NormKind.INSTANCE, channels=4)
    graph = chain(("c", conv(stride=2)), ("norm", instance), ("d", conv(dilation=3)))
    read = both(graph, analyses=analyses(graph))
    assert read.label("c")[2:] == ["instance norm", "field global, jump 2"]


def test_what_a_box_says() -> None:
    layer = Conv(in_channels=4, out_channels=64, kernel=(3, 5), stride=(2, 2), dilation=(4, 1), padding=((4, 4),) * 2)
    graph = chain(("stem", layer))
    graph.output("exit", "stem")
    read = both(graph, analyses=analyses(graph, (32, 64)))
    assert read.label("x") == ["x", "4 channels of 32x64"]
    assert read.label("stem") == ["stem", "conv 3x5 s2 d4x1, 64 channels", "field 9x5 px, jump 2"]
    assert read.outlines == {"x": "oval", "exit": "hexagon", "stem": "box"}


def test_two_inputs_are_told_apart() -> None:
    graph = LayerGraph()
    for name in "ab":
        graph.input(name, channels=4, size=(8, 8))
    graph.add("sum", Add(), ["a", graph.add("c", conv(), ["b"])])
    read = both(graph, analyses=analyses(graph))
    assert read.label("sum") == ["sum", "add", "field of a 1 px, jump 1", "field of b 3 px, jump 1"]
    assert read.label("c")[2:] == ["field of b 3 px, jump 1"]


def test_a_stack_is_a_cluster() -> None:
    """The ends are outside, and so is a name that stands alone; the name of a stack itself is inside."""
    graph = chain(*((name, conv()) for name in ("stem.conv", "trunk.1.conv", "trunk.2.conv", "trunk", ".a", ".b")))
    graph.output("trunk.exit", ".b")
    assert both(graph).clusters == {"trunk": ["trunk.1.conv", "trunk.2.conv", "trunk"]}


def test_shared_weights_are_marked() -> None:
    graph = LayerGraph()
    for name in "pq":
        graph.input(name, channels=4, size=(8, 8))
    for name, owner in (("p", None), ("q", "p")):
        graph.add(f"{name}.c", conv(), [name], shares_weights_of=owner and f"{owner}.c")
        graph.add(f"{name}.n", BATCH, [f"{name}.c"], shares_weights_of=owner and f"{owner}.n")
    read = both(graph)
    assert read.shared == [("p.c", "q.c")]
    assert read.label("q.c")[2:] == ["batch norm", "weights of p.c, p.n"]
    assert both(graph, every_node=True).shared == [("p.c", "q.c"), ("p.n", "q.n")]


def test_one_line_for_each_slot() -> None:
    graph = chain(("c", conv()))
    graph.add("twice", Add(), ["c", "c"])
    assert both(graph).wires == [("x", "c"), ("c", "twice"), ("c", "twice")]


# names

SIGNS = '"\\[]{}()<>|&#;:$%`*_-.=~!@/ \n\t\0\x1b\u2060\u202e\xa0°¶ßﬂnNaé中🙂0'
NAMES = st.text(max_size=12) | st.text(st.sampled_from(SIGNS), max_size=12)
HOSTILE = [
    '"',
    "\\",
    "a\\",
    "\\n",
    "\n",
    "\\\\n",
    '\\"',
    '"]; evil [label="',
    "\\N\\G\\L",
    "&lt;script&gt;",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<br/>",
    "#quot;",
    "#60;",
    "style a:#b;",
    "classDef x:#f00;",
    "%%{init: {}}%%",
    "%% comment",
    "end",
    "subgraph",
    "n0",
    "node",
    "1. list",
    "- item",
    "_i_ **b** `c`",
    "$$x$$",
    "fa:fa-bell",
    "ﬂ°°60¶ß",
    "]]",
    "-->",
    "\ud800",
    "\x00\x1b[2J",
    "\u202egpj",
    "a.b",
    'a."b"',
    "中文.层",
    "",
]


def of_names(names: list[str]) -> LayerGraph:
    """A chain of layers with these names, the last of which are named in fields too."""
    graph = chain(*((name, conv()) for name in names), channels=4)
    graph.add("the act", Activation(kind=names[-1] or "?"), [names[-1]])
    graph.add("the rest", Global(name=names[-1] or "?"), ["the act"])
    return graph


def _check_names(names: list[str]) -> None:
    graph = of_names(names)
    read = both(graph, every_node=True)
    assert set(read.labels) == set(graph.nodes)
    assert all(label[0] == visible(name) for name, label in read.labels.items())
    assert read.wires == list(zip(graph.nodes, graph.nodes[1:], strict=False))
    assert read.labels["the act"][1] == visible(names[-1] or "?")
    assert set(both(graph).labels) == set(graph.nodes) - {"the act"}


def test_hostile_names_come_back_as_they_are() -> None:
    _check_names(HOSTILE)
    for name in HOSTILE:
        _check_names([name])


@given(st.lists(NAMES.filter(lambda name: name not in {"x", "the act", "the rest"}), min_size=1, unique=True))
@settings(max_examples=150, deadline=None)
def test_any_names_come_back_as_they_are(names: list[str]) -> None:
    _check_names(names)


def test_the_documents_are_printable_lines() -> None:
    """What a terminal or a UTF-8 file could not take has been written out."""
    for text in (to_dot(of_names(HOSTILE)), to_mermaid(of_names(HOSTILE))):
        assert all(line.isprintable() for line in text.split("\n"))
        assert text.encode().endswith(b"\n")
