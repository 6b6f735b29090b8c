"""A layer graph as torch code, as the witness of shapes, parameters, windows and influence.

`Built` makes the nn.Module of every layer (for shapes and parameters). `gradient` runs the same
graph in float64 with equal positive weights and mean gain 1 in every layer, max pooling replaced by
average pooling, and returns the gradient of one output position, summed over channels and over the
other axes' positions of the input: its support is the window and its values, up to one factor, the
influence.
"""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import pytest

torch = pytest.importorskip("torch")
nn: Any = torch.nn
F: Any = torch.nn.functional

from rfsolve.graph import (  # noqa: E402 - after importorskip
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
    Output,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    Resize,
    Roll,
    Slice,
    Tile,
    Unfold,
)
from rfsolve.windows import Coordinates, Rounding  # noqa: E402 - after importorskip

ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU, "gelu": nn.GELU, "sigmoid": nn.Sigmoid}


class Scale(nn.Module):
    """A learned factor per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(channels))

    def forward(self, x: Any) -> Any:
        return x * self.factor.view(1, -1, *[1] * (x.ndim - 2))


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each pixel."""

    def __init__(self, channels: int, *, affine: bool) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels, elementwise_affine=affine)

    def forward(self, x: Any) -> Any:
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)


def _pad_list(pairs: Sequence[tuple[int, int]], sign: int = 1) -> list[int]:
    """The torch order: last axis first."""
    return [sign * amount for pair in reversed(pairs) for amount in pair]


class Built(nn.Module):
    """The graph as a module: a submodule where the layer has one, a function elsewhere."""

    def __init__(self, graph: LayerGraph, *, equal: bool = False) -> None:
        super().__init__()
        self.graph, self.equal = graph, equal
        self.parts = nn.ModuleDict()
        for number, name in enumerate(graph.nodes):
            axes = graph.shapes()[name].axes
            made = module(graph.layer(name), axes)
            if made is not None:
                self.parts[str(number)] = made
                self._share(made, name)
        if equal:
            self.double()
            self._equalise()

    def _share(self, made: Any, name: str) -> None:
        """Give a module the very parameters of the node whose weights it has."""
        owner = self.graph.weights_owner(name)
        if owner != name:
            theirs = self.parts[str(list(self.graph.nodes).index(owner))]
            for key, parameter in theirs.named_parameters():
                setattr(made, key, parameter)

    def _equalise(self) -> None:
        for number, name in enumerate(self.graph.nodes):
            layer = self.graph.layer(name)
            if isinstance(layer, Conv | ConvTranspose):
                gain = prod(layer.stride) if isinstance(layer, ConvTranspose) else 1
                weight = gain * layer.groups / layer.in_channels / prod(layer.kernel)
                nn.init.constant_(self.parts[str(number)].weight, weight)
                if layer.bias:
                    nn.init.zeros_(self.parts[str(number)].bias)

    def forward(self, x: Any) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for number, name in enumerate(self.graph.nodes):
            layer = self.graph.layer(name)
            inputs = [values[source] for source in self.graph.inputs(name)]
            part = dict(self.parts.items()).get(str(number))
            values[name] = x if not inputs else self._run(layer, part, inputs)
        return values

    def _run(self, layer: Layer, part: Any, inputs: list[Any]) -> Any:
        x = inputs[0]
        if isinstance(layer, Conv):
            return part(F.pad(x, _pad_list(layer.padding)))
        if isinstance(layer, ConvTranspose):
            extra = [(0, n) for n in layer.output_padding]
            full = F.pad(part(x), _pad_list(extra))
            return F.pad(full, _pad_list(layer.padding, -1))
        if isinstance(layer, Pool) and self.equal:
            return _average(layer, x)
        if isinstance(layer, Linear):
            return part(x.flatten(1)).reshape(x.shape[0], -1, *[1] * (x.ndim - 2))
        if part is not None:
            return part(x)
        return function(layer, inputs, equal=self.equal)


def _average(layer: Pool, x: Any) -> Any:
    """Average pooling as a depthwise convolution, so that dilation works too."""
    axes = len(layer.kernel)
    conv = (F.conv1d, F.conv2d, F.conv3d)[axes - 1]
    shape = (x.shape[1], 1, *layer.kernel)
    weight = torch.full(shape, 1 / prod(layer.kernel), dtype=x.dtype)
    padded = F.pad(x, _pad_list(layer.padding))
    return conv(padded, weight, stride=layer.stride, dilation=layer.dilation, groups=x.shape[1])


def module(layer: Layer, axes: int) -> Any:  # noqa: PLR0911 - one return a layer
    """The torch module of a layer, or None where it is a function."""
    if isinstance(layer, Conv):
        kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[axes - 1]
        return kind(
            layer.in_channels,
            layer.out_channels,
            layer.kernel,
            stride=layer.stride,
            dilation=layer.dilation,
            groups=layer.groups,
            bias=layer.bias,
        )
    if isinstance(layer, ConvTranspose):
        kind = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[axes - 1]
        return kind(
            layer.in_channels,
            layer.out_channels,
            layer.kernel,
            stride=layer.stride,
            dilation=layer.dilation,
            groups=layer.groups,
            bias=layer.bias,
        )
    if isinstance(layer, Pool):
        pools = {
            "max": (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d),
            "avg": (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d),
        }
        lefts = tuple(left for left, _ in layer.padding)
        extra = {"dilation": layer.dilation} if layer.kind == "max" else {}
        return pools[layer.kind][axes - 1](layer.kernel, layer.stride, lefts, ceil_mode=layer.ceil_mode, **extra)
    if isinstance(layer, Norm):
        return _norm(layer, axes)
    if isinstance(layer, LayerScale):
        return Scale(layer.channels)
    if isinstance(layer, Linear):
        return nn.Linear(layer.in_features, layer.out_features, bias=layer.bias)
    if isinstance(layer, Activation) and layer.kind == "prelu":
        return nn.PReLU(layer.slopes)
    return None


def _norm(layer: Norm, axes: int) -> Any:
    if layer.kind == "batch":
        kind = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[axes - 1]
        return kind(layer.channels, affine=layer.affine).eval()
    if layer.kind == "instance":
        kind = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[axes - 1]
        return kind(layer.channels, affine=layer.affine)
    if layer.kind == "group":
        return nn.GroupNorm(layer.groups, layer.channels, affine=layer.affine)
    if layer.kind == "layer_channels":
        return ChannelNorm(layer.channels, affine=layer.affine)
    return nn.LayerNorm([layer.channels, *layer.size], elementwise_affine=layer.affine)


def function(layer: Layer, inputs: list[Any], *, equal: bool) -> Any:  # noqa: C901, PLR0911, PLR0912 - one branch a layer
    x = inputs[0]
    spatial = range(2, x.ndim)
    if isinstance(layer, Add):
        total = sum(inputs)
        return total / len(inputs) if equal else total
    if isinstance(layer, Multiply):
        total = inputs[0]
        for other in inputs[1:]:
            total = total * other
        return sum(inputs) / len(inputs) if equal else total
    if isinstance(layer, Concat):
        return torch.cat(inputs, 1)
    if isinstance(layer, Combine):
        mixed = sum(one.mean(1, keepdim=True) for one in inputs) / len(inputs)
        return mixed.expand(-1, layer.channels, *[-1] * len(spatial))
    if isinstance(layer, Blocks):
        return _blocks(layer, x)
    if isinstance(layer, Flatten):
        axes = [axis + 2 for axis in layer.axes]
        kept = [axis for axis in spatial if axis not in axes]
        flat = x.permute(0, 1, *axes, *kept).flatten(1, 1 + len(axes))
        return flat.reshape(x.shape[0], -1, *[1 if axis in axes else x.shape[axis] for axis in spatial])
    if isinstance(layer, Roll):
        return x.roll(layer.shift, list(spatial))
    if isinstance(layer, Fold):
        return _fold(layer, x)
    if isinstance(layer, Tile):
        return x.repeat(1, 1, *layer.repeats)
    if isinstance(layer, Join):
        return torch.cat(inputs, 2 + layer.axis)
    if isinstance(layer, Cumulative):
        return _cumulative(layer, x)
    if isinstance(layer, Unfold):
        return _unfold(layer, x)
    if isinstance(layer, Pad):
        mode = str(layer.mode)
        return F.pad(x, _pad_list(layer.amounts), mode=mode)
    if isinstance(layer, Crop):
        return F.pad(x, _pad_list(layer.amounts, -1))
    if isinstance(layer, Slice):
        cut = tuple(slice(a, None, b) for a, b in zip(layer.start, layer.step, strict=True))
        return x[(slice(None), slice(None), *cut)]
    if isinstance(layer, Flip):
        return x.flip([axis + 2 for axis in layer.axes])
    if isinstance(layer, ChannelSlice):
        return x[:, layer.start : layer.stop]
    if isinstance(layer, ChannelShuffle):
        return x.unflatten(1, (layer.groups, -1)).transpose(1, 2).flatten(1, 2)
    if isinstance(layer, PixelShuffle):
        return _shuffle(layer, x)
    if isinstance(layer, PixelUnshuffle):
        return _unshuffle(layer, x)
    if isinstance(layer, AdaptivePool):
        pools = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)
        return pools[x.ndim - 3](x, layer.output_size)
    if isinstance(layer, GlobalPool):
        axes = [axis + 2 for axis in layer.axes] or list(spatial)
        return x.mean(axes, keepdim=True)
    if isinstance(layer, Resize):
        return _resize(layer, x)
    if isinstance(layer, Activation):
        return x if equal else ACTIVATIONS[layer.kind]()(x)
    assert isinstance(layer, Identity | Dropout | Output), layer
    return x


def _fold(layer: Fold, x: Any) -> Any:
    """Each place of the kernel laid stride by stride into a large image, of which the padding is cut."""
    size = [n + sum(pair) for n, pair in zip(layer.output_size, layer.padding, strict=True)]
    places = x.unflatten(1, (-1, *layer.kernel))
    total = torch.zeros(*x.shape[:1], places.shape[1], *size, dtype=x.dtype)
    for place in product(*map(range, layer.kernel)):
        one = places[(slice(None), slice(None), *place)]
        spots = zip(place, layer.dilation, layer.stride, one.shape[2:], strict=True)
        where = [slice(t * d, t * d + (n - 1) * s + 1, s) for t, d, s, n in spots]
        total[(slice(None), slice(None), *where)] += one
    cut = [slice(left, left + n) for n, (left, _) in zip(layer.output_size, layer.padding, strict=True)]
    return total[(slice(None), slice(None), *cut)] * prod(layer.stride) / prod(layer.kernel)


def _cumulative(layer: Cumulative, x: Any) -> Any:
    """The mean of all pixels so far."""
    for axis in layer.axes:
        dim = axis + 2
        turned = x.flip(dim) if layer.reverse else x
        count = torch.arange(1, x.shape[dim] + 1, dtype=x.dtype).view(-1, *[1] * (x.ndim - dim - 1))
        mean = turned.cumsum(dim) / count
        x = mean.flip(dim) if layer.reverse else mean
    return x


def _blocks(layer: Blocks, x: Any) -> Any:
    """The mean of each block in place of each of its pixels."""
    for axis, block in enumerate(layer.block, start=2):
        size = block or x.shape[axis]
        parted = x.unflatten(axis, (-1, size))
        x = parted.mean(axis + 1, keepdim=True).expand(parted.shape).flatten(axis, axis + 1)
    return x


def _unfold(layer: Unfold, x: Any) -> Any:
    """Slices of the padded input side by side, kernel position by kernel position."""
    padded = F.pad(x, _pad_list(layer.padding))
    form = list(zip(padded.shape[2:], layer.kernel, layer.stride, layer.dilation, strict=True))
    counts = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in form]
    pieces = []
    for at in product(*(range(k) for k in layer.kernel)):
        cut = [
            slice(d * p, d * p + s * (count - 1) + 1, s)
            for p, count, (_, _, s, d) in zip(at, counts, form, strict=True)
        ]
        pieces.append(padded[(slice(None), slice(None), *cut)])
    return torch.stack(pieces, 2).flatten(1, 2)


def _shuffle(layer: PixelShuffle, x: Any) -> Any:
    axes = len(layer.factor)
    folded = x.unflatten(1, (-1, *layer.factor))
    order = [0, 1]
    for axis in range(axes):
        order += [2 + axes + axis, 2 + axis]
    size = [n * f for n, f in zip(x.shape[2:], layer.factor, strict=True)]
    return folded.permute(order).reshape(x.shape[0], -1, *size)


def _unshuffle(layer: PixelUnshuffle, x: Any) -> Any:
    axes = len(layer.factor)
    for axis in range(axes):
        x = x.unflatten(2 + 2 * axis, (-1, layer.factor[axis]))
    order = [0, 1, *range(3, 3 + 2 * axes, 2), *range(2, 2 + 2 * axes, 2)]
    moved = x.permute(order)
    return moved.reshape(x.shape[0], -1, *moved.shape[-axes:])


def _resize(layer: Resize, x: Any) -> Any:
    linear = ("linear", "bilinear", "trilinear")[x.ndim - 3]
    exact = layer.rounding is Rounding.ROUND_PREFER_CEIL
    mode = {"nearest": "nearest-exact" if exact else "nearest", "linear": linear}.get(layer.mode, "bicubic")
    corners = None
    if mode not in ("nearest", "nearest-exact"):
        corners = layer.coordinates is Coordinates.ALIGN_CORNERS
    how = {"mode": mode, "align_corners": corners, "antialias": layer.antialias}
    if layer.output_size:
        return F.interpolate(x, size=layer.output_size, **how)
    return F.interpolate(x, scale_factor=tuple(float(ratio) for ratio in layer.scale), **how)


def outputs(graph: LayerGraph) -> tuple[Any, dict[str, Any]]:
    """An input in float64 and all nodes' values under equal weights."""
    (source,) = graph.input_nodes
    shape = graph.shapes()[source]
    x = torch.ones(1, shape.channels, *shape.size, dtype=torch.float64, requires_grad=True)
    return x, Built(graph, equal=True).eval()(x)


def gradient(x: Any, value: Any, index: Sequence[int], axis: int) -> Any:
    """Gradient along `axis` of output `index`, as a numpy array over source pixels."""
    picked = value[(slice(None), slice(None), *index)].sum()
    (grad,) = torch.autograd.grad(picked, x, retain_graph=True, allow_unused=True)
    others = [n for n in range(x.ndim) if n != axis + 2]
    return grad.sum(others).numpy()
