"""The statements that stand for each layer in Keras 3, channels last.

Keras pads a strided layer "same" by the size of its input, so every padding is written out. Its kernels cannot have a
stride and a dilation at once: such a layer keeps its stride for a slice behind it, which leaves the same numbers.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import singledispatch
from math import prod

from rfsolve.errors import GraphError
from rfsolve.formats.code import Expression, Listed, call, literal, number_literal, text_literal
from rfsolve.formats.keras.statements import Steps
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
    Flip,
    GlobalPool,
    Identity,
    Layer,
    Multiply,
    Norm,
    NormKind,
    Output,
    Pad,
    PadMode,
    Pool,
    PoolKind,
    Resize,
    ResizeMode,
    Slice,
)
from rfsolve.graph.convolution import Pairs
from rfsolve.windows import Coordinates, Rounding

EPSILON = "1e-5"
"""Of every norm, as in PyTorch."""

MOST_DEPTHWISE_AXES = 2
PLANE = 2
"""Axes of an image, the only thing that Keras interpolates."""


@singledispatch
def write(layer: Layer, steps: Steps) -> None:
    """Add the statements of a layer; GraphError, naming it, where Keras has nothing for it."""
    raise _missing(steps, layer.op.replace("_", " "))


def _missing(steps: Steps, what: str) -> GraphError:
    """Return the refusal of a layer."""
    return GraphError(steps.node, f"Keras has no layer for {what}")


def per_axis(values: Sequence[int]) -> Expression:
    """Return one number where all axes have the same, else one for each axis."""
    return number_literal(values[0]) if len(set(values)) == 1 else literal(tuple(values))


def _pad_zeros(steps: Steps, pairs: Pairs) -> None:
    """Add zeros on each side, where there are any to add."""
    if any(map(any, pairs)):
        amounts = literal(pairs[0] if steps.axes == 1 else tuple(pairs))
        steps.apply(call(f"layers.ZeroPadding{steps.axes}D", amounts))


@write.register
def _(layer: Conv, steps: Steps) -> None:
    _pad_zeros(steps, layer.padding)
    kind = _convolution(layer, steps)
    lender = steps.lender(kind)
    if lender is None:
        steps.apply_weighted(kind)
    else:
        _borrow(layer, lender, steps)
    if _is_sliced(layer):
        steps.cut([f"::{stride}" for stride in layer.stride])


def _borrow(layer: Conv, lender: str, steps: Steps) -> None:
    """Convolve with the weights of a layer that has another stride or dilation."""
    operation = "ops.depthwise_conv" if _is_depthwise(layer) else "ops.conv"
    settings = {
        "strides": per_axis((1,) if _is_sliced(layer) else layer.stride),
        "dilation_rate": per_axis(layer.dilation),
    }
    steps.set(call(operation, steps.here, f"{lender}.kernel", **settings))
    if layer.bias:
        steps.set(f"{steps.here} + {lender}.bias")


def _convolution(layer: Conv, steps: Steps) -> Listed:
    """Return the layer that convolves, without its padding, and without its stride where that is a slice."""
    settings = _settings(
        strides=(per_axis(layer.stride), _is_sliced(layer) or max(layer.stride) == 1),
        dilation_rate=(per_axis(layer.dilation), max(layer.dilation) == 1),
        groups=(str(layer.groups), layer.groups == 1 or _is_depthwise(layer)),
        use_bias=("False", layer.bias),
    )
    steps.need("he")
    drawn = call("he", number_literal(layer.in_channels // layer.groups * prod(layer.kernel)))
    if _is_depthwise(layer):
        name = f"layers.DepthwiseConv{steps.axes}D"
        return call(name, per_axis(layer.kernel), **settings, depthwise_initializer=drawn)
    widths = number_literal(layer.out_channels), per_axis(layer.kernel)
    return call(f"layers.Conv{steps.axes}D", *widths, **settings, kernel_initializer=drawn)


def _is_depthwise(layer: Conv) -> bool:
    """Return whether Keras has a layer of its own for a convolution, each channel by itself."""
    alike = len(set(layer.stride)) == 1
    return (
        1 < layer.groups == layer.in_channels == layer.out_channels
        and len(layer.kernel) <= MOST_DEPTHWISE_AXES
        and alike
    )


def _is_sliced(layer: Conv) -> bool:
    """Return whether the stride is left to a slice."""
    return max(layer.stride) > 1 and max(layer.dilation) > 1


def _settings(**pairs: tuple[Expression, bool]) -> Mapping[str, Expression]:
    """The keywords whose values are not what Keras takes for granted."""
    return {key: value for key, (value, usual) in pairs.items() if not usual}


@write.register
def _(layer: ConvTranspose, steps: Steps) -> None:
    if layer.groups > 1 or max(layer.dilation) > 1:
        raise _missing(steps, "a transposed convolution in groups or with dilation")
    excess = [max(s - k, 0) for k, s in zip(layer.kernel, layer.stride, strict=True)]  # Keras makes n * stride at least
    crops = [
        (left, right + more - extra)
        for (left, right), more, extra in zip(layer.padding, excess, layer.output_padding, strict=True)
    ]
    if any(right < 0 for _, right in crops):
        raise _missing(steps, "a transposed convolution whose output is padded")
    steps.need("he")
    settings = _settings(
        strides=(per_axis(layer.stride), max(layer.stride) == 1),
        use_bias=("False", layer.bias),
    )
    inputs = layer.in_channels * prod(layer.kernel) / prod(layer.stride)
    drawn = call("he", number_literal(int(inputs) if inputs.is_integer() else inputs))
    widths = number_literal(layer.out_channels), per_axis(layer.kernel)
    kind = call(f"layers.Conv{steps.axes}DTranspose", *widths, **settings, kernel_initializer=drawn)
    if steps.lender(kind) is not None:
        raise _missing(steps, "two transposed convolutions of one weight that differ")
    steps.apply_weighted(kind)
    _crop(steps, crops)


def _crop(steps: Steps, pairs: Sequence[tuple[int, int]]) -> None:
    if any(map(any, pairs)):
        amounts = literal(pairs[0] if steps.axes == 1 else tuple(pairs))
        steps.apply(call(f"layers.Cropping{steps.axes}D", amounts))


@write.register
def _(layer: Pool, steps: Steps) -> None:
    if max(layer.dilation) > 1:
        raise _missing(steps, "a dilated pool")
    padding = _pool_padding(layer, steps)
    if layer.kind is PoolKind.MAX and any(map(any, padding)):
        pairs = literal(((0, 0), *padding, (0, 0)))
        steps.set(call("ops.pad", steps.here, pairs, constant_values='float("-inf")'))
    elif layer.kind is PoolKind.AVG:
        _pad_zeros(steps, padding)
    kind = "Max" if layer.kind is PoolKind.MAX else "Average"
    settings = _settings(strides=(per_axis(layer.stride), layer.stride == layer.kernel))
    steps.apply(steps.named(call(f"layers.{kind}Pooling{steps.axes}D", per_axis(layer.kernel), **settings)))


def _pool_padding(layer: Pool, steps: Steps) -> Pairs:
    """The padding with room for a last window that is cut, which is sure to begin inside of the input."""
    if not layer.ceil_mode:
        return layer.padding
    inside = all(k >= s for k, s in zip(layer.kernel, layer.stride, strict=True))
    if layer.kind is PoolKind.AVG or not inside or any(right for _, right in layer.padding):
        raise _missing(steps, "a padded or an average pool whose last window is cut")
    return tuple((left, right + s - 1) for (left, right), s in zip(layer.padding, layer.stride, strict=True))


@write.register
def _(layer: Norm, steps: Steps) -> None:
    plain = {} if layer.affine else {"center": "False", "scale": "False"}
    match layer.kind:
        case NormKind.BATCH:
            kind = call("layers.BatchNormalization", momentum="0.9", epsilon=EPSILON, **plain)
        case NormKind.LAYER_CHANNELS:
            kind = call("layers.LayerNormalization", epsilon=EPSILON, **plain)
        case NormKind.LAYER if layer.size:
            raise _missing(steps, "a norm with weights for each pixel")
        case _:
            groups = {NormKind.GROUP: layer.groups, NormKind.INSTANCE: layer.channels}.get(layer.kind, 1)
            kind = call("layers.GroupNormalization", number_literal(groups), epsilon=EPSILON, **plain)
    steps.apply_weighted(kind)


ACTIVATIONS: Mapping[str, str] = {
    "swish": "silu",
    "hardswish": "hard_silu",
    "hard_swish": "hard_silu",
    "hardsigmoid": "hard_sigmoid",
    "hardtanh": "hard_tanh",
} | {
    name: name
    for name in (
        *("relu", "relu6", "gelu", "silu", "elu", "selu", "celu", "mish", "tanh", "sigmoid", "softplus", "softsign"),
        *("hard_sigmoid", "log_sigmoid", "softmax"),
    )
}
"""What Keras calls the activations of a layer graph."""


@write.register
def _(layer: Activation, steps: Steps) -> None:
    if layer.kind == "none":
        return
    if layer.kind in {"leaky_relu", "leakyrelu"}:
        kind = call("layers.LeakyReLU", negative_slope="0.01")
    elif layer.kind == "prelu":
        shared = range(1, steps.axes + (1 if layer.slopes > 1 else 2))
        kind = call("layers.PReLU", "keras.initializers.Constant(0.25)", shared_axes=f"[{', '.join(map(str, shared))}]")
    elif layer.kind in ACTIVATIONS:
        kind = call("layers.Activation", text_literal(ACTIVATIONS[layer.kind]))
    else:
        raise _missing(steps, f"the activation '{layer.kind}'")
    steps.apply_weighted(kind)


@write.register
def _(layer: Identity | Output, steps: Steps) -> None:
    """Nothing happens."""


@write.register
def _(layer: Dropout, steps: Steps) -> None:
    steps.apply(steps.named(call("layers.Dropout", number_literal(layer.rate))))


@write.register
def _(layer: Add | Multiply | Concat, steps: Steps) -> None:
    branches = steps.sources
    kinds: Mapping[type[Layer], str] = {Add: "Add", Multiply: "Multiply", Concat: "Concatenate"}
    if len(branches) == 1:
        return
    joined = f"[{', '.join(branches)}]"
    if steps.is_cut:
        steps.need("cut")
        joined = f"CutToSmallest()({joined})"
    steps.apply(steps.named(call(f"layers.{kinds[type(layer)]}")), joined)


@write.register
def _(layer: Resize, steps: Steps) -> None:
    factors = _factors(layer, steps)
    if layer.mode is ResizeMode.NEAREST:
        steps.apply(steps.named(call(f"layers.UpSampling{steps.axes}D", per_axis(factors))))
        return
    if steps.axes > PLANE:
        raise _missing(steps, "a linear resize of a volume")
    size = per_axis(factors if steps.axes == PLANE else (*factors, 1))
    kind = call("layers.UpSampling2D", size, interpolation='"bilinear"')
    if steps.axes == PLANE:
        steps.apply(steps.named(kind))
        return
    steps.set(call("ops.expand_dims", steps.here, axis="2"))
    steps.apply(kind)
    steps.set(call("ops.squeeze", steps.here, axis="2"))


def _factors(layer: Resize, steps: Steps) -> tuple[int, ...]:
    """The whole numbers by which a resize multiplies, in the way that Keras does."""
    nearest = layer.mode is ResizeMode.NEAREST
    usual = Coordinates.ASYMMETRIC if nearest else Coordinates.HALF_PIXEL
    whole = bool(layer.scale) and all(Fraction(ratio).denominator == 1 for ratio in layer.scale)
    plain = layer.coordinates is usual and (not nearest or layer.rounding is Rounding.FLOOR)
    if layer.mode is ResizeMode.CUBIC or layer.antialias or not whole or not plain:
        raise _missing(steps, f"a {layer.mode.value} resize of this kind")
    return tuple(map(int, layer.scale))


@write.register
def _(layer: Pad, steps: Steps) -> None:
    if layer.mode is PadMode.CONSTANT:
        _pad_zeros(steps, layer.amounts)
    elif layer.mode is PadMode.REFLECT:
        steps.set(call("ops.pad", steps.here, literal(((0, 0), *layer.amounts, (0, 0))), mode='"reflect"'))
    else:
        raise _missing(steps, f"a padding of kind {layer.mode.value}")


@write.register
def _(layer: Crop, steps: Steps) -> None:
    _crop(steps, layer.amounts)


@write.register
def _(layer: Slice, steps: Steps) -> None:
    steps.cut([f"{start or ''}::{step}" for start, step in zip(layer.start, layer.step, strict=True)])


@write.register
def _(layer: Flip, steps: Steps) -> None:
    steps.set(call("ops.flip", steps.here, axis=literal(tuple(axis + 1 for axis in layer.axes))))


@write.register
def _(layer: ChannelSlice, steps: Steps) -> None:
    steps.set(f"{steps.here}[..., {layer.start}:{layer.stop}]")


@write.register
def _(layer: GlobalPool, steps: Steps) -> None:
    axes = layer.axes or tuple(range(steps.axes))
    reduce = "max" if layer.kind is PoolKind.MAX else "mean"
    steps.set(call(f"ops.{reduce}", steps.here, axis=literal(tuple(axis + 1 for axis in axes)), keepdims="True"))


@write.register
def _(layer: AdaptivePool, steps: Steps) -> None:
    if set(layer.output_size) != {1}:
        raise _missing(steps, "a pool to a given size")
    write(GlobalPool(kind=layer.kind), steps)
