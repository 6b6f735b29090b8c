"""A problem: the design space as a graph, and what must hold in it.

The space is a networkx graph whose nodes carry a `part`: the input, stacks (what the solver designs), merges and
exits. Requirements and budgets are one kind of thing, each with the name that its author gave it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations, pairwise
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rfsolve.space.blocks import BlockSpec, Choice
from rfsolve.space.widths import WidthPlan

if TYPE_CHECKING:
    import networkx as nx


class Quantity(StrEnum):
    """What a requirement or an objective is about."""

    RECEPTIVE_FIELD = "receptive_field"
    EFFECTIVE_RECEPTIVE_FIELD = "effective_receptive_field"
    STRIDE = "stride"
    WIDTH = "width"
    HOLE_FREE = "hole_free"
    LAYERS = "layers"
    UNDILATED = "undilated_after_stride"
    PARAMETERS = "parameters"
    MACS = "macs"
    ACTIVATIONS = "activations"
    ENTROPY = "entropy"

    @property
    def words(self) -> str:
        """The quantity's name in a sentence."""
        words = {Quantity.MACS: "MACs", Quantity.UNDILATED: "undilated layers after each stride"}
        return words.get(self, self.value.replace("_", " "))


COSTS = (Quantity.PARAMETERS, Quantity.MACS, Quantity.LAYERS, Quantity.ACTIVATIONS)
"""Additive over layers: a budget can cap them and an objective minimise them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A quantity held between two bounds, at a node of the space or (node None) over the whole design.

    `least` and `most` hold one number per axis for receptive_field (pixels), effective_receptive_field (pixels) and
    stride; one number otherwise. `hole_free` has `least` (1,). A guard is a requirement that nobody typed. `source`:
    the node from which a receptive field is measured, in pixels of that node's grid; None for the input. `bound_names`:
    what the two bounds are called where they were stated in different places; `name` is then both.
    """

    name: str
    quantity: Quantity
    node: str | None = None
    least: tuple[float, ...] | None = None
    most: tuple[float, ...] | None = None
    guard: bool = False
    source: str | None = None
    bound_names: tuple[str, str] | None = None

    @property
    def is_budget(self) -> bool:
        """Whether it caps a cost."""
        return self.quantity in COSTS and self.most is not None

    def __str__(self) -> str:
        """Return the requirement as a person would write it, e.g. `--target-rf (receptive_field >= 200)`."""
        return f"{self.called} ({self.sentence})"

    @property
    def called(self) -> str:
        """The name of the bounds that are there; `name` tells requirements apart, whichever of its bounds is left."""
        if self.bound_names is None or (self.least is None) == (self.most is None):
            return self.name
        return self.bound_names[0 if self.most is None else 1]

    @property
    def sentence(self) -> str:
        """The quantity and its bounds in words; `layers >= 1` goes unsaid beside another bound."""
        if self.quantity is Quantity.HOLE_FREE:
            return "hole-free"
        name = self.quantity.words + (f" from {self.source}" if self.source is not None else "")
        if self.least is not None and self.least == self.most:
            return f"{name} = {_vector(self.least)}"
        said = self.least is not None and not (self.asks_for_a_layer and self.most is not None)
        parts = [f"{name} >= {_vector(self.least)}"] if self.least is not None and said else []
        parts += [f"{name} <= {_vector(self.most)}"] if self.most is not None else []
        return ", ".join(parts)

    @property
    def asks_for_a_layer(self) -> bool:
        """Whether its least is one layer, as of every stack that says nothing."""
        return self.quantity is Quantity.LAYERS and self.least == (1,)


def _vector(values: tuple[float, ...]) -> str:
    texts = [f"{value:,.10g}" for value in values]
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


class Order(StrEnum):
    """How the receptive fields of several nodes compare."""

    INCREASING = "increasing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Receptive fields that grow from node to node, or differ pairwise, by at least `by` pixels on every axis.

    With output phases, the smallest field of one is held against the largest of the other. `source` as in Requirement.
    """

    name: str
    nodes: tuple[str, ...]
    order: Order
    by: int = 1
    source: str | None = None

    def __str__(self) -> str:
        """Return the relation as a person would write it."""
        return f"{self.name} ({self.sentence})"

    @property
    def called(self) -> str:
        """Its name: it has no bounds to be called by."""
        return self.name

    @property
    def guard(self) -> bool:
        """Whether nobody typed it: never."""
        return False

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs that are compared."""
        return tuple(pairwise(self.nodes) if self.order is Order.INCREASING else combinations(self.nodes, 2))

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        listed = (" < " if self.order is Order.INCREASING else ", ").join(self.nodes)
        measured = "" if self.source is None else f" from {self.source}"
        return f"receptive fields{measured} {self.order}: {listed}" + (f", by {self.by} or more" if self.by > 1 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A stack that repeats another's layers: kernel, stride, width and number; dilation too unless `dilation` is off.

    `weights`: they are the other's very weights, counted once.
    """

    to: str
    dilation: bool = True
    weights: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A run of layers that the solver designs: which choices, which widths, which block.

    `names`: of the domains of its choices, by key: the option or the path that states them.
    """

    name: str
    choices: tuple[Choice, ...]
    widths: WidthPlan
    block: BlockSpec
    tie: Tie | None = None
    names: Mapping[str, str] = field(default_factory=dict, compare=False)


class MergeKind(StrEnum):
    """What a merge does with its branches."""

    ADD = "add"
    CONCAT = "concat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Where branches meet: `add` wants equal jumps and widths, `concat` equal jumps. `path`: its place in the file."""

    name: str
    kind: MergeKind
    branches: tuple[str, ...]
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A place in the graph where requirements hold; where `output`, the design is read out there."""

    name: str
    output: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """The image, signal or volume; `size` in pixels per axis where it is known."""

    channels: int
    axes: int
    size: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One quantity to minimise or to maximise."""

    quantity: Quantity
    maximise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The best objective known for a problem of the library."""

    objective: float
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The guards that shape the domains; those that are requirements are in `Problem.requirements`."""

    odd_kernels: bool = True
    hole_free: bool = True
    max_dilation: int | None = 8
    max_stride: int | None = 2
    max_output_stride: int | None = 32
    monotone_widths: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What may be chosen and what must hold. Build one with `load_problem` or `problem_from`."""

    title: str
    space: "nx.DiGraph"
    requirements: tuple[Requirement, ...]
    objectives: tuple[Objective, ...]
    guards: Guards = field(default_factory=Guards)
    source: str = ""
    known: Known | None = None
    relations: tuple[Relation, ...] = ()
    _outline: "Outline" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the outline of the space: problems that differ in what they ask share the one they have."""
        if self.space not in _OUTLINES:
            _OUTLINES[self.space] = Outline.of(self.space)
        object.__setattr__(self, "_outline", _OUTLINES[self.space])

    @property
    def input(self) -> Input:
        """The input's channels, axes and size."""
        part: Input = self.space.nodes["input"]["part"]
        return part

    @property
    def nodes(self) -> tuple[Stack | Merge, ...]:
        """The stacks and merges, every one after what it builds on."""
        return self._outline.nodes

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """The stacks, every one after the stacks it builds on."""
        return self._outline.stacks

    @property
    def exits(self) -> tuple[Exit, ...]:
        """The exits, in the order of the problem."""
        return self._outline.exits

    @property
    def outputs(self) -> tuple[Exit, ...]:
        """The exits where the design is read out."""
        return tuple(node for node in self.exits if node.output)

    def part(self, node: str) -> "Part":
        """Return what stands at a node of the space."""
        part: Part = self.space.nodes[node]["part"]
        return part

    def before(self, node: str) -> str:
        """Return the one node that a stack or an exit follows."""
        (previous,) = self._outline.before[node]
        return previous

    def upstream(self, node: str) -> tuple[Stack, ...]:
        """Return the stacks that `node` depends on, in order, `node` included."""
        return self._outline.upstream[node]

    def is_path(self, node: str) -> bool:
        """Return whether a single way of stacks that never up-sample leads from the input to `node`."""
        return node in self._outline.paths

    def at(self, node: str | None) -> tuple[Requirement, ...]:
        """Return the requirements that hold at `node`, or over the whole design for None."""
        return tuple(requirement for requirement in self.requirements if requirement.node == node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What follows from a space alone: its parts in order, each after what it follows, and what lies before each.

    `paths`: the nodes that a single way of stacks leads to, none of which up-samples.
    """

    nodes: tuple[Stack | Merge, ...]
    stacks: tuple[Stack, ...]
    exits: tuple[Exit, ...]
    before: Mapping[str, tuple[str, ...]]
    upstream: Mapping[str, tuple[Stack, ...]]
    paths: frozenset[str]

    @classmethod
    def of(cls, space: "nx.DiGraph") -> "Outline":
        """Return the outline of a space."""
        from networkx import lexicographical_topological_sort  # noqa: PLC0415 - words about problems do not wait for it

        names = list(lexicographical_topological_sort(space, key={n: i for i, n in enumerate(space)}.get))
        parts: list[Part] = [space.nodes[name]["part"] for name in names]
        before = {name: tuple(space.predecessors(name)) for name in names}
        behind: dict[str, frozenset[str]] = {}
        paths: set[str] = set()
        for name, part in zip(names, parts, strict=True):
            behind[name] = frozenset([name]).union(*(behind[one] for one in before[name]))
            branches = isinstance(part, Merge) or (isinstance(part, Stack) and part.block.rises)
            if not branches and paths.issuperset(before[name]):
                paths.add(name)
        stacks = tuple(part for part in parts if isinstance(part, Stack))
        return cls(
            nodes=tuple(part for part in parts if isinstance(part, Stack | Merge)),
            stacks=stacks,
            exits=tuple(part for part in parts if isinstance(part, Exit)),
            before=before,
            upstream={name: tuple(one for one in stacks if one.name in behind[name]) for name in names},
            paths=frozenset(paths),
        )


_OUTLINES: "WeakKeyDictionary[nx.DiGraph, Outline]" = WeakKeyDictionary()
"""By space: nobody changes the space of a problem."""

Part = Input | Stack | Merge | Exit
