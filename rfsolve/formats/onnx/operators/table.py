"""The rule of every ONNX operator that rfsolve knows."""

from rfsolve.formats.onnx.operation import Rule
from rfsolve.formats.onnx.operators import arithmetic, kernels, products, reductions, resizing, shapes

RULES: dict[str, Rule] = {
    **arithmetic.RULES,
    **shapes.RULES,
    **kernels.RULES,
    **resizing.RULES,
    **reductions.RULES,
    **products.RULES,
}
