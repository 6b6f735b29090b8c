"""What is not known is said once, where it begins, and what is counted without it is not called complete."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper  # noqa: E402 - after importorskip
from torch import nn  # noqa: E402

from rfsolve.report.inspection import Inspection, inspect  # noqa: E402
from tests.fuzz.onnx_files import model, weights  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


def _conv(source: str, name: str, kernel: str) -> Any:
    return helper.make_node("Conv", [source, kernel], [name], pads=[1, 1, 1, 1])


def _remarks(found: Inspection) -> list[tuple[str, str]]:
    return [(one.code, one.node) for one in found.diagnostics if one.code == "unknown-operation"]


def test_of_a_foreign_operator_one_remark(tmp_path: Path) -> None:
    """Its shape is not known, so nothing behind it is; that is no news, but the fault of the first."""
    nodes = [
        _conv("x", "a", "v"),
        helper.make_node("Warp", ["a"], ["b"], domain="com.acme"),
        _conv("b", "c", "w"),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("Add", ["a", "d"], ["y"]),
    ]
    path = tmp_path / "foreign.onnx"
    path.write_bytes(model(nodes, [weights("v", 4, 3, 3, 3), weights("w", 4, 4, 3, 3)]))
    found = inspect(path)
    assert _remarks(found) == [("unknown-operation", "b")]
    last = found.to_dict()["taps"][-1]
    assert last["status"] == "unknown"
    assert last["reasons"]["receptive_field"].startswith("'b' (com.acme.Warp)")
    assert last["metrics"]["macs"] == "unavailable"


def test_the_shape_of_an_operator_that_is_not_followed_is_known(tmp_path: Path) -> None:
    """As onnx works it out, so that the convolution behind it has its MACs; but not all are counted."""
    grid = helper.make_tensor("g", TensorProto.FLOAT, [1, 6, 5, 2], [0.0] * 60)
    nodes = [_conv("x", "a", "v"), helper.make_node("GridSample", ["a", "g"], ["b"]), _conv("b", "y", "w")]
    path = tmp_path / "sampled.onnx"
    path.write_bytes(model(nodes, [weights("v", 4, 3, 3, 3), weights("w", 2, 4, 3, 3), grid], opset=16))
    found = inspect(path)
    assert _remarks(found) == [("unknown-operation", "b")]
    last = found.to_dict()["taps"][-1]
    assert last["shape"] == [1, 2, 6, 5]
    assert last["macs"] == 6 * 5 * 4 * 2 * 9
    assert last["metrics"]["macs"] == "partial"
    assert last["reasons"]["macs"] == "those of 'b' (GridSample) are not known, and count 0"
    assert "MACs without those of unknown operations" in " ".join(repr(found).split())


class Heads(nn.Module):
    """A detector's end: the cells of two scales in one list."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 5, 3, 2, 1), nn.Conv2d(5, 5, 3, 2, 1)

    def forward(self, x: Any) -> Any:
        fine = self.fine(x)
        return torch.cat([fine.flatten(2), self.coarse(fine).flatten(2)], 2).softmax(1)


def test_a_list_of_scales_names_what_to_look_at() -> None:
    """No window per axis is true of it; each scale has its own."""
    found = inspect(Heads(), input_size=32)
    (remark,) = [one for one in found.diagnostics if one.code == "unknown-operation"]
    assert remark.node == "cat"
    assert remark.message.endswith("it puts different grids into one list; look at 'fine' or 'coarse' in its place")
    assert [found.tap(name).receptive_field[0] for name in ("fine", "coarse")] == [(3, 3), (7, 7)]


class Scrambled(nn.Module):
    """Pixels in rows of another length; behind attention each of them has seen everything."""

    def __init__(self, *, attends: bool) -> None:
        super().__init__()
        self.conv, self.attends = nn.Conv2d(3, 4, 3, padding=1), attends

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        if self.attends:
            tokens = x.flatten(2)
            x = (tokens @ (tokens.transpose(1, 2) @ tokens).softmax(-1)).view_as(x)
        return nn.functional.max_pool2d(x.transpose(1, 2).reshape(1, 4, 9, 24), 3)


def test_what_sees_everything_does_wherever_it_is_moved() -> None:
    """A reshape that keeps no grid makes a window unknown, and leaves what is global as it is."""
    assert [one.value for one in inspect(Scrambled(attends=True), input_size=(12, 18)).outputs[0].reach] == [
        "global"
    ] * 2
    assert [one.value for one in inspect(Scrambled(attends=False), input_size=(12, 18)).outputs[0].reach] == [
        "unknown"
    ] * 2


@pytest.mark.parametrize(
    ("policy", "size"), [("not_larger", (12, 15)), ("not_smaller", (20, 25)), ("stretch", (12, 25))]
)
def test_a_resize_may_keep_the_ratio(policy: str, size: tuple[int, int], tmp_path: Path) -> None:
    """The scale of one axis is that of both: the window is that of the scale."""
    sizes = helper.make_tensor("s", TensorProto.INT64, [2], [12, 25])
    settings = {"mode": "linear", "keep_aspect_ratio_policy": policy, "antialias": 1, "axes": [2, 3]}
    node = helper.make_node("Resize", ["x", "", "", "s"], ["y"], **settings)
    path = tmp_path / "resize.onnx"
    path.write_bytes(model([node], [sizes], shape=(1, 3, 16, 20), opset=18))
    (output,) = inspect(path).outputs
    assert output.shape.size == size
    x = torch.randn(1, 1, 16, 20, dtype=torch.float64, requires_grad=True)
    resized = nn.functional.interpolate(x, size=size, mode="bilinear", antialias=True)
    for index in ((5, 7), (size[0] - 1, 2)):
        (gradient,) = torch.autograd.grad(resized[0, 0][index], x, retain_graph=True)
        places = [
            line.nonzero().flatten().tolist() for line in ((gradient[0, 0] != 0).any(1), (gradient[0, 0] != 0).any(0))
        ]
        assert output.clipped(index) == tuple((one[0], one[-1]) for one in places)
