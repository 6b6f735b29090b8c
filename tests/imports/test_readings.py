"""What a reader says beside the windows: shapes as the tensor has them, readouts, prints of the user's module."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper  # noqa: E402 - after importorskip
from torch import nn  # noqa: E402

from rfsolve.formats.lowering.values import Constant  # noqa: E402
from rfsolve.formats.onnx.folding import folded  # noqa: E402
from rfsolve.formats.onnx.operation import Operation  # noqa: E402
from rfsolve.formats.opening import open_network  # noqa: E402
from rfsolve.report.inspection import inspect  # noqa: E402
from tests.fuzz.onnx_files import model, weights  # noqa: E402


class Readout(nn.Module):
    """The last sample of a causal convolution, and a linear layer on it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.linear = nn.Conv1d(3, 4, 3, padding=2), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.linear(self.conv(x)[:, :, :-2][:, :, -1])


class Turned(nn.Module):
    """Height and width change places before a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x: Any) -> Any:
        return self.conv(x.transpose(2, 3))


class Cut(nn.Module):
    """Pixels in rows of another length before a pointwise layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.point = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 2, 1)

    def forward(self, x: Any) -> Any:
        return self.point(self.conv(x).flatten(2).reshape(1, 4, 12, 40))


class Chatty(nn.Module):
    """Prints, and branches on what it sees, so that it cannot be exported."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Any) -> Any:
        print("hello")  # noqa: T201 - what is tested
        y = self.conv(x)
        return y if y.sum() > 1e9 else y + 1


def test_a_linear_layer_on_one_sample_sees_what_the_sample_sees() -> None:
    """As the gradient does: three samples, and not the whole input."""
    module = Readout().double()
    x = torch.zeros(1, 3, 40, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(module(x).sum(), x)
    touched = (gradient[0] != 0).any(0).nonzero().flatten().tolist()
    (output,) = inspect(module.float(), input_size=40).outputs
    assert output.receptive_field == ((touched[-1] - touched[0] + 1,) * 2,)
    assert output.windows[0].at(0) == (touched[0], touched[-1])


@pytest.mark.parametrize(("module", "shape"), [(Turned(), [1, 4, 20, 24]), (Cut(), [1, 2, 12, 40])])
def test_the_shape_is_the_tensors_own(module: Any, shape: list[int]) -> None:
    """And where its windows are listed in another order, that is said."""
    document = inspect(module, input_size=(24, 20)).to_dict()
    assert list(module(torch.zeros(1, 3, 24, 20)).shape) == shape
    assert document["taps"][-1]["shape"] == shape
    assert [remark["code"] for remark in document["diagnostics"]] == ["another-order"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 3, 1)])
def test_the_usual_orders_need_no_remark(order: tuple[int, ...]) -> None:
    """Channels first or last."""

    class Ordered(Turned):
        def forward(self, x: Any) -> Any:
            return self.conv(x).permute(order)

    assert not inspect(Ordered(), input_size=(24, 20)).to_dict()["diagnostics"]


def test_what_a_module_prints_is_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to stderr, and torch's dump of the graph that it could not export goes nowhere."""
    network = open_network(Chatty(), (16, 16))
    out, err = capsys.readouterr()
    assert out == ""
    assert "def forward" not in err
    assert [remark.code for remark in network.remarks] == ["recorded-run"]
    assert sys.stdout is not sys.stderr


def _conditional(condition: Any, *stored: Any) -> bytes:
    branch = helper.make_graph(
        [helper.make_node("Conv", ["a", "w"], ["r"], pads=[1, 1, 1, 1])],
        "branch",
        [],
        [helper.make_tensor_value_info("r", TensorProto.FLOAT, None)],
    )
    nodes = [
        helper.make_node("Conv", ["x", "v"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("If", [condition], ["b"], then_branch=branch, else_branch=branch),
        helper.make_node("Add", ["a", "b"], ["y"]),
    ]
    return model(nodes, [weights("v", 4, 3, 3, 3), weights("w", 4, 4, 3, 3), *stored])


def test_branches_that_read_the_graph_around_them_are_unknown(tmp_path: Path) -> None:
    """A condition that is a constant makes no constant of what the branches read."""
    path = tmp_path / "if.onnx"
    path.write_bytes(_conditional("c", helper.make_tensor("c", TensorProto.BOOL, [], [True])))
    graph = open_network(str(path)).graph
    assert graph.layer("b").op == "unknown"
    assert graph.inputs("b") == ("a",)


def test_a_kernel_that_does_not_fit_its_input_is_unknown(tmp_path: Path) -> None:
    """It is said which, and how many channels there are."""
    path = tmp_path / "five.onnx"
    path.write_bytes(model([helper.make_node("Conv", ["x", "w"], ["y"])], [weights("w", 4, 5, 3, 3)]))
    layer: Any = open_network(str(path)).graph.layer("y")
    assert (layer.op, layer.reason) == ("unknown", "its kernel takes 5 channels, its input has 3")


@pytest.mark.parametrize(("operator", "expected"), [("Max", 9), ("Min", 2), ("Add", 16)])
def test_any_number_of_constants_is_folded(operator: str, expected: int) -> None:
    """Numpy's third argument is where to write, and no third number."""
    constants = [Constant((), np.asarray(number)) for number in (9, 5, 2)]
    (result,) = folded(Operation(operator=operator, inputs=constants)) or [None]
    assert result is not None
    assert result.array == expected
