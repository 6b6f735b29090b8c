"""Linear layers, matrix products, attention."""

from string import ascii_lowercase

from rfsolve.formats.lowering.contraction import contracted, weighted
from rfsolve.formats.lowering.elementwise import combined
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
    return weighted(site, tensor, [weight, a.value("bias")], result, {"z": weight.shape[0], labels[-1]: weight.shape[1]})


def product(site: Site, left: Value, right: Value, labels: tuple[str, str, str], *biases: Value | None) -> Value:
    """Return the sum of products over labels; either side may be a constant."""
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return contracted(site, left, right, labels)
    if isinstance(left, Tensor) and isinstance(right, Constant):
        return weighted(site, left, [right, *biases], labels, dict(zip(labels[1], right.shape, strict=True)))
    if isinstance(left, Constant) and isinstance(right, Tensor):
        order = (labels[1], labels[0], labels[2])
        return weighted(site, right, [left, *biases], order, dict(zip(labels[0], left.shape, strict=True)))
    raise Untranslatable("it multiplies constants")


def matmul(site: Site, left: Value, right: Value, *biases: Value | None) -> Value:
    """Return the matrix product of the last two dimensions, the others broadcast."""
    if not isinstance(left, Tensor | Constant) or not isinstance(right, Tensor | Constant):
        raise Untranslatable("the shape of what it reads is not known")
    ranks = len(left.shape), len(right.shape)
    batch = ascii_lowercase[: max(*ranks, 2) - 2]
    first = "k" if ranks[0] == 1 else _batch(batch, left) + "mk"
    second = "k" if ranks[1] == 1 else _batch(batch, right) + "kn"
    result = batch + ("" if ranks[0] == 1 else "m") + ("" if ranks[1] == 1 else "n")
    return product(site, left, right, (first.translate(_LAST), second.translate(_LAST), result.translate(_LAST)), *biases)


_LAST = str.maketrans("mkn", "xyz")


def _batch(batch: str, value: Tensor | Constant) -> str:
    return batch[len(batch) - (len(value.shape) - 2) :]


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
    values, equation = a.value("tensors"), a.value("equation")
    if len(values) != 2:  # noqa: PLR2004 - a product
        raise Untranslatable(f"it is a sum of products of {len(values)} tensors")
    return product(site, values[0], values[1], explicit(equation, [len(value.shape) for value in values]))


def explicit(equation: str, ranks: list[int]) -> tuple[str, str, str]:
    """Return the labels of a product by Einstein's notation, an ellipsis and the result spelt out."""
    left, _, result = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != 2:  # noqa: PLR2004 - a product
        raise Untranslatable(f"it is a sum of products of {len(terms)} tensors")
    if "->" not in equation:
        letters = left.replace(",", "").replace(".", "")
        result = "..." + "".join(sorted(label for label in set(letters) if letters.count(label) == 1))
    free = [label for label in ascii_lowercase + ascii_lowercase.upper() if label not in equation]
    longest = max(rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True))
    rest = "".join(free[: max(longest, 0)])
    spelt = []
    for term, rank in zip(terms, ranks, strict=True):
        own = rank - len(term.replace("...", ""))
        spelt.append(term.replace("...", rest[len(rest) - own :]))
    if any(len(set(term)) < len(term) for term in spelt):
        raise Untranslatable("it takes a diagonal")
    return spelt[0], spelt[1], result.replace("...", rest)


def _attention(site: Site, a: Arguments) -> list[Value | None]:
    """softmax(q k^T) v (Vaswani et al., 2017); a mask, whatever it is, only takes away."""
    query, key, value = a.value("query"), a.value("key"), a.value("value")
    if not all(isinstance(one, Tensor) for one in (query, key, value)):
        raise Untranslatable("some of query, key and value are constants")
    batch = ascii_lowercase[: query.rank - 2]
    if key.shape[:-2] != query.shape[:-2]:
        raise Untranslatable("query and key have other heads")
    scores = contracted(site, query, key, (f"{batch}xy", f"{batch}zy", f"{batch}xz"))
    weights = along(site, scores, [-1], "softmax")
    result = contracted(site, weights, value, (f"{batch}xz", f"{batch}zw", f"{batch}xw"))
    return [result]


def _outer(site: Site, a: Arguments) -> Value:
    left, right = a.value("self"), a.value("vec2")
    return product(site, left, right, ("x", "y", "xy"))


def _bilinear(site: Site, a: Arguments) -> Value:
    raise Untranslatable("it multiplies two inputs with weights")


_FLASH = ("scaled_dot_product_attention", "scaled_dot_product_flash_attention_for_cpu", "scaled_dot_product_flash_attention")
RULES: dict[str, Rule] = {
    "linear": _linear,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot"), _matmul),
    **dict.fromkeys(("addmm", "baddbmm", "addbmm"), _addmm),
    "einsum": _einsum,
    **dict.fromkeys(_FLASH, _attention),
    "scaled_dot_product_efficient_attention": _attention,
    "outer": _outer,
    "bilinear": _bilinear,
}
