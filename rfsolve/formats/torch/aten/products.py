"""Linear layers, matrix products, attention."""

from collections.abc import Sequence
from string import ascii_lowercase

from rfsolve.formats.lowering.contraction import weighted
from rfsolve.formats.lowering.elementwise import combined
from rfsolve.formats.lowering.products import einsum, matmul, product
from rfsolve.formats.lowering.reduction import along
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value
from rfsolve.formats.torch.aten.arguments import Arguments, Rule


def _linear(site: Site, a: Arguments) -> Value:
    tensor, weight = a.tensor("input", "self"), a.value("weight")
    labels = ascii_lowercase[: tensor.rank]
    if not isinstance(weight, Constant):
        raise Untranslatable("its weights depend on the input")
    result = (labels, f"z{labels[-1]}", labels[:-1] + "z")
    return weighted(
        site, tensor, [weight, a.value("bias")], result, {"z": weight.shape[0], labels[-1]: weight.shape[1]}
    )


def _matmul(site: Site, a: Arguments) -> Value:
    left = a.value("self")
    return matmul(site, left, a.value("other") or a.value("mat2") or a.value("vec"))


def _addmm(site: Site, a: Arguments) -> Value:
    left, right = a.value("mat1") or a.value("batch1"), a.value("mat2") or a.value("batch2")
    bias = a.value("self")
    if isinstance(bias, Constant):
        return matmul(site, left, right, bias)
    return combined(site, "add", [matmul(site, left, right), bias])


def _einsum(site: Site, a: Arguments) -> Value:
    return einsum(site, a.value("equation"), a.value("tensors"))


def _attention(site: Site, a: Arguments) -> Sequence[Value | None]:
    """softmax(q k^T) v (Vaswani et al., 2017); a mask, whatever it is, only takes away."""
    query, key, value = a.value("query"), a.value("key"), a.value("value")
    batch = ascii_lowercase[: len(query.shape) - 2]
    heads = batch
    if len(key.shape) == len(query.shape) > 2 and key.shape[-3] != query.shape[-3]:  # noqa: PLR2004 - a batch at least
        heads = batch[:-1] + "v"  # several heads of the query share one of the key; which does not matter here
    scores = product(site, query, key, (f"{batch}xy", f"{heads}zy", f"{batch}xz"))
    weights = along(site, scores, [-1], "softmax") if isinstance(scores, Tensor) else scores
    return [product(site, weights, value, (f"{batch}xz", f"{heads}zw", f"{batch}xw"))]


def _outer(site: Site, a: Arguments) -> Value:
    left, right = a.value("self"), a.value("vec2")
    return product(site, left, right, ("x", "y", "xy"))


_FLASH = (
    "scaled_dot_product_attention",
    "scaled_dot_product_flash_attention_for_cpu",
    "scaled_dot_product_flash_attention",
)
RULES: dict[str, Rule] = {
    "linear": _linear,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot"), _matmul),
    **dict.fromkeys(("addmm", "baddbmm", "addbmm"), _addmm),
    "einsum": _einsum,
    **dict.fromkeys(_FLASH, _attention),
    "scaled_dot_product_efficient_attention": _attention,
    "outer": _outer,
}
