"""How a tensor lies over a node: which dimension counts which part of the channels or of an axis.

A node has channels and axes. A tensor of another tool has dimensions, each of which counts a part
of them: after a reshape to windows of 7 pixels one dimension counts the windows along the height
and another the pixels in a window. A part is an Atom, a dimension a row of atoms from outer to
inner, as in a strided array. Reshapes and permutations only deal the atoms out anew; no layer is
needed for them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

CHANNEL = -1
REPEAT = -2  # counts copies of the same entry


@dataclass(frozen=True, slots=True)
class Atom:
    """`size` positions, `stride` entries apart, along an axis of a node (0, 1, ...) or along its CHANNEL."""

    axis: int
    stride: int
    size: int

    @property
    def is_spatial(self) -> bool:
        """Whether it counts pixels."""
        return self.axis >= 0


Atoms = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Dim:
    """A dimension of a tensor: its atoms, and entries `before` and `after` them that are no pixels (class tokens).

    Those see nothing of the input until attention makes them `sighted`; then they may see all of it.
    """

    atoms: Atoms = ()
    before: int = 0
    after: int = 0
    sighted: bool = False

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.before + entries(self.atoms) + self.after

    @property
    def is_plain(self) -> bool:
        """Whether all of its entries are counted by its atoms."""
        return not self.before and not self.after

    @property
    def is_spatial(self) -> bool:
        """Whether it counts pixels."""
        return any(atom.is_spatial for atom in self.atoms)


Dims = tuple[Dim, ...]
ONE = Dim()


def entries(atoms: Iterable[Atom]) -> int:
    """Return how many entries these atoms count together."""
    return prod(atom.size for atom in atoms)


def counting(axis: int, size: int, stride: int = 1) -> Dim:
    """Return the dimension that counts `size` positions of an axis; one of size 1 has no atom."""
    return Dim((Atom(axis, stride, size),)) if size > 1 else ONE


def joined(atoms: Iterable[Atom]) -> Atoms:
    """Return the atoms with neighbours made one where together they count evenly."""
    row: list[Atom] = []
    for atom in atoms:
        if atom.size == 1:
            continue
        if row and row[-1].axis == atom.axis and row[-1].stride == atom.stride * atom.size:
            row[-1] = Atom(atom.axis, atom.stride, row[-1].size * atom.size)
        else:
            row.append(atom)
    return tuple(row)


def dealt(atoms: Iterable[Atom], sizes: Sequence[int]) -> list[Atoms] | None:
    """Return the atoms dealt out over dimensions of these sizes; None where one would be cut unevenly."""
    rest = list(reversed(joined(atoms)))
    rows: list[Atoms] = []
    for size in sizes:
        row: list[Atom] = []
        missing = size
        while missing > 1:
            if not rest:
                return None
            outer, inner = _cut(rest.pop(), missing)
            if outer is None:
                return None
            row.append(outer)
            missing //= outer.size
            if inner is not None:
                rest.append(inner)
        rows.append(joined(row))
    return None if rest else rows


def _cut(atom: Atom, size: int) -> tuple[Atom | None, Atom | None]:
    """The outer part of an atom that fits into `size` entries, and what remains of it."""
    if size % atom.size == 0:
        return atom, None
    if atom.size % size:
        return None, None
    inner = atom.size // size
    return Atom(atom.axis, atom.stride * inner, size), Atom(atom.axis, atom.stride, inner)


def matched(one: Atoms, other: Atoms) -> list[tuple[Atom, Atom]] | None:
    """Return both rows cut into atoms of equal sizes, pair by pair; None where that cannot be."""
    left, right = list(reversed(one)), list(reversed(other))
    pairs: list[tuple[Atom, Atom]] = []
    while left and right:
        a, b = left.pop(), right.pop()
        size = min(a.size, b.size)
        (a, rest_a), (b, rest_b) = _cut(a, size), _cut(b, size)  # type: ignore[assignment]
        if a is None or b is None:
            return None
        pairs.append((a, b))
        left.extend([rest_a] if rest_a else [])
        right.extend([rest_b] if rest_b else [])
    return None if left or right else pairs


def reshaped(dims: Dims, shape: Sequence[int]) -> Dims | None:
    """Return the dimensions after a reshape; None where the new ones do not count whole parts."""
    result: list[Dim] = []
    position = 0
    groups = _groups([dim.size for dim in dims], shape)
    if groups is None:
        return None
    for olds, news in groups:
        row = [dim for dim in dims[position : position + olds] if dim != ONE]
        position += olds
        sizes = list(shape[len(result) : len(result) + news])
        if len(row) == 1 and not row[0].is_plain:
            if [size for size in sizes if size != 1] != [row[0].size]:
                return None
            result += [row[0] if size != 1 else ONE for size in sizes]
            continue
        if not all(dim.is_plain for dim in row):
            return None
        rows = dealt((atom for dim in row for atom in dim.atoms), sizes)
        if rows is None:
            return None
        result += [Dim(atoms) for atoms in rows]
    return tuple(result)


def _groups(olds: Sequence[int], news: Sequence[int]) -> list[tuple[int, int]] | None:
    """The fewest dimensions on both sides that count the same entries, as (how many old, how many new)."""
    if prod(olds) != prod(news):
        return None
    groups: list[tuple[int, int]] = []
    i = j = 0
    while i < len(olds) or j < len(news):
        start, begin = i, j
        left = right = 1
        if i < len(olds):
            left, i = olds[i], i + 1
        if j < len(news):
            right, j = news[j], j + 1
        while left != right:
            if left < right:
                left, i = left * olds[i], i + 1
            else:
                right, j = right * news[j], j + 1
        groups.append((i - start, j - begin))
    return groups


def parts(dims: Iterable[Dim], axis: int) -> list[Atom]:
    """Return the atoms along one axis, from the one of the largest stride to that of the smallest."""
    found = [atom for dim in dims for atom in dim.atoms if atom.axis == axis]
    return sorted(found, key=lambda atom: (-atom.stride, -atom.size))


def is_even(row: Sequence[Atom]) -> bool:
    """Whether atoms of one axis, from the largest stride to the smallest, count each of its positions once."""
    stride = 1
    for atom in reversed(row):
        if atom.stride != stride:
            return False
        stride *= atom.size
    return True
