"""One network, read from torch and from its ONNX export: the same analysis, and the measured one."""

import logging
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
onnx_reading = pytest.importorskip("rfsolve.formats.onnx.reading")
torch_reading = pytest.importorskip("rfsolve.formats.torch.reading")

from rfsolve.analysis import analyse  # noqa: E402 - after importorskip
from rfsolve.analysis.tap import Tap  # noqa: E402
from rfsolve.graph import Reach  # noqa: E402
from tests.imports.networks import NETWORKS, Entry  # noqa: E402
from tests.imports.published import TRUNKS  # noqa: E402
from tests.oracle.measured import compare  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
NOT_EXPORTED = {
    "ResizeKinds",
    "AdaptivePools",
    "Patches",
    "Deformable",
    "WideTaps",
    "FoldedBack",
    "Turns",
    "KerasSame",  # not read wrongly: the exporter rounds -n // 2 towards zero, and pads another side
}  # operators that opset 17 does not have, or not for these sizes
ENTRIES = [entry for entry in NETWORKS.values() if entry.name not in NOT_EXPORTED]


def export(module: Any, input_size: Any, path: Path) -> Path:
    """The module as an ONNX file: the exporter that needs no further package."""
    sizes = input_size if isinstance(input_size[0], tuple) else (input_size,)
    examples = tuple(torch.zeros(1, *size) for size in sizes)
    logging.disable(logging.WARNING)
    try:
        torch.onnx.export(module.eval(), examples, str(path), dynamo=False, opset_version=17)
    finally:
        logging.disable(logging.NOTSET)
    return path


def _same(one: Tap, other: Tap) -> None:
    """Where both know: window, reach and stride, axis by axis."""
    if Reach.UNKNOWN not in (*one.reach, *other.reach):
        assert one.shape.size == other.shape.size
    for axis in range(len(one.reach)):
        if Reach.UNKNOWN in (one.reach[axis], other.reach[axis]):
            continue
        assert one.reach[axis] is other.reach[axis]
        assert one.windows[axis] == other.windows[axis]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_both_readings_are_one(entry: Entry, tmp_path: Path) -> None:
    """Output by output, for every input; and what one knows, the other knows too."""
    module = entry.build()
    path = export(module, entry.input_size, tmp_path / "network.onnx")
    theirs = onnx_reading.read_onnx(path, None)
    ours = torch_reading.read_module(module, entry.item_shape)
    pairs = zip(ours.graph.input_nodes, theirs.graph.input_nodes, strict=True)
    for our_source, their_source in pairs:
        our, their = analyse(ours.graph, source=our_source), analyse(theirs.graph, source=their_source)
        assert len(our.outputs) == len(their.outputs)
        for one, other in zip(our.outputs, their.outputs, strict=True):
            _same(one, other)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_export_is_read_as_measured(entry: Entry, tmp_path: Path) -> None:
    """The outputs of the ONNX file against the truth of the module it came from."""
    module = entry.build()
    network = onnx_reading.read_onnx(export(module, entry.input_size, tmp_path / "network.onnx"), None)
    for at in range(len(entry.input_size) if entry.several else 1):
        result = compare(network, module, entry.input_size, at=at)
        assert not result.wrong, "\n".join(result.wrong)


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v1", "inception_v3", "resnet50", "resnet34"])
def test_published_trunks_through_onnx(name: str, tmp_path: Path) -> None:
    """The last end-point's field is the published one."""
    trunk = TRUNKS[name]
    network = onnx_reading.read_onnx(export(trunk.build(), (3, 331, 331), tmp_path / "trunk.onnx"), None)
    (output,) = analyse(network.graph).outputs
    field = list(trunk.fields.values())[-1]
    assert output.receptive_field == ((field, field),) * 2
    assert output.stride == (trunk.stride,) * 2
