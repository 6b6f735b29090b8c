"""A network as a graph of layers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rfsolve.errors import GraphError
from rfsolve.graph.ends import Input, Output
from rfsolve.graph.layer import Layer
from rfsolve.graph.shape import ShapeError, Size, TensorShape

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """Costs of a node as the network it was read from has them, where its layer's formula would not say so."""

    parameters: int | None = None
    macs: int | None = None


_AS_THE_LAYER = Stated()
_MOST_SIZES = 4  # shapes are kept for the input sizes asked for last


class LayerGraph:
    """Layers by name, each with the names of the nodes it reads, in slot order.

    A node can read only nodes that exist, so a graph has no cycle and the order of adding is a
    topological order. A node's shape is inferred and checked when it is added: what is in the graph
    fits together.
    """

    def __init__(self) -> None:
        self._layers: dict[str, Layer] = {}
        self._inputs: dict[str, tuple[str, ...]] = {}
        self._consumers: dict[str, dict[str, None]] = {}
        self._owners: dict[str, str] = {}
        self._stated: dict[str, Stated] = {}
        self._shapes: dict[Size | None, dict[str, TensorShape]] = {None: {}}

    def add(
        self,
        name: str,
        layer: Layer,
        inputs: Sequence[str] | str = (),
        *,
        shares_weights_of: str | None = None,
        stated: Stated = _AS_THE_LAYER,
    ) -> str:
        """Add a layer that reads these nodes, and return its name.

        `shares_weights_of` names an equal layer whose parameters this one uses: they count once.
        `stated` are costs that take the place of the layer's own.
        Raises GraphError, naming the node, for a name that exists, an input that does not, a wrong
        number of inputs, or shapes that do not fit.
        """
        names = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        self._check(name, layer, names, shares_weights_of)
        shape = self._infer(name, layer, names, self._shapes[None])
        self._layers[name], self._inputs[name], self._consumers[name] = layer, names, {}
        for source in names:
            self._consumers[source][name] = None
        if shares_weights_of is not None:
            self._owners[name] = self._owners.get(shares_weights_of, shares_weights_of)
        if stated is not _AS_THE_LAYER and stated != _AS_THE_LAYER:
            self._stated[name] = stated
        if len(self._shapes) > 1:
            self._shapes = {None: self._shapes[None]}
        self._shapes[None][name] = shape
        return name

    def input(self, name: str, *, channels: int, size: Size) -> str:
        """Add an Input and return its name."""
        return self.add(name, Input(channels=channels, size=tuple(size)))

    def output(self, name: str, source: str) -> str:
        """Add an Output that hands on `source`, and return its name."""
        return self.add(name, Output(), [source])

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names in a topological order."""
        return tuple(self._layers)

    @property
    def input_nodes(self) -> tuple[str, ...]:
        """Names of the Input nodes: no other layer reads nothing."""
        return tuple([name for name, sources in self._inputs.items() if not sources])

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the Output nodes; of the nodes that nothing reads where there are none."""
        named = tuple(name for name, layer in self._layers.items() if isinstance(layer, Output))
        return named or tuple(name for name, consumers in self._consumers.items() if not consumers)

    @property
    def nx(self) -> "nx.MultiDiGraph":
        """A networkx graph of what is in the graph now.

        Nodes carry their `layer`, an edge's key is the slot it fills.
        """
        from networkx import MultiDiGraph  # noqa: PLC0415 - only who asks for it needs networkx

        made = MultiDiGraph()
        for name, layer, sources in self.wired():
            made.add_node(name, layer=layer)
            made.add_edges_from((source, name, slot) for slot, source in enumerate(sources))
        return made

    def wired(self) -> Iterator[tuple[str, Layer, tuple[str, ...]]]:
        """Name, layer and inputs of every node, in a topological order."""
        return zip(self._layers, self._layers.values(), self._inputs.values(), strict=True)

    def layer(self, name: str) -> Layer:
        """The layer of a node; GraphError if there is no such node."""
        try:
            return self._layers[name]
        except KeyError:
            raise _missing(name) from None

    def inputs(self, name: str) -> tuple[str, ...]:
        """Names of what a node reads, in slot order; GraphError if there is no such node."""
        try:
            return self._inputs[name]
        except KeyError:
            raise _missing(name) from None

    def consumers(self, name: str) -> tuple[str, ...]:
        """Names of the nodes that read a node, each once; GraphError if there is no such node."""
        self._known(name)
        return tuple(self._consumers[name])

    def weights_owner(self, name: str) -> str:
        """The node whose parameters a node uses: itself, unless it shares them."""
        return self._owners.get(name, name)

    def stated(self, name: str) -> Stated:
        """The costs stated for a node; nothing in them where those of its layer hold."""
        return self._stated.get(name, _AS_THE_LAYER)

    def parameters(self, name: str) -> int:
        """Parameters that a node adds to the network: those stated, else its layer's; 0 where it shares them."""
        stated = self.stated(name).parameters
        if stated is not None:
            return stated
        return self.layer(name).parameters if self.weights_owner(name) == name else 0

    def ancestors(self, name: str) -> frozenset[str]:
        """The node and all it depends on; GraphError if there is no such node."""
        found, waiting = {name}, [name]
        while waiting:
            new = set(self.inputs(waiting.pop())) - found
            found |= new
            waiting.extend(new)
        return frozenset(found)

    def shapes(self, input_size: Sequence[int | None] | None = None) -> Mapping[str, TensorShape]:
        """The shape of every node.

        `input_size`, if given, takes the place of the size of every Input.

        Each shape is inferred once for an input size. Raises GraphError, naming the node, where a
        size does not fit.
        """
        size = None if input_size is None else tuple(input_size)
        if size not in self._shapes:
            if len(self._shapes) > _MOST_SIZES:
                self._shapes = {None: self._shapes[None]}
            self._shapes[size] = self._resized(size or ())
        return self._shapes[size]

    def __len__(self) -> int:
        return len(self._layers)

    def __contains__(self, name: object) -> bool:
        return name in self._layers

    def _resized(self, size: Size) -> dict[str, TensorShape]:
        shapes: dict[str, TensorShape] = {}
        for name, layer in self._layers.items():
            try:
                sized = layer.resized(size) if isinstance(layer, Input) else layer
            except ValueError as error:
                raise GraphError(name, str(error)) from error
            shapes[name] = self._infer(name, sized, self._inputs[name], shapes)
        return shapes

    def _known(self, name: str) -> None:
        if name not in self._layers:
            raise _missing(name)

    def _check(self, name: str, layer: Layer, names: Sequence[str], owner: str | None) -> None:
        if name in self._layers:
            raise GraphError(name, "there is a layer of that name already")
        for source in names:
            if source not in self._layers:
                raise GraphError(name, f"reads '{source}', which does not exist")
        least, most = layer.arity
        if not least <= len(names) <= most:
            wanted = str(least) if least == most else f"at least {least}"
            raise GraphError(name, f"{layer.op} takes {wanted} inputs, not {len(names)}")
        if owner is not None and (owner not in self._layers or not layer.fits_weights_of(self._layers[owner])):
            raise GraphError(name, f"shares the weights of '{owner}', which has none of this form")

    def _infer(self, name: str, layer: Layer, names: Sequence[str], shapes: Mapping[str, TensorShape]) -> TensorShape:
        try:
            return layer.infer([shapes[source] for source in names])
        except ShapeError as error:
            raise GraphError(name, _blame(error, names)) from error


def _missing(name: str) -> GraphError:
    return GraphError(name, "there is no such layer")


def _blame(error: ShapeError, names: Sequence[str]) -> str:
    if not error.slots:
        return str(error)
    branches = " and ".join(f"'{names[slot]}'" for slot in error.slots)
    return f"its branches {branches} {error}"
