"""The rule of every ATen operation that rfsolve knows, by its name without underscores around it."""

from rfsolve.formats.torch.aten import arithmetic, kernels, products, reductions, shapes
from rfsolve.formats.torch.aten.arguments import Rule

RULES: dict[str, Rule] = {
    **arithmetic.RULES,
    **shapes.RULES,
    **kernels.RULES,
    **reductions.RULES,
    **products.RULES,
}
