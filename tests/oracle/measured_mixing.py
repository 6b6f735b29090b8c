"""Rules of operations that combine numbers along whole dimensions: sums, norms, products, attention, recurrences."""

from collections.abc import Sequence
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tests.oracle.measured_extents import NotWitnessedError, is_marked, rule  # noqa: E402 - after importorskip


def most(x: Any, dims: int | Sequence[int] | None, *, keepdim: bool = False) -> Any:
    """The maximum over dimensions; over all but the batch where none are named."""
    chosen = tuple(range(1, x.ndim)) if dims is None else dims
    return x.amax(chosen, keepdim=keepdim)


def spread(x: Any, dims: int | Sequence[int]) -> Any:
    """Every entry sees all that lie on its line along the dimensions."""
    return most(x, dims, keepdim=True).expand(x.shape).contiguous()


@rule(
    *("sum", "mean", "amax", "amin", "var", "std", "logsumexp", "prod", "all", "any", "nanmean", "norm"),
    *("vector_norm", "linalg_vector_norm", "argmax", "argmin", "nansum", "count_nonzero"),
)
def reduced(function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """A reduction sees everything on the dimensions that it goes over."""
    name = function.__name__.strip("_")
    given = [one for one in args if not isinstance(one, (bool, str, float)) and one is not None]
    if "norm" in name and args and "dim" not in kwargs:
        given = list(args[1:2])
    dims = kwargs.get("dim", kwargs.get("axis", given[0] if given else None))
    keeps = bool(kwargs.get("keepdim", any(isinstance(one, bool) and one for one in args[-1:])))
    if dims is None or dims in ((), []):
        raise NotWitnessedError(f"{name} over all dimensions mixes the batch")
    return most(x, tuple(dims) if isinstance(dims, (list, tuple, torch.Size)) else dims, keepdim=keeps)


@rule("var_mean", "std_mean")
def reduced_twice(function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Two reductions over the same dimensions."""
    one = reduced(function, x, *args, **kwargs)
    return one, one.clone()


@rule("max", "min", "median", "mode")
def best(function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """A maximum along a dimension with its place, or number by number between two tensors."""
    if args and isinstance(args[0], torch.Tensor):
        return torch.maximum(*[one if is_marked(one) else torch.zeros(one.shape) for one in (x, args[0])])
    dim = kwargs.get("dim", args[0] if args else None)
    if dim is None:
        raise NotWitnessedError(f"{function.__name__} over all dimensions mixes the batch")
    keepdim = kwargs.get("keepdim", args[1] if len(args) > 1 else False)
    value = most(x, dim, keepdim=keepdim)
    return torch.return_types.max((value, value.clone()))


@rule("diff")
def differences(_function: Any, x: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Every output sees two neighbours, n times."""
    line = torch.cat([one for one in (prepend, x, append) if one is not None], dim)
    for _ in range(n):
        size = line.shape[dim]
        line = torch.maximum(line.narrow(dim, 1, size - 1), line.narrow(dim, 0, size - 1))
    return line


@rule("softmax", "log_softmax", "softmin")
def along(_function: Any, x: Any, dim: int, *_args: Any, **_kwargs: Any) -> Any:
    """Every output sees its whole line."""
    return spread(x, dim)


@rule("normalize")
def normalised(_function: Any, x: Any, p: float = 2.0, dim: int = 1, **_kwargs: Any) -> Any:  # noqa: ARG001 - torch's signature
    """Every output sees its whole line."""
    return spread(x, dim)


@rule("cumsum", "cumprod", "cummax", "logcumsumexp")
def so_far(_function: Any, x: Any, dim: int, **_kwargs: Any) -> Any:
    """Every output sees its line up to its own place."""
    return torch.cummax(x, dim).values


@rule("layer_norm", "rms_norm")
def layer_normalised(_function: Any, x: Any, normalized_shape: Sequence[int], *_args: Any, **_kwargs: Any) -> Any:
    """Every output sees the last dimensions whole."""
    return spread(x, tuple(range(x.ndim - len(normalized_shape), x.ndim)))


@rule("group_norm")
def group_normalised(_function: Any, x: Any, num_groups: int, *_args: Any, **_kwargs: Any) -> Any:
    """Every output sees all pixels of the channels of its group."""
    grouped = x.reshape(x.shape[0], num_groups, -1)
    return spread(grouped, 2).reshape(x.shape)


@rule("instance_norm")
def instance_normalised(_function: Any, x: Any, *_args: Any, **_kwargs: Any) -> Any:
    """Every output sees all pixels of its channel."""
    return spread(x, tuple(range(2, x.ndim)))


@rule("local_response_norm")
def response_normalised(_function: Any, x: Any, size: int, *_args: Any, **_kwargs: Any) -> Any:
    """Every output sees the channels next to its own."""
    lines = x.movedim(1, -1).flatten(0, -2)
    pooled = torch.max_pool1d(torch.constant_pad_nd(lines, (size // 2, (size - 1) // 2)), size, 1)
    return pooled.view(x.movedim(1, -1).shape).movedim(-1, 1)


@rule("glu")
def gated(_function: Any, x: Any, dim: int = -1) -> Any:
    """The halves of a dimension meet."""
    first, second = x.chunk(2, dim)
    return torch.maximum(first, second)


@rule("linear")
def linear(_function: Any, x: Any, weight: Any, bias: Any = None) -> Any:  # noqa: ARG001 - a constant
    """Every output sees all features."""
    assert not is_marked(weight)
    return most(x, -1, keepdim=True).repeat(*[1] * (x.ndim - 1), weight.shape[0])


@rule("matmul", "bmm", "mm", "rmatmul")
def product(function: Any, a: Any, b: Any, **_kwargs: Any) -> Any:
    """Row and column meet; a constant factor is dense."""
    if function.__name__ == "__rmatmul__":
        a, b = b, a
    assert a.ndim >= 2 and b.ndim >= 2, "a product with a vector"  # noqa: PT018 - one condition
    batch = torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    total = torch.zeros(*batch, a.shape[-2], b.shape[-1])
    if is_marked(a):
        total = torch.maximum(total, most(a, -1, keepdim=True))
    if is_marked(b):
        total = torch.maximum(total, most(b, -2, keepdim=True))
    return total


@rule("baddbmm", "addmm")
def product_and_sum(function: Any, start: Any, a: Any, b: Any, **_kwargs: Any) -> Any:
    """A product added to something."""
    total = product(function, a, b)
    return torch.maximum(total, start) if is_marked(start) else total


@rule("einsum")
def einsum(_function: Any, equation: str, *operands: Any) -> Any:
    """Every output sees the operands' entries that its letters select."""
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    left, _, right = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    sizes: dict[str, int] = {}
    spelt = []
    for part, operand in zip(parts, operands, strict=True):
        hidden = operand.ndim - len(part.replace("...", ""))
        spelt.append(part.replace("...", "ABCDEFGH"[8 - hidden :] if "..." in part else ""))
        sizes.update(zip(spelt[-1], operand.shape, strict=True))
    most_hidden = max((part for part in spelt), key=lambda part: sum(letter.isupper() for letter in part))
    right = right.replace("...", "".join(letter for letter in most_hidden if letter in "ABCDEFGH"))
    total = torch.zeros([sizes[letter] for letter in right])
    for part, operand in zip(spelt, operands, strict=True):
        if is_marked(operand):
            gone = tuple(place for place, letter in enumerate(part) if letter not in right)
            kept = "".join(letter for letter in part if letter in right)
            value = most(operand, gone) if gone else operand
            order = sorted(range(len(kept)), key=lambda place: right.index(kept[place]))
            value = value.permute(order)
            total = torch.maximum(total, value.reshape([sizes[one] if one in kept else 1 for one in right]))
    return total


@rule("scaled_dot_product_attention")
def attention(_function: Any, query: Any, key: Any, value: Any, *_args: Any, **_kwargs: Any) -> Any:
    """Every output sees its query, all keys, and its own column of the values."""
    shape = (*torch.broadcast_shapes(query.shape[:-2], value.shape[:-2]), query.shape[-2], value.shape[-1])
    total = torch.zeros(shape)
    if is_marked(query):
        total = torch.maximum(total, most(query, -1, keepdim=True))
    if is_marked(key):
        total = torch.maximum(total, most(key, (-2, -1), keepdim=True))
    if is_marked(value):
        total = torch.maximum(total, most(value, -2, keepdim=True))
    return total


@rule("multi_head_attention_forward")
def heads(_function: Any, query: Any, key: Any, value: Any, *_args: Any, **_kwargs: Any) -> Any:
    """Attention over the first dimension; every output sees its query and all keys and values."""
    total = torch.zeros(query.shape)
    for part, dims in ((query, (-1,)), (key, (0, -1)), (value, (0, -1))):
        if is_marked(part):
            total = torch.maximum(total, most(part, dims, keepdim=True))
    return total, None


@rule("lstm", "gru", "rnn_tanh", "rnn_relu")
def recurrent(function: Any, x: Any, _start: Any, weights: Any, *options: Any) -> Any:
    """Every output sees the steps so far, or all of them where it runs both ways."""
    _has_biases, _layers, _dropout, _training, both_ways, batch_first = options
    hidden = weights[1].shape[1]
    time = 1 if batch_first else 0
    line = most(x, 2, keepdim=True)
    seen = spread(line, time) if both_ways else torch.cummax(line, time).values
    output = seen.repeat(1, 1, hidden * (1 + both_ways))
    last = most(x, (time, 2)).view(1, -1, 1)
    return (output, last, last) if function.__name__ == "lstm" else (output, last)


@rule("rfft2", "fft2", "irfft2", "fft_rfft2", "fft_irfft2", "fft_fft2")
def spectrum(function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """A transform sees the whole of the dimensions that it goes over."""
    dims = kwargs.get("dim", (-2, -1))
    shaped = function(x.to(torch.complex64) if "irfft" in function.__name__ else x, *args, **kwargs)
    return most(x, tuple(dims), keepdim=True).expand(shaped.shape).contiguous()


@rule("view_as_complex")
def complex_pairs(_function: Any, x: Any) -> Any:
    """Real and imaginary parts meet."""
    return most(x, -1)


@rule("view_as_real")
def real_pairs(_function: Any, x: Any) -> Any:
    """Both parts see what the number sees."""
    return x[..., None].repeat(*[1] * x.ndim, 2)
