"""An ONNX graph run by torch functions, so that its truth can be measured as any module's.

Shares no code with rfsolve. The operators of the light models that `onnx` ships, and a few more;
NotWitnessedError for the others. Weights need not be there: a missing one is ones of its shape.
"""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from onnx import numpy_helper  # noqa: E402 - after importorskip

from tests.oracle.measured_extents import NotWitnessedError  # noqa: E402

F = torch.nn.functional
OPERATORS: dict[str, Callable[..., Any]] = {}


def operator(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what runs the operators of these names: (attributes, inputs) to a tensor or a tuple of them."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return register


class OnnxModule(torch.nn.Module):
    """The main graph of a model; every tensor's name is a submodule's, so that hooks see it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.graph = model.graph
        self.constants = {
            one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in model.graph.initializer
        }
        self.inputs = [one.name for one in model.graph.input if one.name not in self.constants]
        self.values: dict[str, Any] = {}

    def input_size(self) -> tuple[int, ...]:
        """Channels and spatial size of the first input."""
        (first,) = [one for one in self.graph.input if one.name == self.inputs[0]]
        return tuple(dim.dim_value for dim in first.type.tensor_type.shape.dim)[1:]

    def forward(self, *inputs: Any) -> Any:
        values = dict(self.constants) | dict(zip(self.inputs, inputs, strict=True))
        for node in self.graph.node:
            attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            if node.op_type not in OPERATORS:
                raise NotWitnessedError(f"no operator {node.op_type}")
            found = OPERATORS[node.op_type](attributes, [values[name] if name else None for name in node.input])
            results = found if isinstance(found, tuple) else (found,)
            values.update(zip(node.output, results, strict=False))
        self.values = values
        return tuple(values[one.name] for one in self.graph.output)


def _pads(attributes: dict[str, Any], x: Any, kernel: list[int]) -> list[tuple[int, int]]:
    axes = len(kernel)
    strides = attributes.get("strides", [1] * axes)
    dilations = attributes.get("dilations", [1] * axes)
    auto = attributes.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        pairs = []
        for n, k, s, d in zip(x.shape[2:], kernel, strides, dilations, strict=True):
            total = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
            half = (total // 2, total - total // 2)
            pairs.append(half if auto == b"SAME_UPPER" else half[::-1])
        return pairs
    flat = attributes.get("pads", [0] * 2 * axes)
    return list(zip(flat[:axes], flat[axes:], strict=True))


def _pad(x: Any, pairs: list[tuple[int, int]]) -> Any:
    amounts = [amount for pair in reversed(pairs) for amount in pair]
    return F.pad(x, amounts) if any(amounts) else x


@operator("Conv")
def convolution(attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Padded first, since ONNX pads each side by itself."""
    x, weight = inputs[:2]
    axes = weight.ndim - 2
    run = (F.conv1d, F.conv2d, F.conv3d)[axes - 1]
    fields = {"stride": attributes.get("strides", [1] * axes), "dilation": attributes.get("dilations", [1] * axes)}
    padded = _pad(x, _pads(attributes, x, list(weight.shape[2:])))
    return run(padded, weight, None, groups=attributes.get("group", 1), **fields)


@operator("MaxPool", "AveragePool", "LpPool")
def pool(attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Any pool's windows are a maximum pool's."""
    (x,) = inputs
    kernel = attributes["kernel_shape"]
    axes = len(kernel)
    run = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[axes - 1]
    fields = {"stride": attributes.get("strides", [1] * axes), "dilation": attributes.get("dilations", [1] * axes)}
    padded = _pad(x, _pads(attributes, x, kernel))
    return run(padded, kernel, padding=0, ceil_mode=bool(attributes.get("ceil_mode", 0)), **fields)


@operator("GlobalAveragePool", "GlobalMaxPool")
def global_pool(_attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Over all pixels."""
    return inputs[0].mean(tuple(range(2, inputs[0].ndim)), keepdim=True)


@operator(
    "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Clip", "Dropout", "Identity", "PRelu", "BatchNormalization", "Elu", "Selu"
)
def number_by_number(_attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Nothing meets."""
    return F.relu(inputs[0])


@operator("LRN")
def response_norm(attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Across channels."""
    return F.local_response_norm(inputs[0], attributes["size"])


@operator("Add", "Sum", "Mul", "Sub", "Div", "Max", "Min", "Mean")
def together(_attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Several tensors meet number by number."""
    total = inputs[0]
    for other in inputs[1:]:
        total = total + other
    return total


@operator("Concat")
def joined(attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Along an axis."""
    return torch.cat(inputs, attributes["axis"])


@operator("Reshape")
def reshaped(attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """The batch stays the batch, whatever it is said to be."""
    x = inputs[0]
    shape = [int(n) for n in (attributes["shape"] if "shape" in attributes else inputs[1])]
    if not hasattr(x, "extents"):
        return x.reshape(shape)
    return x.reshape(x.shape[0], *[x.shape[place] if n == 0 else n for place, n in enumerate(shape)][1:])


@operator("Flatten")
def flattened(_attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """From the channels on."""
    return inputs[0].flatten(1)


@operator("Transpose")
def transposed(attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Dimensions change places."""
    return inputs[0].permute(attributes["perm"])


@operator("Gemm", "MatMul")
def product(attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """With a matrix of weights."""
    weight = inputs[1].T if attributes.get("transB", 0) else inputs[1]
    return inputs[0] @ weight


@operator("Softmax", "LogSoftmax")
def softmax(_attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Over the channels."""
    return torch.softmax(inputs[0], 1)


@operator("Unsqueeze")
def unsqueezed(attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """New dimensions of size 1."""
    value = inputs[0]
    for dim in sorted(attributes.get("axes", [int(n) for n in inputs[1]] if len(inputs) > 1 else [])):
        value = value.unsqueeze(dim)
    return value


@operator("ConstantOfShape")
def constant(_attributes: dict[str, Any], inputs: list[Any]) -> Any:
    """Weights of a light model."""
    return torch.ones([int(n) for n in inputs[0]])


@operator("Constant")
def stored(attributes: dict[str, Any], _inputs: list[Any]) -> Any:
    """A tensor of the graph."""
    return torch.from_numpy(numpy_helper.to_array(attributes["value"]).copy())
