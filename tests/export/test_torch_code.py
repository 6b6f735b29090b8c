"""PyTorch source and the module in memory: one structure, the design's numbers, code that linters pass."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

torch = pytest.importorskip("torch")

from rfsolve.analysis import analyse  # noqa: E402 - after importorskip
from rfsolve.errors import GraphError  # noqa: E402
from rfsolve.formats.blueprint import Blueprint, Origin  # noqa: E402
from rfsolve.formats.opening import open_network  # noqa: E402
from rfsolve.formats.torch.building import build  # noqa: E402
from rfsolve.formats.torch.source import export  # noqa: E402
from rfsolve.graph import LayerGraph, parameters  # noqa: E402
from rfsolve.search.solution import Design  # noqa: E402
from rfsolve.search.solve import solve  # noqa: E402
from rfsolve.space.reading import load_problem  # noqa: E402
from tests.export.every_problem import LIBRARY, agree, imported, row_of  # noqa: E402
from tests.oracle.random_graphs import grow  # noqa: E402

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
FAST = ("free-widths", "inception-block", "keyword-spotting", "union-fills-holes", "wavenet-causal")
"""Problems of the library whose designs are measured in a second or two; every_problem.py measures all of them."""

CODE = ("resnet-bottleneck-trunk", "tridentnet", "unet-3d-lesion", "mobile-inverted-residual", "wavenet-causal")
"""Designs with shortcuts, shared weights, three axes, depthwise convolutions, padding on one side."""


def designed(name: str) -> Design:
    design = solve(load_problem(LIBRARY / f"{name}.toml"), explain=False).design
    assert design is not None
    return design


@pytest.mark.parametrize("name", FAST)
def test_a_network_is_measured_as_designed(name: str) -> None:
    """Parameters, dependence of all phases, influence, MACs and odd sizes: what every_problem.py prints."""
    row = row_of(name, designed(name))
    assert row.holds, row


@pytest.mark.parametrize("name", CODE)
def test_code_passes_linter_and_type_checker(name: str, tmp_path: Path) -> None:
    """All of ruff's rules with the house's exceptions, its formatter, and mypy in strict mode."""
    file = tmp_path / "network.py"
    file.write_text(export(Blueprint(graph=designed(name).graph, origin=Origin(title=name, version="1"))))
    config = str(ROOT / "pyproject.toml")
    for words in (["check", "--ignore", "INP001"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--no-cache", "--config", config, str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_code_is_typed(tmp_path: Path) -> None:
    """One run of mypy over all of them, with the house's settings and its cache."""
    for name in CODE:
        (tmp_path / f"{name.replace('-', '_')}.py").write_text(export(Blueprint(graph=designed(name).graph)))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_golden_code() -> None:
    """The code of one design, to be read; `python -m tests.export.golden_code` writes it anew."""
    from tests.export.golden_code import code_of  # noqa: PLC0415 - it needs torch no more than this file

    for path in sorted(GOLDEN.glob("*.py")):
        assert path.read_text() == code_of(path.stem.replace("_", "-")), f"{path.name} is not what is written now"


def test_code_checks_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is run says that all is as designed; with a layer changed it says what is not."""
    source = export(Blueprint(graph=designed("free-widths").graph))
    good, spoilt = tmp_path / "good.py", tmp_path / "spoilt.py"
    good.write_text(source)
    padding = re.search(r"padding=(\d+)", source)
    assert padding is not None
    spoilt.write_text(source.replace(padding[0], f"padding={int(padding[1]) + 1}", 1))
    for file, wrong in ((good, False), (spoilt, True)):
        with pytest.raises(SystemExit) as ended:
            run_path(str(file), run_name="__main__")
        assert ended.value.code is wrong
    assert capsys.readouterr().out.startswith("all as designed\n")


def test_code_imports_torch_alone() -> None:
    tree = ast.parse(export(Blueprint(graph=designed("tridentnet").graph)))
    origins = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert origins | plain <= {"sys", "collections", "math", "typing", "torch"}


@pytest.mark.parametrize("seed", range(6000, 6030))
def test_random_graphs_build_alike_in_code_and_in_memory(seed: int) -> None:
    """Whatever torch has modules for: the parameters of the graph, one state, the same outputs."""
    graph = grow(seed, layers=6, size=64).graph
    source = written(graph)
    if source is None:
        return
    network = imported(source).Network()
    assert sum(weight.numel() for weight in network.parameters()) == parameters(graph)
    (size,) = {graph.shapes()[name].size for name in graph.input_nodes}
    assert agree(graph, network, tuple(extent or 0 for extent in size))


def written(graph: LayerGraph) -> str | None:
    """The source; None where torch has no module for a layer, as it says then."""
    try:
        return export(Blueprint(graph=graph))
    except GraphError as error:
        if "PyTorch has no module for it" not in str(error):
            raise
        return None


@pytest.mark.parametrize("name", ["inception-block", "resnet-residual-trunk", "tridentnet", "wavenet-causal"])
def test_a_design_comes_back_from_torch(name: str, tmp_path: Path) -> None:
    """Design, torch, torch.export, inspect: at each exit the same windows, coverage and influence."""
    graph = designed(name).graph
    axes = graph.shapes()[graph.input_nodes[0]].axes
    size = (64,) * axes if axes > 1 else (2048,)
    network = build(Blueprint(graph=graph).plan).eval()
    x = torch.zeros(1, graph.shapes()[graph.input_nodes[0]].channels, *size)
    path = tmp_path / "network.pt2"
    torch.export.save(torch.export.export(network, (x,)), path)
    compare(graph, str(path), size)


@pytest.mark.parametrize("name", ["inception-block", "resnet-residual-trunk", "tridentnet", "unet-phases"])
def test_a_design_comes_back_from_onnx(name: str, tmp_path: Path) -> None:
    """Design, ONNX, inspect: at each exit the same windows, coverage and influence, and at each layer its window."""
    pytest.importorskip("onnx")
    from rfsolve.formats.onnx.writing import export as to_onnx  # noqa: PLC0415 - after importorskip

    graph = designed(name).graph
    path = tmp_path / "network.onnx"
    path.write_bytes(to_onnx(Blueprint(graph=graph)))
    compare(graph, str(path), (64, 64))
    network, taps = open_network(str(path), (64, 64)), analyse(graph).taps
    found = analyse(network.graph).taps
    assert {name: found[network.node(name)].windows for name in taps} == {
        name: tap.windows for name, tap in taps.items()
    }


def compare(graph: LayerGraph, file: str, size: tuple[int, ...]) -> None:
    """The outputs of a file see what the graph's see, and cost as much."""
    network = open_network(file, size)
    assert parameters(network.graph) == parameters(graph)
    one, other = analyse(graph), analyse(network.graph)
    assert len(one.outputs) == len(other.outputs)
    for said, found in zip(one.outputs, other.outputs, strict=True):
        assert found.windows == said.windows
        for axis in range(len(said.windows)):
            assert found.coverage(axis) == said.coverage(axis)
        assert found.sigma == pytest.approx(said.sigma)


def test_onnxruntime_agrees_with_torch() -> None:
    """The same weights on both sides; relative to the largest output no difference above 1e-5."""
    onnxruntime = pytest.importorskip("onnxruntime")
    from onnx import numpy_helper  # noqa: PLC0415 - after importorskip

    from rfsolve.formats.onnx.writing import to_onnx  # noqa: PLC0415 - after importorskip

    for name in ("inception-block", "tridentnet", "unet-phases"):
        blueprint = Blueprint(graph=designed(name).graph)
        model = to_onnx(blueprint)
        weights = {one.name: torch.tensor(numpy_helper.to_array(one)) for one in model.graph.initializer}
        network = build(blueprint.plan).eval()
        with torch.no_grad():
            for key, parameter in network.named_parameters():
                parameter.copy_(weights[key])
            x = torch.randn(1, blueprint.graph.shapes()[blueprint.graph.input_nodes[0]].channels, 64, 64)
            found = network(x)
        values = list(found.values()) if isinstance(found, dict) else [found]
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        run = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        for one, other in zip(values, run, strict=True):
            assert float((one - torch.tensor(other)).abs().max()) <= 1e-5 * float(one.abs().max())
