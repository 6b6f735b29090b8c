"""Reshapes, slices, joins: what only moves entries."""

from collections.abc import Sequence

from rfsolve.formats.lowering.joining import concatenated, padded, tiled
from rfsolve.formats.lowering.kernels import lined_up, shuffled
from rfsolve.formats.lowering.layout import ONE
from rfsolve.formats.lowering.lookup import looked_up
from rfsolve.formats.lowering.selection import flipped, gathered, taken
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value
from rfsolve.formats.onnx.operation import Operation, Rule
from rfsolve.graph import PadMode, PixelShuffle


def _reshape(site: Site, op: Operation) -> Value:  # noqa: ARG001 - every rule has this signature
    tensor = op.tensor()
    asked = op.integers("shape", 1) or []
    shape = [
        tensor.shape[place] if extent == 0 and place < tensor.rank and not op.integer("allowzero", 0) else extent
        for place, extent in enumerate(asked)
    ]
    return tensor.reshape(_filled(shape, tensor.shape))


def _filled(shape: Sequence[int], before: Sequence[int]) -> list[int]:
    """The shape with its -1 worked out; Untranslatable where it cannot be."""
    total, known = 1, 1
    for extent in before:
        total *= extent
    for extent in shape:
        known *= extent if extent != -1 else 1
    if -1 in shape and known and total % known == 0:
        return [total // known if extent == -1 else extent for extent in shape]
    return list(shape)


def _flatten(site: Site, op: Operation) -> Value:  # noqa: ARG001
    tensor = op.tensor()
    axis = op.integer("axis", 1)
    axis = axis + tensor.rank if axis < 0 else axis
    outer = 1
    for extent in tensor.shape[:axis]:
        outer *= extent
    return tensor.reshape(_filled([outer, -1], tensor.shape))


def _transpose(site: Site, op: Operation) -> Value:  # noqa: ARG001
    tensor = op.tensor()
    return tensor.permute(op.integers("perm") or list(range(tensor.rank))[::-1])


def _squeeze(site: Site, op: Operation) -> Value:  # noqa: ARG001
    tensor, axes = op.tensor(), op.integers("axes", 1)
    gone = range(tensor.rank) if axes is None else [tensor.axis(axis) for axis in axes]
    return tensor.lying([dim for place, dim in enumerate(tensor.dims) if place not in gone or dim.size != 1])


def _unsqueeze(site: Site, op: Operation) -> Value:  # noqa: ARG001
    tensor, axes = op.tensor(), op.integers("axes", 1) or []
    rank = tensor.rank + len(axes)
    new = {axis % rank for axis in axes}
    rest = iter(tensor.dims)
    return tensor.lying([ONE if place in new else next(rest) for place in range(rank)])


def _concat(site: Site, op: Operation) -> Value:
    values = [value for value in op.values() if not (isinstance(value, Constant) and value.elements == 0)]
    return concatenated(site, values, op.integer("axis", 1))


def _quantised_concat(site: Site, op: Operation) -> Value:
    """Each tensor is followed by its scale and zero point; the first two inputs are those of the result."""
    values = [value for value in op.inputs[2::3] if value is not None]
    return concatenated(site, values, op.integer("axis", 1))


def _split(site: Site, op: Operation) -> Sequence[Value | None]:
    tensor = op.tensor()
    place = tensor.axis(op.integer("axis", 0))
    sizes = op.integers("split", 1)
    if sizes is None:
        each = -(-tensor.shape[place] // op.outputs)
        sizes = [each] * (op.outputs - 1) + [tensor.shape[place] - each * (op.outputs - 1)]
    pieces: list[Value | None] = []
    start = 0
    for size in sizes[: op.outputs]:
        pieces.append(taken(site, tensor, place, start, start + size))
        start += size
    return pieces


def _slice(site: Site, op: Operation) -> Value:
    tensor = op.tensor()
    starts, ends = op.integers("starts", 1) or [], op.integers("ends", 2) or []
    axes = op.integers("axes", 3) or list(range(len(starts)))
    steps = op.integers("steps", 4) or [1] * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise Untranslatable("its starts, ends, axes and steps have different lengths")
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        size = tensor.shape[tensor.axis(axis)]
        stop = None if step < 0 and end < -size else end
        result = taken(site, tensor, axis, start, stop, step or 1)
        if not isinstance(result, Tensor):
            return result
        tensor = result
    return tensor


def _gather(site: Site, op: Operation) -> Value:
    indices, axis = op.value(1), op.integer("axis", 0)
    table = op.value(0)
    if isinstance(table, Constant) and isinstance(indices, Tensor) and axis in {0, -table.rank}:
        return looked_up(site, table, indices)
    tensor = op.tensor()
    if not isinstance(indices, Constant) or indices.array is None:
        raise Untranslatable("which entries it takes is not known before it runs")
    numbers = [int(index) for index in indices.numbers("indices")]
    return gathered(site, tensor, tensor.axis(axis), numbers, indices.shape)


def _pad(site: Site, op: Operation) -> Value:
    tensor = op.tensor()
    row = op.integers("pads", 1) or op.integers("paddings") or []
    axes = op.integers("axes", 3) or list(range(tensor.rank))
    mode = op.attribute("mode", b"constant")
    modes = {"constant": PadMode.CONSTANT, "reflect": PadMode.REFLECT, "edge": PadMode.REPLICATE}
    text = mode.decode("ascii", "replace") if isinstance(mode, bytes) else str(mode)
    if len(row) != 2 * len(axes):
        raise Untranslatable(f"it has {len(row)} pads for {len(axes)} dimensions")
    pairs = zip(axes, row[: len(axes)], row[len(axes) :], strict=True)
    amounts = {tensor.axis(axis): (before, after) for axis, before, after in pairs if before or after}
    return padded(site, tensor, amounts, modes.get(text, PadMode.CIRCULAR))


def _tile(site: Site, op: Operation) -> Value:
    return tiled(site, op.tensor(), op.integers("repeats", 1) or [])


def _depth_to_space(site: Site, op: Operation) -> Value:
    tensor, factor = op.tensor(), op.integer("blocksize", 1)
    if op.attribute("mode", b"DCR") == b"CRD":
        return shuffled(site, tensor, PixelShuffle, factor)
    n, channels, height, width = _four(tensor)
    if channels % factor**2:
        raise Untranslatable(f"{channels} channels in blocks of {factor}x{factor}")
    inner = tensor.reshape([n, factor, factor, channels // factor**2, height, width])
    moved = inner.permute([0, 3, 4, 1, 5, 2])
    return _on_the_grid(site, moved.reshape([n, channels // factor**2, height * factor, width * factor]))


def _space_to_depth(site: Site, op: Operation) -> Value:
    tensor, factor = op.tensor(), op.integer("blocksize", 1)
    n, channels, height, width = _four(tensor)
    if height % factor or width % factor:
        raise Untranslatable(f"{height}x{width} pixels in blocks of {factor}x{factor}")
    inner = tensor.reshape([n, channels, height // factor, factor, width // factor, factor])
    moved = inner.permute([0, 3, 5, 1, 2, 4])
    return _on_the_grid(site, moved.reshape([n, channels * factor**2, height // factor, width // factor]))


def _four(tensor: Tensor) -> tuple[int, int, int, int]:
    if tensor.rank != 4:  # noqa: PLR2004 - batch, channels, height, width
        raise Untranslatable("its input is not batch, channels, height and width")
    n, channels, height, width = tensor.shape
    return n, channels, height, width


def _on_the_grid(site: Site, tensor: Tensor) -> Tensor:
    return lined_up(site, tensor).tensor


def _reverse(site: Site, op: Operation) -> Value:
    return flipped(site, op.tensor(), [op.integer("time_axis", 0)])


RULES: dict[str, Rule] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Concat": _concat,
    "QLinearConcat": _quantised_concat,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "Pad": _pad,
    "Tile": _tile,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "ReverseSequence": _reverse,
}
