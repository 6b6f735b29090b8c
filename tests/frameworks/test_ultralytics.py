"""The Ultralytics YAML, read by Ultralytics' own parser."""

from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
if find_spec("ultralytics") is None:
    pytest.skip("ultralytics is not installed: pip install --no-deps ultralytics", allow_module_level=True)

from rfsolve.formats.blueprint import Blueprint  # noqa: E402 - after importorskip
from rfsolve.formats.ultralytics.writing import export  # noqa: E402
from rfsolve.graph import LayerGraph  # noqa: E402
from tests.frameworks.designs import designed  # noqa: E402
from tests.frameworks.weights import fill  # noqa: E402
from tests.imports import torchvision_stub  # noqa: E402
from tests.oracle.torch_module import Built  # noqa: E402

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("ignore")]

SIZES = {
    "satellite-ships": (70, 91),
    "lffd-dilated": (65, 97),
    "resnet-residual-trunk": (65, 97),
    "resnet-bottleneck-trunk": (65, 97),
    "mobile-inverted-residual": (65, 97),
    "aspp-stride-8": (64, 96),
    "unet-phases": (64, 80),
    "unet-bilinear": (64, 80),
    "inception-block": (33, 47),
    "convnext-stages": (64, 96),
}
"""Problems with the size of an image: odd ones, where nothing up-samples."""


@pytest.fixture(scope="module")
def tasks() -> Any:
    """`ultralytics.nn.tasks`, which asks for the version of torchvision and then does without it here."""
    torchvision_stub.install()
    known = metadata.version
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metadata, "version", lambda name: "0.28.0" if name == "torchvision" else known(name))
        from ultralytics.nn import tasks  # noqa: PLC0415 - optional

    return tasks


def model(tasks: Any, graph: LayerGraph, path: Path, text: str | None = None) -> Any:
    """The model that Ultralytics makes of the file."""
    file = path / "design.yaml"
    file.write_text(text or export(Blueprint(graph=graph)), encoding="utf-8")
    channels = graph.shapes()[graph.input_nodes[0]].channels
    return tasks.DetectionModel(str(file), ch=channels, verbose=False)


@pytest.mark.parametrize("name", SIZES)
def test_its_parser_makes_the_same_network(name: str, tasks: Any, tmp_path: Path) -> None:
    """Parameters to the last one, and the same numbers out of the same weights."""
    graph = designed(name)
    made = model(tasks, graph, tmp_path)
    assert sum(p.numel() for p in made.parameters()) == sum(map(graph.parameters, graph.nodes))
    reference = Built(graph)
    fill(made)
    fill(reference)
    x = torch.randn(2, graph.shapes()[graph.input_nodes[0]].channels, *SIZES[name])
    with torch.no_grad():
        found, expected = made.eval().predict(x), reference.eval()(x)[graph.outputs[-1]]
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["lffd-dilated", "resnet-residual-trunk"])
def test_with_the_row_under_head_it_is_a_detector_that_trains(name: str, tasks: Any, tmp_path: Path) -> None:
    """The strides that Ultralytics measures are those of the exits; a backward pass reaches the first layer."""
    graph = designed(name)
    lines = export(Blueprint(graph=graph)).splitlines()
    row = next(line for line in lines if line.startswith("#  - ")).removeprefix("#")
    made = model(tasks, graph, tmp_path, "\n".join([*lines[:-1], "head:", row]) + "\n")
    jumps = [tap.stride[0] for tap in Blueprint(graph=graph).analyses[0].outputs]
    assert made.stride.tolist() == [float(jump or 0) for jump in jumps]
    preds = made.train()(torch.randn(1, 3, 64, 64))
    feats = preds["feats"] if isinstance(preds, dict) else preds
    sum(one.sum() for one in feats).backward()
    assert next(made.parameters()).grad.abs().sum() > 0
