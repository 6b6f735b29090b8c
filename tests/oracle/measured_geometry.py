"""Rules of operations on windows: convolutions, pools, resizing, patches, sampling.

What lies outside sees nothing, and is remembered. A convolution's window is that of torch's own
maximum pooling after explicit padding; a resizing's weights are read off torch's own resizing of
the unit vectors.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tests.oracle.measured_extents import CUT, MIRRORED, STATE, WRAPPED, is_marked, pad_cut, remember, rule  # noqa: E402 - after importorskip
from tests.oracle.measured_mixing import most  # noqa: E402 - after importorskip

F = torch.nn.functional
POOLS = {1: torch.max_pool1d, 2: torch.max_pool2d, 3: torch.max_pool3d}
ADAPTIVE = {1: torch.adaptive_max_pool1d, 2: torch._C._nn.adaptive_max_pool2d, 3: torch._C._nn.adaptive_max_pool3d}
NEGLIGIBLE = 1e-9  # a weight that is zero up to the rounding of float64


def _tuple(value: Any, axes: int) -> tuple[int, ...]:
    values = tuple(value) if isinstance(value, Sequence) else (value,) * axes
    return values * axes if len(values) == 1 else values


def _pad(x: Any, pads: Sequence[tuple[int, int]]) -> Any:
    """Pad the spatial dimensions; they are the source's axes where there are as many."""
    for place, pair in enumerate(pads):
        x = pad_cut(x, 2 + place, pair, *_axis(x, place, len(pads)))
    return x


def _axis(x: Any, place: int, spatial: int) -> tuple[int, int]:
    """Which of the source's axes a spatial dimension is, and how many the source has."""
    axes = STATE["axes"]
    assert x.shape[0] % (4 * axes) == 0, "a batch that is mixed"
    return (place if spatial == axes else 0), axes


def _window(x: Any, kernel: Any, stride: Any, dilation: Any) -> Any:
    axes = x.ndim - 2
    return POOLS[axes](x, kernel, stride, (0,) * axes, dilation)


def _batched(x: Any, axes: int) -> Any:
    assert x.ndim == axes + 2, "a tensor without a batch"
    return x.float()


def _same_pads(kernel: Sequence[int], dilation: Sequence[int]) -> list[tuple[int, int]]:
    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return [(total // 2, total - total // 2) for total in totals]


@rule("conv1d", "conv2d", "conv3d")
def convolution(  # noqa: PLR0917 - torch's signature
    _function: Any,
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Every output sees its window in all channels of its group, and what its weights see."""
    axes = weight.ndim - 2
    kernel, dilation = weight.shape[2:], _tuple(dilation, axes)
    if padding == "same":
        pads = _same_pads(kernel, dilation)
    else:
        pads = [(n, n) for n in _tuple(0 if padding == "valid" else padding, axes)]
    if is_marked(x):
        padded = _pad(_batched(x, axes), pads)
        folded = most(padded.unflatten(1, (groups, -1)), 2)
        seen = _window(folded, tuple(kernel), _tuple(stride, axes), dilation)
        seen = seen.repeat_interleave(weight.shape[0] // groups, 1)
    else:
        raise AssertionError("weights that see more than what they weigh")
    for part in (weight, bias):
        if is_marked(part):
            per_output = part.reshape(part.shape[0], -1).amax(1)
            seen = torch.maximum(seen, per_output.view(1, -1, *[1] * axes))
    return seen


@rule("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed_convolution(  # noqa: PLR0917 - torch's signature
    _function: Any,
    x: Any,
    weight: Any,
    bias: Any = None,  # noqa: ARG001 - a constant
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """The inputs set `stride` apart with nothing between them, then a window of stride 1."""
    axes = weight.ndim - 2
    kernel, stride = tuple(weight.shape[2:]), _tuple(stride, axes)
    padding, dilation = _tuple(padding, axes), _tuple(dilation, axes)
    extra = _tuple(output_padding, axes)
    around = [-(-d * (k - 1) // s) + 1 for d, k, s in zip(dilation, kernel, stride, strict=True)]
    wide = _pad(_batched(x, axes), [(n, n) for n in around])
    folded = most(wide.unflatten(1, (groups, -1)), 2)
    size = [(n - 1) * s + 1 for n, s in zip(folded.shape[2:], stride, strict=True)]
    sparse = torch.zeros(*folded.shape[:2], *size)
    sparse[(slice(None), slice(None), *[slice(None, None, s) for s in stride])] = folded
    spans = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    fields = zip(around, stride, spans, padding, extra, strict=True)
    cuts = [(span - n * s - p, span - n * s - p + more) for n, s, span, p, more in fields]
    seen = _window(F.pad(sparse, [amount for pair in reversed(cuts) for amount in pair]), kernel, (1,) * axes, dilation)
    return seen.repeat_interleave(weight.shape[1], 1)


@rule("max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(  # noqa: PLR0917 - torch's signature
    function: Any,
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,  # noqa: FBT001, FBT002 - torch's signature
    return_indices: bool = False,  # noqa: FBT001, FBT002, ARG001 - torch's signature
) -> Any:
    """The pool itself, a maximum of extents, after explicit padding, up to where its last window ends."""
    axes = int(function.__name__[-2])
    kernel, stride = _tuple(kernel_size, axes), _tuple(stride or kernel_size, axes)
    padding, dilation = _tuple(padding, axes), _tuple(dilation, axes)
    small = torch.zeros(1, 1, *x.shape[2:])
    out = POOLS[axes](small, kernel, stride, padding, dilation, ceil_mode).shape[2:]
    fields = zip(x.shape[2:], out, kernel, stride, padding, dilation, strict=True)
    pads = [(p, max((o - 1) * s + d * (k - 1) + 1 - n - p, 0)) for n, o, k, s, p, d in fields]
    seen = _window(_pad(_batched(x, axes), pads), kernel, stride, dilation)
    return seen[(slice(None), slice(None), *[slice(n) for n in out])]


@rule("max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices")
def max_pool_with_places(_function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """The pool and the places, which see the same."""
    pooled = max_pool(POOLS[x.ndim - 2], x, *args, **kwargs)
    return pooled, pooled.clone()


@rule("avg_pool1d", "avg_pool2d", "avg_pool3d")
def average_pool(
    _function: Any,
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,  # noqa: FBT001, FBT002 - torch's signature
    *_args: Any,
    **_kwargs: Any,
) -> Any:
    """The windows of the maximum pool with the same fields."""
    return max_pool(POOLS[x.ndim - 2], x, kernel_size, stride, padding, 1, ceil_mode)


@rule("lp_pool1d", "lp_pool2d", "lp_pool3d")
def norm_pool(
    _function: Any,
    x: Any,
    norm_type: float,  # noqa: ARG001 - torch's signature
    kernel_size: Any,
    stride: Any = None,
    ceil_mode: bool = False,  # noqa: FBT001, FBT002 - torch's signature
) -> Any:
    """The windows of the maximum pool with the same fields."""
    return max_pool(POOLS[x.ndim - 2], x, kernel_size, stride, 0, 1, ceil_mode)


@rule(
    *("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"),
    *("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"),
)
def adaptive_pool(function: Any, x: Any, output_size: Any, *_args: Any, **_kwargs: Any) -> Any:
    """The pool itself: a maximum of extents."""
    axes = int(function.__name__[-2])
    size = [n if want is None else want for n, want in zip(x.shape[-axes:], _tuple(output_size, axes), strict=True)]
    return ADAPTIVE[axes](x, size)[0]


@rule("interpolate", "upsample", "upsample_nearest", "upsample_bilinear")
def resized(  # noqa: PLR0917 - torch's signature
    function: Any,
    x: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,  # noqa: FBT001, FBT002 - torch's signature
) -> Any:
    """Axis by axis, every output sees the inputs that have weight in it."""
    if function.__name__ == "upsample_bilinear":
        mode, align_corners = "bilinear", True
    axes = x.ndim - 2
    for axis in range(axes):
        want = {"size": None if size is None else _tuple(size, axes)[axis]}
        want["scale_factor"] = None if scale_factor is None else _tuple(scale_factor, axes)[axis]
        weights = _weights(
            x.shape[2 + axis], want, mode, corners=align_corners, recompute=recompute_scale_factor, antialias=antialias
        )
        at_ends = mode not in ("nearest", "nearest-exact")
        x = _gather(x, 2 + axis, weights, *(_axis(x, axis, axes) if at_ends else (None, 0)))
    return x


def _weights(extent: int, want: dict[str, Any], mode: str, *, corners: Any, recompute: Any, antialias: Any) -> Any:
    """The matrix (outputs, inputs) of one axis, from torch's own resizing of every unit vector.

    Two pixels wide: images of one pixel's width and one channel are resized wrongly with antialias (torch 2.13).
    """
    flat = {"linear": "bilinear", "trilinear": "bilinear"}.get(mode, mode)
    units = torch.eye(extent, dtype=torch.float64).view(extent, 1, extent, 1).repeat(1, 1, 1, 2)
    if want["size"] is None:
        where = {"scale_factor": (float(want["scale_factor"]), 1.0), "recompute_scale_factor": recompute}
    else:
        where = {"size": (int(want["size"]), 2)}
    done = F.interpolate(units, mode=flat, align_corners=corners, antialias=antialias, **where)
    return done[:, 0, :, 0].T


def _gather(x: Any, dim: int, weights: Any, axis: int | None, axes: int) -> Any:
    """Maximum over the inputs of every output that have weight; what weighs the first or last pixel may be cut."""
    moved = x.movedim(dim, -1)
    used = [row.abs() > NEGLIGIBLE for row in weights]
    seen = torch.stack([moved[..., row].amax(-1) for row in used], -1)
    if axis is not None:
        items = x.shape[0] // (4 * axes)
        for side, pixel in ((0, 0), (1, -1)):
            ends = torch.tensor([bool(row[pixel]) for row in used]).float() * CUT
            first = (2 * axes + 2 * axis + side) * items
            seen[first : first + items] = torch.maximum(seen[first : first + items], ends)
    return seen.movedim(-1, dim)


@rule("pad")
def padded(function: Any, x: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:  # noqa: ARG001 - the value is a constant
    """Constants see nothing; reflected and repeated pixels see what they show. Either is remembered."""
    pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    if mode != "constant":
        inside = function(x.float(), pad, mode)
        kind = WRAPPED if mode == "circular" else MIRRORED
        for place, pair in enumerate(pairs):
            inside = remember(inside, x.ndim - len(pairs) + place, pair, *_axis(x, place, len(pairs)), kind=kind)
        return inside
    x = x.float()
    dims = {x.ndim - len(pairs) + place: pair for place, pair in enumerate(pairs) if pair != (0, 0)}
    last = x.ndim - 1
    channels_last = x.ndim > 3 and last not in dims and 1 in dims and 2 in dims
    for dim, pair in dims.items():
        place = dim - 1 if channels_last else dim - 2
        if place < 0 or place >= STATE["axes"]:
            x = F.pad(x, [0, 0] * (last - dim) + list(pair))
        else:
            x = pad_cut(x, dim, pair, *_axis(x, place, STATE["axes"]))
    return x


@rule("roll")
def rolled(function: Any, x: Any, shifts: Any, dims: Any = None, **_kwargs: Any) -> Any:
    """The operation itself; what comes round is remembered."""
    moved = function(x.float(), shifts, dims)
    shifts, dims = _tuple(shifts, 1), [dim % x.ndim for dim in _tuple(dims, 1)]
    channels_last = min(dims) == 1 and x.ndim > 3
    for shift, dim in zip(shifts, dims, strict=True):
        place = dim - 1 if channels_last else dim - 2
        if shift and 0 <= place < STATE["axes"]:
            pair = (shift, 0) if shift > 0 else (0, -shift)
            moved = remember(moved, dim, pair, *_axis(x, place, STATE["axes"]), kind=WRAPPED)
    return moved


@rule("unfold")
def patches(function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """The method Tensor.unfold only moves numbers, the function F.unfold too after explicit padding."""
    names = ("kernel_size", "dilation", "padding", "stride")
    if not isinstance(function, type(_pad)):
        return function(x, *args, **kwargs)
    fields = {**dict(zip(names, args, strict=False)), **kwargs}
    pads = [(n, n) for n in _tuple(fields.pop("padding", 0), 2)]
    return function(_pad(x.float(), pads), **fields)


@rule("fold")
def folded(  # noqa: PLR0917 - torch's signature
    _function: Any,
    x: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Any:
    """Every output sees all patches that lie on it."""
    size = _tuple(output_size, 2)
    places = torch.arange(1.0, prod(size) + 1, dtype=torch.float64).view(1, 1, *size)
    places = F.unfold(places, kernel_size, dilation, padding, stride).long().flatten()
    channels = x.shape[1] * x.shape[2] // places.numel()
    values = x.reshape(x.shape[0], channels, -1)
    seen = torch.zeros(x.shape[0], channels, prod(size) + 1)
    seen.scatter_reduce_(2, places.expand(values.shape), values, "amax")
    return seen[..., 1:].reshape(x.shape[0], channels, *size)


@rule("grid_sample")
def sampled(_function: Any, x: Any, grid: Any, *_args: Any, **_kwargs: Any) -> Any:
    """An output may see any pixel, and what its place sees."""
    spatial = tuple(range(2, x.ndim))
    everywhere = torch.zeros(x.shape[0], x.shape[1], *grid.shape[1:-1])
    if is_marked(x):
        everywhere = torch.maximum(everywhere, most(x, spatial, keepdim=True))
    if is_marked(grid):
        everywhere = torch.maximum(everywhere, most(grid, -1)[:, None])
    return everywhere
