"""What a layer does in a few words: its operation, and the settings that decide what it sees."""

from collections.abc import Sequence
from functools import singledispatch

from rfsolve.graph import (
    Activation,
    AdaptivePool,
    Blocks,
    ChannelShuffle,
    ChannelSlice,
    Combine,
    Conv,
    ConvTranspose,
    Crop,
    Cumulative,
    Dropout,
    Flatten,
    Flip,
    Fold,
    Global,
    GlobalPool,
    Input,
    Join,
    Layer,
    Linear,
    Norm,
    NormKind,
    Pad,
    PadMode,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    Resize,
    Roll,
    Slice,
    TensorShape,
    Tile,
    Unfold,
    Unknown,
)


@singledispatch
def layer_words(layer: Layer) -> str:
    """Return the words for a layer, e.g. `conv 3x3 s2 d4, 64 channels`; its operation where there is no more to say.

    Sizes are per axis, height x width; `s` is the stride and `d` the dilation, left out where they are 1.
    """
    return layer.op.replace("_", " ")


def shape_words(shape: TensorShape) -> str:
    """Return channels and size, e.g. `3 channels of 480x640`; `?` where some of the size is not known."""
    if set(shape.size) == {None}:
        return _count(shape.channels, "channels")
    return f"{_count(shape.channels, 'channels')} of {_by(['?' if n is None else n for n in shape.size])}"


@layer_words.register
def _(layer: Input) -> str:
    return shape_words(TensorShape(layer.channels, layer.size))


@layer_words.register
def _(layer: Conv) -> str:
    return f"conv {_convolving(layer)}"


@layer_words.register
def _(layer: ConvTranspose) -> str:
    return f"transposed conv {_convolving(layer)}"


@layer_words.register
def _(layer: Pool) -> str:
    return f"{layer.kind.value} pool {_window(layer)}"


@layer_words.register
def _(layer: AdaptivePool) -> str:
    return f"{layer.kind.value} pool to {_by(layer.output_size)}"


@layer_words.register
def _(layer: GlobalPool) -> str:
    return f"global {layer.kind.value} pool{_over(layer.axes)}"


@layer_words.register
def _(layer: Resize) -> str:
    change = f"by {_by(layer.scale)}" if layer.scale else f"to {_by(layer.output_size)}"
    return f"{layer.mode.value} resize {change}{' with antialias' if layer.antialias else ''}"


@layer_words.register
def _(layer: PixelShuffle) -> str:
    return f"pixel shuffle {_by(layer.factor)}"


@layer_words.register
def _(layer: PixelUnshuffle) -> str:
    return f"pixel unshuffle {_by(layer.factor)}"


@layer_words.register
def _(layer: Pad) -> str:
    mode = "" if layer.mode == PadMode.CONSTANT else f"{layer.mode.value} "
    return f"{mode}pad {_sides(layer.amounts)}"


@layer_words.register
def _(layer: Crop) -> str:
    return f"crop {_sides(layer.amounts)}"


@layer_words.register
def _(layer: Slice) -> str:
    return f"slice from {_by(layer.start)} by {_by(layer.step)}"


@layer_words.register
def _(layer: Flip) -> str:
    return f"flip{_over(layer.axes)}"


@layer_words.register
def _(layer: ChannelSlice) -> str:
    return f"channels {layer.start} to {layer.stop - 1}"


@layer_words.register
def _(layer: ChannelShuffle) -> str:
    return f"channel shuffle, {_count(layer.groups, 'groups')}"


@layer_words.register
def _(layer: Norm) -> str:
    match layer.kind:
        case NormKind.LAYER_CHANNELS:
            return "layer norm over channels"
        case NormKind.GROUP:
            return f"group norm, {_count(layer.groups, 'groups')}"
        case kind:
            return f"{kind.value} norm"


@layer_words.register
def _(layer: Activation) -> str:
    return layer.kind


@layer_words.register
def _(layer: Dropout) -> str:
    return f"dropout {layer.rate:g}"


@layer_words.register
def _(layer: Linear) -> str:
    return f"linear, {_count(layer.out_features, 'features')}"


@layer_words.register(Global)
@layer_words.register(Unknown)
def _(layer: Global | Unknown) -> str:
    return f"{layer.name} ({layer.op})"


@layer_words.register
def _(layer: Unfold) -> str:
    return f"unfold {_window(layer)}"


@layer_words.register
def _(layer: Fold) -> str:
    return f"fold {_window(layer)} to {_by(layer.output_size)}"


@layer_words.register
def _(layer: Roll) -> str:
    return f"roll by {_by(layer.shift)}"


@layer_words.register
def _(layer: Flatten) -> str:
    return f"flatten{_over(layer.axes)}"


@layer_words.register
def _(layer: Blocks) -> str:
    return f"{layer.kind} in blocks of {_by(['all' if size == 0 else size for size in layer.block])}"


@layer_words.register
def _(layer: Cumulative) -> str:
    return f"{layer.kind}{_over(layer.axes)}{' in reverse' if layer.reverse else ''}"


@layer_words.register
def _(layer: Tile) -> str:
    return f"{_by(layer.repeats)} copies end to end"


@layer_words.register
def _(layer: Join) -> str:
    return f"end to end along axis {layer.axis}"


@layer_words.register
def _(layer: Combine) -> str:
    return f"{layer.kind}, {_count(layer.channels, 'channels')}"


def _convolving(layer: Conv | ConvTranspose) -> str:
    return f"{_window(layer)}, {_count(layer.out_channels, 'channels')}{_grouping(layer)}"


def _grouping(layer: Conv | ConvTranspose) -> str:
    if layer.groups == 1:
        return ""
    return ", depthwise" if layer.groups == layer.in_channels else f", {layer.groups} groups"


def _window(layer: Conv | ConvTranspose | Pool | Unfold | Fold) -> str:
    stride = "" if max(layer.stride) == 1 else f" s{_alike(layer.stride)}"
    dilation = "" if max(layer.dilation) == 1 else f" d{_alike(layer.dilation)}"
    return f"{_by(layer.kernel)}{stride}{dilation}"


def _count(number: int, things: str) -> str:
    return f"{number} {things.removesuffix('s') if number == 1 else things}"


def _by(values: Sequence[object]) -> str:
    return "x".join(map(str, values))


def _alike(values: Sequence[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else _by(values)


def _sides(amounts: Sequence[tuple[int, int]]) -> str:
    return " x ".join(f"{left}+{right}" for left, right in amounts)


def _over(axes: Sequence[int]) -> str:
    if not axes:
        return ""
    return f" over {'axis' if len(axes) == 1 else 'axes'} {', '.join(map(str, axes))}"
