"""Products of two values of which either may be a constant: matrix products, Einstein's notation."""

from collections.abc import Sequence
from string import ascii_lowercase

from rfsolve.formats.lowering.contraction import contracted, weighted
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value


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


def matmul(site: Site, left: Value | None, right: Value | None, *biases: Value | None) -> Value:
    """Return the matrix product of the last two dimensions, the others broadcast."""
    if not isinstance(left, Tensor | Constant) or not isinstance(right, Tensor | Constant):
        raise Untranslatable("the shape of what it reads is not known")
    ranks = len(left.shape), len(right.shape)
    batch = ascii_lowercase[: max(*ranks, 2) - 2]
    first = "k" if ranks[0] == 1 else _batch(batch, left) + "mk"
    second = "k" if ranks[1] == 1 else _batch(batch, right) + "kn"
    result = batch + ("" if ranks[0] == 1 else "m") + ("" if ranks[1] == 1 else "n")
    return product(
        site, left, right, (first.translate(_LAST), second.translate(_LAST), result.translate(_LAST)), *biases
    )


_LAST = str.maketrans("mkn", "xyz")


def _batch(batch: str, value: Tensor | Constant) -> str:
    return batch[len(batch) - (len(value.shape) - 2) :]


def einsum(site: Site, equation: str, values: Sequence[Value]) -> Value:
    """Return the sum of products that an equation in Einstein's notation says; of two values."""
    known = [value for value in values if isinstance(value, Tensor | Constant)]
    if len(values) != 2 or len(known) != 2:  # noqa: PLR2004 - a product
        raise Untranslatable(f"it is a sum of products of {len(values)} tensors")
    return product(site, known[0], known[1], explicit(equation, [len(value.shape) for value in known]))


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
