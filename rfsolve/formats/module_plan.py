"""The plan of a module for a layer graph: which layers form a part of their own, and what the parts are called.

A layer graph is flat; code is not. The dots in the names of layers say what belongs together: `trunk.2.conv` is the
`conv` of layer `2` of stack `trunk`. The plan is the tree of those groups that can be called like a layer, with what
they read and with one result; of any other group, the members stay with the group around it. PyTorch source, the
module in memory and every other writer of code walk this one tree, so that what one calls `trunk.2.conv` is
`trunk.2.conv` in all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rfsolve.formats.cropping import cropped_merges
from rfsolve.formats.identifiers import identifier
from rfsolve.graph import Input, LayerGraph, Output

DEEPEST = 8
"""Dots of a name that part its words; groups are nested no deeper."""

RESERVED = frozenset(
    (  # noqa: SIM905 - sixty names read better as text
        "T_destination Tensor add_module append apply bfloat16 buffers call_super_init children compile cpu cuda "
        "cut_and_add cut_and_multiply cut_to_smallest double dump_patches eval extend extra_repr float forward "
        "get_buffer get_extra_state get_parameter get_submodule half insert ipu load_state_dict modules mtia "
        "named_buffers named_children named_modules named_parameters nn parameters pop register_backward_hook "
        "register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook "
        "register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook "
        "register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook "
        "requires_grad_ self set_extra_state set_submodule share_memory state_dict super to to_empty torch train "
        "training type x xpu zero_grad "
    ).split()
)
"""Names that a module, or code that runs one, has for other things; a test holds them against torch.nn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One layer. `name` is its node's, `attribute` the identifier (or number) that it has in its group."""

    name: str
    attribute: str
    inputs: tuple[str, ...]

    @property
    def result(self) -> str:
        """The node whose value it makes."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Layers and groups that are called as one.

    `name` is what the names of its nodes begin with, empty for the whole network. `parts` are in the order in which
    they are computed. `inputs` are the nodes outside that they read, in the order of their first use, `result` the
    one node inside that is read outside (of the whole network, the last).
    """

    name: str
    attribute: str
    parts: "tuple[Part, ...]"
    inputs: tuple[str, ...]
    result: str

    @property
    def is_chain(self) -> bool:
        """Whether each part reads the one before it and nothing else."""
        before: tuple[str, ...] = self.inputs
        for part in self.parts:
            if len(before) != 1 or part.inputs != before:
                return False
            before = (part.result,)
        return True

    @property
    def first_number(self) -> int | None:
        """The number of the first part, 0 or 1, where the parts are a chain and have numbers for names; else None."""
        first = self.parts[0].attribute
        return int(first) if first.isdigit() else None

    @property
    def leaves(self) -> Iterator[Leaf]:
        """All layers, also those of the groups in it."""
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.leaves
            else:
                yield part


Part = Leaf | Group


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePlan:
    """A graph as nested parts.

    `inputs` are the input nodes with their identifiers. `outputs` are pairs: the name of an exit, and the node whose
    value is read out there. `paths` give for each node that is part of the tree where its module is
    (`trunk.2.conv`). `cropped` are merges whose branches are cut to the smallest of them, see `cropped_merges`.
    `owners` are the nodes that have the weights of another, by their name.
    """

    graph: LayerGraph
    root: Group
    inputs: dict[str, str]
    outputs: tuple[tuple[str, str], ...]
    paths: dict[str, str]
    cropped: frozenset[str]
    owners: dict[str, str]


def module_plan(graph: LayerGraph) -> ModulePlan:
    """Return the plan of a graph; one walk for each level of names."""
    planner = _Planner(graph)
    inside = [name for name in graph.nodes if not isinstance(graph.layer(name), Input | Output)]
    root = planner.root(inside)
    taken: set[str] = {part.attribute for part in root.parts}
    inputs: dict[str, str] = {}
    for name in graph.input_nodes:
        inputs[name] = identifier("x" if len(graph.input_nodes) == 1 else name, prefix="input", taken=taken)
        taken.add(inputs[name])
    return ModulePlan(
        graph=graph,
        root=root,
        inputs=inputs,
        outputs=tuple((name, planner.value(name)) for name in graph.outputs),
        paths=dict(_paths(root, "")),
        cropped=cropped_merges(graph),
        owners={name: graph.weights_owner(name) for name in inside if graph.weights_owner(name) != name},
    )


def _paths(group: Group, prefix: str) -> Iterator[tuple[str, str]]:
    for part in group.parts:
        path = f"{prefix}{part.attribute}"
        if isinstance(part, Group):
            yield from _paths(part, f"{path}.")
        else:
            yield part.name, path


class _Planner:
    """Groups the nodes of one graph by their names."""

    def __init__(self, graph: LayerGraph) -> None:
        self._graph = graph
        self._order = {name: number for number, name in enumerate(graph.nodes)}
        self._read_out = {self.value(name) for name in graph.outputs}

    def value(self, name: str) -> str:
        """Return the node whose value a node hands on: its own, unless it is an output."""
        while isinstance(self._graph.layer(name), Output):
            (name,) = self._graph.inputs(name)
        return name

    def root(self, nodes: Sequence[str]) -> Group:
        """Return the group of all layers."""
        return Group(
            name="",
            attribute="",
            parts=self._parts(nodes, ()),
            inputs=self._inputs(nodes),
            result=nodes[-1] if nodes else "",
        )

    def _parts(self, nodes: Sequence[str], within: tuple[str, ...]) -> tuple[Part, ...]:
        """Return what the group of these nodes is made of; `within` are the words that all their names begin with."""
        buckets: dict[str, list[str]] = {}
        for node in nodes:
            words = _words(node)
            buckets.setdefault(words[len(within)], []).append(node)
        loose = [found for head, members in buckets.items() for found in self._bucket(members, (*within, head))]
        loose.sort(key=lambda part: self._order[part.result])
        return _named(loose, within)

    def _bucket(self, nodes: Sequence[str], words: tuple[str, ...]) -> Iterator[Part]:
        """Yield a layer alone, a group, or the members of a group that cannot be called as one."""
        if any(len(_words(node)) == len(words) for node in nodes):
            yield from map(self._leaf, nodes)
            return
        inside = self._parts(nodes, words)
        members = frozenset(nodes)
        results = [node for node in nodes if self._is_read_outside(node, members)]
        if len(results) == 1 and self._is_convex(members):
            name = ".".join(words)
            yield Group(name=name, attribute=name, parts=inside, inputs=self._inputs(nodes), result=results[0])
        else:
            yield from inside

    def _leaf(self, node: str) -> Leaf:
        return Leaf(name=node, attribute=node, inputs=self._graph.inputs(node))

    def _inputs(self, nodes: Sequence[str]) -> tuple[str, ...]:
        inside = set(nodes)
        read = (source for node in nodes for source in self._graph.inputs(node))
        return tuple(dict.fromkeys(source for source in read if source not in inside))

    def _is_read_outside(self, node: str, inside: frozenset[str]) -> bool:
        consumers = self._graph.consumers(node)
        return node in self._read_out or not consumers or any(reader not in inside for reader in consumers)

    def _is_convex(self, inside: frozenset[str]) -> bool:
        """Whether no way leads out of the nodes and in again, so that they can be computed in one go."""
        places = [self._order[node] for node in inside]
        beyond: set[str] = set()  # nodes outside that depend on nodes inside
        for node in self._graph.nodes[min(places) : max(places) + 1]:
            sources = self._graph.inputs(node)
            if node in inside and any(source in beyond for source in sources):
                return False
            if node not in inside and any(source in inside or source in beyond for source in sources):
                beyond.add(node)
        return True


def _words(name: str) -> tuple[str, ...]:
    """The words of a name; the last holds what is left of a name of many words."""
    return tuple(name.split(".", DEEPEST))


def _named(loose: Sequence[Part], within: tuple[str, ...]) -> tuple[Part, ...]:
    """Return the parts, each with an attribute of its own: a number in a chain of numbers, an identifier elsewhere."""
    own = [".".join(_words(part.name)[len(within) :]) for part in loose]
    if within and _is_numbered(own) and all(one.inputs == (before.result,) for before, one in pairwise(loose)):
        return tuple(replace(part, attribute=words) for part, words in zip(loose, own, strict=True))
    taken = set(RESERVED)
    parts = []
    for part, words in zip(loose, own, strict=True):
        attribute = identifier(words, prefix="unit" if within else "layer", taken=taken)
        taken.add(attribute)
        parts.append(replace(part, attribute=attribute))
    return tuple(parts)


def _is_numbered(words: Sequence[str]) -> bool:
    """Whether the words count on from 0 or from 1."""
    return any(list(words) == [str(first + n) for n in range(len(words))] for first in (0, 1))
