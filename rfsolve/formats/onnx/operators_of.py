"""The ONNX operators of each layer; the tensor that a layer makes has its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from rfsolve.errors import GraphError
from rfsolve.formats.identifiers import free
from rfsolve.formats.module_plan import ModulePlan
from rfsolve.graph import (
    Activation,
    AdaptivePool,
    Add,
    ChannelSlice,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dropout,
    Flatten,
    Flip,
    GlobalPool,
    Identity,
    Layer,
    LayerScale,
    Linear,
    Multiply,
    Norm,
    NormKind,
    Output,
    Pad,
    PadMode,
    PixelShuffle,
    Pool,
    PoolKind,
    Resize,
    ResizeMode,
    Slice,
)
from rfsolve.windows import Coordinates, Rounding

END = np.iinfo(np.int64).max
"""The end of an axis of any size."""

_COORDINATES = {
    Coordinates.ASYMMETRIC: "asymmetric",
    Coordinates.HALF_PIXEL: "half_pixel",
    Coordinates.ALIGN_CORNERS: "align_corners",
}
_ROUNDINGS = {
    Rounding.FLOOR: "floor",
    Rounding.ROUND_PREFER_CEIL: "round_prefer_ceil",
}
_PADS = {PadMode.CONSTANT: "constant", PadMode.REFLECT: "reflect", PadMode.REPLICATE: "edge", PadMode.CIRCULAR: "wrap"}

ACTIVATIONS = {
    "relu": "Relu",
    "gelu": "Gelu",
    "elu": "Elu",
    "selu": "Selu",
    "celu": "Celu",
    "mish": "Mish",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "hardswish": "HardSwish",
    "hard_swish": "HardSwish",
    "none": "Identity",
}


@dataclass(slots=True)
class Emitter:
    """The nodes and constants of a model on its way; `weights` by their names in the PyTorch module."""

    plan: ModulePlan
    weights: dict[str, Any]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node that makes `output`, and return that name."""
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def inner(self, name: str, word: str) -> str:
        """Return the name of a tensor on the way to a layer's, which no layer has."""
        return free(f"{name}.{word}", self.plan.paths.keys() | {*self.plan.graph.outputs, *self.plan.inputs})

    def weight(self, name: str, key: str) -> str:
        """Return the tensor with a parameter of a layer, its owner's where the layer shares it."""
        path = f"{self.plan.paths[self.plan.owners.get(name, name)]}.{key}"
        return self.constant(free(path, self.plan.graph.nodes), self.weights[path])

    def constant(self, name: str, values: Any) -> str:
        """Add a constant, once."""
        if name not in self._known:
            self._known.add(name)
            self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def integers(self, name: str, values: Sequence[int]) -> str:
        """Add a list of integers."""
        return self.constant(name, np.array(values, dtype=np.int64))


def emit(emitter: Emitter, name: str) -> None:
    """Add the operators of a layer.

    Raises:
        GraphError: there is none; names the layer.

    """
    layer = emitter.plan.graph.layer(name)
    make = _MAKERS.get(type(layer))
    if make is None or make(emitter, name, layer, list(emitter.plan.graph.inputs(name))) is None:
        raise GraphError(name, f"{layer.op} with these settings has no operator in ONNX that is written here")


def _pairs(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """All left ends, then all right ends."""
    return [left for left, _ in pairs] + [right for _, right in pairs]


def _biased(emitter: Emitter, name: str, layer: Any) -> list[str]:
    return [emitter.weight(name, key) for key in ("weight", *(["bias"] if layer.bias else []))]


def _conv(emitter: Emitter, name: str, layer: Conv, inputs: list[str]) -> str:
    return emitter.add(
        "Conv",
        [*inputs, *_biased(emitter, name, layer)],
        name,
        kernel_shape=layer.kernel,
        strides=layer.stride,
        dilations=layer.dilation,
        pads=_pairs(layer.padding),
        group=layer.groups,
    )


def _transposed(emitter: Emitter, name: str, layer: ConvTranspose, inputs: list[str]) -> str:
    return emitter.add(
        "ConvTranspose",
        [*inputs, *_biased(emitter, name, layer)],
        name,
        kernel_shape=layer.kernel,
        strides=layer.stride,
        dilations=layer.dilation,
        pads=_pairs(layer.padding),
        output_padding=layer.output_padding,
        group=layer.groups,
    )


def _pool(emitter: Emitter, name: str, layer: Pool, inputs: list[str]) -> str:
    settings: dict[str, Any] = {} if layer.kind is PoolKind.MAX else {"count_include_pad": 1}
    return emitter.add(
        "MaxPool" if layer.kind is PoolKind.MAX else "AveragePool",
        inputs,
        name,
        kernel_shape=layer.kernel,
        strides=layer.stride,
        dilations=layer.dilation,
        pads=_pairs(layer.padding),
        ceil_mode=int(layer.ceil_mode),
        **settings,
    )


def _global(emitter: Emitter, name: str, layer: GlobalPool, inputs: list[str]) -> str:
    axes = [axis + 2 for axis in layer.axes or range(emitter.plan.graph.shapes()[name].axes)]
    operator = "ReduceMax" if layer.kind is PoolKind.MAX else "ReduceMean"
    return emitter.add(operator, [*inputs, emitter.integers(emitter.inner(name, "axes"), axes)], name, keepdims=1)


def _adaptive(emitter: Emitter, name: str, layer: AdaptivePool, inputs: list[str]) -> str | None:
    if any(size != 1 for size in layer.output_size):
        return None
    return _global(emitter, name, GlobalPool(kind=layer.kind), inputs)


def _resize(emitter: Emitter, name: str, layer: Resize, inputs: list[str]) -> str | None:
    coordinates = _COORDINATES.get(layer.coordinates or Coordinates.HALF_PIXEL)
    rounding = _ROUNDINGS.get(layer.rounding)
    if coordinates is None or rounding is None:
        return None
    settings: dict[str, Any] = {"coordinate_transformation_mode": coordinates, "mode": layer.mode.value}
    if layer.mode is ResizeMode.NEAREST:
        settings["nearest_mode"] = rounding
    elif layer.mode is ResizeMode.CUBIC:
        settings["cubic_coeff_a"] = -0.5 if layer.antialias else -0.75  # as in PyTorch
    if layer.antialias:
        settings["antialias"] = 1
    if layer.output_size:
        shape = emitter.plan.graph.shapes()[name]
        sizes = emitter.integers(emitter.inner(name, "sizes"), layer.output_size)
        axes = [axis + 2 for axis in range(shape.axes)]
        return emitter.add("Resize", [*inputs, "", "", sizes], name, axes=axes, **settings)
    scales = np.array([1, 1, *map(float, layer.scale)], dtype=np.float32)
    return emitter.add(
        "Resize", [*inputs, "", emitter.constant(emitter.inner(name, "scales"), scales)], name, **settings
    )


def _shuffle(emitter: Emitter, name: str, layer: PixelShuffle, inputs: list[str]) -> str | None:
    if len(layer.factor) != 2 or len(set(layer.factor)) > 1:  # noqa: PLR2004 - images
        return None
    return emitter.add("DepthToSpace", inputs, name, blocksize=layer.factor[0], mode="CRD")


def _pad(emitter: Emitter, name: str, layer: Pad, inputs: list[str]) -> str:
    lefts, rights = [left for left, _ in layer.amounts], [right for _, right in layer.amounts]
    pads = emitter.integers(emitter.inner(name, "pads"), [0, 0, *lefts, 0, 0, *rights])
    return emitter.add("Pad", [*inputs, pads], name, mode=_PADS[layer.mode])


def _sliced(emitter: Emitter, name: str, inputs: list[str], cuts: Sequence[tuple[int, int, int, int]]) -> str:
    """Cuts are (axis of the tensor, start, end, step)."""
    axes, starts, ends, steps = ([cut[at] for cut in cuts] for at in range(4))
    parts = {"starts": starts, "ends": ends, "axes": axes, "steps": steps}
    return emitter.add(
        "Slice", [*inputs, *(emitter.integers(emitter.inner(name, key), values) for key, values in parts.items())], name
    )


def _crop(emitter: Emitter, name: str, layer: Crop, inputs: list[str]) -> str:
    cuts = [(axis + 2, left, -right or END, 1) for axis, (left, right) in enumerate(layer.amounts)]
    return _sliced(emitter, name, inputs, cuts)


def _slice(emitter: Emitter, name: str, layer: Slice, inputs: list[str]) -> str:
    places = enumerate(zip(layer.start, layer.step, strict=True))
    return _sliced(emitter, name, inputs, [(axis + 2, start, END, step) for axis, (start, step) in places])


def _flip(emitter: Emitter, name: str, layer: Flip, inputs: list[str]) -> str:
    return _sliced(emitter, name, inputs, [(axis + 2, -1, -END, -1) for axis in layer.axes])


def _channels(emitter: Emitter, name: str, layer: ChannelSlice, inputs: list[str]) -> str:
    return _sliced(emitter, name, inputs, [(1, layer.start, layer.stop, 1)])


def _folded(emitter: Emitter, name: str, inputs: list[str], operator: str) -> str:
    """Several branches one after another."""
    here = inputs[0]
    for number, other in enumerate(inputs[1:], start=1):
        last = number == len(inputs) - 1
        here = emitter.add(operator, [here, other], name if last else emitter.inner(name, f"{operator}.{number}"))
    return here


def _concat(emitter: Emitter, name: str, layer: Concat, inputs: list[str]) -> str:  # noqa: ARG001 - a maker's signature
    return emitter.add("Concat", inputs, name, axis=1)


def _norm(emitter: Emitter, name: str, layer: Norm, inputs: list[str]) -> str | None:
    channels = layer.channels
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    if layer.affine and layer.kind is not NormKind.LAYER:
        learned = [emitter.weight(name, "weight"), emitter.weight(name, "bias")]
    else:
        learned = [
            emitter.constant(emitter.inner(name, "ones"), ones),
            emitter.constant(emitter.inner(name, "zeros"), zeros),
        ]
    match layer.kind:
        case NormKind.BATCH:
            statistics = [
                emitter.constant(emitter.inner(name, "running_mean"), zeros),
                emitter.constant(emitter.inner(name, "running_var"), ones),
            ]
            return emitter.add("BatchNormalization", [*inputs, *learned, *statistics], name, epsilon=1e-5)
        case NormKind.INSTANCE:
            return emitter.add("InstanceNormalization", [*inputs, *learned], name, epsilon=1e-5)
        case NormKind.GROUP:
            return _group_norm(emitter, name, layer, inputs, learned)
        case NormKind.LAYER_CHANNELS:
            axes = emitter.plan.graph.shapes()[name].axes
            last = emitter.add("Transpose", inputs, emitter.inner(name, "last"), perm=[0, *range(2, axes + 2), 1])
            normed = emitter.add(
                "LayerNormalization", [last, *learned], emitter.inner(name, "normed"), axis=-1, epsilon=1e-5
            )
            return emitter.add("Transpose", [normed], name, perm=[0, axes + 1, *range(1, axes + 1)])
    return None


def _group_norm(emitter: Emitter, name: str, layer: Norm, inputs: list[str], learned: list[str]) -> str:
    """Groups as the channels of an instance norm; then scale and shift."""
    axes = emitter.plan.graph.shapes()[name].axes
    grouped = emitter.integers(emitter.inner(name, "grouped"), [0, layer.groups, -1])
    folded = emitter.add("Reshape", [*inputs, grouped], emitter.inner(name, "folded"))
    plain = [
        emitter.constant(emitter.inner(name, "ones"), np.ones(layer.groups, np.float32)),
        emitter.constant(emitter.inner(name, "zeros"), np.zeros(layer.groups, np.float32)),
    ]
    normed = emitter.add("InstanceNormalization", [folded, *plain], emitter.inner(name, "normed"), epsilon=1e-5)
    shape = emitter.add("Shape", inputs, emitter.inner(name, "shape"))
    back = emitter.add("Reshape", [normed, shape], emitter.inner(name, "back"))
    each = emitter.integers(emitter.inner(name, "each"), [-1, *([1] * axes)])
    scale = emitter.add("Reshape", [learned[0], each], emitter.inner(name, "scale"))
    shift = emitter.add("Reshape", [learned[1], each], emitter.inner(name, "shift"))
    return emitter.add("Add", [emitter.add("Mul", [back, scale], emitter.inner(name, "scaled")), shift], name)


def _layer_scale(emitter: Emitter, name: str, layer: LayerScale, inputs: list[str]) -> str:  # noqa: ARG001 - as above
    axes = emitter.plan.graph.shapes()[name].axes
    each = emitter.integers(emitter.inner(name, "each"), [-1, *([1] * axes)])
    factor = emitter.add("Reshape", [emitter.weight(name, "weight"), each], emitter.inner(name, "factor"))
    return emitter.add("Mul", [*inputs, factor], name)


def _activation(emitter: Emitter, name: str, layer: Activation, inputs: list[str]) -> str | None:
    match layer.kind:
        case "silu" | "swish":
            gate = emitter.add("Sigmoid", inputs, emitter.inner(name, "sigmoid"))
            return emitter.add("Mul", [*inputs, gate], name)
        case "prelu":
            axes = emitter.plan.graph.shapes()[name].axes
            each = emitter.integers(emitter.inner(name, "each"), [-1, *([1] * axes)])
            slope = emitter.add("Reshape", [emitter.weight(name, "weight"), each], emitter.inner(name, "slope"))
            return emitter.add("PRelu", [*inputs, slope], name)
        case "leaky_relu" | "leakyrelu":
            return emitter.add("LeakyRelu", inputs, name, alpha=0.01)
        case "relu6":
            low, high = (emitter.constant(emitter.inner(name, str(n)), np.array(n, np.float32)) for n in (0, 6))
            return emitter.add("Clip", [*inputs, low, high], name)
        case "hardsigmoid" | "hard_sigmoid":
            return emitter.add("HardSigmoid", inputs, name, alpha=1 / 6, beta=0.5)
    operator = ACTIVATIONS.get(layer.kind)
    return None if operator is None else emitter.add(operator, inputs, name)


def _identity(emitter: Emitter, name: str, layer: Layer, inputs: list[str]) -> str:  # noqa: ARG001 - as above
    return emitter.add("Identity", inputs, name)


def _linear(emitter: Emitter, name: str, layer: Linear, inputs: list[str]) -> str:
    axes = emitter.plan.graph.shapes()[name].axes
    flat = emitter.add("Flatten", inputs, emitter.inner(name, "flat"), axis=1)
    made = emitter.add("Gemm", [flat, *_biased(emitter, name, layer)], emitter.inner(name, "gemm"), transB=1)
    shape = emitter.integers(emitter.inner(name, "shape"), [0, layer.out_features, *([1] * axes)])
    return emitter.add("Reshape", [made, shape], name)


def _flatten(emitter: Emitter, name: str, layer: Flatten, inputs: list[str]) -> str | None:
    axes = emitter.plan.graph.shapes()[name].axes
    if len(layer.axes) != axes:
        return None
    return emitter.add(
        "Reshape", [*inputs, emitter.integers(emitter.inner(name, "shape"), [0, -1, *([1] * axes)])], name
    )


_MAKERS: dict[type[Layer], Callable[..., str | None]] = {
    Conv: _conv,
    ConvTranspose: _transposed,
    Pool: _pool,
    GlobalPool: _global,
    AdaptivePool: _adaptive,
    Resize: _resize,
    PixelShuffle: _shuffle,
    Pad: _pad,
    Crop: _crop,
    Slice: _slice,
    Flip: _flip,
    ChannelSlice: _channels,
    Add: lambda emitter, name, _, inputs: _folded(emitter, name, inputs, "Add"),
    Multiply: lambda emitter, name, _, inputs: _folded(emitter, name, inputs, "Mul"),
    Concat: _concat,
    Norm: _norm,
    LayerScale: _layer_scale,
    Activation: _activation,
    Identity: _identity,
    Dropout: _identity,
    Output: _identity,
    Linear: _linear,
    Flatten: _flatten,
}
