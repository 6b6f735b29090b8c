"""Tensors brought to a wanted layout, by layers where names for the parts are not enough.

Pixels that a wanted layout counts as channels are folded (pixel unshuffle, or flatten for a whole
axis), channels that it counts as pixels are unfolded (pixel shuffle), pixels that it counts several
times in a row are repeated (nearest interpolation).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

from rfsolve.formats.lowering.layout import CHANNEL, REPEAT, Atom, Atoms, Dim, entries, is_even, joined, matched, parts
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Tensor, Untranslatable, channels_in_order
from rfsolve.graph import ChannelShuffle, Combine, Flatten, PixelShuffle, PixelUnshuffle, Resize, ResizeMode

_DIFFER = "its inputs do not lie on one grid"


@dataclass(frozen=True, slots=True)
class _Part:
    """An atom of the wanted layout in its dimension, and the atom of the tensor that counts the same; None for none."""

    dim: int
    wanted: Atom
    found: Atom | None


def arranged(site: Site, tensor: Tensor, wanted: Sequence[Dim]) -> Tensor:
    """Return the tensor with the pixels where `wanted` has them.

    A dimension of size 1 may stay so where `wanted` has more. Channels may be in any order.
    Untranslatable where no layers do it.
    """
    tensor, row = _cut(tensor, wanted)
    tensor, row = _folded(site, tensor, row)
    tensor, row = _unfolded(site, tensor, row)
    tensor, row = _repeated(site, tensor, row)
    return tensor


def _cut(tensor: Tensor, wanted: Sequence[Dim]) -> tuple[Tensor, list[_Part]]:
    """Cut the atoms of both layouts to equal sizes."""
    if tensor.rank != len(wanted):
        raise Untranslatable(_DIFFER)
    row: list[_Part] = []
    dims: list[Dim] = []
    for place, (have, want) in enumerate(zip(tensor.dims, wanted, strict=True)):
        if have.size == 1:
            row += [_Part(place, atom, None) for atom in want.atoms]
            dims.append(have)
            continue
        pairs = matched(have.atoms, want.atoms)
        if pairs is None or (have.before, have.after) != (want.before, want.after):
            raise Untranslatable(_DIFFER)
        row += [_Part(place, other, atom) for atom, other in pairs]
        dims.append(replace(have, atoms=tuple(atom for atom, _ in pairs)))
    return tensor.lying(dims), row


def _folded(site: Site, tensor: Tensor, row: list[_Part]) -> tuple[Tensor, list[_Part]]:
    """Make channels of the pixels that are wanted as channels."""
    moving = [part.found for part in row if part.found and part.found.is_spatial and not part.wanted.is_spatial]
    if not moving:
        return tensor, row
    node, moved = _fold(site, tensor, moving)
    return _mapped(tensor.over(node), row, moved)


def folded(site: Site, tensor: Tensor, places: Sequence[int]) -> Tensor:
    """Return the tensor with the pixels that these dimensions count as channels instead.

    Untranslatable where such pixels are no neighbours.
    """
    moving = [atom for place in places for atom in tensor.dims[place].atoms if atom.is_spatial]
    if not moving:
        return tensor
    node, moved = _fold(site, tensor, moving)
    tensor, _ = _mapped(tensor.over(node), [], moved)
    return tensor


def _fold(site: Site, tensor: Tensor, moving: Sequence[Atom]) -> tuple[int, Callable[[Atom], Atom]]:
    """Add the layers that make channels of some pixels; the node, and where each atom lies on it."""
    size = [extent or 1 for extent in site.shape(tensor.node).size]
    factor = [1] * site.axes
    for axis in range(site.axes):
        own = sorted((atom for atom in moving if atom.axis == axis), key=lambda atom: -atom.stride)
        if not is_even(own):
            raise Untranslatable("it would make channels of pixels that are not neighbours")
        factor[axis] = entries(own)
    whole = [axis for axis in range(site.axes) if factor[axis] == size[axis] > 1]
    part = [1 if axis in whole else factor[axis] for axis in range(site.axes)]
    flat = [size[axis] if axis in whole else 1 for axis in range(site.axes)]
    node = tensor.node
    if prod(part) > 1:
        node = site.add(PixelUnshuffle(factor=tuple(part)), node)
    if whole:
        node = site.add(Flatten(axes=tuple(whole)), node)
    within = [prod(flat) * one if axis not in whole else 0 for axis, one in enumerate(_strides(part))]
    strides = [_strides(flat)[axis] if axis in whole else within[axis] for axis in range(site.axes)]

    def moved(atom: Atom) -> Atom:
        if atom.axis == CHANNEL:
            return Atom(CHANNEL, atom.stride * prod(part) * prod(flat), atom.size)
        if atom in moving:
            return Atom(CHANNEL, atom.stride * strides[atom.axis], atom.size)
        if atom.is_spatial:
            return Atom(atom.axis, atom.stride // part[atom.axis], atom.size)
        return atom

    return node, moved


def _strides(sizes: Sequence[int]) -> list[int]:
    """How far apart neighbours along each place are in row-major order."""
    return [prod(sizes[place + 1 :]) for place in range(len(sizes))]


def _mapped(tensor: Tensor, row: list[_Part], moved: Callable[[Atom], Atom]) -> tuple[Tensor, list[_Part]]:
    dims = [replace(dim, atoms=tuple(moved(atom) for atom in dim.atoms)) for dim in tensor.dims]
    parts_ = [replace(part, found=moved(part.found) if part.found else None) for part in row]
    return tensor.lying(dims), parts_


def _unfolded(site: Site, tensor: Tensor, row: list[_Part]) -> tuple[Tensor, list[_Part]]:
    """Make pixels of the channels that are wanted as pixels, along the axes where they are wanted."""
    moving = [(axis, atom) for axis in range(site.axes) for atom in _to_unfold(row, axis)]
    if not moving:
        return tensor, row
    factor = tuple(entries(atom for axis, atom in moving if axis == own) for own in range(site.axes))
    tensor, row, innermost = _innermost(site, tensor, row, [atom for _, atom in moving])
    node = site.add(PixelShuffle(factor=factor), tensor.node)
    target: dict[Atom, Atom] = {}
    for axis in range(site.axes):
        stride = factor[axis]
        for own, before in moving:
            if own == axis:
                stride //= before.size
                target[innermost[before]] = Atom(axis, stride, before.size)
    inner = prod(factor)

    def moved(atom: Atom) -> Atom:
        if atom in target:
            return target[atom]
        if atom.axis == CHANNEL:
            return Atom(CHANNEL, atom.stride // inner, atom.size)
        if atom.is_spatial:
            return Atom(atom.axis, atom.stride * factor[atom.axis], atom.size)
        return atom

    return _mapped(tensor.over(node), row, moved)


def _to_unfold(row: Sequence[_Part], axis: int) -> list[Atom]:
    """The channels wanted as pixels of an axis, which must lie within its pixels and around its copies."""
    along = _along(row, axis)
    kinds = [_kind(part, axis) for part in along]
    if sorted(kinds) != kinds:
        raise Untranslatable(_DIFFER)
    return [part.found for part in along if part.found and part.found.axis == CHANNEL]


def _along(row: Iterable[_Part], axis: int) -> list[_Part]:
    """The parts wanted along an axis, from the largest stride to the smallest."""
    return sorted((part for part in row if part.wanted.axis == axis), key=lambda part: -part.wanted.stride)


def _kind(part: _Part, axis: int) -> int:
    """0 for pixels of the axis, 1 for channels, 2 for copies; Untranslatable for pixels of another axis."""
    if part.found is None or part.found.axis == REPEAT:
        return 2
    if part.found.axis == CHANNEL:
        return 1
    if part.found.axis != axis:
        raise Untranslatable("its inputs have their axes in different orders")
    return 0


def _innermost(
    site: Site, tensor: Tensor, row: list[_Part], last: Sequence[Atom]
) -> tuple[Tensor, list[_Part], dict[Atom, Atom]]:
    """Order the channels so that those of `last` come last, in that order."""
    order = [atom for atom in parts(tensor.dims, CHANNEL) if atom not in last] + list(last)
    node = _reordered(site, tensor.node, order)
    new = _numbered(order)
    tensor, row = _mapped(tensor.over(node), row, lambda atom: new.get(atom, atom))
    return tensor, row, new


def outermost(site: Site, tensor: Tensor, first: Sequence[Atom]) -> Tensor:
    """Return the tensor with its channels ordered so that those of `first` come first, in that order."""
    rest = [atom for dim in tensor.dims for atom in dim.atoms if atom.axis == CHANNEL and atom not in first]
    order = [*first, *rest]
    new = _numbered(order)
    moved, _ = _mapped(tensor.over(_reordered(site, tensor.node, order)), [], lambda atom: new.get(atom, atom))
    return moved


def _numbered(order: Sequence[Atom]) -> dict[Atom, Atom]:
    strides = _strides([atom.size for atom in order])
    return {atom: Atom(CHANNEL, stride, atom.size) for atom, stride in zip(order, strides, strict=True)}


def _reordered(site: Site, node: int, order: Sequence[Atom]) -> int:
    """The node with its channels in the order in which these atoms count them."""
    row = joined(order)
    if len(row) <= 1:
        return node
    if len(row) == 2 and row[0].stride == 1:  # noqa: PLR2004 - a matrix of channels, transposed
        return site.add(ChannelShuffle(groups=row[1].size), node)
    return site.add(Combine(kind="reorder", channels=site.shape(node).channels), node)


def _repeated(site: Site, tensor: Tensor, row: list[_Part]) -> tuple[Tensor, list[_Part]]:
    """Repeat pixels along the axes where the wanted layout counts each several times in a row."""
    size = site.shape(tensor.node).size
    factor = [1] * site.axes
    for axis in range(site.axes):
        along = _along(row, axis)
        copies = entries(part.wanted for part in along if _kind(part, axis) == 2)  # noqa: PLR2004 - a copy
        if copies < entries(part.wanted for part in along):
            factor[axis] = copies
        elif along and (size[axis] or 1) > 1:
            raise Untranslatable(_DIFFER)
        _check(along, factor[axis])
    if prod(factor) == 1:
        return tensor, row
    node = site.add(Resize(mode=ResizeMode.NEAREST, scale=tuple(Fraction(f) for f in factor)), tensor.node)
    dims = [_with_copies(place, dim, row, factor) for place, dim in enumerate(tensor.dims)]
    return tensor.over(node).lying(dims), row


def _check(along: Sequence[_Part], factor: int) -> None:
    """Raise Untranslatable unless the pixels found lie in the order that is wanted."""
    for part in along:
        if part.found and part.found.is_spatial and part.found.stride * factor != part.wanted.stride:
            raise Untranslatable(_DIFFER)


def _with_copies(place: int, dim: Dim, row: Sequence[_Part], factor: Sequence[int]) -> Dim:
    """The dimension with its copies counted as pixels, along the axes that were repeated."""
    own = [part for part in row if part.dim == place]
    repeated = {part.wanted.axis for part in own if part.wanted.is_spatial and factor[part.wanted.axis] > 1}
    if not repeated:
        return dim
    atoms: Atoms = tuple(
        atom for part in own if (atom := part.wanted if part.wanted.axis in repeated else part.found) is not None
    )
    return replace(dim, atoms=atoms)


def in_channel_order(site: Site, tensor: Tensor) -> Tensor:
    """Return the tensor with its channels in the order in which its dimensions count them."""
    order = [atom for dim in tensor.dims for atom in dim.atoms if atom.axis == CHANNEL]
    return Tensor(_reordered(site, tensor.node, order), channels_in_order(tensor.dims))
