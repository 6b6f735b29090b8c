"""Operations that take some entries of a dimension: slices, single entries, flips."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from rfsolve.formats.lowering.arrangement import outermost
from rfsolve.formats.lowering.layout import CHANNEL, ONE, REPEAT, Atom, Dim, Dims, counting, entries
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value
from rfsolve.graph import ChannelSlice, Combine, Concat, Crop, Flip, GlobalPool, PoolKind, Slice

T = TypeVar("T")
_MOST_RUNS = 16  # of channels taken one by one; what is taken of more is reported as if of all
_UNEVEN = "it takes pixels that do not lie on one grid"


def taken(  # noqa: PLR0917 - as Python's slice
    site: Site, tensor: Tensor, place: int, start: int | None, stop: int | None, step: int = 1
) -> Value:
    """Return entries of a dimension as `sliced` does; a constant where none of them has seen anything."""
    place = tensor.axis(place)
    dim = tensor.dims[place]
    entries_ = range(dim.size)[start:stop:step]
    pixels = range(dim.before, dim.size - dim.after)
    if not entries_ or (not dim.sighted and not any(index in pixels for index in entries_)):
        return Constant((*tensor.shape[:place], len(entries_), *tensor.shape[place + 1 :]))
    return sliced(site, tensor, place, start, stop, step)


def sliced(  # noqa: PLR0917 - as Python's slice
    site: Site, tensor: Tensor, place: int, start: int | None, stop: int | None, step: int = 1
) -> Tensor:
    """Return the entries start, start + step, ... before stop of a dimension, as Python slices it."""
    place = tensor.axis(place)
    dim = tensor.dims[place]
    taken = range(dim.size)[start:stop:step]
    if len(taken) == dim.size and step == 1:
        return tensor
    if not taken:
        raise Untranslatable("it takes nothing")
    if step < 0:
        return _backwards(site, tensor, place, taken)
    if not dim.is_plain:
        return _of_tokens(site, tensor, place, taken)
    if len(taken) == 1:
        return _single(site, tensor, place, taken[0])
    return _taken(site, tensor, place, taken)


def chosen(site: Site, tensor: Tensor, place: int, index: int) -> Value:
    """Return one entry of a dimension, which goes."""
    place = tensor.axis(place)
    size = tensor.dims[place].size
    if not -size <= index < size:
        raise Untranslatable(f"entry {index} of {size}")
    after = taken(site, tensor, place, index % size, index % size + 1)
    if not isinstance(after, Tensor):
        return Constant((*tensor.shape[:place], *tensor.shape[place + 1 :]))
    return after.lying(dim for at, dim in enumerate(after.dims) if at != place)


def _of_tokens(site: Site, tensor: Tensor, place: int, taken: range) -> Tensor:
    """Entries of a dimension with some that are no pixels; those alone stand for all that they may have seen."""
    dim = tensor.dims[place]
    pixels = range(dim.before, dim.before + entries(dim.atoms))
    if taken.step != 1:
        raise Untranslatable(_UNEVEN)
    if taken.stop <= pixels.start or taken.start >= pixels.stop:
        axes = sorted({atom.axis for atom in dim.atoms if atom.is_spatial})
        whole = all(_is_whole(site, tensor.node, dim, axis) for axis in axes)
        if not whole:
            raise Untranslatable(_UNEVEN)
        node = site.add(GlobalPool(kind=PoolKind.AVG, axes=tuple(axes)), tensor.node)
        return tensor.over(node).lying(_with(tensor.dims, place, _copies(len(taken))))
    inner = range(max(taken.start - dim.before, 0), min(taken.stop - dim.before, len(pixels)))
    before, after = max(dim.before - taken.start, 0), max(taken.stop - pixels.stop, 0)
    bare = tensor.lying(_with(tensor.dims, place, replace(dim, before=0, after=0)))
    result = sliced(site, bare, place, inner.start, inner.stop)
    return result.lying(_with(result.dims, place, replace(result.dims[place], before=before, after=after)))


def _copies(size: int) -> Dim:
    return Dim((Atom(REPEAT, 0, size),)) if size > 1 else ONE


def _is_whole(site: Site, node: int, dim: Dim, axis: int) -> bool:
    return entries(atom for atom in dim.atoms if atom.axis == axis) == site.shape(node).size[axis]


def _with(dims: Dims, place: int, dim: Dim) -> Dims:
    return (*dims[:place], dim, *dims[place + 1 :])


def _taken(site: Site, tensor: Tensor, place: int, taken: range) -> Tensor:
    """Several entries: of the outermost atom, in whole runs of what lies within."""
    outer, *inner = tensor.dims[place].atoms
    run = entries(inner)
    if taken.step != 1 and run > 1:
        raise Untranslatable(_UNEVEN)
    count = len(taken)
    if taken.step == 1:
        if taken.start % run or count % run:
            raise Untranslatable(_UNEVEN)
        taken = range(taken.start // run, (taken.start + count) // run)
        count = len(taken)
    if outer.axis == REPEAT:
        return tensor.lying(
            _with(tensor.dims, place, Dim((*([replace(outer, size=count)] if count > 1 else []), *inner)))
        )
    if outer.axis == CHANNEL:
        return _of_channels(site, tensor, place, taken, outer)
    return _of_axis(site, tensor, place, taken, outer)


def _of_channels(site: Site, tensor: Tensor, place: int, taken: range, atom: Atom) -> Tensor:
    """Some channels: a run of them where those that a dimension counts come first, else one of several runs."""
    tensor = outermost(site, tensor, [atom])
    inner = tensor.dims[place].atoms[1:]
    stride = site.shape(tensor.node).channels // atom.size
    node = _channel_runs(site, tensor.node, list(taken), stride)
    first = counting(CHANNEL, len(taken), stride).atoms
    return tensor.over(node).lying(_with(tensor.dims, place, Dim((*first, *inner))))


def _channel_runs(site: Site, node: int, taken: Sequence[int], stride: int) -> int:
    """The node with the channels of some positions, each of `stride` channels."""
    starts = [at for at, index in enumerate(taken) if at == 0 or index != taken[at - 1] + 1]
    if len(starts) > _MOST_RUNS:
        return site.add(Combine(kind="select", channels=len(taken) * stride), node)
    pieces = []
    for start, stop in zip(starts, [*starts[1:], len(taken)], strict=True):
        layer = ChannelSlice(start=taken[start] * stride, stop=(taken[stop - 1] + 1) * stride)
        pieces.append(site.add(layer, node))
    return pieces[0] if len(pieces) == 1 else site.add(Concat(), pieces)


def _of_axis(site: Site, tensor: Tensor, place: int, taken: range, atom: Atom) -> Tensor:
    size = site.shape(tensor.node).size[atom.axis] or 1
    if atom.stride * atom.size != size or (taken.step != 1 and atom.stride != 1):
        raise Untranslatable(_UNEVEN)
    node = tensor.node
    if taken.step == 1:
        lost = (taken.start * atom.stride, (atom.size - taken.stop) * atom.stride)
        node = site.add(Crop(amounts=_at(site, atom.axis, lost, (0, 0))), node)
    else:
        last = taken[-1] + 1
        if last < size and taken.step * len(taken) + taken.start < size:
            node = site.add(Crop(amounts=_at(site, atom.axis, (0, size - last), (0, 0))), node)
        layer = Slice(start=_at(site, atom.axis, taken.start, 0), step=_at(site, atom.axis, taken.step, 1))
        node = site.add(layer, node)
    part = counting(atom.axis, len(taken), atom.stride).atoms
    inner = tuple(one for one in tensor.dims[place].atoms if one != atom)
    return tensor.over(node).lying(_with(tensor.dims, place, Dim((*part, *inner))))


def _at(site: Site, axis: int, value: T, rest: T) -> tuple[T, ...]:
    """A value for one axis, `rest` for the others."""
    return tuple(value if own == axis else rest for own in range(site.axes))


def _single(site: Site, tensor: Tensor, place: int, index: int) -> Tensor:
    """One entry: digit by digit, from the innermost atom on."""
    while tensor.dims[place].atoms:
        atom = tensor.dims[place].atoms[-1]
        index, digit = divmod(index, atom.size)
        rest = _with(tensor.dims, place, Dim(tensor.dims[place].atoms[:-1]))
        if atom.axis == CHANNEL:
            tensor = _channel_digit(site, tensor.lying(rest), atom, digit)
        elif atom.is_spatial:
            tensor = _pixel_digit(site, tensor.lying(rest), atom, digit)
        else:
            tensor = tensor.lying(rest)
    return tensor


def _channel_digit(site: Site, tensor: Tensor, atom: Atom, digit: int) -> Tensor:
    stride = site.shape(tensor.node).channels // atom.size
    whole = outermost(site, tensor.lying([*tensor.dims, Dim((atom,))]), [atom])
    layer = ChannelSlice(start=digit * stride, stop=(digit + 1) * stride)
    return Tensor(site.add(layer, whole.node), whole.dims[:-1])


def _pixel_digit(site: Site, tensor: Tensor, atom: Atom, digit: int) -> Tensor:
    size = site.shape(tensor.node).size[atom.axis] or 1
    if atom.stride * atom.size == size:
        lost = (digit * atom.stride, size - (digit + 1) * atom.stride)
        return tensor.over(site.add(Crop(amounts=_at(site, atom.axis, lost, (0, 0))), tensor.node))
    if atom.stride != 1:
        raise Untranslatable(_UNEVEN)
    layer = Slice(start=_at(site, atom.axis, digit, 0), step=_at(site, atom.axis, atom.size, 1))
    dims = [
        replace(
            dim,
            atoms=tuple(
                replace(one, stride=one.stride // atom.size) if one.axis == atom.axis else one for one in dim.atoms
            ),
        )
        for dim in tensor.dims
    ]
    return tensor.over(site.add(layer, tensor.node)).lying(dims)


def _backwards(site: Site, tensor: Tensor, place: int, taken: range) -> Tensor:
    """Entries in reverse: those, turned round."""
    forward = sliced(site, tensor, place, taken[-1], taken[0] + 1, -taken.step)
    return flipped(site, forward, [place])


def flipped(site: Site, tensor: Tensor, places: Sequence[int]) -> Tensor:
    """Return the tensor with these dimensions mirrored."""
    axes = []
    channels = False
    for place in places:
        dim = tensor.dims[tensor.axis(place)]
        for atom in dim.atoms:
            if atom.axis == CHANNEL:
                channels = True
            elif atom.is_spatial:
                if not dim.is_plain or atom.size != site.shape(tensor.node).size[atom.axis]:
                    raise Untranslatable("it mirrors parts of an axis")
                axes.append(atom.axis)
    node = tensor.node
    if axes:
        node = site.add(Flip(axes=tuple(sorted(axes))), node)
    if channels:
        node = site.add(Combine(kind="flip", channels=site.shape(node).channels), node)
    return tensor.over(node)


def gathered(site: Site, tensor: Tensor, place: int, indices: Sequence[int], shape: Sequence[int]) -> Tensor:
    """Return the entries of a dimension that a list of numbers names; the dimension takes the shape of the list."""
    size = tensor.dims[place].size
    row = [index % size for index in indices]
    after = _by_numbers(site, tensor, place, row)
    return after.reshape([*after.shape[:place], *shape, *after.shape[place + 1 :]])


def _by_numbers(site: Site, tensor: Tensor, place: int, row: Sequence[int]) -> Tensor:
    dim = tensor.dims[place]
    if len(row) == 1:
        return sliced(site, tensor, place, row[0], row[0] + 1)
    step = row[1] - row[0]
    if step and list(row) == list(range(row[0], row[0] + step * len(row), step)):
        end = row[-1] + (1 if step > 0 else -1)
        return sliced(site, tensor, place, row[0], None if end < 0 else end, step)
    if not dim.is_spatial and dim.is_plain:
        copies = all(atom.axis == REPEAT for atom in dim.atoms)
        dims = _with(tensor.dims, place, _copies(len(row)) if copies else counting(CHANNEL, len(row)))
        if copies:
            return tensor.lying(dims)
        return _by_channels(site, tensor, place, row)
    factor = len(row) // dim.size
    if factor > 1 and list(row) == [index // factor for index in range(len(row))]:
        grown = replace(dim, atoms=(*dim.atoms, Atom(REPEAT, 0, factor)))
        return tensor.lying(_with(tensor.dims, place, grown))
    raise Untranslatable(_UNEVEN)


def _by_channels(site: Site, tensor: Tensor, place: int, row: Sequence[int]) -> Tensor:
    """The channels that a list of numbers names."""
    atoms = tensor.dims[place].atoms
    if any(atom.axis != CHANNEL for atom in atoms):
        raise Untranslatable(_UNEVEN)
    whole = outermost(site, tensor, atoms)
    stride = site.shape(tensor.node).channels // entries(atoms)
    node = _channel_runs(site, whole.node, row, stride)
    return whole.over(node).lying(_with(whole.dims, place, counting(CHANNEL, len(row), stride)))
