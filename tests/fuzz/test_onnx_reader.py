"""Whatever the bytes of an ONNX file are, it is read or refused in one line, soon, and in little memory.

`RFSOLVE_FUZZ=20000 pytest tests/fuzz` draws more.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("onnx")
from onnx import TensorProto, helper

from rfsolve.errors import RfsolveError
from rfsolve.formats.onnx.operators.table import RULES
from rfsolve.report.inspection import inspect
from tests.fuzz.onnx_files import model, weights

DRAWS = int(os.environ.get("RFSOLVE_FUZZ", "150"))
FUZZING = settings(
    max_examples=DRAWS,
    deadline=20_000,  # milliseconds; on a loaded machine, of what takes a few
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
OPERATORS = sorted(RULES)
EXTREME = [-(1 << 62), -(1 << 31), -7, -1, 0, 1, 2, 3, 4, 7, 16, 224, 1 << 20, 1 << 31, 1 << 40, (1 << 62) - 1]
NUMBERS = st.sampled_from(EXTREME)
ATTRIBUTES = {
    **dict.fromkeys(("kernel_shape", "strides", "dilations", "pads", "output_padding", "output_shape"), "ints"),
    **dict.fromkeys(("axes", "perm", "shape", "split", "starts", "ends", "paddings", "repeats"), "ints"),
    **dict.fromkeys(("axis", "group", "ceil_mode", "keepdims", "count_include_pad", "blocksize", "to"), "int"),
    **dict.fromkeys(("allowzero", "hidden_size", "num_groups", "noop_with_empty_axes", "exclude_outside"), "int"),
    **dict.fromkeys(("mode", "auto_pad", "coordinate_transformation_mode", "nearest_mode", "equation"), "text"),
    "scales": "floats",
}
TEXTS = [
    "nearest",
    "linear",
    "cubic",
    "SAME_UPPER",
    "VALID",
    "asymmetric",
    "align_corners",
    "floor",
    "CRD",
    "ij,jk->ik",
]
TEXTS += ["reflect", "constant", "", "\x00", "nchw->nhwc", "..."]
FLOATS = st.sampled_from([0.0, -1.0, 0.5, 1.0, 2.0, 1e-30, 1e30, float("nan"), float("inf")])


@pytest.fixture(scope="module", autouse=True)
def _memory() -> Iterator[None]:
    """Three gigabytes more than there is now, at most."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (3 << 30), hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@st.composite
def nodes(draw: Any) -> list[Any]:
    """Operators in a row, each of which reads what comes before, and constants; with any attributes."""
    made, names = [], ["x", "w", "n"]
    for number in range(draw(st.integers(1, 6))):
        inputs = draw(st.lists(st.sampled_from([*names, names[-1], ""]), min_size=1, max_size=5))
        kinds = draw(st.lists(st.sampled_from(sorted(ATTRIBUTES)), max_size=4, unique=True))
        outputs = [f"y{number}", *(f"y{number}_{n}" for n in range(draw(st.integers(0, 2))))]
        attributes = {kind: draw(_values(ATTRIBUTES[kind])) for kind in kinds}
        made.append(helper.make_node(draw(st.sampled_from(OPERATORS)), inputs, outputs, **attributes))
        names += outputs
    return made


def _values(kind: str) -> st.SearchStrategy[Any]:
    return {
        "int": NUMBERS,
        "ints": st.lists(NUMBERS, min_size=1, max_size=8),
        "text": st.sampled_from(TEXTS),
        "floats": st.lists(FLOATS, min_size=1, max_size=4),
    }[kind]


@st.composite
def models(draw: Any) -> bytes:
    """A model of such nodes, in any version, on an input of any shape."""
    row = draw(nodes())
    numbers = draw(st.lists(NUMBERS, min_size=1, max_size=8))
    stored = [
        weights("w", *draw(st.lists(st.integers(1, 4), max_size=5))),
        helper.make_tensor("n", TensorProto.INT64, [len(numbers)], numbers),
    ]
    shape = (1, *draw(st.lists(st.sampled_from([1, 2, 3, 5, 8, 32, 1 << 40]), max_size=4)))
    return model(row, stored, outputs=(row[-1].output[0],), opset=draw(st.integers(1, 30)), shape=shape)


def inspected(data: bytes, path: Path) -> None:
    """Read, analysed and told, or refused in one line."""
    path.write_bytes(data)
    try:
        said = repr(inspect(path))
    except RfsolveError as error:
        said = str(error)
        assert len(said.splitlines()) == 1
    assert said


@FUZZING
@given(data=models())
def test_any_operators_with_any_attributes(data: bytes, tmp_path: Path) -> None:
    """No traceback, no hang."""
    inspected(data, tmp_path / "fuzzed.onnx")


@FUZZING
@given(
    data=models(), changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8), kept=st.floats(0, 1)
)
def test_any_bytes_changed_and_cut(data: bytes, changes: list[tuple[float, int]], kept: float, tmp_path: Path) -> None:
    """A file that was damaged on its way."""
    damaged = bytearray(data)
    for place, byte in changes:
        damaged[int(place * (len(damaged) - 1))] = byte
    inspected(bytes(damaged[: len(damaged) - int((1 - kept) * 20)]), tmp_path / "damaged.onnx")
