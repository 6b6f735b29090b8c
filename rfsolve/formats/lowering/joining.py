"""Operations that put tensors side by side: concatenation, stacking, padding, rolling."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from rfsolve.formats.lowering.arrangement import arranged, outermost
from rfsolve.formats.lowering.elementwise import common
from rfsolve.formats.lowering.layout import CHANNEL, ONE, REPEAT, Atom, Dim, Dims, counting, entries
from rfsolve.formats.lowering.selection import sliced
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value, channels_in_order, extent
from rfsolve.graph import Combine, Concat, Crop, Join, Pad, PadMode, Roll, Tile


def concatenated(site: Site, values: Sequence[Value], place: int) -> Tensor:
    """Return the values side by side along a dimension."""
    site.use(*values)
    tensors = [value for value in values if isinstance(value, Tensor)]
    place = tensors[0].axis(place)
    if len(tensors) == 1:
        return _with_constants(site, values, tensors[0], place)
    if len(tensors) == len(values) and (rolled_ := _rolled(site, tensors, place)) is not None:
        return rolled_
    if (axis := _joined_axis(site, tensors, place)) is not None:
        ring = _ring(site, tensors, place, axis) if len(tensors) == len(values) else None
        return ring or _end_to_end(site, values, place, axis)
    pixels = [tensor for tensor in tensors if tensor.dims[place].is_spatial or not tensor.dims[place].is_plain]
    if len(pixels) == 1:
        return _with_summaries(site, values, pixels[0], place)
    if pixels:
        raise Untranslatable(_different_grids(site, tensors))
    return _side_by_side(site, values, tensors, place)


def _different_grids(site: Site, tensors: Sequence[Tensor]) -> str:
    names = " or ".join(dict.fromkeys(f"'{name}'" for tensor in tensors if (name := site.name(tensor.node))))
    return "it puts different grids into one list" + (f"; look at {names} in its place" if names else "")


def _joined_axis(site: Site, tensors: Sequence[Tensor], place: int) -> int | None:
    """The axis of which tensors count all pixels in a dimension, some of them perhaps one only; None where they do not.

    Where the sizes of other axes differ, they are on different grids.
    """
    dims = [tensor.dims[place] for tensor in tensors]
    axes = {site.axis_of(tensor.node, dim) for tensor, dim in zip(tensors, dims, strict=True) if dim != ONE}
    if len(axes) != 1 or None in axes:
        return None
    (axis,) = axes
    sizes = [site.shape(tensor.node).size for tensor in tensors]
    single = [size[axis] for size, dim in zip(sizes, dims, strict=True) if dim == ONE]  # type: ignore[index]
    others = {tuple(extent for own, extent in enumerate(size) if own != axis) for size in sizes}
    return axis if all(extent == 1 for extent in single) and len(others) == 1 else None


def _ring(site: Site, tensors: Sequence[Tensor], place: int, axis: int) -> Tensor | None:
    """The circular padding that a tensor makes between its own end and its own beginning; None where they are not."""
    whole = max(tensors, key=lambda tensor: tensor.dims[place].size)
    at = next(number for number, tensor in enumerate(tensors) if tensor is whole)
    if len(tensors) > 3 or at > 1 or len(tensors) - at > 2:  # noqa: PLR2004 - end, tensor, beginning
        return None
    size = whole.dims[place].size
    pair = [0, 0]
    for number, tensor in enumerate(tensors):
        if number != at:
            count = tensor.dims[place].size
            lost = (size - count, 0) if number < at else (0, size - count)
            wanted = tuple(lost if own == axis else (0, 0) for own in range(site.axes))
            if site.inputs(tensor.node) != (whole.node,) or site.layer(tensor.node) != Crop(amounts=wanted):
                return None
            pair[number > at] = count
    return padded(site, whole, {place: (pair[0], pair[1])}, PadMode.CIRCULAR)


def _end_to_end(site: Site, values: Sequence[Value], place: int, axis: int) -> Tensor:
    """Pixels of an axis laid end to end; constants are padding of a neighbour."""
    tensors = [value for value in values if isinstance(value, Tensor)]
    grid = common(site, [tensor.lying([*tensor.dims[:place], ONE, *tensor.dims[place + 1 :]]) for tensor in tensors])
    nodes: list[int] = []
    waiting = 0
    for value in values:
        if isinstance(value, Tensor):
            part = arranged(site, value, [*grid[:place], value.dims[place], *grid[place + 1 :]])
            if [*part.dims[:place], *part.dims[place + 1 :]] != [*grid[:place], *grid[place + 1 :]]:
                raise Untranslatable("its inputs count their channels in different orders")
            nodes.append(_margined(site, part.node, axis, (waiting, 0)))
            waiting = 0
        elif nodes:
            nodes[-1] = _margined(site, nodes[-1], axis, (0, extent(value, place)))
        else:
            waiting += extent(value, place)
    node = site.add(Join(axis=axis), nodes)
    total = site.shape(node).size[axis] or 1
    return Tensor(node, (*grid[:place], counting(axis, total), *grid[place + 1 :]))


def _margined(site: Site, node: int, axis: int, pair: tuple[int, int]) -> int:
    if pair == (0, 0):
        return node
    return site.add(Pad(amounts=tuple(pair if own == axis else (0, 0) for own in range(site.axes))), node)


def stacked(site: Site, values: Sequence[Value], place: int) -> Tensor:
    """Return the values side by side along a new dimension."""
    place %= len(values[0].shape) + 1  # type: ignore[union-attr]
    grown: list[Value] = []
    for value in values:
        if isinstance(value, Tensor):
            grown.append(value.lying([*value.dims[:place], ONE, *value.dims[place:]]))
        elif isinstance(value, Constant):
            grown.append(replace(value, shape=(*value.shape[:place], 1, *value.shape[place:]), array=None))
    return concatenated(site, grown, place)


def _side_by_side(site: Site, values: Sequence[Value], tensors: Sequence[Tensor], place: int) -> Tensor:
    """Channels side by side; copies become channels, constants are channels that see nothing."""
    grid = common(site, [tensor.lying([*tensor.dims[:place], ONE, *tensor.dims[place + 1 :]]) for tensor in tensors])
    parts_ = [_channels_first(site, tensor, grid, place) for tensor in tensors]
    total = sum(extent(value, place) for value in values)
    rest = [_other_channels(part, place) for part in parts_]
    plain = len(tensors) == len(values) and all(own == rest[0] for own in rest)
    plain = plain and all(entries(_channel_atoms(part.dims[place])) == part.dims[place].size for part in parts_)
    dims = [*(parts_[0].dims if plain else grid)]
    inner = prod(atom.size for _, atom in rest[0]) if plain else 1
    dims[place] = counting(CHANNEL, total, inner)
    if plain:
        return Tensor(site.add(Concat(), [part.node for part in parts_]), tuple(dims))
    channels = entries(atom for dim in dims for atom in dim.atoms if atom.axis == CHANNEL)
    node = site.add(Combine(kind="concat", channels=channels), [part.node for part in parts_])
    return Tensor(node, channels_in_order(dims))


def _channels_first(site: Site, tensor: Tensor, grid: Dims, place: int) -> Tensor:
    """The tensor on the grid, its channels in an order in which the dimension at `place` is the outermost."""
    wanted = [*grid]
    wanted[place] = tensor.dims[place]
    tensor = arranged(site, tensor, wanted)
    copies = any(atom.axis == REPEAT for atom in tensor.dims[place].atoms)
    if copies:
        return tensor
    return outermost(site, tensor, _channel_atoms(tensor.dims[place]))


def _channel_atoms(dim: Dim) -> list[Atom]:
    return [atom for atom in dim.atoms if atom.axis == CHANNEL]


def _other_channels(tensor: Tensor, place: int) -> list[tuple[int, Atom]]:
    return [(at, atom) for at, dim in enumerate(tensor.dims) if at != place for atom in _channel_atoms(dim)]


def _with_constants(site: Site, values: Sequence[Value], tensor: Tensor, place: int) -> Tensor:
    """One tensor between constants: padding along an axis, entries that are no pixels, channels that see nothing."""
    at = next(number for number, value in enumerate(values) if value is tensor)
    before = sum(extent(value, place) for value in values[:at])
    after = sum(extent(value, place) for value in values[at + 1 :])
    dim = tensor.dims[place]
    if not dim.is_spatial:
        return _side_by_side(site, values, [tensor], place)
    if site.axis_of(tensor.node, dim) is not None:
        return padded(site, tensor, {place: (before, after)}, PadMode.CONSTANT)
    dims = [*tensor.dims]
    dims[place] = replace(dim, before=dim.before + before, after=dim.after + after)
    return tensor.lying(dims)


def _with_summaries(site: Site, values: Sequence[Value], tensor: Tensor, place: int) -> Tensor:
    """Pixels between summaries of whole axes (class tokens): each pixel is taken to see those too."""
    others = [value for value in values if isinstance(value, Tensor) and value is not tensor]
    axes = {atom.axis for dim in tensor.dims for atom in dim.atoms if atom.is_spatial}
    if any((site.shape(other.node).size[axis] or 1) > 1 for other in others for axis in axes):
        raise Untranslatable(_different_grids(site, [tensor, *others]))
    channels = site.shape(tensor.node).channels
    node = site.add(Combine(kind="tokens", channels=channels), [tensor.node, *(other.node for other in others)])
    at = next(number for number, value in enumerate(values) if value is tensor)
    before = sum(extent(value, place) for value in values[:at])
    after = sum(extent(value, place) for value in values[at + 1 :])
    dims = [*channels_in_order(tensor.dims)]
    dims[place] = replace(dims[place], before=dims[place].before + before, after=dims[place].after + after)
    return Tensor(node, tuple(dims)).sighted()


def padded(site: Site, tensor: Tensor, amounts: dict[int, tuple[int, int]], mode: PadMode) -> Tensor:
    """Return the tensor with entries added (before, after) along dimensions; negative amounts take entries away."""
    for place, (before, after) in amounts.items():
        size = tensor.dims[place].size
        if before < 0 or after < 0:
            tensor = sliced(site, tensor, place, max(-before, 0), size - max(-after, 0))
    grown = {place: (max(b, 0), max(a, 0)) for place, (b, a) in amounts.items() if b > 0 or a > 0}
    pads = [(0, 0)] * site.axes
    used = {atom.axis for dim in tensor.dims for atom in dim.atoms}
    dims = [*tensor.dims]
    for place, pair in grown.items():
        dim = tensor.dims[place]
        if dim == ONE:
            axis = next((own for own in range(site.axes) if own not in used), None)
            axis = place - tensor.rank + site.axes if place - tensor.rank + site.axes not in used else axis
            if axis is None or axis < 0:
                return _channel_padded(site, tensor, place, grown=grown, mode=mode)
            used.add(axis)
        elif all(atom.axis == CHANNEL for atom in dim.atoms) and dim.is_plain:
            return _channel_padded(site, tensor, place, grown=grown, mode=mode)
        elif (own := site.axis_of(tensor.node, dim)) is not None:
            axis = own
        elif mode is PadMode.CONSTANT and dim.is_spatial:
            dims[place] = replace(dim, before=dim.before + pair[0], after=dim.after + pair[1])
            continue
        else:
            raise Untranslatable("it pads parts of an axis")
        pads[axis] = pair
        dims[place] = counting(axis, dim.size + sum(pair))
    if any(pair != (0, 0) for pair in pads):
        tensor = tensor.over(site.add(Pad(amounts=tuple(pads), mode=mode), tensor.node))
    return tensor.lying(dims)


def _channel_padded(
    site: Site, tensor: Tensor, place: int, *, grown: dict[int, tuple[int, int]], mode: PadMode
) -> Tensor:
    """Channels added that see nothing."""
    shape, pair = list(tensor.shape), grown[place]
    around: list[Value] = []
    for count in pair:
        shape[place] = count
        around.append(Constant(tuple(shape)))
    values = [around[0], tensor, around[1]] if pair[0] else [tensor, around[1]]
    after = _side_by_side(site, values, [tensor], place)
    rest = {at: amount for at, amount in grown.items() if at != place}
    return padded(site, after, rest, mode) if rest else after


def rolled(site: Site, tensor: Tensor, shifts: dict[int, int]) -> Tensor:
    """Return the tensor with the entries of dimensions moved; those that leave at one end come back at the other."""
    amounts = [0] * site.axes
    channels = False
    for place, shift in shifts.items():
        dim = tensor.dims[tensor.axis(place)]
        axis = site.axis_of(tensor.node, dim)
        if all(atom.axis == REPEAT for atom in dim.atoms):
            continue
        if all(atom.axis == CHANNEL for atom in dim.atoms):
            channels = True
        elif axis is not None:
            amounts[axis] = (shift + dim.size // 2) % dim.size - dim.size // 2
        else:
            raise Untranslatable("it rolls parts of an axis")
    node = tensor.node
    if any(amounts):
        node = site.add(Roll(shift=tuple(amounts)), node)
    if channels:
        node = site.add(Combine(kind="roll", channels=site.shape(node).channels), node)
    return tensor.over(node)


def _rolled(site: Site, tensors: Sequence[Tensor], place: int) -> Tensor | None:
    """The roll that two slices of one tensor make, put together in the other order; None where they do not."""
    if len(tensors) != 2:  # noqa: PLR2004 - the two slices
        return None
    layers = [site.layer(tensor.node) for tensor in tensors]
    sources = {site.inputs(tensor.node) for tensor in tensors}
    if len(sources) != 1 or not all(isinstance(layer, Crop) for layer in layers):
        return None
    (one, other) = (layer.amounts for layer in layers if isinstance(layer, Crop))
    axes = [axis for axis in range(site.axes) if one[axis] != (0, 0) or other[axis] != (0, 0)]
    atoms = [tensor.dims[place].atoms for tensor in tensors]
    if len(axes) != 1 or any(len(row) > 1 or (row and row[0].axis != axes[0]) for row in atoms):
        return None
    (axis,) = axes
    (source,) = sources.pop()
    size = site.shape(source).size[axis] or 1
    if one[axis][1] != 0 or other[axis][0] != 0 or one[axis][0] != size - other[axis][1]:
        return None
    dims = [*tensors[0].dims]
    dims[place] = counting(axis, size)
    return rolled(site, Tensor(source, tuple(dims)), {place: other[axis][1]})


def tiled(site: Site, tensor: Tensor, repeats: Sequence[int]) -> Tensor:
    """Return the tensor with whole copies along dimensions; those of pixels lie end to end."""
    dims = []
    copies = [1] * site.axes
    if min(repeats, default=1) < 1:
        raise Untranslatable("it copies nothing")
    for dim, count in zip(tensor.dims, repeats, strict=True):
        if count > 1 and dim.is_spatial:
            axis = site.axis_of(tensor.node, dim)
            if axis is None:
                raise Untranslatable("it puts copies of parts of an axis side by side")
            copies[axis] = count
            dims.append(counting(axis, dim.size * count))
        else:
            more = (Atom(REPEAT, 0, count),) if count > 1 else ()
            dims.append(replace(dim, atoms=(*more, *dim.atoms)))
    if prod(copies) > 1:
        tensor = tensor.over(site.add(Tile(repeats=tuple(copies)), tensor.node))
    return tensor.lying(dims)


def interleaved(tensor: Tensor, place: int, count: int) -> Tensor:
    """Return the tensor with every entry of a dimension repeated in place."""
    place = tensor.axis(place)
    dim = tensor.dims[place]
    if not dim.is_plain:
        raise Untranslatable("it repeats entries that are no pixels")
    copies = (Atom(REPEAT, 0, count),) if count > 1 else ()
    return tensor.lying([*tensor.dims[:place], replace(dim, atoms=(*dim.atoms, *copies)), *tensor.dims[place + 1 :]])


def replaced(site: Site, tensor: Tensor, source: Tensor, place: int) -> Tensor:
    """Return the tensor with some channels along a dimension replaced by those of another."""
    row = list(source.dims)
    if source.rank < tensor.rank:
        row.insert(place, ONE)
    row[place] = ONE
    placed = arranged(site, Tensor(source.node, tuple(row)), tensor.dims)
    node = site.add(Combine(kind="replace", channels=site.shape(tensor.node).channels), [tensor.node, placed.node])
    return Tensor(node, channels_in_order(tensor.dims))
