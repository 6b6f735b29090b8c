"""Rules of operations that move numbers and do not combine them, or that act number by number."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tests.oracle.measured_extents import STATE, WRAPPED, is_marked, merge, remember, rule, tensors  # noqa: E402 - after importorskip

F = torch.nn.functional


@rule(
    *("relu", "relu6", "silu", "gelu", "hardswish", "hardsigmoid", "sigmoid", "tanh", "elu", "leaky_relu", "mish"),
    *("softplus", "hardtanh", "selu", "celu", "clamp", "clip", "clamp_min", "clamp_max", "exp", "log", "log1p"),
    *("sqrt", "rsqrt", "abs", "neg", "reciprocal", "square", "sin", "cos", "erf", "expm1", "float", "double", "half"),
    *("to", "type", "type_as", "detach", "dropout", "dropout1d", "dropout2d", "dropout3d"),
    *("alpha_dropout", "feature_dropout", "batch_norm", "round", "floor", "ceil", "nan_to_num", "requires_grad"),
    *("logsigmoid", "threshold", "softsign", "prelu", "rrelu", "sign", "trunc", "frac", "bool", "long", "int"),
    *("hardshrink", "softshrink", "tanhshrink", "masked_fill", "logical_not", "invert", "cpu", "bfloat16", "log2"),
    *("isnan", "isinf", "logit", "sinc", "arctan", "atan", "asin", "acos"),
)
def number_by_number(function: Any, x: Any, *_args: Any, **_kwargs: Any) -> Any:
    """Every output sees what its own input sees; running statistics are constants."""
    if function.__name__ in ("type_as", "to") and not is_marked(x):
        return torch.zeros(x.shape)  # a constant that takes the kind of number of another tensor
    assert is_marked(x), "numbers that depend on the source act on a constant"
    return x.clone().float()


@rule(
    *("add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide", "maximum", "minimum", "where"),
    *("lerp", "addcmul", "addcdiv", "pow", "atan2", "rsub", "rmul", "radd", "rdiv", "rtruediv", "rpow", "truediv"),
    *("floordiv", "floor_divide", "remainder", "mod", "fmod", "gt", "lt", "ge", "le", "eq", "ne", "logical_and"),
    *("logical_or", "and", "or", "iadd", "isub", "imul", "itruediv", "ipow", "logaddexp", "logical_xor", "xor"),
)
def together(_function: Any, *args: Any, **kwargs: Any) -> Any:
    """Every output sees what the numbers that meet in it see."""
    return merge(*args, *kwargs.values())


@rule(
    *("view", "reshape", "permute", "transpose", "flatten", "unflatten", "squeeze", "unsqueeze", "chunk", "split"),
    *("flip", "repeat", "expand", "expand_as", "tile", "narrow", "select", "index_select", "unbind"),
    *("movedim", "moveaxis", "swapaxes", "swapdims", "rot90", "repeat_interleave", "t", "diagonal", "view_as"),
    *("reshape_as", "tensor_split", "hsplit", "vsplit", "dsplit", "fliplr", "flipud", "ravel", "swapdim", "take"),
    *("pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle", "split_with_sizes", "gather"),
    *("getitem", "iter", "broadcast_to", "as_strided", "adjoint", "atleast_1d", "atleast_2d", "atleast_3d", "im2col"),
    *("take_along_dim", "contiguous", "clone"),
)
def moved(function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """The operation itself, on extents."""
    assert is_marked(x), "indices that depend on the source"
    return function(x, *args, **kwargs)


@rule("cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack", "broadcast_tensors", "meshgrid")
def joined(function: Any, *args: Any, **kwargs: Any) -> Any:
    """The operation itself; constants among the parts see nothing."""
    if len(args) > 1 and isinstance(args[0], torch.Tensor):
        return function(*[_extents(part) for part in args], **kwargs)
    parts, *rest = args or (kwargs.pop("tensors"),)
    result = function([_extents(part) for part in parts], *rest, **kwargs)
    if function.__name__ in ("cat", "concat", "concatenate"):
        _remember_ring(result, parts, kwargs.get("dim", kwargs.get("axis", rest[0] if rest else 0)))
    return result


def _remember_ring(result: Any, parts: Any, dim: int) -> None:
    """Say of what a tensor finds of its other end beside itself that it comes round, as with circular padding."""
    dim %= result.ndim
    whole = max(parts, key=lambda part: part.shape[dim])
    if dim < 2 or not is_marked(whole) or not 2 <= len(parts) <= 3:
        return
    at = next(place for place, part in enumerate(parts) if part is whole)
    starts = [_start(part, whole, dim) for part in parts]
    before = [whole.shape[dim] - part.shape[dim] for part in parts[:at]]
    if at < 2 and starts == [*before, 0, *[0] * (len(parts) - at - 1)] and len(parts) - at <= 2:
        pair = [parts[0].shape[dim] if at else 0, parts[-1].shape[dim] if len(parts) - at > 1 else 0]
        axes = STATE["axes"]
        remember(result, dim, (pair[0], pair[1]), dim - 2 if result.ndim - 2 == axes else 0, axes, kind=WRAPPED)


def _start(part: Any, whole: Any, dim: int) -> int | None:
    """Where a part of a tensor's memory begins along a dimension; None where it is no part of it."""
    if not is_marked(part) or part.untyped_storage().data_ptr() != whole.untyped_storage().data_ptr():
        return None
    return int((part.storage_offset() - whole.storage_offset()) // whole.stride(dim))


@rule("setitem")
def stored(_function: Any, target: Any, index: Any, value: Any) -> None:
    """Part of a tensor replaced; a buffer of constants starts as one that sees nothing."""
    if not is_marked(target):
        target.data.zero_()
        target.extents = True
    target.data[index] = _extents(value) if isinstance(value, torch.Tensor) else 0.0


@rule("copy")
def copied(_function: Any, target: Any, value: Any, *_args: Any, **_kwargs: Any) -> Any:
    """The target sees what the value sees."""
    return _extents(value).expand(target.shape)


@rule("fill", "zero")
def filled(_function: Any, target: Any, *_args: Any) -> Any:
    """A constant sees nothing."""
    return torch.zeros(target.shape)


@rule(
    *("zeros_like", "ones_like", "rand_like", "randn_like", "empty_like", "full_like", "new_zeros", "new_ones"),
    *("new_empty", "new_full", "new_tensor"),
)
def constant(function: Any, *args: Any, **kwargs: Any) -> Any:
    """A constant of the shape; marked, since whatever is made here sees nothing."""
    return torch.zeros(function(*args, **kwargs).shape)


@rule(
    *("size", "dim", "numel", "ndimension", "stride", "is_floating_point", "is_contiguous", "len", "element_size"),
    *("is_complex", "get_device", "storage_offset", "nelement", "is_tensor", "is_same_size", "assert"),
)
def described(function: Any, *args: Any, **kwargs: Any) -> Any:
    """What is said of a tensor and not of its numbers."""
    return function(*args, **kwargs)


@rule("tril", "triu")
def triangle(function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """What is set to zero sees nothing."""
    return function(x, *args, **kwargs)


def _extents(value: Any) -> Any:
    if is_marked(value):
        return value.float()
    assert len(tensors(value)) == 1
    return torch.zeros(value.shape)
