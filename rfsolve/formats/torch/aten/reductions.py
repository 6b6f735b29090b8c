"""Means, maxima, normalisations, softmax."""

from collections.abc import Sequence
from functools import partial

from rfsolve.formats.lowering.elementwise import combined
from rfsolve.formats.lowering.reduction import (
    Direction,
    along,
    last_state,
    layer_normalised,
    normalised,
    recurrent,
    reduced,
    running,
)
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Tensor, Untranslatable, Value
from rfsolve.formats.torch.aten.arguments import Arguments, Rule
from rfsolve.graph import NormKind


def _dims(a: Arguments, tensor: Tensor) -> list[int]:
    given = a.value("dim")
    if given is None or given == []:
        return list(range(tensor.rank))
    return [given] if isinstance(given, int) else list(given)


def _reduce(kind: str, site: Site, a: Arguments) -> Sequence[Value | None]:
    tensor = a.tensor()
    result = reduced(site, tensor, _dims(a, tensor), kind, keepdim=bool(a.value("keepdim")))
    return [result] * len(a.shapes)


def _max(kind: str, site: Site, a: Arguments) -> Value | Sequence[Value | None]:
    if "other" in a.values:
        return combined(site, kind, a.all())
    return _reduce(kind, site, a)


def _along(kind: str, site: Site, a: Arguments) -> Sequence[Value | None]:
    tensor = a.tensor()
    result = along(site, tensor, _dims(a, tensor), kind)
    return [result] * len(a.shapes)


def _running(kind: str, site: Site, a: Arguments) -> Sequence[Value | None]:
    return [running(site, a.tensor(), a.integer("dim"), kind)] * len(a.shapes)


def _batch_norm(site: Site, a: Arguments) -> Sequence[Value | None]:
    tensor = a.tensor("input", "self")
    return [normalised(site, tensor, NormKind.BATCH, [a.value("weight"), a.value("bias")])]


def _instance_norm(site: Site, a: Arguments) -> Value:
    return normalised(site, a.tensor("input"), NormKind.INSTANCE, [a.value("weight"), a.value("bias")])


def _group_norm(site: Site, a: Arguments) -> Sequence[Value | None]:
    groups = a.integer("num_groups", a.integer("group", 1))
    weights = [a.value("weight"), a.value("bias")]
    return [normalised(site, a.tensor("input"), NormKind.GROUP, weights, groups=groups)]


def _layer_norm(site: Site, a: Arguments) -> Sequence[Value | None]:
    weights = [a.value("weight"), a.value("bias")]
    return [layer_normalised(site, a.tensor("input"), len(a.value("normalized_shape")), weights)]


def _recurrent(site: Site, a: Arguments) -> Sequence[Value | None]:
    """LSTM, GRU and plain recurrent layers, as torch calls them: a sequence and the last states."""
    tensor = a.tensor("input")
    weights = [value for value in a.value("params") or [] if not isinstance(value, Tensor)]
    time = 1 if a.value("batch_first") else 0
    if tensor.rank != len(("time", "batch", "features")) or not weights:
        raise Untranslatable("its input is not time, batch and features")
    direction = Direction.BOTH if a.value("bidirectional") else Direction.FORWARD
    whole = recurrent(site, tensor, time, a.shapes[0][-1], weights, direction)
    states = [last_state(site, whole, time, shape[0], shape[-1]) for shape in a.shapes[1:]]
    return [whole, *states]


_REDUCTIONS = """
    mean sum prod amax amin var std var_mean std_mean all any argmax argmin logsumexp norm linalg_vector_norm median
    nansum aminmax
""".split()
RULES: dict[str, Rule] = {
    **{name: partial(_reduce, name) for name in _REDUCTIONS},
    "max": partial(_max, "max"),
    "min": partial(_max, "min"),
    **{name: partial(_along, name) for name in ("softmax", "log_softmax", "softmin", "sort")},
    **{name: partial(_running, name) for name in ("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin")},
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
    "batch_norm": _batch_norm,
    "native_batch_norm": _batch_norm,
    "native_batch_norm_legit": _batch_norm,
    "native_batch_norm_legit_no_training": _batch_norm,
    "batch_norm_impl_index": _batch_norm,
    "cudnn_batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "native_group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "native_layer_norm": _layer_norm,
    "rms_norm": _layer_norm,
    "fused_rms_norm": _layer_norm,
}
