"""Convolutions and poolings."""

from collections.abc import Sequence
from functools import partial

from rfsolve.formats.lowering import kernels
from rfsolve.formats.lowering.kernels import Sliding
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Tensor, Untranslatable, Value
from rfsolve.formats.onnx.operation import Operation, Rule
from rfsolve.graph import PoolKind


def _sliding(op: Operation, tensor: Tensor, kernel: Sequence[int]) -> Sliding:
    n = len(kernel)
    stride = op.integers("strides") or [1] * n
    dilation = op.integers("dilations") or [1] * n
    auto = _auto(op)
    pads = op.integers("pads") or [0] * (2 * n)
    if not len(stride) == len(dilation) == n == tensor.rank - 2 or len(pads) != 2 * n:
        raise Untranslatable("its kernel, strides, dilations and pads have different lengths")
    padding = list(zip(pads[:n], pads[n:], strict=True))
    if auto in {"SAME_UPPER", "SAME_LOWER"}:
        padding = [
            same(size, k, s, d, upper=auto == "SAME_UPPER")
            for size, k, s, d in zip(tensor.shape[2:], kernel, stride, dilation, strict=True)
        ]
    elif auto == "VALID":
        padding = [(0, 0)] * n
    return Sliding(kernel=kernel, stride=stride, dilation=dilation, padding=padding)


def _auto(op: Operation) -> str:
    given = op.attribute("auto_pad", b"NOTSET")
    return given.decode("ascii", "replace") if isinstance(given, bytes) else str(given)


def same(size: int, kernel: int, stride: int, dilation: int, *, upper: bool = True) -> tuple[int, int]:
    """Return the padding that makes ceil(size / stride) outputs; the odd pixel right if `upper`, as in TensorFlow."""
    total = max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    small, large = total // 2, total - total // 2
    return (small, large) if upper else (large, small)


def _col2im(site: Site, op: Operation) -> Value:
    size, kernel = op.integers("image_shape", 1) or [], op.integers("block_shape", 2) or []
    n = len(kernel)
    pads = op.integers("pads") or [0] * (2 * n)
    sliding = Sliding(
        kernel=kernel,
        stride=op.integers("strides") or [1] * n,
        dilation=op.integers("dilations") or [1] * n,
        padding=list(zip(pads[:n], pads[n:], strict=True)),
    )
    return kernels.folded_back(site, op.tensor(), sliding, size)


def _conv(weight: int, bias: int, site: Site, op: Operation) -> Value:
    kernel = op.constant(weight)
    if kernel.rank < 3:  # noqa: PLR2004 - out, in and at least one axis
        raise Untranslatable("its kernel has no axes")
    sliding = _sliding(op, op.tensor(), op.integers("kernel_shape") or list(kernel.shape[2:]))
    weights: list[Value | None] = [kernel, op.value(bias)]
    groups = op.integer("group", 1)
    taken, given = kernel.shape[1] * groups, op.tensor().shape[1]
    if taken != given:
        raise Untranslatable(f"its kernel takes {taken} channels, its input has {given}")
    return kernels.convolved(site, op.tensor(), sliding, out=kernel.shape[0], groups=groups, weights=weights)


def _conv_transpose(site: Site, op: Operation) -> Value:
    tensor, weight = op.tensor(), op.constant(1)
    kernel, groups = list(weight.shape[2:]), op.integer("group", 1)
    n = len(kernel)
    stride, dilation = op.integers("strides") or [1] * n, op.integers("dilations") or [1] * n
    extra = op.integers("output_padding") or [0] * n
    pads = op.integers("pads") or [0] * (2 * n)
    padding = list(zip(pads[:n], pads[n:], strict=True))
    auto, shape = _auto(op), op.integers("output_shape")
    sizes = tensor.shape[2:]
    if shape is None and auto.startswith("SAME"):
        shape = [size * s for size, s in zip(sizes, stride, strict=True)]
    if shape is not None:
        shape = shape[-n:]
        totals = [
            s * (size - 1) + e + d * (k - 1) + 1 - out
            for s, size, e, d, k, out in zip(stride, sizes, extra, dilation, kernel, shape, strict=True)
        ]
        extra = [e + max(-total, 0) for e, total in zip(extra, totals, strict=True)]
        halves = [(max(total, 0) // 2, max(total, 0) - max(total, 0) // 2) for total in totals]
        padding = halves if auto == "SAME_UPPER" else [(right, left) for left, right in halves]
    sliding = Sliding(kernel=kernel, stride=stride, dilation=dilation, padding=padding)
    return kernels.transposed(
        site,
        tensor,
        sliding,
        output_padding=extra,
        out=weight.shape[1] * groups,
        groups=groups,
        weights=[weight, op.value(2)],
    )


def _pool(kind: PoolKind, site: Site, op: Operation) -> Sequence[Value | None]:
    kernel = op.integers("kernel_shape")
    if kernel is None:
        raise Untranslatable("it has no kernel_shape")
    sliding = _sliding(op, op.tensor(), kernel)
    result = kernels.pooled(site, op.tensor(), kind, sliding, ceil_mode=bool(op.integer("ceil_mode", 0)))
    return [result] * op.outputs


def _global_pool(kind: PoolKind, site: Site, op: Operation) -> Value:
    tensor = op.tensor()
    return kernels.pooled_to(site, tensor, kind, [1] * (tensor.rank - 2))


def _deform(site: Site, op: Operation) -> Value:  # noqa: ARG001 - every rule has this signature
    raise Untranslatable("where it reads is decided by its input")


RULES: dict[str, Rule] = {
    "Conv": partial(_conv, 1, 2),
    "FusedConv": partial(_conv, 1, 2),
    "ConvInteger": partial(_conv, 1, 9),
    "QLinearConv": partial(_conv, 3, 8),
    "ConvTranspose": _conv_transpose,
    "MaxPool": partial(_pool, PoolKind.MAX),
    **dict.fromkeys(("AveragePool", "QLinearAveragePool", "LpPool"), partial(_pool, PoolKind.AVG)),
    **dict.fromkeys(
        ("GlobalAveragePool", "GlobalLpPool", "QLinearGlobalAveragePool"), partial(_global_pool, PoolKind.AVG)
    ),
    "Col2Im": _col2im,
    "GlobalMaxPool": partial(_global_pool, PoolKind.MAX),
    **dict.fromkeys(("DeformConv", "GridSample", "RoiAlign", "MaxRoiPool"), _deform),
}
