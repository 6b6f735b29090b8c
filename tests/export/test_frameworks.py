"""What other frameworks read, without those frameworks: structure, refusals, and a parser that follows their rules.

The frameworks themselves read it in tests/frameworks.
"""

import ast
import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from rfsolve.errors import RfsolveError
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.exports import EXPORTS
from rfsolve.graph import Activation, Add, Conv, LayerGraph, Linear, Multiply, Norm, NormKind
from tests.export.hostile import blueprints
from tests.frameworks.designs import designed, solved
from tests.frameworks.unets import nnunet_table
from tests.frameworks.weights import fill


def written(graph: LayerGraph, name: str) -> str:
    """The export of a graph."""
    return str(EXPORTS[name].write(Blueprint(graph=graph)))


def chain(*layers: Any, axes: int = 2, width: int = 8) -> LayerGraph:
    """Layers one behind the other, named 1, 2, ..."""
    graph = LayerGraph()
    before = graph.input("image", channels=width, size=(32,) * axes)
    for number, layer in enumerate(layers, start=1):
        before = graph.add(str(number), layer, [before])
    return graph


def gated() -> LayerGraph:
    graph = chain(Conv.uniform(8, 8, 3), Activation(kind="sigmoid"))
    graph.add("gate", Multiply(), ["1", "2"])
    return graph


def residual() -> LayerGraph:
    graph = chain(Conv.uniform(8, 8, 3), Activation(kind="relu"))
    graph.add("sum", Add(), ["2", "image"])
    return graph


NO_PLACE = "nnU-Net's PlainConvUNet has no place for it"
CONVOLUTIONS = "its stages are convolutions alone"
WAY_OUT = "rfsolve export --to timm writes a class that a config can name"

REFUSED: list[tuple[str, Callable[[], LayerGraph], str]] = [
    ("ultralytics", gated, "layer 'gate': Ultralytics has no module for multiply"),
    (
        "ultralytics",
        lambda: chain(Conv.uniform(8, 8, 3, axes=1), axes=1),
        "--to ultralytics: the network has an input of 1 axes, expected one image of 2",
    ),
    (
        "ultralytics",
        lambda: chain(Norm(kind=NormKind.LAYER_CHANNELS, channels=8)),
        "layer '1': Ultralytics has no module for a norm of kind layer_channels",
    ),
    (
        "ultralytics",
        lambda: designed("tridentnet"),
        "layer 'medium.1.conv': shares the weights of 'small.1.conv', which an Ultralytics YAML cannot say",
    ),
    (
        "mmcv",
        residual,
        f"layer 'sum': is where branches part or meet, and mmcv has no module for that; {WAY_OUT}",
    ),
    (
        "keras",
        lambda: chain(Linear(in_features=8 * 32 * 32, out_features=4)),
        "layer '1': Keras has no layer for linear",
    ),
    ("nnunet", lambda: designed("unet-phases"), f"layer 'down1.1.pool': {NO_PLACE}: {CONVOLUTIONS}, this is a pool"),
    (
        "nnunet",
        lambda: chain(Conv.uniform(8, 8, 3)),
        "--to nnunet: the network never goes down and up again, expected a U-Net",
    ),
    (
        "timm",
        lambda: chain(Conv(in_channels=8, out_channels=8, kernel=(3, 3), stride=(1, 2), padding=((1, 1), (1, 1)))),
        "layer '1': has a stride of 1x2, and timm knows one whole number for all axes",
    ),
]


@pytest.mark.parametrize(("name", "graph", "said"), REFUSED)
def test_what_a_framework_lacks_is_one_line_with_the_layer(
    name: str, graph: Callable[[], LayerGraph], said: str
) -> None:
    with pytest.raises(RfsolveError) as refusal:
        written(graph(), name)
    assert str(refusal.value) == said


def test_the_architecture_of_a_plans_file() -> None:
    """Every key that PlainConvUNet asks for, as nnU-Net's own plans have them (plans.json of version 2.8)."""
    graph = solved(**nnunet_table(axes=3, field=40))
    entry = json.loads(written(graph, "nnunet"))["architecture"]
    assert set(entry) == {"network_class_name", "arch_kwargs", "_kw_requires_import"}
    kwargs = entry["arch_kwargs"]
    assert kwargs == {
        "n_stages": 3,
        "features_per_stage": [16, 32, 64],
        "conv_op": "torch.nn.modules.conv.Conv3d",
        "kernel_sizes": [[3, 3, 3]] * 3,
        "strides": [[1, 1, 1], [2, 2, 2], [2, 2, 2]],
        "n_conv_per_stage": kwargs["n_conv_per_stage"],
        "n_conv_per_stage_decoder": kwargs["n_conv_per_stage_decoder"],
        "conv_bias": False,
        "norm_op": "torch.nn.modules.batchnorm.BatchNorm3d",
        "norm_op_kwargs": {"eps": 1e-05, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.ReLU",
        "nonlin_kwargs": {"inplace": True},
    }
    counts = kwargs["n_conv_per_stage"] + kwargs["n_conv_per_stage_decoder"]
    assert sum(counts) == sum(isinstance(graph.layer(name), Conv) for name in graph.nodes)


def parsed(text: str, channels: int) -> Any:
    """An Ultralytics YAML as torch modules, by the rules of `parse_model`; the result of a row for each row.

    A module of Ultralytics gets the channels that the parser has counted, a module of torch what its row says, and is
    taken to leave the channels alone (a batch norm gets those counted). Text is read as a literal where it is one.
    """
    torch = pytest.importorskip("torch")
    yaml = pytest.importorskip("yaml")
    nn, table = torch.nn, yaml.safe_load(text)
    act = getattr(nn, table["activation"].removeprefix("nn.").removesuffix("()")) if "activation" in table else nn.SiLU
    counted, rows = [channels], []

    def own(c: int, k: Any, s: Any = 1, p: Any = None, *more: Any) -> Any:
        g, d, active = (*more, *(1, 1, True)[len(more) :])

        def half(n: int) -> int:
            return (d * (n - 1) + 1) // 2

        p = p if p is not None else half(k) if isinstance(k, int) else [half(n) for n in k]
        conv = nn.Conv2d(counted[source], c, k, s, p, groups=g, dilation=d, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(c), act() if active else nn.Identity())

    for number, (read, repeats, module, arguments) in enumerate(table["backbone"]):
        assert repeats == 1
        source = read if isinstance(read, int) else read[-1]
        args = [_literal(one) for one in arguments]
        made = None
        if module == "Conv":
            made, width = own(*args), args[0]
            assert width % 8 == 0
        elif module == "nn.ConvTranspose2d":
            made, width = nn.ConvTranspose2d(counted[source], *args), args[0]
        elif module == "nn.BatchNorm2d":
            made, width = nn.BatchNorm2d(counted[source]), counted[source]
        elif module.startswith("nn."):
            made, width = getattr(nn, module.removeprefix("nn."))(*args), counted[source]
        elif module == "Index":
            width = args[0]
        elif module == "Concat":
            width = sum(counted[one] for one in read)
        else:
            assert module == "CBFuse"
            width = counted[source]
        rows.append((read, module, args, made))
        counted = [width] if number == 0 else [*counted, width]
    return rows


def _literal(value: Any) -> Any:
    try:
        return ast.literal_eval(value) if isinstance(value, str) else value
    except ValueError:
        return value


def run(rows: Any, x: Any) -> Any:
    """The result of the last row."""
    torch = pytest.importorskip("torch")
    results: list[Any] = []
    for read, module, args, made in rows:
        given = [(results[one] if results else x) for one in ([read] if isinstance(read, int) else read)]
        if module == "Index":
            results.append(given[0][args[1]])
        elif module == "Concat":
            results.append(torch.cat(given, args[0]))
        elif module == "CBFuse":
            results.append(sum((one[index] for one, index in zip(given, args[0], strict=False)), given[-1]))
        else:
            results.append(made(given[0]))
    return results[-1]


@pytest.mark.parametrize(
    ("name", "size"),
    [("lffd-dilated", (65, 97)), ("mobile-inverted-residual", (33, 47)), ("unet-bilinear", (32, 48))],
)
def test_rows_make_the_same_network(name: str, size: tuple[int, int]) -> None:
    """Parameters to the last one, and the same numbers out of the same weights."""
    torch = pytest.importorskip("torch")
    from tests.oracle.torch_module import Built  # noqa: PLC0415 - needs torch

    graph = designed(name)
    channels = graph.shapes()[graph.input_nodes[0]].channels
    rows = parsed(written(graph, "ultralytics"), channels)
    made = torch.nn.ModuleList([made for *_, made in rows if made is not None]).eval()
    reference = Built(graph).eval()
    assert sum(p.numel() for p in made.parameters()) == sum(map(graph.parameters, graph.nodes))
    fill(made)
    fill(reference)
    x = torch.randn(1, channels, *size)
    with torch.no_grad():
        torch.testing.assert_close(run(rows, x), reference(x)[graph.outputs[-1]], rtol=1e-4, atol=1e-4)


def unshared(graph: LayerGraph) -> LayerGraph:
    """The graph with weights of their own for every layer."""
    copied = LayerGraph()
    for name in graph.nodes:
        copied.add(name, graph.layer(name), graph.inputs(name))
    return copied


PLAIN = ("keras", "ultralytics", "timm")


@pytest.mark.parametrize("name", PLAIN)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(one=blueprints())
def test_names_change_no_line_and_no_syntax(name: str, one: Blueprint) -> None:
    """Source has the syntax tree, and the YAML the rows, that a network of plain names has, but for the names."""
    graph = unshared(one.graph)
    plain = LayerGraph()
    names = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        plain.add(names[node], graph.layer(node), [names[source] for source in graph.inputs(node)])
    found = str(EXPORTS[name].write(Blueprint(graph=graph, origin=one.origin)))
    expected = str(EXPORTS[name].write(Blueprint(graph=plain)))
    if name == "ultralytics":
        assert _rows(found) == _rows(expected)
        return
    assert found.isascii()
    calls = [
        [ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if _is_library_call(node)]
        for text in (found, expected)
    ]
    assert sorted(calls[0]) == sorted(calls[1])


def _is_library_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func).startswith(("layers.", "keras.", "ops.", "nn.", "torch."))
    )


def _rows(text: str) -> Any:
    yaml = pytest.importorskip("yaml")
    table = yaml.safe_load(text)
    assert set(table) <= {"nc", "activation", "backbone", "head"}
    return table


def test_a_table_of_layers() -> None:
    """A row for each layer and axis; a name that a spreadsheet would compute is none."""
    graph = LayerGraph()
    graph.input("=1+1", channels=1, size=(8, 8))
    graph.add("a\n\x00\ud800", Conv.uniform(1, 1, 3), "=1+1")
    rows = list(csv.DictReader(io.StringIO(written(graph, "csv"))))
    assert {row["node"] for row in rows} == {"'=1+1", r"a\n\x00\ud800"}
    assert [row["field_max"] for row in rows if row["op"] == "conv"] == ["3", "3"]


def test_the_help_says_what_each_format_is() -> None:
    """In the words of the table of formats."""
    from rfsolve.cli.export import command  # noqa: PLC0415 - only here

    said = command.help or ""
    for row in EXPORTS.values():
        assert f"{row.name:<11}  {row.words}" in said
