"""Views, slices, joins: what only moves entries."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from rfsolve.formats.lowering.arrangement import in_channel_order
from rfsolve.formats.lowering.elementwise import combined
from rfsolve.formats.lowering.joining import concatenated, interleaved, padded, replaced, rolled, stacked, tiled
from rfsolve.formats.lowering.kernels import shuffled
from rfsolve.formats.lowering.layout import ONE
from rfsolve.formats.lowering.lookup import looked_up
from rfsolve.formats.lowering.selection import chosen, flipped, gathered, taken
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value
from rfsolve.formats.torch.aten.arguments import Arguments, Rule
from rfsolve.graph import ChannelShuffle, PadMode, PixelShuffle, PixelUnshuffle

END = 1 << 62


def _reshape(site: Site, a: Arguments) -> Value:  # noqa: ARG001 - every rule has this signature
    return a.tensor().reshape(a.shapes[0])


def _permute(site: Site, a: Arguments) -> Value:  # noqa: ARG001
    return a.tensor().permute(a.value("dims"))


def _transpose(site: Site, a: Arguments) -> Value:  # noqa: ARG001
    tensor = a.tensor()
    order = list(range(tensor.rank))
    first = a.value("dim0") if "dim0" in a.values else a.integer("axis0")
    second = a.value("dim1") if "dim1" in a.values else a.integer("axis1")
    one, other = tensor.axis(first), tensor.axis(second)
    order[one], order[other] = order[other], order[one]
    return tensor.permute(order)


def _t(site: Site, a: Arguments) -> Value:  # noqa: ARG001
    tensor = a.tensor()
    return tensor.permute(range(tensor.rank)[::-1])


def _movedim(site: Site, a: Arguments) -> Value:  # noqa: ARG001
    tensor = a.tensor()
    source, target = a.value("source"), a.value("destination")
    sources = [tensor.axis(s) for s in ([source] if isinstance(source, int) else source)]
    targets = [tensor.axis(t) for t in ([target] if isinstance(target, int) else target)]
    order = [place for place in range(tensor.rank) if place not in sources]
    for at, place in sorted(zip(targets, sources, strict=True)):
        order.insert(at, place)
    return tensor.permute(order)


def _slice(site: Site, a: Arguments) -> Value:
    start, end = a.value("start"), a.value("end")
    stop = END if end is None else end
    return taken(site, a.tensor(), a.integer("dim"), start or 0, stop, a.integer("step", 1))


def _narrow(site: Site, a: Arguments) -> Value:
    start = a.integer("start")
    return taken(site, a.tensor(), a.integer("dim"), start, start + a.integer("length"))


def _select(site: Site, a: Arguments) -> Value:
    return chosen(site, a.tensor(), a.integer("dim"), a.integer("index"))


def _split(site: Site, a: Arguments) -> Sequence[Value | None]:
    """Split, chunk, unbind-like: pieces as long as the results say."""
    tensor = a.tensor()
    place = tensor.axis(a.integer("dim"))
    pieces: list[Value | None] = []
    start = 0
    for shape in a.shapes:
        pieces.append(taken(site, tensor, place, start, start + shape[place]))
        start += shape[place]
    return pieces


def _unbind(site: Site, a: Arguments) -> Sequence[Value | None]:
    return [chosen(site, a.tensor(), a.integer("dim"), index) for index in range(len(a.shapes))]


def _cat(site: Site, a: Arguments) -> Value:
    values = [value for value in a.value("tensors") if not (isinstance(value, Constant) and value.elements == 0)]
    return concatenated(site, values, a.integer("dim"))


def _stack(site: Site, a: Arguments) -> Value:
    return stacked(site, a.value("tensors"), a.integer("dim"))


def _pad(site: Site, a: Arguments) -> Value:
    return _padded(site, a, str(a.value("mode") or "constant"))


def _padded(site: Site, a: Arguments, mode: str) -> Value:
    tensor, row = a.tensor(), a.value("pad") or a.value("padding")
    modes = {"constant": PadMode.CONSTANT, "reflect": PadMode.REFLECT, "replicate": PadMode.REPLICATE}
    pairs = list(zip(row[::2], row[1::2], strict=True))
    amounts = {tensor.rank - 1 - at: pair for at, pair in enumerate(pairs) if pair != (0, 0)}
    return padded(site, tensor, amounts, modes.get(mode, PadMode.CIRCULAR))


def _pad_as(mode: str, site: Site, a: Arguments) -> Value:
    return _padded(site, a, mode)


def _flip(site: Site, a: Arguments) -> Value:
    return flipped(site, a.tensor(), a.value("dims"))


def _rot90(site: Site, a: Arguments) -> Value:
    """Quarter turns from the first dimension towards the second."""
    tensor = a.tensor()
    one, other = (tensor.axis(dim) for dim in a.value("dims") or (0, 1))
    turns = a.integer("k", 1) % 4
    order = list(range(tensor.rank))
    order[one], order[other] = order[other], order[one]
    mirrored = {0: [], 1: [other], 2: [one, other], 3: [one]}[turns]
    tensor = flipped(site, tensor, mirrored)
    return tensor.permute(order) if turns % 2 else tensor


def _diff(site: Site, a: Arguments) -> Value:
    """Each entry less the one before it, n times."""
    tensor, place = a.tensor(), a.integer("dim", -1)
    around = [a.value("prepend"), tensor, a.value("append")]
    if len(values := [value for value in around if value is not None]) > 1:
        tensor = concatenated(site, values, place)
    for _ in range(a.integer("n", 1)):
        size = tensor.shape[tensor.axis(place)]
        pair = [taken(site, tensor, place, 1, size), taken(site, tensor, place, 0, size - 1)]
        tensor = combined(site, "sub", pair)
    return tensor


def _roll(site: Site, a: Arguments) -> Value:
    tensor = a.tensor()
    dims, shifts = a.value("dims"), a.value("shifts")
    if not dims:
        raise Untranslatable("it rolls the tensor as one row")
    shifts = [shifts] if isinstance(shifts, int) else shifts
    dims = [dims] if isinstance(dims, int) else dims
    return rolled(site, tensor, {tensor.axis(dim): shift for dim, shift in zip(dims, shifts, strict=True)})


def _repeat(site: Site, a: Arguments) -> Value:
    tensor = a.tensor()
    repeats = a.value("repeats") if "repeats" in a.values else a.value("dims")
    rank = max(len(repeats), tensor.rank)
    grown = tensor.lying([ONE] * (rank - tensor.rank) + list(tensor.dims))
    return tiled(site, grown, [1] * (rank - len(repeats)) + list(repeats))


def _repeat_interleave(site: Site, a: Arguments) -> Value:  # noqa: ARG001
    dim, count = a.value("dim"), a.value("repeats")
    if dim is None or not isinstance(count, int):
        raise Untranslatable("how often it repeats each entry is not known")
    return interleaved(a.tensor(), dim, count)


def _pixel_shuffle(site: Site, a: Arguments) -> Value:
    return shuffled(site, a.tensor(), PixelShuffle, a.integer("upscale_factor"))


def _pixel_unshuffle(site: Site, a: Arguments) -> Value:
    return shuffled(site, a.tensor(), PixelUnshuffle, a.integer("downscale_factor"))


def _channel_shuffle(site: Site, a: Arguments) -> Value:
    tensor = in_channel_order(site, a.tensor())
    return tensor.over(site.add(ChannelShuffle(groups=a.integer("groups")), tensor.node))


def _index(site: Site, a: Arguments) -> Value:
    """Entries by lists of numbers: one dimension at a time, with known numbers."""
    tensor, indices = a.tensor(), a.value("indices")
    used = [(place, index) for place, index in enumerate(indices) if index is not None]
    if len(used) != 1:
        raise Untranslatable("it takes entries by several lists of numbers")
    (place, index) = used[0]
    return _gather(site, tensor, place, index)


def _index_select(site: Site, a: Arguments) -> Value:
    return _gather(site, a.tensor(), a.integer("dim"), a.value("index"))


def _gather(site: Site, tensor: Tensor, place: int, index: Value) -> Value:
    if not isinstance(index, Constant) or index.array is None:
        raise Untranslatable("which entries it takes is not known before it runs")
    return gathered(site, tensor, tensor.axis(place), index.numbers("indices"), index.shape)


def _embedding(site: Site, a: Arguments) -> Value:
    table = a.value("weight")
    if not isinstance(table, Constant):
        raise Untranslatable("its table depends on the input")
    return looked_up(site, table, a.tensor("indices"))


def _unsqueeze(site: Site, a: Arguments) -> Value:  # noqa: ARG001
    tensor, place = a.tensor(), a.integer("dim")
    place %= tensor.rank + 1
    return tensor.lying([*tensor.dims[:place], ONE, *tensor.dims[place:]])


def _squeeze(site: Site, a: Arguments) -> Value:  # noqa: ARG001
    tensor, given = a.tensor(), a.value("dim")
    places = range(tensor.rank) if given is None else [given] if isinstance(given, int) else given
    gone = {tensor.axis(place) for place in places}
    return tensor.lying([dim for place, dim in enumerate(tensor.dims) if place not in gone or dim.size != 1])


def _select_scatter(site: Site, a: Arguments) -> Value:
    place, index = a.integer("dim"), a.integer("index")
    return _replaced(site, a, place, slice(index, index + 1 or None), kept=False)


def _slice_scatter(site: Site, a: Arguments) -> Value:
    start, end = a.value("start"), a.value("end")
    return _replaced(site, a, a.integer("dim"), slice(start, end, a.integer("step", 1)), kept=True)


def _replaced(site: Site, a: Arguments, place: int, where: slice, *, kept: bool) -> Value:
    """Entries of one dimension replaced by others, which have that dimension or not.

    Pixels are laid end to end anew; of channels it is not told which.
    """
    target, source = a.value("self"), a.value("src")
    place %= len(target.shape)
    is_spatial = any(isinstance(one, Tensor) and _lies(one, target, place) for one in (target, source))
    if isinstance(target, Tensor) and not is_spatial:
        if isinstance(source, Constant):
            return combined(site, "replace", [target, Constant((1,), None, source.weights)])
        return replaced(site, target, source, place)
    if not kept:
        source = _grown(source, place)
    size = target.shape[place]
    wanted = range(size)[where]
    if wanted.step != 1:
        raise Untranslatable("it replaces every other pixel")
    pieces = [_part(site, target, place, 0, wanted.start), source, _part(site, target, place, wanted.stop, size)]
    return concatenated(site, [piece for piece in pieces if piece.shape[place]], place)


def _lies(value: Tensor, target: Value, place: int) -> bool:
    return value.rank == len(target.shape) and value.dims[place].is_spatial  # type: ignore[union-attr]


def _grown(value: Value, place: int) -> Any:
    if isinstance(value, Tensor):
        return value.lying([*value.dims[:place], ONE, *value.dims[place:]])
    return Constant((*value.shape[:place], 1, *value.shape[place:]))  # type: ignore[union-attr]


def _part(site: Site, value: Value, place: int, start: int, stop: int) -> Any:
    if isinstance(value, Tensor) and stop > start:
        return taken(site, value, place, start, stop)
    shape = value.shape  # type: ignore[union-attr]
    return Constant((*shape[:place], stop - start, *shape[place + 1 :]))


_RESHAPES = "view reshape unsafe_view flatten unflatten reshape_copy view_copy reshape_alias view_as reshape_as ravel"
RULES: dict[str, Rule] = {
    **dict.fromkeys(_RESHAPES.split(), _reshape),
    "permute": _permute,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transpose),
    **dict.fromkeys(("t", "numpy_T", "mT", "adjoint"), _t),
    "movedim": _movedim,
    "moveaxis": _movedim,
    "slice": _slice,
    "slice_copy": _slice,
    "narrow": _narrow,
    "select": _select,
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "tensor_split", "unsafe_chunk", "unsafe_split"), _split),
    "unbind": _unbind,
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
    "stack": _stack,
    "pad": _pad,
    "constant_pad_nd": partial(_pad_as, "constant"),
    **{f"reflection_pad{n}d": partial(_pad_as, "reflect") for n in (1, 2, 3)},
    **{f"replication_pad{n}d": partial(_pad_as, "replicate") for n in (1, 2, 3)},
    "flip": _flip,
    "roll": _roll,
    "rot90": _rot90,
    "diff": _diff,
    "repeat": _repeat,
    "tile": _repeat,
    "repeat_interleave": _repeat_interleave,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "channel_shuffle": _channel_shuffle,
    "native_channel_shuffle": _channel_shuffle,
    "index": _index,
    "index_select": _index_select,
    "embedding": _embedding,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "select_scatter": _select_scatter,
    "slice_scatter": _slice_scatter,
}
