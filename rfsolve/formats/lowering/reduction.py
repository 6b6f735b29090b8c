"""Operations along whole dimensions: means and maxima that remove them, normalisations that keep them."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from math import prod

from rfsolve.formats.lowering.layout import CHANNEL, ONE, Atom, counting, entries, is_even
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value, canonical, channels_in_order
from rfsolve.graph import Activation, Blocks, Combine, Cumulative, GlobalPool, Layer, Norm, NormKind, Pool, PoolKind

_MAX = {"max", "min", "amax", "amin", "argmax", "argmin"}


def reduced(site: Site, tensor: Tensor, places: Sequence[int], kind: str, *, keepdim: bool) -> Tensor:
    """Return one value for all entries along these dimensions, which go or keep size 1."""
    gone = {tensor.axis(place) for place in places} if places else set(range(tensor.rank))
    atoms = [atom for place in gone for atom in tensor.dims[place].atoms]
    dims = [ONE if place in gone else dim for place, dim in enumerate(tensor.dims)]
    after = _without_pixels(site, tensor.lying(dims), atoms, kind)
    after = _without_channels(site, after, atoms, kind)
    return after if keepdim else after.lying([dim for place, dim in enumerate(after.dims) if place not in gone])


def _without_pixels(site: Site, after: Tensor, atoms: Sequence[Atom], kind: str) -> Tensor:
    size = site.shape(after.node).size
    pool = PoolKind.MAX if kind in _MAX else PoolKind.AVG
    whole, kernel = [], [1] * site.axes
    for axis in range(site.axes):
        own = sorted((atom for atom in atoms if atom.axis == axis), key=lambda atom: -atom.stride)
        if own and entries(own) == size[axis]:
            whole.append(axis)
        elif not is_even(own):
            raise Untranslatable("it reduces pixels that are not neighbours")
        else:
            kernel[axis] = entries(own)
    node = after.node
    if prod(kernel) > 1:
        node = site.add(Pool(kind=pool, kernel=tuple(kernel)), node)
    if whole:
        node = site.add(GlobalPool(kind=pool, axes=tuple(whole)), node)
    dims = [
        replace(
            dim, atoms=tuple(replace(a, stride=a.stride // kernel[a.axis]) if a.is_spatial else a for a in dim.atoms)
        )
        for dim in after.dims
    ]
    return after.over(node).lying(dims)


def _without_channels(site: Site, after: Tensor, atoms: Sequence[Atom], kind: str) -> Tensor:
    if not any(atom.axis == CHANNEL for atom in atoms):
        return after
    left = entries(atom for dim in after.dims for atom in dim.atoms if atom.axis == CHANNEL)
    node = site.add(Combine(kind=kind, channels=left), after.node)
    return Tensor(node, channels_in_order(after.dims))


def along(site: Site, tensor: Tensor, places: Sequence[int], kind: str) -> Tensor:
    """Return the tensor after a function of all entries along some dimensions, for each of them: softmax, a sort."""
    atoms = [atom for place in places for atom in tensor.dims[tensor.axis(place)].atoms]
    return tensor.over(_seeing(site, tensor.node, atoms, kind)).sighted()


def running(site: Site, tensor: Tensor, place: int, kind: str, *, reverse: bool = False) -> Tensor:
    """Return the tensor after a function, for each entry, of all entries up to it along a dimension: a running sum.

    `reverse`: of all from it on.
    """
    axis = site.axis_of(tensor.node, tensor.dims[tensor.axis(place)])
    if axis is None:
        return along(site, tensor, [place], kind)
    return tensor.over(site.add(Cumulative(kind=kind, axes=(axis,), reverse=reverse), tensor.node))


def _seeing(site: Site, node: int, atoms: Sequence[Atom], kind: str) -> int:
    """The node after layers that let every entry see all those that the atoms count."""
    size = site.shape(node).size
    block = []
    for axis in range(site.axes):
        own = sorted((atom for atom in atoms if atom.axis == axis), key=lambda atom: -atom.stride)
        block.append(0 if own and (entries(own) == size[axis] or not is_even(own)) else entries(own))
    if any(atom.axis == CHANNEL for atom in atoms):
        node = site.add(Combine(kind=kind, channels=site.shape(node).channels), node)
    elif block == [1] * site.axes:
        node = site.add(Activation(kind=kind), node)
    if block != [1] * site.axes:
        node = site.add(Blocks(kind=kind, block=tuple(block)), node)
    return node


def normalised(
    site: Site, tensor: Tensor, kind: NormKind, weights: Sequence[Value | None], *, groups: int = 1
) -> Tensor:
    """Return the tensor after a batch, group or instance normalisation of batch, channels and pixels."""
    site.use(*weights)
    affine = any(isinstance(weight, Constant) for weight in weights)
    channels = site.shape(tensor.node).channels
    own = tensor.dims[1].size if tensor.rank > 1 else channels
    if kind is NormKind.BATCH and channels != own:
        return tensor.over(site.add(Activation(kind="batch_norm"), tensor.node))
    if kind is not NormKind.BATCH:
        lost = [atom for dim in tensor.dims[:2] for atom in dim.atoms if atom.is_spatial]
        if lost:
            places = list(range(1 if groups == 1 and kind is NormKind.GROUP else 2, tensor.rank))
            return along(site, tensor, places, str(kind))
    layer = Norm(kind=kind, channels=channels, affine=affine, groups=groups)
    return tensor.over(site.add(layer, tensor.node))


def layer_normalised(site: Site, tensor: Tensor, count: int, weights: Sequence[Value | None]) -> Tensor:
    """Return the tensor after a layer normalisation of its last `count` dimensions."""
    site.use(*weights)
    affine = any(isinstance(weight, Constant) for weight in weights)
    places = range(tensor.rank - count, tensor.rank)
    atoms = [atom for place in places for atom in tensor.dims[place].atoms]
    shape = site.shape(tensor.node)
    size = tuple(extent or 1 for extent in shape.size)
    layer: Layer | None = None
    if entries(atoms) == shape.channels == entries(a for a in atoms if a.axis == CHANNEL):
        layer = Norm(kind=NormKind.LAYER_CHANNELS, channels=shape.channels, affine=affine)
    elif tensor.dims == canonical(shape.channels, size) and count == site.axes + 1:
        layer = Norm(kind=NormKind.LAYER, channels=shape.channels, affine=affine, size=size)
    if layer is not None:
        return tensor.over(site.add(layer, tensor.node))
    return along(site, tensor, list(places), "layer_norm")


class Direction(StrEnum):
    """Which way a recurrence runs along its sequence."""

    FORWARD = "forward"
    REVERSE = "reverse"
    BOTH = "bidirectional"


def recurrent(  # noqa: PLR0917 - a layer's parts
    site: Site, tensor: Tensor, place: int, out: int, weights: Sequence[Value | None], direction: Direction
) -> Tensor:
    """Return `out` features, the last dimension, of a recurrent layer along one dimension.

    Each sees all steps up to its own, from its own on, or all of them.
    """
    site.use(*weights)
    if direction is Direction.BOTH:
        after = tensor.over(_seeing(site, tensor.node, tensor.dims[place].atoms, "recurrent"))
    else:
        after = running(site, tensor, place, "recurrent", reverse=direction is Direction.REVERSE)
    node = site.add(Combine(kind="recurrent", channels=out), after.node)
    dims = [dim if not any(a.axis == CHANNEL for a in dim.atoms) else ONE for dim in tensor.dims[:-1]]
    if any(dim != kept for dim, kept in zip(tensor.dims[:-1], dims, strict=True)):
        raise Untranslatable("its sequence lies along the channels")
    if tensor.dims[-1].is_spatial:
        raise Untranslatable("its features are pixels")
    return Tensor(node, (*dims, counting(CHANNEL, out)))


def last_state(site: Site, sequence: Tensor, place: int, layers: int, hidden: int) -> Tensor:
    """Return the state in which a recurrence ends: layers (and directions), batch, features; it has seen all steps."""
    last = reduced(site, sequence, [place], "last", keepdim=False)
    node = site.add(Combine(kind="last state", channels=layers * hidden), last.node)
    return Tensor(node, (counting(CHANNEL, layers, hidden), last.dims[0], counting(CHANNEL, hidden)))
