"""Every layer there is, by the name of its operation."""

from rfsolve.graph.activation import Activation, Dropout, Identity
from rfsolve.graph.channels import ChannelShuffle, ChannelSlice
from rfsolve.graph.combine import Blocks, Combine, Cumulative, Flatten
from rfsolve.graph.convolution import Conv, ConvTranspose
from rfsolve.graph.ends import Input, Output
from rfsolve.graph.layer import Layer
from rfsolve.graph.laying import Join, Tile
from rfsolve.graph.merge import Add, Concat, Multiply
from rfsolve.graph.normalisation import LayerScale, Norm
from rfsolve.graph.pooling import AdaptivePool, Fold, GlobalPool, Pool, Unfold
from rfsolve.graph.rearrangement import Crop, Flip, Pad, Roll, Slice
from rfsolve.graph.resize import PixelShuffle, PixelUnshuffle, Resize
from rfsolve.graph.whole import Global, Linear, Unknown

_LAYERS: tuple[type[Layer], ...] = (
    Input,
    Output,
    Conv,
    ConvTranspose,
    Pool,
    Unfold,
    Fold,
    AdaptivePool,
    GlobalPool,
    Resize,
    PixelShuffle,
    PixelUnshuffle,
    Pad,
    Crop,
    Slice,
    Flip,
    Roll,
    Tile,
    Join,
    Add,
    Multiply,
    Combine,
    Blocks,
    Cumulative,
    Flatten,
    Concat,
    ChannelSlice,
    ChannelShuffle,
    Norm,
    LayerScale,
    Activation,
    Identity,
    Dropout,
    Linear,
    Global,
    Unknown,
)

VOCABULARY: dict[str, type[Layer]] = {layer.op: layer for layer in _LAYERS}
