"""Entry by entry."""

from collections.abc import Sequence
from functools import partial

from rfsolve.formats.lowering.elementwise import activated, combined, expanded
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Value
from rfsolve.formats.onnx.operation import Operation, Rule

_ONE = """
    Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish
    IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus
    Softsign Sqrt Swish Tan Tanh ThresholdedRelu BitwiseNot FastGelu QuickGelu BiasGelu Binarizer Bernoulli
    QLinearSigmoid QLinearLeakyRelu QuantizeLinear DequantizeLinear
""".split()
_TWO = {
    "Add": "add",
    "Sub": "sub",
    "Mul": "mul",
    "Div": "div",
    "Pow": "pow",
    "Mod": "mod",
    "Max": "max",
    "Min": "min",
    "Mean": "mean",
    "Sum": "add",
    "And": "and",
    "Or": "or",
    "Xor": "xor",
    "Equal": "equal",
    "Greater": "greater",
    "GreaterOrEqual": "greater",
    "Less": "less",
    "LessOrEqual": "less",
    "Where": "where",
    "BitShift": "shift",
    "BitwiseAnd": "and",
    "BitwiseOr": "or",
    "BitwiseXor": "xor",
}
_NOTHING = "Identity Cast CastLike Dropout StringNormalizer".split()
_ACTIVATIONS = {"QuantizeLinear": "quantize", "DequantizeLinear": "dequantize"}


def _one(kind: str, site: Site, op: Operation) -> Value:
    return activated(site, op.tensor(), kind)


def _two(kind: str, site: Site, op: Operation) -> Value:
    return combined(site, kind, op.values())


def _nothing(site: Site, op: Operation) -> Sequence[Value | None]:  # noqa: ARG001 - every rule has this signature
    return [op.tensor()] * op.outputs


def _dynamic_quantize(site: Site, op: Operation) -> Sequence[Value | None]:
    """Integers, their scale and zero point; the scale is made from everything, and changes no dependence of a pixel."""
    return [activated(site, op.tensor(), "quantize"), Constant(()), Constant(())]


def _prelu(site: Site, op: Operation) -> Value:
    slopes = op.value(1)
    if isinstance(slopes, Constant):
        return activated(site, op.tensor(), "prelu", slopes=slopes)
    return combined(site, "prelu", op.values())


def _quantised(kind: str, site: Site, op: Operation) -> Value:
    """The sum or product of two quantised tensors, each followed by its scale and zero point."""
    return combined(site, kind, [value for value in (op.value(0), op.value(3)) if value is not None])


def _expand(site: Site, op: Operation) -> Value:  # noqa: ARG001 - every rule has this signature
    tensor = op.tensor()
    shape = [int(extent) for extent in op.constant(1).numbers("shape")]
    padded = [1] * (tensor.rank - len(shape)) + shape
    sizes = [1] * (len(padded) - tensor.rank) + list(tensor.shape)
    return expanded(tensor, [max(a, b) for a, b in zip(padded, sizes, strict=True)])


def _snake(name: str) -> str:
    return _ACTIVATIONS.get(name, name.lower())


RULES: dict[str, Rule] = {
    **{name: partial(_one, _snake(name)) for name in _ONE},
    **{name: partial(_two, kind) for name, kind in _TWO.items()},
    **dict.fromkeys(_NOTHING, _nothing),
    "DynamicQuantizeLinear": _dynamic_quantize,
    "PRelu": _prelu,
    "QLinearAdd": partial(_quantised, "add"),
    "QLinearMul": partial(_quantised, "mul"),
    "Expand": _expand,
}
