"""What flows between the operations of another tool: tensors over nodes, and constants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from rfsolve.formats.lowering.layout import CHANNEL, Atom, Dim, Dims, counting, entries, reshaped


class Untranslatable(Exception):  # noqa: N818 - an operation that has no layers here is no error
    """An operation that no layers stand for; its text is the reason.

    `moves`: all the same it only moves entries, so that what sees everything still does.
    """

    def __init__(self, reason: str, *, moves: bool = False) -> None:
        super().__init__(reason)
        self.moves = moves


@dataclass(frozen=True, slots=True)
class Tensor:
    """What depends on an input: the number of its node, and how its dimensions lie over the node."""

    node: int
    dims: Dims

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions."""
        return tuple(dim.size for dim in self.dims)

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.dims)

    def over(self, node: int) -> "Tensor":
        """Return a tensor of the same layout over another node."""
        return replace(self, node=node)

    def lying(self, dims: Iterable[Dim]) -> "Tensor":
        """Return the tensor with other dimensions over the same node."""
        return replace(self, dims=tuple(dims))

    def sighted(self) -> "Tensor":
        """Return the tensor with its entries that are no pixels taken to have seen pixels."""
        return self.lying(dim if dim.is_plain else replace(dim, sighted=True) for dim in self.dims)

    def axis(self, dim: int) -> int:
        """Return the place of a dimension that may be counted from the end; Untranslatable where there is none."""
        if not -self.rank <= dim < self.rank:
            raise Untranslatable(f"dimension {dim} of a tensor of {self.rank}")
        return dim % self.rank

    def reshape(self, shape: Sequence[int]) -> "Tensor":
        """Return the tensor in another shape; Untranslatable where its dimensions would not count whole parts."""
        dims = reshaped(self.dims, shape)
        if dims is None:
            raise Untranslatable(
                f"the reshape of {list(self.shape)} to {list(shape)} does not keep the grid", moves=True
            )
        return self.lying(dims)

    def permute(self, order: Sequence[int]) -> "Tensor":
        """Return the tensor with its dimensions in another order."""
        return self.lying([self.dims[self.axis(dim)] for dim in order])


@dataclass(frozen=True, slots=True)
class Shapeless:
    """What depends on an input in a shape that is not known, behind an operation that is not known."""

    node: int


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """What depends on no input: its shape, its numbers where they are needed, the parameters it is made of."""

    shape: tuple[int, ...]
    array: Any = None
    weights: frozenset[str] = frozenset()

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def elements(self) -> int:
        """Number of entries."""
        return prod(self.shape)

    def numbers(self, what: str) -> list[Any]:
        """Return its entries as plain numbers; Untranslatable where they are not known."""
        if self.array is None:
            raise Untranslatable(f"its {what} is not a known constant")
        flat = self.array.reshape(-1).tolist()
        return list(flat)


Value = Tensor | Shapeless | Constant


def extent(value: Value, place: int) -> int:
    """Return the size of a dimension; Untranslatable where the shape is not known."""
    if isinstance(value, Shapeless):
        raise Untranslatable("the shape of what it reads is not known")
    return value.shape[place]


def canonical(channels: int, size: Sequence[int], *, axes: Sequence[int] | None = None) -> Dims:
    """Return batch, channels, and one dimension for each of the axes (all of them, in order)."""
    wanted = range(len(size)) if axes is None else axes
    return (Dim(), counting(CHANNEL, channels), *(counting(axis, size[axis]) for axis in wanted))


def channels_in_order(dims: Sequence[Dim]) -> Dims:
    """Return the dimensions with the channels numbered anew in the order in which they count them."""
    stride = entries(atom for dim in dims for atom in dim.atoms if atom.axis == CHANNEL)
    result: list[Dim] = []
    for dim in dims:
        row: list[Atom] = []
        for atom in dim.atoms:
            if atom.axis == CHANNEL:
                stride //= atom.size
                row.append(Atom(CHANNEL, stride, atom.size))
            else:
                row.append(atom)
        result.append(replace(dim, atoms=tuple(row)))
    return tuple(result)
