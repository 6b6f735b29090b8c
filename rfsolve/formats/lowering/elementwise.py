"""Operations that work entry by entry: activations, sums, products, maxima, choices."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from rfsolve.formats.lowering.arrangement import arranged
from rfsolve.formats.lowering.layout import CHANNEL, ONE, REPEAT, Atom, Dim, Dims, entries, is_even, parts
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value, canonical, channels_in_order
from rfsolve.graph import Activation, Add, Combine, Layer, LayerScale, Multiply

_SUMS = {"add", "sub", "sum"}
_PRODUCTS = {"mul", "div"}


def activated(site: Site, tensor: Tensor, kind: str, *, slopes: Value | None = None) -> Tensor:
    """Return the tensor after a function of each entry."""
    site.use(slopes)
    count = slopes.elements if isinstance(slopes, Constant) else 0
    return tensor.over(site.add(Activation(kind=kind, slopes=count), tensor.node))


def combined(site: Site, kind: str, values: Sequence[Value]) -> Tensor:
    """Return a function of the entries of several values, broadcast against each other; constants see nothing."""
    site.use(*values)
    rank = max(len(value.shape) for value in values if isinstance(value, Tensor | Constant))
    tensors = [_of_rank(value, rank) for value in values if isinstance(value, Tensor)]
    shape = _common_shape([value.shape for value in values if isinstance(value, Tensor | Constant)])
    dims = common(site, tensors)
    if len(tensors) == 1:
        (tensor,) = tensors
        constants = [value for value in values if isinstance(value, Constant)]
        return _spread(tensor.over(site.add(_with_constants(site, tensor, kind, constants), tensor.node)), shape)
    placed = [arranged(site, tensor, dims) for tensor in tensors]
    wanted = [_channels(tensor.dims) for tensor in placed]
    most = max(wanted, key=len)
    if all(own in ((), most) for own in wanted):
        own_dims = tuple(_with_channels(dim, own) for dim, own in zip(dims, _rows(placed, most), strict=True))
        layer = _merge(kind, prod(atom.size for _, atom in most))
    else:
        own_dims = channels_in_order(dims)
        layer = Combine(kind=kind, channels=prod(atom.size for _, atom in _channels(own_dims)))
    node = site.add(layer, [tensor.node for tensor in placed])
    return _spread(Tensor(node, own_dims), shape)


def common(site: Site, tensors: Sequence[Tensor]) -> Dims:
    """Return a layout on which tensors of one rank meet: that of the one with most pixels, where it has one.

    Untranslatable where dimensions of different tensors count the same axis.
    """
    ordered = sorted(tensors, key=_pixels, reverse=True)
    dims: list[Dim] = []
    for place in range(tensors[0].rank):
        choices = [tensor.dims[place] for tensor in ordered if tensor.dims[place] != ONE]
        real = [dim for dim in choices if all(atom.axis != REPEAT for atom in dim.atoms)]
        dim = (real or choices or [ONE])[0]
        dims.append(replace(dim, sighted=any(one.sighted for one in choices)))
    for axis in range(site.axes):
        if not is_even(parts(dims, axis)):
            raise Untranslatable("its inputs count the same pixels in different dimensions")
    return tuple(dims)


def _pixels(tensor: Tensor) -> int:
    return entries(atom for dim in tensor.dims for atom in dim.atoms if atom.is_spatial)


def _of_rank(tensor: Tensor, rank: int) -> Tensor:
    return replace(tensor, dims=(ONE,) * (rank - tensor.rank) + tensor.dims)


def _common_shape(shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The shape after broadcasting; Untranslatable where there is none."""
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    result = []
    for extents in zip(*padded, strict=True):
        own = set(extents) - {1}
        if len(own) > 1:
            raise Untranslatable(f"shapes {' and '.join(str(list(shape)) for shape in shapes)} do not broadcast")
        result.append(own.pop() if own else 1)
    return tuple(result)


def _spread(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """The tensor with copies along the dimensions in which only a constant has more than one entry."""
    return tensor.lying(
        Dim((Atom(REPEAT, 0, extent),)) if dim.size == 1 < extent else dim
        for dim, extent in zip(tensor.dims, shape, strict=True)
    )


def expanded(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """Return the tensor with dimensions of size 1 repeated; -1 keeps one, new ones come first."""
    grown = _of_rank(tensor, len(shape))
    sizes = [dim.size if extent == -1 else extent for dim, extent in zip(grown.dims, shape, strict=True)]
    return _spread(grown, _common_shape([sizes, grown.shape]))


def _with_constants(site: Site, tensor: Tensor, kind: str, constants: Sequence[Constant]) -> Layer:
    """The layer of one tensor and constants: a learned factor for each channel, else a function of each entry."""
    (shape,) = [constant.shape for constant in constants] if len(constants) == 1 else [()]
    channels = site.shape(tensor.node).channels
    learned = len(constants) == 1 and bool(constants[0].weights)
    if (
        kind == "mul"
        and learned
        and prod(shape) == channels
        and tensor.dims == canonical(channels, [extent or 1 for extent in site.shape(tensor.node).size])
    ):
        return LayerScale(channels=channels)
    return Activation(kind=kind)


def _merge(kind: str, channels: int) -> Layer:
    if kind in _SUMS:
        return Add()
    if kind in _PRODUCTS:
        return Multiply()
    return Combine(kind=kind, channels=channels)


def _channels(dims: Sequence[Dim]) -> tuple[tuple[int, Atom], ...]:
    """The channel atoms of a layout with their dimensions."""
    return tuple((place, atom) for place, dim in enumerate(dims) for atom in dim.atoms if atom.axis == CHANNEL)


def _rows(placed: Sequence[Tensor], most: tuple[tuple[int, Atom], ...]) -> Dims:
    return next(tensor.dims for tensor in placed if _channels(tensor.dims) == most)


def _with_channels(dim: Dim, own: Dim) -> Dim:
    """The wanted dimension with the channels counted as the branch that has them all counts them."""
    return own if any(atom.axis == CHANNEL for atom in own.atoms) else dim
