"""Means, maxima, normalisations, softmax, recurrent layers."""

from collections.abc import Sequence
from functools import partial

from rfsolve.formats.lowering.reduction import (
    Direction,
    along,
    layer_normalised,
    normalised,
    recurrent,
    reduced,
    running,
)
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Untranslatable, Value
from rfsolve.formats.onnx.operation import Operation, Rule
from rfsolve.graph import NormKind

_FLATTENS_BELOW = 13  # softmax of earlier versions goes over all dimensions from its axis on


def _reduce(kind: str, site: Site, op: Operation) -> Value:
    axes = op.integers("axes", 1)
    if not axes:
        if op.integer("noop_with_empty_axes", 0):
            return op.tensor()
        axes = list(range(op.tensor().rank))
    return reduced(site, op.tensor(), axes, kind, keepdim=bool(op.integer("keepdims", 1)))


def _arg(kind: str, site: Site, op: Operation) -> Value:
    return reduced(site, op.tensor(), [op.integer("axis", 0)], kind, keepdim=bool(op.integer("keepdims", 1)))


def _softmax(kind: str, site: Site, op: Operation) -> Value:
    tensor = op.tensor()
    if op.opset < _FLATTENS_BELOW:
        return along(site, tensor, list(range(tensor.axis(op.integer("axis", 1)), tensor.rank)), kind)
    return along(site, tensor, [op.integer("axis", -1)], kind)


def _cumsum(site: Site, op: Operation) -> Value:
    (axis,) = op.constant(1).numbers("axis")
    if op.integer("exclusive", 0):
        raise Untranslatable("its sums leave their own entry out")
    return running(site, op.tensor(), int(axis), "cumsum", reverse=bool(op.integer("reverse", 0)))


def _lp_norm(site: Site, op: Operation) -> Value:
    return along(site, op.tensor(), [op.integer("axis", -1)], "lp_norm")


def _batch_norm(site: Site, op: Operation) -> Sequence[Value | None]:
    return [normalised(site, op.tensor(), NormKind.BATCH, [op.value(1), op.value(2)])]


def _instance_norm(site: Site, op: Operation) -> Value:
    return normalised(site, op.tensor(), NormKind.INSTANCE, [op.value(1), op.value(2)])


def _group_norm(site: Site, op: Operation) -> Value:
    groups = op.integer("num_groups", 1)
    return normalised(site, op.tensor(), NormKind.GROUP, [op.value(1), op.value(2)], groups=groups)


def _layer_norm(site: Site, op: Operation) -> Sequence[Value | None]:
    tensor = op.tensor()
    count = tensor.rank - tensor.axis(op.integer("axis", -1))
    return [layer_normalised(site, tensor, count, [op.value(1), op.value(2)])]


def _variance_norm(site: Site, op: Operation) -> Value:
    return along(site, op.tensor(), op.integers("axes") or [0, 2, 3], "mean_variance_norm")


def _lrn(site: Site, op: Operation) -> Value:
    """Local response normalisation: over neighbouring channels of one pixel."""
    return along(site, op.tensor(), [1], "lrn")


def _recurrent(site: Site, op: Operation) -> Sequence[Value | None]:
    tensor, weights = op.tensor(), [value for value in op.inputs[1:] if isinstance(value, Constant)]
    hidden = op.integer("hidden_size", 0)
    directions = op.constant(1).shape[0]
    if tensor.rank != 3 or hidden < 1 or op.integer("layout", 0):  # noqa: PLR2004 - time, batch, features
        raise Untranslatable("its input is not time, batch and features")
    given = op.attribute("direction", b"forward")
    direction = Direction(given.decode("ascii", "replace") if isinstance(given, bytes) else str(given))
    whole = recurrent(site, tensor, 0, directions * hidden, weights, direction)
    time, batch, _ = whole.shape
    sequence = whole.reshape([time, batch, directions, hidden]).permute([0, 2, 1, 3])
    last = reduced(site, sequence, [0], "last", keepdim=False)
    return [sequence, last, last][: op.outputs]


_REDUCTIONS = {
    "ReduceMean": "mean",
    "ReduceSum": "sum",
    "ReduceMax": "max",
    "ReduceMin": "min",
    "ReduceProd": "prod",
    "ReduceL1": "norm",
    "ReduceL2": "norm",
    "ReduceSumSquare": "norm",
    "ReduceLogSum": "sum",
    "ReduceLogSumExp": "sum",
}
RULES: dict[str, Rule] = {
    **{name: partial(_reduce, kind) for name, kind in _REDUCTIONS.items()},
    "ArgMax": partial(_arg, "max"),
    "ArgMin": partial(_arg, "min"),
    **{name: partial(_softmax, name.lower()) for name in ("Softmax", "LogSoftmax", "Hardmax")},
    "CumSum": _cumsum,
    "LpNormalization": _lp_norm,
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    **dict.fromkeys(("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"), _layer_norm),
    "MeanVarianceNormalization": _variance_norm,
    "LRN": _lrn,
    **dict.fromkeys(("LSTM", "GRU", "RNN"), _recurrent),
}
