"""Constants worked out with numpy: the arithmetic of shapes, which no input has a part in.

Where the numbers are not known the shape alone is worked out, on arrays that hold one number. So it is where there are
more numbers than are kept: a file of one kilobyte can ask for gigabytes.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np

from rfsolve.formats.lowering.values import Constant
from rfsolve.formats.onnx.operation import Operation

LARGEST = 1 << 16  # entries of a constant whose numbers are kept
_OF_THE_SHAPE = ("Shape", "Size")  # known whatever the numbers are
MOST_ENTRIES = 1 << 27  # entries of a constant whose shape is worked out

Array = Any


def folded(op: Operation) -> list[Constant | None] | None:
    """Return the results of an operation on constants; None where its rule is not known or it cannot be done."""
    constants = [value for value in op.inputs if isinstance(value, Constant)]
    weights = frozenset().union(*(constant.weights for constant in constants))
    rule = _RULES.get(op.operator)
    if rule is None or any(constant.elements > MOST_ENTRIES for constant in constants):
        return None
    known = op.operator in _OF_THE_SHAPE or all(constant.array is not None for constant in constants)
    arrays = [
        None if value is None else _array(value) for value in op.inputs if value is None or isinstance(value, Constant)
    ]
    try:
        with np.errstate(all="ignore"):
            results = rule(op, arrays)
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, ZeroDivisionError, MemoryError, AttributeError):
        return None
    rows = results if isinstance(results, list) else [results]
    return [_constant(np.asarray(row), known, weights) for row in rows]


def _constant(row: Array, known: bool, weights: frozenset[str]) -> Constant:  # noqa: FBT001 - a fact of the row
    return Constant(tuple(int(n) for n in row.shape), row if known and row.size <= LARGEST else None, weights)


def _array(constant: Constant) -> Array:
    if constant.array is not None:
        return constant.array
    return np.broadcast_to(np.float32(1), constant.shape)


def _bounded(shape: Sequence[int]) -> list[int]:
    """A shape, unless a tensor of it would be too large; ValueError then."""
    sizes = [int(extent) for extent in shape]
    if any(extent < 0 for extent in sizes) or prod(sizes) > MOST_ENTRIES:
        raise ValueError("too large")
    return sizes


def _blank(shape: Sequence[int], like: Array) -> Array:
    """An array of this shape that holds one number."""
    return np.broadcast_to(np.ones((), dtype=like.dtype), _bounded(shape))


def _reshape(op: Operation, a: list[Array]) -> Array:
    shape = op.attribute("shape") if len(a) < 2 else a[1].tolist()  # noqa: PLR2004 - in version 1 it is an attribute
    return a[0].reshape([a[0].shape[at] if extent == 0 else extent for at, extent in enumerate(shape)])


def _axes(op: Operation, a: list[Array], place: int = 1) -> list[int] | None:
    given = op.attribute("axes")
    if given is None and len(a) > place and a[place] is not None:
        given = a[place].tolist()
    return None if given is None else [int(axis) for axis in given]


def _unsqueeze(op: Operation, a: list[Array]) -> Array:
    return np.expand_dims(a[0], tuple(_axes(op, a) or ()))


def _squeeze(op: Operation, a: list[Array]) -> Array:
    axes = _axes(op, a)
    return np.squeeze(a[0], None if axes is None else tuple(axes))


def _slice(op: Operation, a: list[Array]) -> Array:
    if op.attribute("starts") is not None:
        starts, ends, axes, steps = op.attribute("starts"), op.attribute("ends"), op.attribute("axes"), None
    else:
        starts, ends = a[1].tolist(), a[2].tolist()
        axes = a[3].tolist() if len(a) > 3 and a[3] is not None else None  # noqa: PLR2004 - its place
        steps = a[4].tolist() if len(a) > 4 and a[4] is not None else None  # noqa: PLR2004 - its place
    picks = [slice(None)] * a[0].ndim
    for at, axis in enumerate(axes or range(len(starts))):
        step = steps[at] if steps else 1
        end = None if step < 0 and ends[at] < -a[0].shape[axis] else ends[at]
        picks[axis] = slice(starts[at], end, step)
    return a[0][tuple(picks)]


def _gather(op: Operation, a: list[Array]) -> Array:
    indices = a[1].astype(np.int64)
    axis = op.integer("axis", 0)
    shape = [*a[0].shape[:axis], *indices.shape, *a[0].shape[axis:][1:]]
    return _blank(shape, a[0]) if prod(shape) > LARGEST else np.take(a[0], indices, axis=axis)


def _split(op: Operation, a: list[Array]) -> list[Array]:
    axis = op.integer("axis", 0)
    sizes = op.attribute("split") or (a[1].tolist() if len(a) > 1 and a[1] is not None else None)
    if sizes is None:
        return list(np.array_split(a[0], op.outputs, axis=axis))
    return list(np.split(a[0], np.cumsum(sizes)[:-1], axis=axis))


def _reduce(reducing: Callable[..., Array]) -> "_Rule":
    def rule(op: Operation, a: list[Array]) -> Array:
        axes = _axes(op, a)
        if a[0].size > LARGEST:
            gone = range(a[0].ndim) if not axes else [axis % a[0].ndim for axis in axes]
            kept = [1 if place in gone else n for place, n in enumerate(a[0].shape)]
            shape = [n for place, n in enumerate(kept) if place not in gone] if not op.integer("keepdims", 1) else kept
            return _blank(shape, a[0])
        return reducing(a[0], axis=None if not axes else tuple(axes), keepdims=bool(op.integer("keepdims", 1)))

    return rule


def _cast(op: Operation, a: list[Array]) -> Array:
    kinds = {1: np.float32, 2: np.uint8, 3: np.int8, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_, 11: np.float64}
    kind = kinds.get(op.integer("to", 0))
    return a[0] if kind is None or a[0].size > LARGEST else a[0].astype(kind)


def _constant_of_shape(op: Operation, a: list[Array]) -> Array:
    given = op.attribute("value")
    value = np.float32(0) if given is None else np.asarray(given).reshape(-1)[0]
    return np.broadcast_to(value, _bounded(a[0].tolist()))


def _range(op: Operation, a: list[Array]) -> Array:  # noqa: ARG001 - every rule has this signature
    start, limit, step = (row.item() for row in a[:3])
    _bounded([max(int((limit - start) / step), 0)])
    return np.arange(start, limit, step, dtype=a[0].dtype)


def _expand(op: Operation, a: list[Array]) -> Array:  # noqa: ARG001
    return np.broadcast_to(a[0], np.broadcast_shapes(a[0].shape, tuple(_bounded(a[1].tolist()))))


def _tile(op: Operation, a: list[Array]) -> Array:  # noqa: ARG001
    _bounded([n * m for n, m in zip(a[0].shape, a[1].tolist(), strict=True)])
    return np.tile(a[0], a[1].tolist())


def _concat(op: Operation, a: list[Array]) -> Array:
    rows = [np.atleast_1d(row) for row in a]
    axis = op.integer("axis", 0)
    shape = [*rows[0].shape]
    shape[axis] = sum(row.shape[axis] for row in rows)
    return _blank(shape, rows[0]) if prod(shape) > LARGEST else np.concatenate(rows, axis=axis)


def _shape(op: Operation, a: list[Array]) -> Array:
    return np.asarray(a[0].shape[op.integer("start", 0) : op.attribute("end")], dtype=np.int64)


def _divide(one: Array, other: Array) -> Array:
    if one.dtype.kind in "iu" and other.dtype.kind in "iu":
        return (np.sign(one) * np.sign(other) * (np.abs(one) // np.maximum(np.abs(other), 1))).astype(one.dtype)
    return one / other


def _each(operation: Callable[..., Array]) -> "_Rule":
    def rule(op: Operation, a: list[Array]) -> Array:  # noqa: ARG001 - every rule has this signature
        rows = [row for row in a if row is not None]
        shape = np.broadcast_shapes(*(row.shape for row in rows))
        return _blank(shape, rows[-1]) if prod(shape) > LARGEST else operation(*rows)

    return rule


def _folding(operation: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    """The operation from left to right over as many as there are: a third argument of numpy's own is where to write."""
    return lambda *rows: reduce(operation, rows)


def _matmul(op: Operation, a: list[Array]) -> Array:  # noqa: ARG001
    one, other = a
    if one.shape[-1] != other.shape[max(other.ndim - 2, 0)]:
        raise ValueError("not conformable")
    shape = (one[..., :0] @ (other[:0] if other.ndim == 1 else other[..., :0, :])).shape
    return _blank(shape, one) if max(one.size, other.size, prod(shape)) > LARGEST else one @ other


def _first(op: Operation, a: list[Array]) -> Array:  # noqa: ARG001
    return a[0]


_Rule = Callable[[Operation, list[Array]], Any]
_PAIRS: dict[str, Callable[[Array, Array], Array]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": _divide,
    "Pow": np.power,
    "Mod": np.mod,
    "Max": np.maximum,
    "Min": np.minimum,
    "Equal": np.equal,
    "Less": np.less,
    "LessOrEqual": np.less_equal,
    "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal,
    "And": np.logical_and,
    "Or": np.logical_or,
    "Xor": np.logical_xor,
}
_SINGLES: dict[str, Callable[..., Array]] = {
    "Neg": np.negative,
    "Abs": np.abs,
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "Log": np.log,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Round": np.round,
    "Sign": np.sign,
    "Not": np.logical_not,
    "Reciprocal": np.reciprocal,
    "Sin": np.sin,
    "Cos": np.cos,
    "Tanh": np.tanh,
}
_SAME = (
    "Identity",
    "Dropout",
    "DequantizeLinear",
    "QuantizeLinear",
    "Sigmoid",
    "Relu",
    "Softplus",
    "Clip",
    "Erf",
    "Softmax",
)
_RULES: dict[str, _Rule] = {
    **{name: _each(_folding(operation)) for name, operation in _PAIRS.items()},
    **{name: _each(operation) for name, operation in _SINGLES.items()},
    **dict.fromkeys(_SAME, _first),
    "MatMul": _matmul,
    "Where": _each(np.where),
    "Reshape": _reshape,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Transpose": lambda op, a: np.transpose(a[0], op.attribute("perm")),
    "Flatten": lambda op, a: a[0].reshape(prod(a[0].shape[: op.integer("axis", 1)]), -1),
    "Slice": _slice,
    "Gather": _gather,
    "Split": _split,
    "Concat": _concat,
    "Cast": _cast,
    "CastLike": _first,
    "ConstantOfShape": _constant_of_shape,
    "Range": _range,
    "Expand": _expand,
    "Tile": _tile,
    "Shape": _shape,
    "Size": lambda op, a: np.asarray(a[0].size, dtype=np.int64),  # noqa: ARG005
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum),
    "ReduceMax": _reduce(np.max),
    "ReduceMin": _reduce(np.min),
    "ReduceMean": _reduce(np.mean),
    "ReduceL2": _reduce(lambda row, **how: np.sqrt(np.sum(np.square(row), **how))),
}
