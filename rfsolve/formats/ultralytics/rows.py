"""The rows of an Ultralytics YAML, and where in them each result is.

The parser (`parse_model`) follows channels by itself: it knows what its own modules make of them, and takes for granted
that a module of torch.nn leaves them alone. Where one does not, two rows put it right: `nn.Unflatten` makes a batch of
batches, and `Index` takes the first of them and says its channels. The same lets `CBFuse` add two tensors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rfsolve.graph import Activation, LayerGraph, TensorShape

Flow = int | float | bool | str | None | Sequence["Flow"]
"""A value of a YAML flow sequence; a string stands as it is."""

BATCH_OF_BATCHES = (0, '"(1, -1)"')
"""The arguments of `nn.Unflatten` that leave everything in place, behind one more axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the YAML; `places` are rows, -1 the one before, and `name` is the layer that it belongs to."""

    places: tuple[int, ...]
    module: str
    arguments: tuple[Flow, ...]
    name: str

    @property
    def text(self) -> str:
        """The row as it is written."""
        read = str(self.places[0]) if len(self.places) == 1 else str(list(self.places))
        return f"[{read}, 1, {self.module}, {flow(self.arguments)}]"


def flow(value: Flow) -> str:
    """Return a value in YAML's flow style."""
    if isinstance(value, bool) or value is None:
        return str(value)  # the parser reads None from this text, as it does in Ultralytics' own files
    if isinstance(value, str | int | float):
        return str(value)
    return f"[{', '.join(map(flow, value))}]"


def per_axis(values: Sequence[int]) -> Flow:
    """Return one number where both axes have the same, else one for each."""
    return values[0] if len(set(values)) == 1 else list(values)


class Rows:
    """The rows written so far; `activation` is the one that Ultralytics' own modules get without being told."""

    def __init__(self, graph: LayerGraph, activation: Activation | None) -> None:
        self.rows: list[Row] = []
        self.activation = activation
        self._graph = graph
        self._places: dict[str, int] = {}

    def shape(self, name: str) -> TensorShape:
        """Return the shape of a node."""
        return self._graph.shapes()[name]

    def number(self, result: str) -> int:
        """Return the row that makes a result."""
        return self._places[result]

    def keep(self, result: str) -> None:
        """Remember that the last row makes a result."""
        self._places[result] = len(self.rows) - 1

    def put(self, module: str, arguments: Sequence[Flow], name: str, sources: Sequence[str] = ()) -> None:
        """Add a row that reads these results, or the row before where there are none."""
        places = tuple(map(self._place, sources)) or (-1,)
        self.rows.append(Row(places=places, module=module, arguments=tuple(arguments), name=name))

    def relabel(self, channels: int, name: str) -> None:
        """Tell the parser how many channels the row before makes."""
        self.put("nn.Unflatten", BATCH_OF_BATCHES, name)
        self.put("Index", [channels, 0], name)

    def add(self, sources: Sequence[str], name: str) -> None:
        """Add up results of one shape: all but the last in a batch of batches each, as `CBFuse` wants them."""
        *others, last = sources
        wrapped = []
        for other in others:
            self.put("nn.Unflatten", BATCH_OF_BATCHES, name, [other])
            wrapped.append(len(self.rows) - 1)
        places = (*wrapped, self._places[last])
        self.rows.append(Row(places=places, module="CBFuse", arguments=([0] * len(others),), name=name))

    def _place(self, source: str) -> int:
        """Return the row of a result, -1 for the one before and for the input of the network."""
        place = self._places.get(source, -1)
        return -1 if place == len(self.rows) - 1 else place
