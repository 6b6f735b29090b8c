"""Files from outside are data: one line says what is wrong, nothing is executed, no file beside them is opened."""

import json
import pickle
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

from onnx import TensorProto, helper  # noqa: E402 - after importorskip

from rfsolve.errors import InputError  # noqa: E402
from rfsolve.formats.opening import open_network  # noqa: E402
from rfsolve.formats.torch.archive import is_plain  # noqa: E402
from tests.fuzz.onnx_files import field, model, nested, tensor, weights, whole  # noqa: E402


def network_of(data: bytes, tmp_path: Path) -> Any:
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    return open_network(str(path))


CONV = helper.make_node("Conv", ["x", "w"], ["y"])
RELU = helper.make_node("Relu", ["x"], ["y"])
GOOD = model([CONV], [weights("w", 4, 3, 3, 3)])

BROKEN = {
    "truncated": (GOOD[: len(GOOD) // 2], "no ONNX model, or a truncated one"),
    "empty": (b"", "it has no graph"),
    "text": (b"no network at all", "no ONNX model"),
    "a length of two gigabytes": (b"\x08\x08\x3a\xff\xff\xff\xff\x07abc", "no ONNX model"),
    "a cycle": (
        model([helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])], outputs=("b",)),
        "node 'Add' reads 'b', which no node before it makes (a cycle, or a missing node)",
    ),
    "a missing node": (model([helper.make_node("Add", ["x", "n"], ["y"])]), "reads 'n', which no node before it makes"),
    "a tensor made twice": (model([RELU, helper.make_node("Neg", ["x"], ["y"])]), "node 'Neg' makes 'y', which there"),
    "an output of nothing": (model([RELU], outputs=("z",)), "its output 'z' is made by no node"),
    "subgraphs 20 deep": (whole(nested(20)), "subgraphs within subgraphs"),
    "subgraphs 3,000 deep": (whole(nested(3000)), "no ONNX model"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_line_for_a_broken_onnx_file(name: str, tmp_path: Path) -> None:
    """It names the file and what is wrong."""
    data, line = BROKEN[name]
    with pytest.raises(InputError) as refused:
        network_of(data, tmp_path)
    assert str(tmp_path / "net.onnx") in str(refused.value)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def _grown(operator: str, start: list[str], rows: int, **attributes: int) -> bytes:
    """Ten times as much in every row."""
    nodes = [helper.make_node(operator, start * 10, ["c0"], **attributes)]
    nodes += [helper.make_node(operator, [f"c{n}"] * 10, [f"c{n + 1}"], **attributes) for n in range(rows)]
    stored = [weights("w", 10)] if start == ["w"] else []
    return model([*nodes, helper.make_node("Add", ["x", f"c{rows}"], ["y"])], stored)


LARGE = {
    "constants of gigabytes": (_grown("Concat", ["w"], 11, axis=0), True),
    "channels by the trillion": (_grown("Concat", ["x"], 12, axis=1), True),
    "a weight of 2^40 channels": (model([CONV], [tensor("w", TensorProto.FLOAT, [1 << 40, 3, 3, 3])]), False),
    "a tile of 2^80": (
        model(
            [helper.make_node("Tile", ["x", "n"], ["y"])], [helper.make_tensor("n", 7, [4], [1, 1 << 40, 1 << 40, 1])]
        ),
        False,
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_sizes_that_no_machine_has(name: str, tmp_path: Path, limited: None) -> None:
    """They are worked out as numbers, in no memory to speak of, or said to be unknown."""
    del limited
    data, unknown = LARGE[name]
    graph = network_of(data, tmp_path).graph
    if unknown and "channels" not in name:
        assert any(graph.layer(node).op == "unknown" for node in graph.nodes)


@pytest.fixture
def limited() -> Any:
    """At most a gigabyte more than there is now."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 30), hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


OPENED: list[str] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        OPENED.append(str(arguments[0]))


@pytest.mark.parametrize("location", ["../../etc/passwd", "/etc/passwd", "beside.bin"])
def test_external_data_is_never_opened(location: str, tmp_path: Path) -> None:
    """Weights may lie wherever the file says; only their shape is asked for."""
    stored = tensor("w", TensorProto.FLOAT, [4, 3, 3, 3])
    stored.data_location = TensorProto.EXTERNAL
    entry = stored.external_data.add()
    entry.key, entry.value = "location", location
    (tmp_path / "beside.bin").write_bytes(b"0" * 432)
    sys.addaudithook(_listen)
    OPENED.clear()
    network = network_of(model([CONV], [stored]), tmp_path)
    assert any(name.endswith("net.onnx") for name in OPENED)
    assert not [name for name in OPENED if location.rsplit("/", 1)[-1] in name]
    assert network.graph.layer("y").parameters == 108


def _program(tmp_path: Path) -> Path:
    path = tmp_path / "net.pt2"
    program = torch.export.export(
        torch.nn.Conv2d(3, 4, 3).eval(),
        (torch.zeros(1, 3, 20, 20),),
        dynamic_shapes=({2: torch.export.Dim("h", min=8, max=64)},),
    )
    torch.export.save(program, path)
    return path


def _rewritten(path: Path, change: Callable[[str, bytes], bytes], **more: bytes) -> Path:
    """The archive with its members changed, and others beside them."""
    changed = path.with_name("changed.pt2")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in more.items():
            new.writestr(f"net/data/aotinductor/{name}", data)
    return changed


class Touch:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_an_exported_program_is_read(tmp_path: Path) -> None:
    """With symbolic sizes too."""
    graph = open_network(str(_program(tmp_path))).graph
    assert sum(graph.layer(node).parameters for node in graph.nodes) == 4 * 3 * 9 + 4


def test_a_pickle_in_an_exported_program_is_refused(tmp_path: Path) -> None:
    """As a weight it is refused unread; as an example it is no tensor; nothing is executed."""
    touched = tmp_path / "touched"

    def as_weight(name: str, data: bytes) -> bytes:
        if name.endswith("weights_config.json"):
            document = json.loads(data)
            document["config"]["weight"]["use_pickle"] = True
            return json.dumps(document).encode()
        return pickle.dumps(Touch(touched)) if name.endswith("weight_0") else data

    def as_example(name: str, data: bytes) -> bytes:
        return pickle.dumps(Touch(touched)) if "sample_inputs" in name else data

    path = _program(tmp_path)
    with pytest.raises(InputError, match=r"holds 'weight' as a pickle, which can run when it is loaded"):
        open_network(str(_rewritten(path, as_weight)))
    with pytest.raises(InputError, match="no exported program"):
        open_network(str(_rewritten(path, as_example)))
    assert not touched.exists()


def test_compiled_code_in_an_exported_program_is_refused(tmp_path: Path) -> None:
    """A library beside the graph is not loaded."""
    path = _rewritten(_program(tmp_path), lambda _, data: data, library=b"\x7fELF")
    with pytest.raises(InputError, match="is compiled code"):
        open_network(str(path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"torch.ops.aten.conv2d.default", b"torch.os.system", "calls 'torch.os.system'"),
        (b"Integer(-2)", b"eval('x')", "has a size of"),
    ],
)
def test_python_in_an_exported_program_is_refused(old: bytes, new: bytes, said: str, tmp_path: Path) -> None:
    """A graph calls operators of torch; a size is arithmetic."""
    path = _program(tmp_path)
    with pytest.raises(InputError, match=said):
        open_network(str(_rewritten(path, lambda name, data: data.replace(old, new) if "models" in name else data)))


@pytest.mark.parametrize(
    ("expression", "plain"),
    [
        ("Add(Symbol('s16', positive=True, integer=True), Integer(-2))", True),
        ("2*s0 + 1", True),
        ("Max(1, FloorDiv(s3, 2))", True),
        ("__import__('os')", False),
        ("().__class__", False),
        ("open('x')", False),
        ("exit()", False),
        ("[1 for x in y]", False),
        ("Symbol('s1').func", False),
        ('Symbol("s1")', False),
        ("lambda: 0", False),
    ],
)
def test_which_sizes_are_arithmetic(expression: str, plain: bool) -> None:  # noqa: FBT001 - a case
    """Classes of sympy and symbols, nothing with a dot, an underscore or a call of a function."""
    assert is_plain(expression) is plain


MODULES = """
import sys, torch
class Raises(torch.nn.Module):
    def forward(self, x):
        raise RuntimeError("first line\\nsecond line")
class Exits(torch.nn.Module):
    def forward(self, x):
        sys.exit(0)
class Constant(torch.nn.Module):
    def forward(self, x):
        return torch.ones(1, 3, 4, 4)
def broken():
    raise ValueError("no weights here")
def exits():
    sys.exit(0)
def needs(size):
    return torch.nn.Identity()
def number():
    return 3
"""


@pytest.mark.parametrize(
    ("factory", "line"),
    [
        ("Raises", "it does not run on an input of 1x3x16x16: RuntimeError: first line"),
        ("Exits", "it does not run on an input of 1x3x16x16: SystemExit: 0"),
        ("Constant", "none of its outputs depends on an input"),
        ("broken", "calling 'broken' failed: ValueError: no weights here"),
        ("exits", "calling 'exits' failed: SystemExit: 0"),
        ("needs", "calling 'needs' failed: TypeError"),
        ("number", "expected a torch.nn.Module or a function that makes one, not int"),
        ("nowhere", "has no 'nowhere'"),
    ],
)
def test_one_line_for_a_factory(factory: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the factory and what it did."""
    (tmp_path / "made_of_layers.py").write_text(MODULES, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError) as refused:
        open_network(f"made_of_layers:{factory}", (16, 16))
    assert str(refused.value).startswith(f"made_of_layers:{factory}: {line}" if factory != "nowhere" else "made_of")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_field_is_written_as_protobuf_has_it() -> None:
    """The writer of nested graphs is right about a graph that is not nested."""
    read = onnx.ModelProto()
    read.ParseFromString(whole(nested(1)))
    assert read.graph.node[0].op_type == "If"
    assert field(1, b"ab") == b"\x0a\x02ab"
