"""Convolutions, poolings, unfoldings, interpolation."""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from rfsolve.formats.lowering import kernels
from rfsolve.formats.lowering.kernels import Sliding
from rfsolve.formats.lowering.layout import ONE
from rfsolve.formats.lowering.resizing import resized
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value
from rfsolve.formats.torch.aten.arguments import Arguments, Rule
from rfsolve.graph import PoolKind, ResizeMode
from rfsolve.windows import Coordinates, Rounding


def _weight(a: Arguments) -> Constant:
    weight = a.value("weight")
    if not isinstance(weight, Constant):
        raise Untranslatable("its kernel depends on the input")
    return weight


def _batched(tensor: Tensor, rank: int) -> Tensor:
    """The tensor with a batch, which operations on single items lack."""
    return tensor if tensor.rank == rank else tensor.lying([ONE, *tensor.dims])


def _unbatched(result: Value, a: Arguments) -> Value:
    if isinstance(result, Tensor) and result.rank > len(a.shapes[0]):
        return result.lying(result.dims[1:])
    return result


def _convolution(site: Site, a: Arguments) -> Value:
    weight = _weight(a)
    n = weight.rank - 2
    kernel = list(weight.shape[2:])
    tensor = _batched(a.tensor("input", "self"), n + 2)
    stride, dilation = a.integers("stride", n, default=1), a.integers("dilation", n, default=1)
    groups, weights = a.integer("groups", 1), [weight, a.value("bias")]
    if a.value("transposed"):
        pads = [(p, p) for p in a.integers("padding", n, default=0)]
        extra = a.integers("output_padding", n, default=0)
        return _transposed(
            site, a, tensor, Sliding(kernel=kernel, stride=stride, dilation=dilation, padding=pads), extra
        )
    sliding = Sliding(kernel=kernel, stride=stride, dilation=dilation, padding=_padding(a, kernel, dilation))
    result = kernels.convolved(site, tensor, sliding, out=weight.shape[0], groups=groups, weights=weights)
    return _unbatched(result, a)


def _padding(a: Arguments, kernel: list[int], dilation: list[int]) -> list[tuple[int, int]]:
    given = a.value("padding")
    if given == "valid":
        return [(0, 0)] * len(kernel)
    if given == "same":
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    return [(p, p) for p in a.integers("padding", len(kernel), default=0)]


def _conv_transpose(site: Site, a: Arguments) -> Value:
    weight = _weight(a)
    n = weight.rank - 2
    sliding = Sliding(
        kernel=list(weight.shape[2:]),
        stride=a.integers("stride", n, default=1),
        dilation=a.integers("dilation", n, default=1),
        padding=[(p, p) for p in a.integers("padding", n, default=0)],
    )
    return _transposed(
        site, a, _batched(a.tensor("input", "self"), n + 2), sliding, a.integers("output_padding", n, default=0)
    )


def _transposed(site: Site, a: Arguments, tensor: Tensor, sliding: Sliding, extra: list[int]) -> Value:
    weight, groups = _weight(a), a.integer("groups", 1)
    result = kernels.transposed(
        site,
        tensor,
        sliding,
        output_padding=extra,
        out=weight.shape[1] * groups,
        groups=groups,
        weights=[weight, a.value("bias")],
    )
    return _unbatched(result, a)


def _pool(kind: PoolKind, axes: int, site: Site, a: Arguments) -> Sequence[Value | None]:
    tensor = _batched(a.tensor(), axes + 2)
    kernel = a.integers("kernel_size", axes)
    sliding = Sliding(
        kernel=kernel,
        stride=a.integers("stride", axes) if a.value("stride") else kernel,
        dilation=a.integers("dilation", axes, default=1),
        padding=[(p, p) for p in a.integers("padding", axes, default=0)],
    )
    result = _unbatched(kernels.pooled(site, tensor, kind, sliding, ceil_mode=bool(a.value("ceil_mode"))), a)
    return [result, result][: len(a.shapes)]


def _adaptive(kind: PoolKind, axes: int, site: Site, a: Arguments) -> Sequence[Value | None]:
    result = _unbatched(kernels.pooled_to(site, _batched(a.tensor(), axes + 2), kind, a.shapes[0][-axes:]), a)
    return [result, result][: len(a.shapes)]


def _im2col(site: Site, a: Arguments) -> Value:
    return _unbatched(kernels.unfolded(site, _batched(a.tensor(), 4), _plane(a)), a)


def _col2im(site: Site, a: Arguments) -> Value:
    size = a.integers("output_size", 2)
    return _unbatched(kernels.folded_back(site, _batched(a.tensor(), 3), _plane(a), size), a)


def _plane(a: Arguments) -> Sliding:
    return Sliding(
        kernel=a.integers("kernel_size", 2),
        stride=a.integers("stride", 2, default=1),
        dilation=a.integers("dilation", 2, default=1),
        padding=[(p, p) for p in a.integers("padding", 2, default=0)],
    )


def _unfold(site: Site, a: Arguments) -> Value:
    """Windows along one dimension, as a new last dimension (Tensor.unfold)."""
    tensor = a.tensor()
    place = tensor.axis(a.integer("dimension"))
    return kernels.windows(site, tensor, place, a.integer("size"), a.integer("step"))


def _upsample(mode: ResizeMode, rounding: Rounding, axes: int, site: Site, a: Arguments) -> Value:
    tensor = a.tensor()
    coordinates = None
    if a.value("align_corners"):
        coordinates = Coordinates.ALIGN_CORNERS
    elif rounding is Rounding.ROUND_PREFER_CEIL:
        coordinates = Coordinates.HALF_PIXEL
    return resized(
        site,
        tensor,
        mode,
        sizes=a.shapes[0][-axes:],
        scales=_scales(a, axes),
        coordinates=coordinates,
        rounding=rounding,
    )


def _antialiased(mode: ResizeMode, site: Site, a: Arguments) -> Value:
    if a.value("align_corners"):
        raise Untranslatable("it is an interpolation with antialias and aligned corners")
    sizes, scales = a.shapes[0][-2:], _scales(a, 2)
    return resized(
        site, a.tensor(), mode, sizes=sizes, scales=scales, coordinates=Coordinates.HALF_PIXEL, antialias=True
    )


def _scales(a: Arguments, axes: int) -> list[Fraction] | None:
    """The scales that torch goes by: those given, if they make more than the ratio of the sizes."""
    given = a.value("scale_factors") or [a.value(name) for name in ("scales_d", "scales_h", "scales_w", "scales")]
    known = [Fraction(scale).limit_denominator(1 << 20) for scale in given if scale is not None]
    if len(known) != axes:
        return None
    return known


_NEAREST, _LINEAR, _CUBIC = ResizeMode.NEAREST, ResizeMode.LINEAR, ResizeMode.CUBIC
_UPSAMPLINGS = {
    **{f"upsample_nearest{n}d": (_NEAREST, Rounding.FLOOR, n) for n in (1, 2, 3)},
    **{f"upsample_nearest_exact{n}d": (_NEAREST, Rounding.ROUND_PREFER_CEIL, n) for n in (1, 2, 3)},
    "upsample_linear1d": (_LINEAR, Rounding.FLOOR, 1),
    "upsample_bilinear2d": (_LINEAR, Rounding.FLOOR, 2),
    "upsample_trilinear3d": (_LINEAR, Rounding.FLOOR, 3),
    "upsample_bicubic2d": (_CUBIC, Rounding.FLOOR, 2),
}
_AXES = (1, 2, 3)
RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("conv1d", "conv2d", "conv3d", "convolution", "mkldnn_convolution", "convolution_overrideable"), _convolution
    ),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _conv_transpose),
    **{f"max_pool{n}d": partial(_pool, PoolKind.MAX, n) for n in _AXES},
    **{f"max_pool{n}d_with_indices": partial(_pool, PoolKind.MAX, n) for n in _AXES},
    **{f"avg_pool{n}d": partial(_pool, PoolKind.AVG, n) for n in _AXES},
    **{f"adaptive_avg_pool{n}d": partial(_adaptive, PoolKind.AVG, n) for n in _AXES},
    **{f"adaptive_max_pool{n}d": partial(_adaptive, PoolKind.MAX, n) for n in _AXES},
    "mkldnn_adaptive_avg_pool2d": partial(_adaptive, PoolKind.AVG, 2),
    "im2col": _im2col,
    "col2im": _col2im,
    "unfold": _unfold,
    **{name: partial(_upsample, *form) for name, form in _UPSAMPLINGS.items()},
    "upsample_bilinear2d_aa": partial(_antialiased, _LINEAR),
    "upsample_bicubic2d_aa": partial(_antialiased, _CUBIC),
}
