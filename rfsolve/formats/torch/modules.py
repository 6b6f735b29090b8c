"""The torch module of each layer, as the text of a call: a class of torch.nn or of `parts`, and its arguments.

Nothing here imports torch: source can be written where torch is not installed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rfsolve.errors import GraphError
from rfsolve.graph import (
    Activation,
    AdaptivePool,
    ChannelShuffle,
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
    LayerGraph,
    LayerScale,
    Linear,
    Norm,
    NormKind,
    Pad,
    PadMode,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PoolKind,
    Resize,
    ResizeMode,
    Roll,
    Slice,
)
from rfsolve.windows import Coordinates, Rounding

Value = int | float | bool | str | tuple[int, ...] | tuple[float, ...] | tuple[int | None, ...] | None

IN_TORCH = "nn."
"""What the names of torch's own classes begin with; the others are those of `parts`."""


@dataclass(frozen=True, slots=True)
class Call:
    """A class by its name in the code, and the arguments that make an object of it."""

    name: str
    arguments: Mapping[str, Value]


class _NoModuleError(ValueError):
    """A layer that torch has nothing for, and why."""


def module_of(graph: LayerGraph, name: str) -> Call:
    """Return the module of a layer with one input.

    Raises:
        GraphError: torch has no such module; names the layer, and says why.

    """
    layer = graph.layer(name)
    make = _MAKERS.get(type(layer))
    axes = graph.shapes()[name].axes
    if make is None:
        raise GraphError(name, f"{layer.op} is known by what it sees, not by what it computes: there is no code for it")
    try:
        return make(layer, axes)
    except _NoModuleError as refusal:
        raise GraphError(name, f"{refusal}: PyTorch has no module for it") from None


ACTIVATIONS: Mapping[str, tuple[str, Mapping[str, Value]]] = {
    "relu": ("ReLU", {}),
    "relu6": ("ReLU6", {}),
    "gelu": ("GELU", {}),
    "silu": ("SiLU", {}),
    "swish": ("SiLU", {}),
    "elu": ("ELU", {}),
    "selu": ("SELU", {}),
    "celu": ("CELU", {}),
    "mish": ("Mish", {}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "hardswish": ("Hardswish", {}),
    "hard_swish": ("Hardswish", {}),
    "hardsigmoid": ("Hardsigmoid", {}),
    "hard_sigmoid": ("Hardsigmoid", {}),
    "hardtanh": ("Hardtanh", {}),
    "leaky_relu": ("LeakyReLU", {}),
    "leakyrelu": ("LeakyReLU", {}),
    "log_sigmoid": ("LogSigmoid", {}),
    "softmax": ("Softmax", {"dim": 1}),
    "none": ("Identity", {}),
}
"""Activations by their names in a layer graph."""


def per_axis(values: Sequence[int]) -> Value:
    """Return one number where all axes have the same, else one for each axis."""
    return values[0] if len(set(values)) == 1 else tuple(values)


def pad_order(pairs: Sequence[tuple[int, int]], sign: int = 1) -> tuple[int, ...]:
    """Return pairs per axis in the order of torch's functional pad: the last axis first."""
    return tuple(sign * amount for pair in reversed(pairs) for amount in pair)


def _nd(name: str, axes: int) -> str:
    return f"nn.{name}{axes}d"


def _kernel(layer: Conv | ConvTranspose) -> dict[str, Value]:
    """The arguments that differ from what torch takes for granted."""
    widths: dict[str, Value] = {"in_channels": layer.in_channels, "out_channels": layer.out_channels}
    settings: tuple[tuple[str, Value, Value], ...] = (
        ("kernel_size", per_axis(layer.kernel), None),
        ("stride", per_axis(layer.stride), 1),
        ("dilation", per_axis(layer.dilation), 1),
        ("groups", layer.groups, 1),
        ("bias", layer.bias, True),
    )
    return widths | {key: value for key, value, neutral in settings if value != neutral}


def _even(pairs: Sequence[tuple[int, int]]) -> bool:
    return all(left == right for left, right in pairs)


def _conv(layer: Conv, axes: int) -> Call:
    arguments = _kernel(layer)
    if not _even(layer.padding):
        return Call(f"PaddedConv{axes}d", {**arguments, "pads": pad_order(layer.padding)})
    padding = per_axis([left for left, _ in layer.padding])
    return Call(_nd("Conv", axes), arguments if padding == 0 else {**arguments, "padding": padding})


def _transposed(layer: ConvTranspose, axes: int) -> Call:
    if not _even(layer.padding):
        raise _NoModuleError("a transposed convolution that is cut unevenly")
    for extra, stride, dilation in zip(layer.output_padding, layer.stride, layer.dilation, strict=True):
        if extra >= max(stride, dilation):
            raise _NoModuleError(f"output padding of {extra} at stride {stride}")
    arguments = _kernel(layer)
    for key, values in (("padding", [left for left, _ in layer.padding]), ("output_padding", layer.output_padding)):
        if any(values):
            arguments[key] = per_axis(values)
    return Call(_nd("ConvTranspose", axes), arguments)


def _pool(layer: Pool, axes: int) -> Call:
    settings: dict[str, Value] = {"kernel_size": per_axis(layer.kernel), "stride": per_axis(layer.stride)}
    if layer.stride == layer.kernel:
        del settings["stride"]
    if max(layer.dilation) > 1:
        settings["dilation"] = per_axis(layer.dilation)
    if layer.ceil_mode:
        settings["ceil_mode"] = True
    lefts = [left for left, _ in layer.padding]
    if layer.kind is PoolKind.AVG and "dilation" in settings:
        raise _NoModuleError("an average pool with a dilation")
    if _even(layer.padding) and all(2 * left <= k for left, k in zip(lefts, layer.kernel, strict=True)):
        padding: dict[str, Value] = {"padding": per_axis(lefts)} if any(lefts) else {}
        return Call(_nd("MaxPool" if layer.kind is PoolKind.MAX else "AvgPool", axes), settings | padding)
    if layer.kind is PoolKind.AVG or layer.ceil_mode:
        raise _NoModuleError(f"this pool, padded by {[list(pair) for pair in layer.padding]}")
    return Call(f"PaddedMaxPool{axes}d", {**settings, "pads": pad_order(layer.padding)})


def _adaptive(layer: AdaptivePool, axes: int) -> Call:
    name = "AdaptiveMaxPool" if layer.kind is PoolKind.MAX else "AdaptiveAvgPool"
    return Call(_nd(name, axes), {"output_size": per_axis(layer.output_size)})


def _global(layer: GlobalPool, axes: int) -> Call:
    name = "AdaptiveMaxPool" if layer.kind is PoolKind.MAX else "AdaptiveAvgPool"
    pooled = layer.axes or range(axes)
    size = tuple(1 if axis in pooled else None for axis in range(axes))
    return Call(_nd(name, axes), {"output_size": 1 if None not in size else size})


def _resize(layer: Resize, axes: int) -> Call:
    corners = layer.coordinates is Coordinates.ALIGN_CORNERS
    centred = layer.coordinates is Coordinates.HALF_PIXEL
    size: dict[str, Value] = (
        {"size": per_axis(layer.output_size)}
        if layer.output_size
        else {"scale_factor": _scale([float(ratio) for ratio in layer.scale])}
    )
    if layer.mode is ResizeMode.NEAREST:
        plain = layer.coordinates is Coordinates.ASYMMETRIC and layer.rounding is Rounding.FLOOR
        exact = centred and layer.rounding is Rounding.ROUND_PREFER_CEIL
        if not (plain or exact):
            raise _NoModuleError(f"nearest with coordinates {layer.coordinates} and rounding {layer.rounding}")
        return Call("nn.Upsample", {**size, "mode": "nearest" if plain else "nearest-exact"})
    if layer.antialias:
        raise _NoModuleError(f"{layer.mode} with antialias")
    if not (corners or centred) or (layer.mode is ResizeMode.CUBIC and axes != 2):  # noqa: PLR2004 - images
        raise _NoModuleError(f"{layer.mode} over {axes} axes with coordinates {layer.coordinates}")
    mode = "bicubic" if layer.mode is ResizeMode.CUBIC else ("linear", "bilinear", "trilinear")[axes - 1]
    return Call("nn.Upsample", {**size, "mode": mode} | ({"align_corners": True} if corners else {}))


def _scale(ratios: Sequence[float]) -> Value:
    return ratios[0] if len(set(ratios)) == 1 else tuple(ratios)


def _shuffle(layer: PixelShuffle | PixelUnshuffle, axes: int) -> Call:
    if axes != 2 or len(set(layer.factor)) > 1:  # noqa: PLR2004 - images
        raise _NoModuleError(f"factor {list(layer.factor)}")
    if isinstance(layer, PixelShuffle):
        return Call("nn.PixelShuffle", {"upscale_factor": layer.factor[0]})
    return Call("nn.PixelUnshuffle", {"downscale_factor": layer.factor[0]})


_PADS = {PadMode.REFLECT: "ReflectionPad", PadMode.REPLICATE: "ReplicationPad", PadMode.CIRCULAR: "CircularPad"}


def _pad(layer: Pad, axes: int) -> Call:
    if layer.mode is PadMode.CONSTANT:
        return Call("Pad", {"pads": pad_order(layer.amounts)})
    return Call(_nd(_PADS[layer.mode], axes), {"padding": pad_order(layer.amounts)})


def _norm(layer: Norm, axes: int) -> Call:
    plain: dict[str, Value] = {} if layer.affine else {"affine": False}
    match layer.kind:
        case NormKind.BATCH:
            return Call(_nd("BatchNorm", axes), {"num_features": layer.channels, **plain})
        case NormKind.INSTANCE:
            affine: dict[str, Value] = {"affine": True} if layer.affine else {}
            return Call(_nd("InstanceNorm", axes), {"num_features": layer.channels, **affine})
        case NormKind.GROUP:
            return Call("nn.GroupNorm", {"num_groups": layer.groups, "num_channels": layer.channels, **plain})
    learned: dict[str, Value] = {} if layer.affine else {"elementwise_affine": False}
    if layer.kind is NormKind.LAYER_CHANNELS:
        return Call("ChannelNorm", {"normalized_shape": layer.channels, **learned})
    if layer.size:
        return Call("nn.LayerNorm", {"normalized_shape": (layer.channels, *layer.size), **learned})
    return Call("nn.GroupNorm", {"num_groups": 1, "num_channels": layer.channels, **plain})


def _activation(layer: Activation, axes: int) -> Call:  # noqa: ARG001 - the signature of a maker
    if layer.kind == "prelu":
        return Call("nn.PReLU", {"num_parameters": layer.slopes})
    if layer.kind not in ACTIVATIONS:
        raise _NoModuleError(f"activation {layer.kind!r}")
    name, arguments = ACTIVATIONS[layer.kind]
    return Call(f"nn.{name}", arguments)


def _flatten(layer: Flatten, axes: int) -> Call:
    if len(layer.axes) != axes:
        raise _NoModuleError(f"flattening axes {list(layer.axes)} of {axes}")
    return Call("Flatten", {})


def _linear(layer: Linear, axes: int) -> Call:  # noqa: ARG001 - as above
    plain: dict[str, Value] = {} if layer.bias else {"bias": False}
    return Call("FullyConnected", {"in_features": layer.in_features, "out_features": layer.out_features, **plain})


_MAKERS: Mapping[type[Layer], Callable[..., Call]] = {
    Conv: _conv,
    ConvTranspose: _transposed,
    Pool: _pool,
    AdaptivePool: _adaptive,
    GlobalPool: _global,
    Resize: _resize,
    PixelShuffle: _shuffle,
    PixelUnshuffle: _shuffle,
    Pad: _pad,
    Crop: lambda layer, _: Call("Pad", {"pads": pad_order(layer.amounts, -1)}),
    Slice: lambda layer, _: Call("Slice", {"start": layer.start, "step": layer.step}),
    Flip: lambda layer, _: Call("Flip", {"axes": layer.axes}),
    Roll: lambda layer, _: Call("Roll", {"shift": layer.shift}),
    ChannelSlice: lambda layer, _: Call("ChannelSlice", {"start": layer.start, "stop": layer.stop}),
    ChannelShuffle: lambda layer, _: Call("nn.ChannelShuffle", {"groups": layer.groups}),
    Norm: _norm,
    LayerScale: lambda layer, _: Call("LayerScale", {"channels": layer.channels}),
    Activation: _activation,
    Identity: lambda _, __: Call("nn.Identity", {}),
    Concat: lambda _, __: Call("nn.Identity", {}),  # of one branch
    Dropout: lambda layer, _: Call("nn.Dropout", {"p": layer.rate}),
    Linear: _linear,
    Flatten: _flatten,
}
