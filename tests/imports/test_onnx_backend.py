"""The models and operators that `onnx` ships as backend tests, against measured truth.

The light models tap by tap: their graph is run by torch functions on extents. Single operators by
changing numbers and running onnx's own reference. `pytest -m onnx_backend tests/imports`.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("torch")
reading = pytest.importorskip("rfsolve.formats.onnx.reading")

from rfsolve.analysis import analyse  # noqa: E402 - after importorskip
from rfsolve.analysis.tap import Tap  # noqa: E402
from rfsolve.graph import Reach  # noqa: E402
from tests.oracle.measured import compare  # noqa: E402
from tests.oracle.measured_numeric import Span, numeric_spans  # noqa: E402
from tests.oracle.measured_onnx import OnnxModule  # noqa: E402

pytestmark = [pytest.mark.onnx_backend, pytest.mark.filterwarnings("ignore")]

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
LIGHT = sorted((DATA / "light").glob("light_*.onnx"))
OPERATORS = (
    *("Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "Resize"),
    *("Upsample", "Pad", "DepthToSpace", "SpaceToDepth", "InstanceNormalization", "BatchNormalization", "LRN", "Slice"),
    *("Concat", "Split", "Relu", "Add", "Transpose", "Flatten", "ReduceMean", "Softmax", "Clip", "GroupNormalization"),
)
LARGEST = 4000  # numbers in an input: what is changed row by row


def _cases() -> list[Any]:
    """Models of one operator whose first input is an image of some kind."""
    try:
        from onnx.backend.test.case.node import collect_testcases  # noqa: PLC0415 - may be missing
    except ImportError:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = collect_testcases(None)
    return [case for case in found if _fits(case)]


def _fits(case: Any) -> bool:
    graph = case.model.graph
    if len(graph.node) != 1 or graph.node[0].op_type not in OPERATORS or not case.data_sets:
        return False
    x, *_ = case.data_sets[0][0]
    shape = np.shape(x)
    return len(shape) in (3, 4, 5) and x.dtype in (np.float32, np.float64) and x.size <= LARGEST and shape[0] == 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The cases take 20 seconds to make: only where the lane is asked for."""
    if "case" in metafunc.fixturenames:
        asked = "onnx_backend" in (metafunc.config.getoption("-m") or "")
        metafunc.parametrize("case", _cases() if asked else [], ids=lambda case: case.name)


@pytest.mark.parametrize("path", LIGHT, ids=lambda path: path.stem)
def test_light_models(path: Path) -> None:
    """The outputs against the graph run by torch functions; nothing unknown."""
    module = OnnxModule(onnx.load(path))
    network = reading.read_onnx(path, None)
    result = compare(network, module, module.input_size())
    assert not result.wrong, "\n".join(result.wrong)
    assert not result.unknown


def test_single_operators(case: Any, tmp_path: Path) -> None:
    """What changes in the output is in the window said; all of it, where the window lies inside."""
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415 - slow to import

    inputs, _ = case.data_sets[0]
    path = tmp_path / "operator.onnx"
    onnx.save(case.model, path)
    names = [one.name for one in case.model.graph.input]
    session = ReferenceEvaluator(case.model)
    network = reading.read_onnx(path, None)
    taps = analyse(network.graph, source=network.node(names[0])).outputs
    generator = np.random.default_rng(1)
    x = generator.standard_normal(inputs[0].shape).astype(np.float64).astype(inputs[0].dtype)

    def run(changed: Any) -> Any:
        fed = dict(zip(names, [changed, *inputs[1:]], strict=True))
        return np.asarray(session.run(None, fed)[0])

    tap = taps[0] if taps else None
    if tap is None or all(reach is Reach.UNKNOWN for reach in tap.reach):
        pytest.skip(f"{case.model.graph.node[0].op_type} is said to be unknown")
    if run(x).ndim != x.ndim:
        pytest.skip("the grid is gone")
    for axis in range(x.ndim - 2):
        _hold(tap, axis, numeric_spans(run, x, axis), x.shape[2 + axis])


def _hold(tap: Tap, axis: int, seen: list[Span], size: int) -> None:
    window = tap.windows[axis]
    for index, found in enumerate(seen):
        if window is None:
            continue
        said, clipped = window.at(index), window.clip(index, size)
        if said is not None and said[0] >= 0 and said[1] < size:
            assert found == said, (axis, index)
        elif found is not None:
            assert clipped is not None, (axis, index, found)
