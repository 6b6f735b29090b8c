"""From a placement to the layers an engineer would write, and to their graph.

Inside a state the order is free, so small steps come first; the move to the next state follows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rfsolve.graph import Activation, Add, Conv, Layer, LayerGraph, Norm, NormKind
from rfsolve.search.moves import Move
from rfsolve.search.placement import Placement
from rfsolve.space.blocks import BlockSpec, Choice, Unit, UnitKind, padding
from rfsolve.space.pools import pool
from rfsolve.space.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLayer:
    """One layer of a design: the block placed, and the node of the graph that is its result."""

    name: str
    stack: str
    block: str
    choice: Choice
    c_in: int
    c_out: int
    nodes: tuple[str, ...]

    @property
    def result(self) -> str:
        """The node whose output is the layer's output."""
        return self.nodes[-1]


def expand(problem: Problem, placement: Placement) -> tuple[LayerGraph, tuple[PlacedLayer, ...]]:
    """Return the layer graph of a placement and its layers in order."""
    builder = _Builder(problem)
    for stack in problem.stacks:
        for number, move in enumerate(ordered(placement.moves[stack.name]), start=1):
            builder.add_layer(f"{stack.name}.{number}", stack.name, stack.block, move)
    for node in problem.exits:
        builder.graph.output(node.name, builder.end_of(problem.before(node.name)))
    return builder.graph, tuple(builder.layers)


def ordered(placed: tuple[tuple[Move, int], ...]) -> Iterator[Move]:
    """Yield the moves in the order of a walk, repeats of a state before the move that leaves it."""
    repeats = sorted((pair for pair in placed if pair[0].repeatable), key=lambda pair: pair[0].order)
    walk = _walk([pair for pair in placed if not pair[0].repeatable])
    states = [walk[0].source, *(move.target for move in walk)] if walk else [repeats[0][0].source] if repeats else []
    visited = set()
    for i, state in enumerate(states):
        if state not in visited:
            visited.add(state)
            for move, count in repeats:
                if move.source == state:
                    yield from [move] * count
        if i < len(walk):
            yield walk[i]


def _walk(arcs: list[tuple[Move, int]]) -> list[Move]:
    """Return the moves between states, chained from the state that no move enters."""
    leaving = {move.source: move for move, _ in arcs}
    targets = {move.target for move, _ in arcs}
    state = next((source for source in leaving if source not in targets), None)
    walk = []
    while state in leaving:
        walk.append(leaving[state])
        state = leaving[state].target
    return walk


class _Builder:
    """Adds blocks to a layer graph, one after another."""

    def __init__(self, problem: Problem) -> None:
        self.graph = LayerGraph()
        self.layers: list[PlacedLayer] = []
        self._made: list[str] = []
        self._problem = problem
        size = problem.input.size or (None,) * problem.input.axes
        self._ends = {"input": self.graph.input("input", channels=problem.input.channels, size=size)}

    def add_layer(self, name: str, stack: str, block: BlockSpec, move: Move) -> None:
        before = self.end_of(stack)
        recipe = block.recipe(move.choice, move.source.width, move.target.width)
        assert recipe is not None  # noqa: S101 - the move was priced with it
        self._made = []
        multiple = len(recipe.main) > 1
        here = before
        for i, unit in enumerate(recipe.main, start=1):
            here = self._add_unit(f"{name}.{i}" if multiple else name, unit, block, here)
        if recipe.shortcut is not None:
            beside = before
            for unit in recipe.shortcut:
                beside = self._add_unit(f"{name}.shortcut", unit, block, beside)
            here = self._add(f"{name}.add", Add(), [here, beside])
            if recipe.activated:
                here = self._activate(name, block, here)
        self._ends[stack] = here
        self.layers.append(
            PlacedLayer(
                name=name,
                stack=stack,
                block=block.kind,
                choice=move.choice,
                c_in=move.source.width,
                c_out=move.target.width,
                nodes=tuple(self._made),
            )
        )

    def _add(self, name: str, layer: Layer, inputs: list[str]) -> str:
        self._made.append(name)
        return self.graph.add(name, layer, inputs)

    def end_of(self, node: str) -> str:
        """Return the last node placed up to the end of `node`, which may have placed none itself."""
        while node not in self._ends:
            node = self._problem.before(node)
        return self._ends[node]

    def _add_unit(self, name: str, unit: Unit, block: BlockSpec, source: str) -> str:
        choice = unit.choice
        if unit.kind is UnitKind.POOL:
            return self._add(f"{name}.pool", pool(choice, block.padding), [source])
        conv = Conv(
            in_channels=unit.c_in,
            out_channels=unit.c_out,
            kernel=choice.kernel,
            stride=choice.stride,
            dilation=choice.dilation,
            padding=padding(block.padding, choice),
            groups=unit.groups,
            bias=block.bias,
        )
        here = self._add(f"{name}.conv", conv, [source])
        if block.norm == "batch":
            here = self._add(f"{name}.norm", Norm(kind=NormKind.BATCH, channels=unit.c_out), [here])
        return self._activate(name, block, here) if unit.activated else here

    def _activate(self, name: str, block: BlockSpec, source: str) -> str:
        if block.activation == "none":
            return source
        return self._add(f"{name}.{block.activation}", Activation(kind=block.activation), [source])
