"""Matrix products and linear layers."""

from rfsolve.formats.lowering.elementwise import combined
from rfsolve.formats.lowering.products import einsum, matmul
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value
from rfsolve.formats.onnx.operation import Operation, Rule


def _matmul(site: Site, op: Operation) -> Value:
    return matmul(site, op.value(0), op.value(1))


def _quantised(site: Site, op: Operation) -> Value:
    return matmul(site, op.value(0), op.value(3))


def _gemm(site: Site, op: Operation) -> Value:
    left = _turned(op.value(0), bool(op.integer("transA", 0)))
    right = _turned(op.value(1), bool(op.integer("transB", 0)))
    bias = op.value(2)
    if bias is None or isinstance(bias, Constant):
        return matmul(site, left, right, bias)
    return combined(site, "add", [matmul(site, left, right), bias])


def _turned(value: Value | None, turn: bool) -> Value | None:  # noqa: FBT001 - an attribute of the operator
    if not turn:
        return value
    if isinstance(value, Tensor):
        return value.permute([1, 0])
    if isinstance(value, Constant):
        return Constant(value.shape[::-1], None, value.weights)
    raise Untranslatable("the shape of what it reads is not known")


def _einsum(site: Site, op: Operation) -> Value:
    equation = op.attribute("equation", b"")
    return einsum(site, equation.decode("ascii", "replace"), op.values())


RULES: dict[str, Rule] = {
    **dict.fromkeys(("MatMul", "MatMulInteger", "FusedMatMul"), _matmul),
    "QLinearMatMul": _quantised,
    "Gemm": _gemm,
    "Einsum": _einsum,
}
