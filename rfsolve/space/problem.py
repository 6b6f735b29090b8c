"""A problem: the design space as a graph, and what must hold in it.

The space is a networkx graph whose nodes carry a `part`: the input, stacks (what the solver designs) and exits.
Requirements and budgets are one kind of thing, each with the name that its author gave it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import networkx as nx

from rfsolve.space.blocks import BlockSpec, Choice
from rfsolve.space.widths import WidthPlan


class Quantity(StrEnum):
    """What a requirement or an objective is about."""

    RECEPTIVE_FIELD = "receptive_field"
    EFFECTIVE_RECEPTIVE_FIELD = "effective_receptive_field"
    STRIDE = "stride"
    WIDTH = "width"
    HOLE_FREE = "hole_free"
    LAYERS = "layers"
    PARAMETERS = "parameters"
    MACS = "macs"
    ACTIVATIONS = "activations"
    ENTROPY = "entropy"

    @property
    def words(self) -> str:
        """The quantity's name in a sentence."""
        return "MACs" if self is Quantity.MACS else self.value.replace("_", " ")


COSTS = (Quantity.PARAMETERS, Quantity.MACS, Quantity.LAYERS, Quantity.ACTIVATIONS)
"""Additive over layers: a budget can cap them and an objective minimise them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A quantity held between two bounds, at a node of the space or (node None) over the whole design.

    `least` and `most` hold one number per axis for receptive_field (pixels), effective_receptive_field (pixels) and
    stride; one number otherwise. `hole_free` has `least` (1,). A guard is a requirement that nobody typed.
    """

    name: str
    quantity: Quantity
    node: str | None = None
    least: tuple[float, ...] | None = None
    most: tuple[float, ...] | None = None
    guard: bool = False

    def __str__(self) -> str:
        """Return the requirement as a person would write it, e.g. `--target-rf (receptive_field >= 200)`."""
        return f"{self.name} ({self.sentence})"

    @property
    def sentence(self) -> str:
        """The quantity and its bounds in words; `layers >= 1` goes unsaid beside another bound."""
        if self.quantity is Quantity.HOLE_FREE:
            return "hole-free"
        name = self.quantity.words
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A run of layers that the solver designs: which choices, which widths, which block."""

    name: str
    choices: tuple[Choice, ...]
    widths: WidthPlan
    block: BlockSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A place in the graph where requirements hold and the design is read out."""

    name: str


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
    space: nx.DiGraph
    requirements: tuple[Requirement, ...]
    objectives: tuple[Objective, ...]
    guards: Guards = field(default_factory=Guards)
    source: str = ""
    known: Known | None = None

    @property
    def input(self) -> Input:
        """The input's channels, axes and size."""
        part: Input = self.space.nodes["input"]["part"]
        return part

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """The stacks, every one after the stacks it builds on."""
        return tuple(part for part in self._parts() if isinstance(part, Stack))

    @property
    def exits(self) -> tuple[Exit, ...]:
        """The exits, in the order of the problem."""
        return tuple(part for part in self._parts() if isinstance(part, Exit))

    def before(self, node: str) -> str:
        """Return the one node that `node` follows."""
        (previous,) = self.space.predecessors(node)
        return str(previous)

    def trunk(self, node: str) -> tuple[Stack, ...]:
        """Return the stacks on the way from the input to `node`, in order, `node` included."""
        way: list[Stack] = []
        while node != "input":
            part = self.space.nodes[node]["part"]
            way += [part] if isinstance(part, Stack) else []
            node = self.before(node)
        return tuple(reversed(way))

    def at(self, node: str | None) -> tuple[Requirement, ...]:
        """Return the requirements that hold at `node`, or over the whole design for None."""
        return tuple(requirement for requirement in self.requirements if requirement.node == node)

    def _parts(self) -> Iterator[Input | Stack | Exit]:
        for node in nx.lexicographical_topological_sort(self.space, key=list(self.space).index):
            yield self.space.nodes[node]["part"]
