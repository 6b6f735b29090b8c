"""Sums of products over dimensions: linear layers, matrix products, attention, by Einstein's labels.

Of two tensors that both depend on the input one keeps its grid, and every pixel of it sees what the
other counts along the dimensions that are summed or that become channels: a block of pixels
(attention in windows), or whole axes (global attention).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import prod

from rfsolve.formats.lowering.arrangement import arranged, folded
from rfsolve.formats.lowering.elementwise import common
from rfsolve.formats.lowering.layout import CHANNEL, ONE, REPEAT, Atom, Dim, counting, entries, is_even, joined
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value, channels_in_order
from rfsolve.graph import Blocks, Combine, Conv, GlobalPool, Layer, Linear, PixelUnshuffle, PoolKind


@dataclass(frozen=True, slots=True)
class _Factor:
    """A tensor with a label for each of its dimensions; repeated layouts lie on `dims` by label."""

    tensor: Tensor
    labels: str

    def dim(self, label: str) -> Dim:
        """The dimension of a label; one of size 1 where there is none."""
        return self.tensor.dims[self.labels.index(label)] if label in self.labels else ONE

    def by(self, labels: str) -> Tensor:
        """The tensor with its dimensions in the order of these labels."""
        return self.tensor.lying([self.dim(label) for label in labels])


def contracted(
    site: Site, left: Tensor, right: Tensor, labels: tuple[str, str, str], *, kind: str = "matrix product"
) -> Tensor:
    """Return the sum of products of two tensors over the labels that the third of `labels` lacks."""
    first, second = _Factor(left, labels[0]), _Factor(right, labels[1])
    keeper, other = (first, second) if _own_pixels(first, second, labels[2]) else (second, first)
    keeper = _gathered(site, keeper, labels[2], keep="")
    other = _gathered(site, other, labels[2], keep="".join(set(keeper.labels) & set(labels[2])), keeper=keeper)
    own, seen = keeper.by(labels[2]), other.by(labels[2])
    sizes = {label: max(first.dim(label).size, second.dim(label).size) for label in labels[2]}
    grid = common(site, [_pixels_only(own), _pixels_only(seen)])
    placed = [arranged(site, _pixels_only(tensor), grid) for tensor in (own, seen)]
    dims = channels_in_order(
        [
            replace(dim, atoms=(*dim.atoms, *_more(sizes[label], dim)))
            for label, dim in zip(labels[2], grid, strict=True)
        ]
    )
    channels = entries(atom for dim in dims for atom in dim.atoms if atom.axis == CHANNEL)
    macs = prod(max(first.dim(label).size, second.dim(label).size) for label in set(labels[0] + labels[1]))
    node = site.add(Combine(kind=kind, channels=channels), [tensor.node for tensor in placed], macs=macs)
    return Tensor(node, dims).sighted()


def _more(size: int, dim: Dim) -> tuple[Atom, ...]:
    """The channels that make up a dimension of this size beyond its pixels."""
    extra = size // dim.size
    return (Atom(CHANNEL, 1, extra),) if extra > 1 else ()


def _pixels_only(tensor: Tensor) -> Tensor:
    """The tensor with the dimensions that count no pixels as size 1: its channels are mixed anyway."""
    dims = []
    for dim in tensor.dims:
        pixels = tuple(atom for atom in dim.atoms if atom.is_spatial)
        if pixels and len(pixels) < len(dim.atoms):
            raise Untranslatable("a dimension counts pixels and channels")
        dims.append(replace(dim, atoms=pixels) if pixels else ONE)
    return tensor.lying(dims)


def _own_pixels(first: _Factor, second: _Factor, result: str) -> bool:
    """Whether the first keeps its grid: it has pixels of its own in the result, or the second has none."""
    mine = any(first.dim(label).is_spatial for label in result if label not in second.labels)
    others = any(second.dim(label).is_spatial for label in result if label not in first.labels)
    return mine or not others


def _gathered(site: Site, factor: _Factor, result: str, *, keep: str, keeper: _Factor | None = None) -> _Factor:
    """The factor with every pixel seeing those along the dimensions that the result does not keep as pixels.

    Where `keeper` counts the same pixels of a block along a dimension of its own, so does the
    factor then: all of them see the same.
    """
    gone = [
        label
        for label in factor.labels
        if factor.dim(label).is_spatial and (label not in result or (keeper is not None and label not in keep))
    ]
    atoms = _pixels(factor, gone)
    if not atoms:
        return factor
    left = {label: factor.dim(label) for label in factor.labels if label not in gone}
    blocks = _Blocks.of(site, factor.tensor.node, atoms)
    hosts = {} if keeper is None else {label: keeper.dim(label) for label in _hosts(keeper, result, left)}
    node = factor.tensor.node
    if blocks.parts and keeper and _alike(_pixels(keeper, list(hosts)), atoms):
        node = site.add(Blocks(kind="gather", block=blocks.block), node)
        left |= hosts
    else:
        if not blocks.are_even:
            raise Untranslatable("it gathers pixels that are not neighbours")
        if blocks.parts:
            part = tuple(max(size, 1) if axis in blocks.parts else 1 for axis, size in enumerate(blocks.block))
            node = site.add(PixelUnshuffle(factor=part), node)
            left = {label: _coarser(dim, part) for label, dim in left.items()}
        if blocks.whole:
            node = site.add(GlobalPool(kind=PoolKind.AVG, axes=blocks.whole), node)
    return _Factor(Tensor(node, tuple(left.values())), "".join(left))


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Pixels that are seen together: `whole` axes, and `parts` of others; `block` as the layer has it."""

    whole: tuple[int, ...]
    parts: tuple[int, ...]
    block: tuple[int, ...]
    are_even: bool

    @classmethod
    def of(cls, site: Site, node: int, atoms: Sequence[Atom]) -> "_Blocks":
        size = site.shape(node).size
        own = [sorted((a for a in atoms if a.axis == axis), key=lambda a: -a.stride) for axis in range(site.axes)]
        whole = tuple(axis for axis, row in enumerate(own) if row and entries(row) == size[axis])
        parts_ = tuple(axis for axis, row in enumerate(own) if row and axis not in whole)
        block = tuple(0 if axis in whole or not is_even(row) else entries(row) for axis, row in enumerate(own))
        return cls(whole, parts_, block, all(is_even(own[axis]) for axis in parts_))


def _pixels(factor: _Factor, labels: Sequence[str]) -> list[Atom]:
    return [atom for label in labels for atom in factor.dim(label).atoms if atom.is_spatial]


def _hosts(keeper: _Factor, result: str, left: Collection[str]) -> list[str]:
    """The labels along which the keeper has pixels of its own in the result."""
    return [label for label in keeper.labels if label in result and label not in left and keeper.dim(label).is_spatial]


def _alike(one: Sequence[Atom], other: Sequence[Atom]) -> bool:
    """Whether both count the same pixels."""
    rows = [joined(sorted(atoms, key=lambda atom: (atom.axis, -atom.stride, -atom.size))) for atoms in (one, other)]
    return rows[0] == rows[1]


def _coarser(dim: Dim, block: Sequence[int]) -> Dim:
    atoms = tuple(replace(a, stride=a.stride // block[a.axis]) if a.is_spatial else a for a in dim.atoms)
    return replace(dim, atoms=atoms)


def weighted(
    site: Site,
    tensor: Tensor,
    weights: Sequence[Value | None],
    labels: tuple[str, str, str],
    sizes: dict[str, int],
) -> Tensor:
    """Return the sum of products of a tensor with a constant (the first of `weights`; the others are biases)."""
    site.use(*weights)
    mine, _, result = labels
    gone = [label for label in mine if label not in result]
    factor = _Factor(folded(site, tensor, [mine.index(label) for label in gone]), mine)
    new = [label for label in result if label not in mine]
    out = prod(sizes[label] for label in new)
    kept = [label for label in mine if label in result]
    if any(not factor.dim(label).is_plain for label in gone):
        raise Untranslatable("it sums over entries that are no pixels")
    aligned = _without_copies(site, factor.tensor)
    summed = _Factor(aligned, mine)
    outer = entries(a for label in kept for a in summed.dim(label).atoms if a.axis == CHANNEL)
    ins = prod(summed.dim(label).size for label in gone)
    layer: Layer
    if outer == 1:
        bias = any(isinstance(weight, Constant) for weight in weights[1:])
        layer = _dense(site, tensor, aligned, ins, out, bias=bias)
    else:
        layer = Combine(kind="matrix product", channels=outer * out)
    node = site.add(layer, aligned.node, macs=prod(tensor.shape) * out)
    dims = {label: summed.dim(label) for label in kept} | {label: counting(CHANNEL, sizes[label]) for label in new}
    return Tensor(node, channels_in_order([dims[label] for label in result]))


def _without_copies(site: Site, tensor: Tensor) -> Tensor:
    """The tensor with copies made channels, since a sum over them counts them."""
    copies = entries(atom for dim in tensor.dims for atom in dim.atoms if atom.axis == REPEAT)
    if copies == 1:
        return tensor
    channels = site.shape(tensor.node).channels
    dims = tuple(
        replace(dim, atoms=tuple(Atom(CHANNEL, 1, a.size) if a.axis == REPEAT else a for a in dim.atoms))
        for dim in tensor.dims
    )
    node = site.add(Combine(kind="repeat", channels=channels * copies), tensor.node)
    return Tensor(node, channels_in_order(dims))


def _dense(site: Site, before: Tensor, after: Tensor, ins: int, out: int, *, bias: bool) -> Layer:
    """A linear layer where it sees the whole input, a 1x1 convolution where every pixel has its own features."""
    size = site.shape(before.node).size
    if all(extent == 1 for extent in site.shape(after.node).size):
        features = site.shape(before.node).channels * prod(extent or 1 for extent in size)
        if features == ins:
            return Linear(in_features=ins, out_features=out, bias=bias)
    return Conv(in_channels=ins, out_channels=out, kernel=(1,) * site.axes, bias=bias)
