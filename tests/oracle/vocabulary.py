"""One or more layers of every operation of the vocabulary, each in a small graph of its own."""

from fractions import Fraction

from rfsolve.graph import (
    Activation,
    AdaptivePool,
    Add,
    Blocks,
    ChannelShuffle,
    ChannelSlice,
    Combine,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Cumulative,
    Dropout,
    Flatten,
    Flip,
    Fold,
    GlobalPool,
    Identity,
    Join,
    Layer,
    LayerGraph,
    LayerScale,
    Linear,
    Multiply,
    Norm,
    NormKind,
    Output,
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
    Tile,
    Unfold,
)
from rfsolve.windows import Coordinates, Rounding

AVG, MAX = PoolKind.AVG, PoolKind.MAX
THREE_HALVES = (Fraction(3, 2), Fraction(2))
LAYERS: list[Layer] = [
    Conv(in_channels=4, out_channels=6, kernel=(3, 1), stride=(2, 1), padding=((1, 2), (0, 0))),
    Conv(in_channels=4, out_channels=4, kernel=(2, 3), dilation=(3, 2), groups=4, bias=False),
    ConvTranspose(in_channels=4, out_channels=2, kernel=(2, 4), stride=(3, 2), groups=2),
    ConvTranspose(
        in_channels=4,
        out_channels=2,
        kernel=(3, 5),
        stride=(2, 3),
        dilation=(2, 2),
        padding=((1, 0), (2, 1)),
        output_padding=(1, 0),
    ),
    Pool(kind=MAX, kernel=(3, 2), stride=(2, 2), padding=((1, 1), (0, 0))),
    Pool(kind=AVG, kernel=(2, 3)),
    AdaptivePool(kind=AVG, output_size=(9, 16)),
    AdaptivePool(kind=AVG, output_size=(1, 1)),
    GlobalPool(kind=AVG),
    GlobalPool(kind=AVG, axes=(1,)),
    Resize(mode=ResizeMode.NEAREST, scale=THREE_HALVES),
    Resize(
        mode=ResizeMode.NEAREST,
        scale=THREE_HALVES,
        rounding=Rounding.ROUND_PREFER_CEIL,
        coordinates=Coordinates.HALF_PIXEL,
    ),
    Resize(mode=ResizeMode.LINEAR, scale=THREE_HALVES),
    Resize(mode=ResizeMode.LINEAR, output_size=(36, 17)),
    Resize(mode=ResizeMode.LINEAR, output_size=(47, 12), coordinates=Coordinates.ALIGN_CORNERS),
    Resize(mode=ResizeMode.CUBIC, scale=(Fraction(2), Fraction(1, 2))),
    Resize(mode=ResizeMode.LINEAR, scale=(Fraction(1, 2), Fraction(2, 3)), antialias=True),
    Resize(mode=ResizeMode.LINEAR, output_size=(18, 36), antialias=True),
    Resize(mode=ResizeMode.CUBIC, output_size=(18, 16), antialias=True),
    PixelShuffle(factor=(2, 2)),
    PixelShuffle(factor=(1, 4)),
    PixelUnshuffle(factor=(2, 3)),
    Pad(amounts=((1, 2), (0, 3))),
    Pad(amounts=((1, 2), (0, 3)), mode=PadMode.REFLECT),
    Pad(amounts=((1, 2), (0, 3)), mode=PadMode.REPLICATE),
    Crop(amounts=((1, 2), (0, 3))),
    Slice(start=(1, 0), step=(2, 3)),
    Flip(axes=(1,)),
    Flip(axes=(0, 1)),
    Roll(shift=(3, -2)),
    Tile(repeats=(2, 1)),
    Tile(repeats=(1, 3)),
    Join(axis=0),
    Join(axis=1),
    Cumulative(kind="cumsum", axes=(0,)),
    Cumulative(kind="cumsum", axes=(0, 1), reverse=True),
    Unfold(kernel=(3, 2), stride=(2, 1), dilation=(1, 3), padding=((1, 0), (0, 2))),
    Fold(output_size=(48, 26), kernel=(2, 2), stride=(2, 1), dilation=(1, 3), padding=((0, 0), (1, 0))),
    Blocks(kind="attention", block=(4, 3)),
    Blocks(kind="attention", block=(0, 2)),
    Combine(kind="maximum", channels=5),
    Flatten(axes=(1,)),
    Add(),
    Multiply(),
    Concat(),
    ChannelSlice(start=1, stop=3),
    ChannelShuffle(groups=2),
    Norm(kind=NormKind.BATCH, channels=4),
    Norm(kind=NormKind.BATCH, channels=4, affine=False),
    Norm(kind=NormKind.GROUP, channels=4, groups=2),
    Norm(kind=NormKind.INSTANCE, channels=4),
    Norm(kind=NormKind.LAYER, channels=4, size=(24, 24)),
    Norm(kind=NormKind.LAYER_CHANNELS, channels=4),
    LayerScale(channels=4),
    Activation(kind="silu"),
    Activation(kind="prelu", slopes=4),
    Identity(),
    Dropout(),
    Linear(in_features=4 * 24 * 24, out_features=3),
    Output(),
]
NOT_IN_TORCH = {"input", "global", "unknown"}


def graph_of(layer: Layer) -> LayerGraph:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(24, 24))
    inputs = ["x"] * max(1, layer.arity[0])
    if isinstance(layer, Join):
        part = Crop(amounts=tuple((3, 4) if axis == layer.axis else (0, 0) for axis in (0, 1)))
        inputs = ["x", graph.add("part", part, ["x"])]
    if isinstance(layer, Concat):
        shifted = Conv(in_channels=4, out_channels=8, kernel=(5, 3), padding=((2, 2), (0, 2)))
        inputs = ["x", graph.add("other", shifted, ["x"])]
    graph.add("y", layer, inputs)
    return graph
