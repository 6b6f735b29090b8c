"""Entry by entry."""

from collections.abc import Sequence

from rfsolve.formats.lowering.elementwise import activated, combined, expanded
from rfsolve.formats.lowering.selection import sliced
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Value
from rfsolve.formats.torch.aten.arguments import Arguments, Rule

_ONE = """
    abs acos acosh alpha_dropout asin asinh atan atanh bernoulli bitwise_not ceil celu clamp clamp_max clamp_min clip
    cos cosh deg2rad digamma elu erf erfc erfinv exp exp2 expm1 fake_quantize_per_tensor_affine
    fake_quantize_per_channel_affine feature_dropout fill floor frac gelu hardshrink hardsigmoid hardswish hardtanh
    isfinite isinf isnan leaky_relu lgamma log log10 log1p log2 log_sigmoid logical_not logit masked_fill mish
    nan_to_num neg negative positive pow_scalar rad2deg reciprocal relu relu6 round rrelu rrelu_with_noise rsqrt selu
    sigmoid sign silu sin sinc sinh softplus softshrink softsign sqrt square tan tanh threshold trunc
    log_sigmoid_forward quantize_per_tensor dequantize quantize_per_channel
""".split()
_TWO = """
    add sub mul div divide multiply subtract true_divide rsub maximum minimum fmax fmin pow atan2 where eq ne lt le gt
    ge addcmul addcdiv lerp remainder fmod floor_divide logical_and logical_or logical_xor bitwise_and bitwise_or
    bitwise_xor logaddexp hypot copysign prelu masked_fill and or xor heaviside xlogy clamp_min clamp_max
    mse_loss l1_loss complex polar
""".split()
_NOTHING = """
    alias clone contiguous detach dropout native_dropout lift_fresh_copy lift_fresh to to_copy type_as float half double
    conj resolve_conj resolve_neg identity autocast requires_grad type convert_element_type
    refine_names rename
""".split()


_SHAPED = """
    zeros_like ones_like full_like empty_like rand_like randn_like randint_like new_zeros new_ones new_full new_empty
    new_empty_strided
""".split()
"""What takes the shape of a tensor and none of its numbers."""


def _one(kind: str) -> Rule:
    def rule(site: Site, a: Arguments) -> Value | Sequence[Value | None]:
        values = a.all()
        if len(values) == 1 and isinstance(values[0], Tensor):
            return activated(site, values[0], kind)
        return combined(site, kind, values)

    return rule


def _two(kind: str) -> Rule:
    def rule(site: Site, a: Arguments) -> Value | Sequence[Value | None]:
        return combined(site, kind, a.all())

    return rule


def _nothing(site: Site, a: Arguments) -> Value | Sequence[Value | None]:  # noqa: ARG001 - every rule has this signature
    constant = a.value("self")
    return constant if isinstance(constant, Constant) else a.tensor()


def _shaped(site: Site, a: Arguments) -> Value | Sequence[Value | None]:  # noqa: ARG001
    return Constant(a.shapes[0])


def _copy(site: Site, a: Arguments) -> Value:  # noqa: ARG001
    """What is written over a tensor: nothing of it stays."""
    source = a.value("src")
    if isinstance(source, Tensor):
        return expanded(source, a.shapes[0])
    return Constant(a.shapes[0], None, source.weights)


def _prelu(site: Site, a: Arguments) -> Value:
    slopes = a.value("weight")
    if not isinstance(slopes, Constant):
        return combined(site, "prelu", a.all())
    return activated(site, a.tensor(), "prelu", slopes=slopes)


def _glu(site: Site, a: Arguments) -> Value:
    tensor = a.tensor()
    place = tensor.axis(a.integer("dim", -1))
    half = tensor.shape[place] // 2
    gate = activated(site, sliced(site, tensor, place, half, 2 * half), "sigmoid")
    return combined(site, "mul", [sliced(site, tensor, place, 0, half), gate])


def _expand(site: Site, a: Arguments) -> Value:  # noqa: ARG001 - every rule has this signature
    return expanded(a.tensor(), a.shapes[0])


def _one_of(kind: str) -> str:
    return {"masked_fill": "where", "clip": "clamp"}.get(kind, kind)


RULES: dict[str, Rule] = {
    **{name: _one(_one_of(name)) for name in _ONE},
    **{name: _two(_one_of(name)) for name in _TWO},
    **dict.fromkeys(_NOTHING, _nothing),
    **dict.fromkeys(_SHAPED, _shaped),
    "copy": _copy,
    "prelu": _prelu,
    "glu": _glu,
    "expand": _expand,
    "expand_as": _expand,
    "broadcast_to": _expand,
}
