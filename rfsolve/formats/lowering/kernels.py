"""Operations that slide a kernel over some of the axes: convolutions, poolings, unfoldings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rfsolve.formats.lowering.arrangement import arranged, folded, in_channel_order
from rfsolve.formats.lowering.layout import CHANNEL, ONE, REPEAT, Atom, Atoms, Dim, counting, entries, is_even, joined
from rfsolve.formats.lowering.reduction import reduced
from rfsolve.formats.lowering.selection import sliced
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value, channels_in_order
from rfsolve.graph import (
    AdaptivePool,
    Combine,
    Conv,
    ConvTranspose,
    Fold,
    GlobalPool,
    Layer,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PoolKind,
    Tile,
    Unfold,
)

Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sliding:
    """A kernel as an operation gives it: one entry for each dimension that it slides over."""

    kernel: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]
    padding: Pairs


@dataclass(frozen=True, slots=True)
class LinedUp:
    """A tensor whose dimensions from 2 on each lie on an axis of its own.

    `axes` are those axes, `gap` how many pixels of them lie between neighbours (those between
    belong to other dimensions), `groups` how many images lie side by side in its channels.
    """

    tensor: Tensor
    axes: tuple[int, ...]
    gap: tuple[int, ...]
    groups: int


def lined_up(site: Site, tensor: Tensor, *, fold: bool = True) -> LinedUp:
    """Return the tensor ready for a kernel over its dimensions from 2 on.

    Without `fold` the channels may keep pixels that are counted with them. Untranslatable where
    dimensions share an axis or lie across several.
    """
    if fold:
        tensor = folded(site, _with_real_channels(site, tensor), [1])
    axes = _axes(site, tensor)
    wanted = [*tensor.dims[:2], *(_along_axis(dim, axis) for dim, axis in zip(tensor.dims[2:], axes, strict=True))]
    tensor = _with_real_pixels(site, arranged(site, tensor, wanted), axes)
    if fold:
        tensor = in_channel_order(site, tensor)
    gap = tuple(_gap(dim, axis) for dim, axis in zip(tensor.dims[2:], axes, strict=True))
    groups = entries(atom for atom in tensor.dims[0].atoms if atom.axis == CHANNEL)
    return LinedUp(tensor, tuple(axes), gap, groups)


def settled(site: Site, value: Value) -> Value:
    """Return a result with its pixels on the axes, where it has batch, channels and an axis for each dimension.

    Whatever is laid out otherwise stays as it is.
    """
    if not isinstance(value, Tensor) or value.rank != site.axes + 2 or value.dims[0] != ONE:
        return value
    if any(dim != ONE and not dim.is_spatial for dim in value.dims[2:]):
        return value
    try:
        return lined_up(site, value).tensor
    except Untranslatable:
        site.discard()
        return value


def _axes(site: Site, tensor: Tensor) -> list[int]:
    """The axis that each dimension from 2 on lies on; dimensions without pixels take axes of size 1."""
    used = {atom.axis for dim in tensor.dims for atom in dim.atoms if atom.is_spatial}
    axes: list[int | None] = []
    for dim in tensor.dims[2:]:
        own = {atom.axis for atom in dim.atoms if atom.is_spatial}
        if len(own) > 1:
            raise Untranslatable("it slides over several axes at once")
        axes.append(own.pop() if own else None)
    taken = [axis for axis in axes if axis is not None]
    if len(set(taken)) < len(taken):
        raise Untranslatable("two of its dimensions lie on one axis")
    free = [axis for axis in range(site.axes) if axis not in used]
    first = site.axes - len(axes)
    result = []
    for place, axis in enumerate(axes):
        if axis is None:
            if not free:
                raise Untranslatable("it slides over a dimension that lies on no axis")
            axis = first + place if first + place in free else free[-1]  # noqa: PLW2901 - the axis it takes
            free.remove(axis)
        result.append(axis)
    return result


def _along_axis(dim: Dim, axis: int) -> Dim:
    """The dimension with all it counts along one axis: its own pixels, then what was channels or copies."""
    if not dim.is_plain:
        raise Untranslatable("it slides over entries that are no pixels")
    inner = 1
    row: list[Atom] = []
    spatial = [atom for atom in dim.atoms if atom.is_spatial]
    lowest = min((atom.stride for atom in spatial), default=1)
    if len(spatial) < len(dim.atoms) and lowest > 1:
        raise Untranslatable("it slides over parts of an axis")
    for atom in reversed(dim.atoms):
        if atom.is_spatial:
            row.append(Atom(axis, atom.stride * (inner if lowest == 1 else 1), atom.size))
        else:
            row.append(Atom(axis, inner, atom.size))
            inner *= atom.size
    row.reverse()
    if lowest == 1 and not is_even(row):
        raise Untranslatable("it slides over parts of an axis")
    return Dim(joined(row))


def _with_real_channels(site: Site, tensor: Tensor) -> Tensor:
    """The tensor with copies among its channels made channels."""
    copies = entries(atom for dim in tensor.dims[:2] for atom in dim.atoms if atom.axis == REPEAT)
    if copies == 1:
        return tensor
    if any(atom.axis == CHANNEL for dim in tensor.dims for atom in dim.atoms):
        raise Untranslatable("it repeats channels")
    node = site.add(Combine(kind="repeat", channels=copies), tensor.node)
    dims = [replace(dim, atoms=_channels(dim.atoms)) for dim in tensor.dims]
    return tensor.over(node).lying(dims)


def _with_real_pixels(site: Site, tensor: Tensor, axes: Sequence[int]) -> Tensor:
    """The tensor with the copies of one pixel, which a dimension from 2 on counts, made pixels of its axis."""
    copies = {axis: dim.size for dim, axis in zip(tensor.dims[2:], axes, strict=True) if _is_copied(dim)}
    if not copies:
        return tensor
    node = site.add(Tile(repeats=tuple(copies.get(axis, 1) for axis in range(site.axes))), tensor.node)
    spatial = [
        counting(axis, dim.size) if axis in copies else dim for dim, axis in zip(tensor.dims[2:], axes, strict=True)
    ]
    return Tensor(node, (*tensor.dims[:2], *spatial))


def _is_copied(dim: Dim) -> bool:
    return dim != ONE and all(atom.axis == REPEAT for atom in dim.atoms)


def _channels(atoms: Atoms) -> Atoms:
    return tuple(Atom(CHANNEL, 1, atom.size) if atom.axis == REPEAT else atom for atom in atoms)


def _gap(dim: Dim, axis: int) -> int:
    """How many pixels lie between neighbours; Untranslatable where that differs or others lie further out."""
    stride = min((atom.stride for atom in dim.atoms if atom.axis == axis), default=1)
    if len(dim.atoms) > 1:
        raise Untranslatable("it slides over an axis that another dimension counts a part of")
    return stride


def spread(site: Site, lined: LinedUp, values: Sequence[int], rest: int) -> tuple[int, ...]:
    """Return a value for each axis from one for each dimension; `rest` for the axes that it does not slide over."""
    result = [rest] * site.axes
    for axis, value in zip(lined.axes, values, strict=True):
        result[axis] = value
    return tuple(result)


def _kernel_fields(site: Site, lined: LinedUp, sliding: Sliding) -> dict[str, tuple[object, ...]]:
    """The fields of a layer for each axis; along an axis with a gap the kernel is dilated by it."""
    for place, (gap, stride) in enumerate(zip(lined.gap, sliding.stride, strict=True)):
        if gap > 1 and stride != 1:
            raise Untranslatable("it strides over an axis that another dimension counts a part of")
        if not _is_full(site, lined, place) and not _fits_blocks(lined, sliding, place):
            raise Untranslatable("it slides within blocks of pixels")
    dilation = [d * gap for d, gap in zip(sliding.dilation, lined.gap, strict=True)]
    lefts = [left * gap for (left, _), gap in zip(sliding.padding, lined.gap, strict=True)]
    rights = [right * gap for (_, right), gap in zip(sliding.padding, lined.gap, strict=True)]
    padding = zip(spread(site, lined, lefts, 0), spread(site, lined, rights, 0), strict=True)
    return {
        "kernel": spread(site, lined, sliding.kernel, 1),
        "stride": spread(site, lined, sliding.stride, 1),
        "dilation": spread(site, lined, dilation, 1),
        "padding": tuple(padding),
    }


def _is_full(site: Site, lined: LinedUp, place: int) -> bool:
    """Whether a dimension counts its axis from one end to the other, be it with gaps."""
    size = site.shape(lined.tensor.node).size[lined.axes[place]] or 1
    return lined.gap[place] * lined.tensor.dims[place + 2].size in {size, 1}


def _fits_blocks(lined: LinedUp, sliding: Sliding, place: int) -> bool:
    """Whether windows lie side by side in the blocks that a dimension counts, none across two."""
    kernel, stride = sliding.kernel[place], sliding.stride[place]
    tiles = kernel == stride and sliding.dilation[place] == 1 and tuple(sliding.padding[place]) == (0, 0)
    return tiles and lined.gap[place] == 1 and lined.tensor.dims[place + 2].size % kernel == 0


def _slid(site: Site, lined: LinedUp, layer: Layer, channels: Sequence[Dim] | None = None) -> Tensor:
    """The tensor after a layer that slides over it; `channels` are its first two dimensions where they change."""
    before, node = site.shape(lined.tensor.node).size, site.add(layer, lined.tensor.node)
    after = site.shape(node).size
    shrink = [1] * site.axes
    dims = [*(channels or lined.tensor.dims[:2])]
    for place, (axis, gap) in enumerate(zip(lined.axes, lined.gap, strict=True)):
        size = (after[axis] or 1) // gap
        if not _is_full(site, lined, place):
            shrink[axis] = (before[axis] or 1) // (after[axis] or 1)
            size = lined.tensor.dims[place + 2].size // shrink[axis]
        dims.append(counting(axis, size, gap))
    return Tensor(node, tuple([_shrunk(dim, shrink) for dim in dims[:2]] + dims[2:]))


def _shrunk(dim: Dim, shrink: Sequence[int]) -> Dim:
    atoms = tuple(replace(a, stride=a.stride // shrink[a.axis]) if a.is_spatial else a for a in dim.atoms)
    return replace(dim, atoms=atoms)


def convolved(
    site: Site, tensor: Tensor, sliding: Sliding, *, out: int, groups: int, weights: Sequence[Value | None]
) -> Tensor:
    """Return the tensor after a convolution to `out` channels; `weights` are its kernel and bias."""
    if _is_pointwise(sliding):
        return _pointwise(site, tensor, out, groups, weights)
    return _convolved(site, tensor, sliding, out=out, groups=groups, weights=weights)


def transposed(
    site: Site,
    tensor: Tensor,
    sliding: Sliding,
    *,
    output_padding: Sequence[int],
    out: int,
    groups: int,
    weights: Sequence[Value | None],
) -> Tensor:
    """Return the tensor after a transposed convolution to `out` channels; `weights` are its kernel and bias."""
    return _convolved(site, tensor, sliding, out=out, groups=groups, weights=weights, output_padding=output_padding)


def _convolved(
    site: Site,
    tensor: Tensor,
    sliding: Sliding,
    *,
    out: int,
    groups: int,
    weights: Sequence[Value | None],
    output_padding: Sequence[int] = (),
) -> Tensor:
    for place in [] if output_padding else _channel_places(site, tensor):
        return _over_channels(site, tensor, sliding, place, out=out, weights=weights)
    lined = lined_up(site, tensor)
    site.use(*weights)
    images = lined.groups
    layer: Layer
    fields = {
        **_kernel_fields(site, lined, sliding),
        "in_channels": site.shape(lined.tensor.node).channels,
        "out_channels": out * images,
        "groups": groups * images,
        "bias": any(isinstance(weight, Constant) for weight in weights[1:]),
    }
    try:
        if output_padding:
            if max(lined.gap) > 1:
                raise Untranslatable("it is transposed over an axis that another dimension counts a part of")
            layer = ConvTranspose(**fields, output_padding=spread(site, lined, output_padding, 0))  # type: ignore[arg-type]
        else:
            layer = Conv(**fields)  # type: ignore[arg-type]
    except ValueError as error:
        raise Untranslatable(str(error)) from error
    first = [
        Dim(tuple(replace(a, stride=a.stride // tensor_channels(lined) * out) if a.axis == CHANNEL else a for a in dim))
        for dim in [lined.tensor.dims[0].atoms]
    ]
    return _slid(site, lined, layer, [*first, counting(CHANNEL, out)])


def _is_pointwise(sliding: Sliding) -> bool:
    """Whether each output reads one pixel, its own."""
    one = all(n == 1 for n in (*sliding.kernel, *sliding.stride))
    return one and all(pair == (0, 0) for pair in sliding.padding)


def _pointwise(site: Site, tensor: Tensor, out: int, groups: int, weights: Sequence[Value | None]) -> Tensor:
    """A convolution that mixes the channels of each pixel, wherever the pixels lie."""
    site.use(*weights)
    tensor = in_channel_order(site, folded(site, _with_real_channels(site, tensor), [1]))
    channels = site.shape(tensor.node).channels
    each = tensor.dims[1].size
    rest = channels // each
    bias = any(isinstance(weight, Constant) for weight in weights[1:])
    fields = {"in_channels": channels, "out_channels": out * rest, "kernel": (1,) * site.axes, "bias": bias}
    first = entries(atom for atom in tensor.dims[0].atoms if atom.axis == CHANNEL)
    if rest == first:
        node = site.add(_made(Conv, groups=groups * rest, **fields), tensor.node)
    else:
        node = site.add(Combine(kind="matrix product", channels=out * rest), tensor.node)
    return Tensor(node, channels_in_order([tensor.dims[0], counting(CHANNEL, out), *tensor.dims[2:]]))


def tensor_channels(lined: LinedUp) -> int:
    """Return the channels of each of the images that lie side by side."""
    return lined.tensor.dims[1].size


def pooled(site: Site, tensor: Tensor, kind: PoolKind, sliding: Sliding, *, ceil_mode: bool) -> Tensor:
    """Return the tensor after a pooling; the channels may count anything.

    Where channels take the place of an axis (local response normalisation), they are mixed.
    """
    for place in _channel_places(site, tensor):
        return _pooled_channels(site, tensor, kind, sliding, place, ceil_mode=ceil_mode)
    if _runs_in_a_row(tensor, sliding):
        (kernel,) = sliding.kernel
        runs = tensor.reshape([*tensor.shape[:2], tensor.shape[2] // kernel, kernel])
        return reduced(site, runs, [3], kind, keepdim=False)
    lined = lined_up(site, tensor, fold=False)
    fields = _kernel_fields(site, lined, sliding)
    return _slid(site, lined, _made(Pool, kind=kind, ceil_mode=ceil_mode, **fields))


def _runs_in_a_row(tensor: Tensor, sliding: Sliding) -> bool:
    """Whether a kernel goes in runs, one beside the other, over the pixels of several axes in one row."""
    if len(sliding.kernel) != 1 or len({atom.axis for atom in tensor.dims[2].atoms if atom.is_spatial}) < 2:  # noqa: PLR2004 - several
        return False
    plain = list(sliding.stride) == list(sliding.kernel) and list(sliding.dilation) == [1]
    return plain and [tuple(pair) for pair in sliding.padding] == [(0, 0)] and not tensor.shape[2] % sliding.kernel[0]


def _channel_places(site: Site, tensor: Tensor) -> list[int]:
    """The dimensions from 2 on that count channels, where they find no axis to lie on or are fewer than the axes."""
    used = {atom.axis for dim in tensor.dims for atom in dim.atoms if atom.is_spatial}
    homeless = [place for place in range(2, tensor.rank) if not tensor.dims[place].is_spatial]
    channels = [place for place in homeless if tensor.dims[place] != ONE]
    if tensor.rank != site.axes + 2:
        return channels
    return channels[: max(len(homeless) - (site.axes - len(used)), 0)]


def _pooled_channels(
    site: Site, tensor: Tensor, kind: PoolKind, sliding: Sliding, place: int, *, ceil_mode: bool
) -> Tensor:
    """The tensor after a pooling of which one dimension counts channels: those mixed, the others pooled."""
    size = _slid_size(tensor, sliding, place)
    channels = site.shape(tensor.node).channels // tensor.dims[place].size * size
    dims = channels_in_order([*tensor.dims[:place], counting(CHANNEL, size), *tensor.dims[place + 1 :]])
    mixed = Tensor(site.add(Combine(kind="pool", channels=channels), tensor.node), dims)
    aside = mixed.lying([mixed.dims[place], *mixed.dims[1:place], *mixed.dims[place + 1 :]])
    result = pooled(site, aside, kind, _without(sliding, place - 2), ceil_mode=ceil_mode)
    return result.lying([ONE, *result.dims[1:place], result.dims[0], *result.dims[place:]])


def _over_channels(
    site: Site, tensor: Tensor, sliding: Sliding, place: int, *, out: int, weights: Sequence[Value | None]
) -> Tensor:
    """The tensor after a convolution of which one dimension counts channels, which are mixed with the others."""
    size = _slid_size(tensor, sliding, place)
    both = Dim((*tensor.dims[1].atoms, *tensor.dims[place].atoms))
    aside = tensor.lying([ONE, both, *tensor.dims[2:place], *tensor.dims[place + 1 :]])
    rest = _without(sliding, place - 2)
    result = convolved(site, aside, rest, out=out * size, groups=1, weights=weights)
    channels = [counting(CHANNEL, out, size), counting(CHANNEL, size)]
    return result.lying([ONE, channels[0], *result.dims[2:place], channels[1], *result.dims[place:]])


def _slid_size(tensor: Tensor, sliding: Sliding, place: int) -> int:
    """The size of a dimension after a kernel has slid over it, if it counts channels alone."""
    dim, at = tensor.dims[place], place - 2
    reach = sliding.dilation[at] * (sliding.kernel[at] - 1) + 1
    size = (dim.size + sum(sliding.padding[at]) - reach) // sliding.stride[at] + 1
    if size < 1 or tensor.dims[0] != ONE or any(atom.axis != CHANNEL for atom in dim.atoms):
        raise Untranslatable("it slides over a dimension that lies on no axis")
    return size


def _without(sliding: Sliding, at: int) -> Sliding:
    """The kernel without one of the dimensions that it slides over."""
    return Sliding(
        kernel=[*sliding.kernel[:at], *sliding.kernel[at + 1 :]],
        stride=[*sliding.stride[:at], *sliding.stride[at + 1 :]],
        dilation=[*sliding.dilation[:at], *sliding.dilation[at + 1 :]],
        padding=[*sliding.padding[:at], *sliding.padding[at + 1 :]],
    )


def pooled_to(site: Site, tensor: Tensor, kind: PoolKind, sizes: Sequence[int]) -> Tensor:
    """Return the tensor after a pooling to these sizes of its dimensions from 2 on."""
    lined = lined_up(site, tensor, fold=False)
    if max(lined.gap, default=1) > 1:
        raise Untranslatable("it pools an axis that another dimension counts a part of")
    extents = site.shape(lined.tensor.node).size
    if all(size == 1 for size in sizes):
        return _slid(site, lined, GlobalPool(kind=kind, axes=tuple(sorted(lined.axes))))
    if all((extents[axis] or 1) == size for axis, size in zip(lined.axes, sizes, strict=True)):
        return lined.tensor
    target = [extent or 1 for extent in extents]
    for axis, size in zip(lined.axes, sizes, strict=True):
        target[axis] = size
    return _slid(site, lined, AdaptivePool(kind=kind, output_size=tuple(target)))


def unfolded(site: Site, tensor: Tensor, sliding: Sliding) -> Tensor:
    """Return the windows of a kernel: dimensions batch, channels times kernel, windows (im2col)."""
    lined = lined_up(site, tensor)
    layer = _made(Unfold, **_kernel_fields(site, lined, sliding))
    after = _slid(site, lined, layer, [lined.tensor.dims[0], Dim()])
    channels = counting(CHANNEL, site.shape(after.node).channels)
    atoms = tuple(atom for dim in after.dims[2:] for atom in dim.atoms)
    return after.lying([after.dims[0], channels, Dim(atoms)])


def folded_back(site: Site, tensor: Tensor, sliding: Sliding, size: Sequence[int]) -> Tensor:
    """Return the windows of a kernel laid back, overlaps added (col2im): the inverse of `unfolded`'s dimensions."""
    fields = zip(size, sliding.kernel, sliding.stride, sliding.dilation, sliding.padding, strict=True)
    windows = [(n + sum(pair) - d * (k - 1) - 1) // s + 1 for n, k, s, d, pair in fields]
    lined = lined_up(site, tensor.reshape([*tensor.shape[:2], *windows]))
    if max(lined.gap) > 1 or lined.groups > 1:
        raise Untranslatable("it lays windows of a part of an axis")
    before = [extent or 1 for extent in site.shape(lined.tensor.node).size]
    layer = _made(Fold, output_size=_placed(before, lined, size), **_kernel_fields(site, lined, sliding))
    node = site.add(layer, lined.tensor.node)
    channels = counting(CHANNEL, site.shape(node).channels)
    dims = [counting(axis, extent) for axis, extent in zip(lined.axes, size, strict=True)]
    return Tensor(node, (lined.tensor.dims[0], channels, *dims))


def _placed(values: Sequence[int], lined: LinedUp, own: Sequence[int]) -> tuple[int, ...]:
    """The values with those of the axes that a kernel slides over replaced."""
    result = list(values)
    for axis, value in zip(lined.axes, own, strict=True):
        result[axis] = value
    return tuple(result)


def shuffled(site: Site, tensor: Tensor, layer: type[PixelShuffle | PixelUnshuffle], factor: int) -> Tensor:
    """Return the tensor after channels became pixels or pixels channels, alike on its dimensions from 2 on."""
    lined = lined_up(site, tensor)
    if max(lined.gap) > 1 or lined.groups > 1:
        raise Untranslatable("it moves pixels of an axis that another dimension counts a part of")
    after = _slid(site, lined, layer(factor=spread(site, lined, [factor] * len(lined.axes), 1)))
    channels = counting(CHANNEL, site.shape(after.node).channels)
    return after.lying([after.dims[0], channels, *after.dims[2:]])


def windows(site: Site, tensor: Tensor, place: int, size: int, step: int) -> Tensor:
    """Return windows along a dimension, `step` apart, whose entries become a new last dimension."""
    count = (tensor.dims[place].size - size) // step + 1
    if step == size:
        whole = sliced(site, tensor, place, 0, count * size)
        shape = [*whole.shape[:place], count, size, *whole.shape[place + 1 :]]
        parted = whole.reshape(shape)
        return parted.permute([*(at for at in range(len(shape)) if at != place + 1), place + 1])
    axis = site.axis_of(tensor.node, tensor.dims[place])
    if axis is None:
        raise Untranslatable("it takes windows of a dimension that is no axis")
    fields = {"kernel": size, "stride": step}
    layer = _made(
        Unfold, **{key: tuple(n if own == axis else 1 for own in range(site.axes)) for key, n in fields.items()}
    )
    node = site.add(layer, tensor.node)
    dims = [
        replace(one, atoms=tuple(replace(a, stride=a.stride * size) if a.axis == CHANNEL else a for a in one.atoms))
        for one in tensor.dims
    ]
    dims[place] = counting(axis, count)
    return Tensor(node, (*dims, counting(CHANNEL, size)))


def _made(layer: Callable[..., Layer], **fields: object) -> Layer:
    """The layer; Untranslatable where its fields make none."""
    try:
        return layer(**fields)
    except ValueError as error:
        raise Untranslatable(str(error)) from error
