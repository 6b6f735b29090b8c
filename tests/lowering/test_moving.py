"""Operations that only move entries: the lowered graph, run by torch, has the very numbers that torch has.

Random rows of reshapes, permutations, slices, joins, rolls and shuffles. Every entry of the result
is looked up where its layout says that it lies on its node.
"""

from collections.abc import Callable
from itertools import permutations, product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
from rfsolve.formats.lowering.layout import CHANNEL  # noqa: E402 - after importorskip
from rfsolve.formats.lowering.values import Tensor  # noqa: E402
from rfsolve.formats.torch.naming import names  # noqa: E402
from rfsolve.formats.torch.recording import recorded  # noqa: E402
from rfsolve.formats.torch.translation import _Translation  # noqa: E402
from rfsolve.graph import Combine, LayerGraph, Unknown  # noqa: E402
from tests.oracle.torch_module import Built  # noqa: E402

Move = Callable[[Any], Any]
SHAPES = [(1, 4, 6, 8), (1, 2, 12, 6), (1, 6, 8), (1, 3, 4, 4, 6), (1, 8, 4, 4)]


class Moved(torch.nn.Module):
    """A row of moves."""

    def __init__(self, moves: list[Move]) -> None:
        super().__init__()
        self.moves = moves

    def forward(self, x: Any) -> Any:
        for move in self.moves:
            x = move(x)
        return x


def divisors(number: int) -> list[int]:
    return [d for d in range(1, number + 1) if number % d == 0]


@st.composite
def split(draw: Any, shape: tuple[int, ...]) -> Move:
    at = draw(st.integers(0, len(shape) - 1))
    outer = draw(st.sampled_from(divisors(shape[at])))
    new = [*shape[:at], outer, shape[at] // outer, *shape[at + 1 :]]
    return lambda x: x.reshape(new)


@st.composite
def joined(draw: Any, shape: tuple[int, ...]) -> Move:
    if len(shape) < 3:
        return lambda x: x
    at = draw(st.integers(0, len(shape) - 2))
    new = [*shape[:at], shape[at] * shape[at + 1], *shape[at + 2 :]]
    return lambda x: x.reshape(new)


@st.composite
def permuted(draw: Any, shape: tuple[int, ...]) -> Move:
    order = draw(st.permutations(range(len(shape))))
    return lambda x: x.permute(order)


@st.composite
def sliced(draw: Any, shape: tuple[int, ...]) -> Move:
    at = draw(st.integers(0, len(shape) - 1))
    start = draw(st.integers(0, shape[at] - 1))
    stop = draw(st.integers(start + 1, shape[at]))
    step = draw(st.sampled_from([1, 1, 2, 3]))
    return lambda x: x[(slice(None),) * at + (slice(start, stop, step),)]


@st.composite
def rolled(draw: Any, shape: tuple[int, ...]) -> Move:
    at, shift = draw(st.integers(0, len(shape) - 1)), draw(st.integers(-5, 5))
    return lambda x: x.roll(shift, at)


@st.composite
def flipped(draw: Any, shape: tuple[int, ...]) -> Move:
    at = draw(st.integers(0, len(shape) - 1))
    return lambda x: x.flip([at])


@st.composite
def twice(draw: Any, shape: tuple[int, ...]) -> Move:
    """The tensor beside its mirror image along another dimension."""
    at, mirror = draw(st.integers(0, len(shape) - 1)), draw(st.integers(0, len(shape) - 1))
    return lambda x: torch.cat([x, x.flip([mirror])], at)


@st.composite
def stacked(draw: Any, shape: tuple[int, ...]) -> Move:
    at = draw(st.integers(0, len(shape)))
    return lambda x: torch.stack([x, x.roll(1, -1)], at)


@st.composite
def padded(draw: Any, shape: tuple[int, ...]) -> Move:
    before, after = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    sides = [0, 0] * draw(st.integers(0, len(shape) - 1))
    return lambda x: torch.nn.functional.pad(x, [*sides, before, after])


@st.composite
def taken(draw: Any, shape: tuple[int, ...]) -> Move:
    at = draw(st.integers(0, len(shape) - 1))
    index = torch.tensor(draw(st.lists(st.integers(0, shape[at] - 1), min_size=1, max_size=4)))
    return lambda x: x.index_select(at, index)


MOVES = [
    split,
    split,
    split,
    joined,
    joined,
    permuted,
    permuted,
    sliced,
    rolled,
    flipped,
    twice,
    stacked,
    padded,
    taken,
]


@st.composite
def rows(draw: Any) -> tuple[tuple[int, ...], list[Move]]:
    shape = draw(st.sampled_from(SHAPES))
    x = torch.zeros(shape)
    moves: list[Move] = []
    for _ in range(draw(st.integers(1, 7))):
        move = draw(draw(st.sampled_from(MOVES))(tuple(x.shape)))
        after = move(x)
        if after.ndim <= 7 and 0 < after.numel() <= 4096:
            x = after
            moves.append(move)
    return shape, moves


def looked_up(tensor: Tensor, value: Any) -> tuple[Any, Any]:
    """The entries of a tensor by its layout over the value of its node; and which of them are on the node at all."""
    found = np.zeros(tensor.shape)
    known = np.ones(tensor.shape, dtype=bool)
    for index in product(*(range(size) for size in tensor.shape)):
        place = [0] * value.ndim
        for dim, entry in zip(tensor.dims, index, strict=True):
            rest = entry - dim.before
            if not 0 <= rest < dim.size - dim.before - dim.after:
                known[index] = False
                continue
            for atom in reversed(dim.atoms):
                rest, digit = divmod(rest, atom.size)
                if atom.axis >= CHANNEL:
                    place[atom.axis + 1] += digit * atom.stride
        if known[index]:
            found[index] = value[tuple(place)]
    return found, known


def graph_of(translation: _Translation) -> LayerGraph:
    graph = LayerGraph()
    for node in translation.site._nodes:
        graph.add(node.name, node.layer, [translation.site._nodes[n].name for n in node.inputs])
    return graph


@given(rows())
@settings(max_examples=400, deadline=None)
def test_every_entry_is_where_the_layout_says(row: tuple[tuple[int, ...], list[Move]]) -> None:
    shape, moves = row
    x = torch.arange(1, prod(shape) + 1, dtype=torch.float64).reshape(shape)
    module = Moved(moves)
    program = recorded(module, [x])
    translation = _Translation.begun(program)
    for call, name in zip(program.calls, names(program.calls), strict=True):
        translation._do(call, name)
    (ref,) = program.outputs.values()
    result = translation.values[ref]
    graph = graph_of(translation)
    layers = [graph.layer(name) for name in graph.nodes]
    note([str(layer) for layer in layers])
    if not isinstance(result, Tensor) or any(isinstance(layer, Unknown | Combine) for layer in layers):
        return
    expected = module(x).numpy()
    assert result.shape == expected.shape
    values = Built(graph)(as_node(x, graph))
    name = translation.site._nodes[result.node].name
    found, known = looked_up(result, values[name][0].numpy())
    assert (found == expected)[known].all()


def as_node(x: Any, graph: LayerGraph) -> Any:
    """The input as its node has it: a batch, channels, axes."""
    (source,) = graph.input_nodes
    shape = graph.shapes()[source]
    return x.reshape(1, shape.channels, *shape.size)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_rearrangements_of_the_grid_need_no_unknown(order: tuple[int, ...]) -> None:
    """The test above is not empty: reshapes that count whole parts are always followed, in any order."""
    moves: list[Move] = [
        lambda x: x.reshape(1, 4, 3, 2, 8),
        lambda x: x.permute([0, *(1 + at for at in order)]),
        lambda x: x.reshape(1, x.shape[1] * x.shape[2], x.shape[3], x.shape[4]),
    ]
    program = recorded(Moved(moves), [torch.zeros(1, 4, 6, 8)])
    translation = _Translation.begun(program)
    for call, name in zip(program.calls, names(program.calls), strict=True):
        translation._do(call, name)
    assert not any(isinstance(node.layer, Unknown) for node in translation.site._nodes)
