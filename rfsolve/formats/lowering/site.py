"""The building site: layers as they come, and at the end the graph with the names of its source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from rfsolve.analysis import Diagnostic
from rfsolve.errors import InputError
from rfsolve.formats.lowering.layout import CHANNEL, Dim, counting
from rfsolve.formats.lowering.values import (
    Constant,
    Shapeless,
    Tensor,
    Untranslatable,
    Value,
    canonical,
    channels_in_order,
)
from rfsolve.formats.network import Network
from rfsolve.graph import Input, Layer, LayerGraph, Output, Stated, TensorShape, Unknown


@dataclass(slots=True)
class _Node:
    layer: Layer
    inputs: tuple[int, ...]
    shape: TensorShape
    name: str = ""
    stated: Stated = field(default_factory=Stated)


@dataclass(slots=True)
class Site:
    """Nodes are numbers until the graph is built; every operation names those it added.

    `axes` is the number of axes of every node. `sizes` says how many numbers each parameter holds.
    """

    axes: int
    sizes: Mapping[str, int] = field(default_factory=dict)
    _nodes: list[_Node] = field(default_factory=list)
    _aliases: dict[str, int] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _helpers: set[str] = field(default_factory=set)
    _remarks: list[Diagnostic] = field(default_factory=list)
    _counted: set[str] = field(default_factory=set)
    _pending: set[str] = field(default_factory=set)
    _done: int = 0

    def add(self, layer: Layer, inputs: Sequence[int] | int, *, macs: int | None = None) -> int:
        """Add a layer and return its number; Untranslatable where it does not fit its inputs."""
        sources = (inputs,) if isinstance(inputs, int) else tuple(inputs)
        try:
            shape = layer.infer([self._nodes[source].shape for source in sources])
        except ValueError as error:
            raise Untranslatable(str(error)) from error
        self._nodes.append(_Node(layer, sources, shape, stated=Stated(macs=macs)))
        return len(self._nodes) - 1

    def layer(self, node: int) -> Layer:
        """Return the layer of a node."""
        return self._nodes[node].layer

    def inputs(self, node: int) -> tuple[int, ...]:
        """Return what a node reads."""
        return self._nodes[node].inputs

    def shape(self, node: int) -> TensorShape:
        """Return the shape of a node."""
        return self._nodes[node].shape

    def name(self, node: int) -> str:
        """Return the name of a node that an earlier operation made."""
        return self._nodes[node].name

    def axis_of(self, node: int, dim: Dim) -> int | None:
        """Return the axis that a dimension counts from one end to the other, with nothing else; None for none."""
        if len(dim.atoms) != 1 or not dim.is_plain or not dim.is_spatial:
            return None
        (atom,) = dim.atoms
        return atom.axis if atom.size == self.shape(node).size[atom.axis] else None

    def use(self, *constants: Value | None) -> None:
        """Count the parameters in these constants with the operation at work."""
        for constant in constants:
            if isinstance(constant, Constant):
                self._pending |= constant.weights

    def input(self, name: str, channels: int, size: Sequence[int]) -> int:
        """Add an input of the network."""
        node = self.add(Input(channels=channels, size=tuple(size)), ())
        self.finish(name, node)
        return node

    def unknown(
        self,
        operator: str,
        values: Iterable[Value | None],
        shapes: Sequence[Sequence[int] | None],
        reason: str | Untranslatable,
    ) -> list[Value]:
        """Add a layer of which it is not known what it reads, and return its outputs in these shapes."""
        moves = isinstance(reason, Untranslatable) and reason.moves
        sources = list(dict.fromkeys(value.node for value in values if isinstance(value, Tensor | Shapeless)))
        outputs: list[Value] = []
        for shape in shapes:
            channels, size = self._laid_out(shape)
            layer = Unknown(name=operator, reason=str(reason), channels=channels, size=size, moves=moves)
            node = self.add(layer, sources)
            outputs.append(_spread(node, shape, channels, size))
        return outputs

    def remark(self, code: str, node: str, message: str) -> None:
        """Say something about the network as it was read; `node` is a name, or empty for all of it."""
        self._remarks.append(Diagnostic(code=code, node=node, message=message))

    def discard(self) -> None:
        """Forget what the operation at work has added."""
        del self._nodes[self._done :]
        self._pending.clear()

    def finish(
        self, name: str, result: int | None, *, aliases: Sequence[str] = (), shape: Sequence[int] | None = None
    ) -> None:
        """Name the nodes that an operation added: its result by the operation, the others after what they do.

        `shape`: of the tensor that it makes, batch first, where that is known.
        """
        added = range(self._done, len(self._nodes))
        main = result if result is not None and result >= self._done else None
        if main is None and added:
            main = len(self._nodes) - 1
        for node in added:
            if node != main:
                helper = f"{name}.{self._nodes[node].layer.op}"
                self._name(node, helper)
                self._helpers.add(self._nodes[node].name)
        if main is not None:
            self._name(main, name)
            self._state_parameters(added, main)
            own = self._nodes[main].shape
            if shape is not None and main == result and tuple(shape) != (1, own.channels, *own.size):
                self._shapes[self._nodes[main].name] = tuple(shape)
        elif result is not None:
            self.alias(name, result)
        for alias in aliases:
            if result is not None:
                self.alias(alias, result)
        self._done = len(self._nodes)

    def alias(self, name: str, node: int) -> None:
        """Let a name stand for a node; the later of two wins, a node's own name always."""
        if name:
            self._aliases[name] = node

    def network(self, outputs: Mapping[str, Value]) -> Network:
        """Return the graph of what the outputs depend on, with the names it goes by.

        Raises:
            InputError: no output depends on an input.

        """
        ends = {name: value.node for name, value in outputs.items() if not isinstance(value, Constant)}
        if not ends:
            raise InputError("none of its outputs depends on an input")
        used = self._used(ends.values())
        graph = LayerGraph()
        for number, node in enumerate(self._nodes):
            if number in used:
                sources = [self._nodes[source].name for source in node.inputs]
                graph.add(node.name, node.layer, sources, stated=node.stated)
        self._add_outputs(graph, ends)
        for name, value in outputs.items():
            if isinstance(value, Tensor) and not self._is_in_order(value):
                self._remark_another_order(name, value)
        return self._named(graph, used)

    def _is_in_order(self, tensor: Tensor) -> bool:
        """Whether the pixels of a tensor lie as those of its node: an axis a dimension, or all in one, row by row."""
        dims = [dim for dim in tensor.dims if dim.is_spatial]
        atoms = [atom for dim in dims for atom in dim.atoms]
        order = [(atom.axis, -atom.stride) for atom in atoms]
        if order != sorted(order):
            return False
        return len(dims) <= 1 or all(len({atom.axis for atom in dim.atoms}) == 1 for dim in dims)

    def _remark_another_order(self, name: str, tensor: Tensor) -> None:
        shape, size = ("x".join(map(str, one)) for one in (tensor.shape, self.shape(tensor.node).size))
        text = f"it lies as {shape}; its windows are said in the order of the {size} positions that it was made from"
        self.remark("another-order", name, text)

    def _add_outputs(self, graph: LayerGraph, ends: Mapping[str, int]) -> None:
        """Output layers where what comes out is also read further on, or comes out twice; else names alone."""
        names = [self._nodes[node].name for node in ends.values()]
        for name, node in zip(ends, names, strict=True):
            if len(set(names)) < len(names) or any(graph.consumers(other) for other in names):
                graph.add(self._free(name if name not in graph else f"{name}.output"), Output(), [node])
            else:
                self._aliases.setdefault(name, ends[name])

    def _used(self, ends: Iterable[int]) -> set[int]:
        used: set[int] = set()
        waiting = list(ends)
        while waiting:
            node = waiting.pop()
            if node not in used:
                used.add(node)
                waiting.extend(self._nodes[node].inputs)
        return used

    def _named(self, graph: LayerGraph, used: set[int]) -> Network:
        names = {number: self._nodes[number].name for number in used}
        return Network(
            graph=graph,
            aliases={name: names[node] for name, node in self._aliases.items() if node in names and name not in graph},
            shapes=self._shapes,
            helpers=frozenset(self._helpers & set(names.values())),
            remarks=tuple(self._remarks),
        )

    def _name(self, node: int, name: str) -> None:
        self._nodes[node].name = self._free(name)
        self._names.add(self._nodes[node].name)

    def _free(self, name: str) -> str:
        """The name, or the first free one of name#2, name#3, ..."""
        free, count = name, 1
        while free in self._names:
            count += 1
            free = f"{name}#{count}"
        return free

    def _state_parameters(self, added: range, main: int) -> None:
        """Let the nodes of an operation have together as many parameters as it uses for the first time."""
        fresh = self._pending - self._counted
        self._counted |= fresh
        self._pending = set()
        count = sum(self.sizes[weight] for weight in fresh)
        if count == sum(self._nodes[node].layer.parameters for node in added):
            return
        for node in added:
            if node == main or self._nodes[node].layer.parameters:
                self._nodes[node].stated = replace(self._nodes[node].stated, parameters=count if node == main else 0)

    def _laid_out(self, shape: Sequence[int] | None) -> tuple[int | None, tuple[int, ...] | None]:
        """Channels and size of a node for a tensor of this shape: its axes where it has them, else channels alone."""
        if shape is None or prod(shape) == 0:
            return None, None
        if len(shape) == self.axes + 2 and shape[0] == 1:
            return shape[1], tuple(shape[2:])
        return prod(shape), (1,) * self.axes


def _spread(node: int, shape: Sequence[int] | None, channels: int | None, size: Sequence[int] | None) -> Value:
    if shape is None or channels is None or size is None:
        return Shapeless(node)
    if channels == prod(shape):
        return Tensor(node, channels_in_order([counting(CHANNEL, extent) for extent in shape]))
    return Tensor(node, canonical(channels, size))
