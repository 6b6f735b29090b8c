"""The vocabulary of layers, the graph they form, their shapes and their costs."""

from rfsolve.graph.activation import Activation, Dropout, Identity
from rfsolve.graph.channels import ChannelShuffle, ChannelSlice
from rfsolve.graph.combine import Blocks, Combine, Cumulative, Flatten
from rfsolve.graph.convolution import Conv, ConvTranspose, causal_padding, same_padding
from rfsolve.graph.costs import (
    ActivationMemory,
    activation_memory,
    entropy,
    macs,
    node_macs,
    parameters,
)
from rfsolve.graph.ends import Input, Output
from rfsolve.graph.layer import Dependence, Layer, LongPeriod, Reach
from rfsolve.graph.layer_graph import LayerGraph, Stated
from rfsolve.graph.laying import Join, Tile
from rfsolve.graph.merge import Add, Concat, Multiply
from rfsolve.graph.normalisation import LayerScale, Norm, NormKind
from rfsolve.graph.pooling import AdaptivePool, Fold, GlobalPool, Pool, PoolKind, Unfold
from rfsolve.graph.rearrangement import Crop, Flip, Pad, PadMode, Roll, Slice
from rfsolve.graph.resize import PixelShuffle, PixelUnshuffle, Resize, ResizeMode
from rfsolve.graph.shape import ShapeError, TensorShape
from rfsolve.graph.statistics import reads_statistics, without_statistics
from rfsolve.graph.vocabulary import VOCABULARY
from rfsolve.graph.whole import Global, Linear, Unknown

__all__ = [
    "VOCABULARY",
    "Activation",
    "ActivationMemory",
    "AdaptivePool",
    "Add",
    "Blocks",
    "ChannelShuffle",
    "ChannelSlice",
    "Combine",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Crop",
    "Cumulative",
    "Dependence",
    "Dropout",
    "Flatten",
    "Flip",
    "Fold",
    "Global",
    "GlobalPool",
    "Identity",
    "Input",
    "Join",
    "Layer",
    "LayerGraph",
    "LayerScale",
    "Linear",
    "LongPeriod",
    "Multiply",
    "Norm",
    "NormKind",
    "Output",
    "Pad",
    "PadMode",
    "PixelShuffle",
    "PixelUnshuffle",
    "Pool",
    "PoolKind",
    "Reach",
    "Resize",
    "ResizeMode",
    "Roll",
    "ShapeError",
    "Slice",
    "Stated",
    "TensorShape",
    "Tile",
    "Unfold",
    "Unknown",
    "activation_memory",
    "causal_padding",
    "entropy",
    "macs",
    "node_macs",
    "parameters",
    "reads_statistics",
    "same_padding",
    "without_statistics",
]
