"""From a placement to the layers an engineer would write, and to their graph.

Inside a state the order is free, so small steps come first; the move to the next state follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import networkx as nx

from rfsolve.formats.restyled import norm_of
from rfsolve.graph import Activation, Add, Concat, Conv, Identity, Layer, LayerGraph
from rfsolve.search.lattice import start_state
from rfsolve.search.moves import Move, State
from rfsolve.search.placement import Placement
from rfsolve.space.blocks import Axes, BlockSpec, Choice, Unit, UnitKind, padding
from rfsolve.space.pools import pool, resize, transposed
from rfsolve.space.problem import Exit, Merge, MergeKind, Problem, Stack

Level = tuple[Axes, int]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """The layer graph of a placement, its layers in order, and its node where each node of the space ends."""

    graph: LayerGraph
    layers: tuple[PlacedLayer, ...]
    ends: Mapping[str, str]


def expand(problem: Problem, placement: Placement) -> Expanded:
    """Return the layer graph of a placement."""
    builder = _Builder(problem)
    sources = {r.source for r in problem.requirements} | {relation.source for relation in problem.relations}
    for node in problem.nodes:
        if isinstance(node, Merge):
            builder.add_merge(node)
            continue
        builder.start(node, is_source=node.name in sources and not placement.moves[node.name])
        start = placement.ends.get(problem.before(node.name), start_state(problem))
        tied = {stack.tie.to for stack in problem.stacks if stack.tie is not None}
        by_kernel = node.name in tied or node.tie is not None
        for number, move in enumerate(ordered(placement.moves[node.name], start=start, by_kernel=by_kernel), start=1):
            builder.add_layer(number, node, move)
    for way_out in problem.exits:
        builder.end(way_out)
    return Expanded(graph=builder.graph, layers=tuple(builder.layers), ends=builder.ends)


def ordered(
    placed: tuple[tuple[Move, int], ...], *, start: State | None = None, by_kernel: bool = False
) -> Iterator[Move]:
    """Yield the moves in the order of a walk, repeats of a state as soon as it is reached.

    `start`: where the walk begins; needed only where it ends at the same state. `by_kernel`: small kernels first, so
    that stacks that differ in dilation alone agree layer by layer.
    """
    repeats = sorted((pair for pair in placed if _stays(pair[0])), key=lambda pair: _rank(pair[0], by_kernel))
    walk = _walk([pair for pair in placed if not _stays(pair[0])], start)
    states = [walk[0].source, *(move.target for move in walk)] if walk else [repeats[0][0].source] if repeats else []
    visited = set()
    for i, state in enumerate(states):
        if _level(state) not in visited:
            visited.add(_level(state))
            for move, count in repeats:
                if _level(move.source) == _level(state):
                    yield from [move] * count
        if i < len(walk):
            yield walk[i]


def _level(state: State) -> Level:
    """Return a state's jump and width: whether no layer came before it makes no difference to a layer."""
    return state.jump, state.width


def _stays(move: Move) -> bool:
    return _level(move.source) == _level(move.target)


def _rank(move: Move, by_kernel: bool) -> tuple[object, ...]:  # noqa: FBT001 - as above
    return (move.choice.kernel, *move.order) if by_kernel else move.order


def _walk(arcs: list[tuple[Move, int]], start: State | None) -> list[Move]:
    """Return the moves between states, chained: every one as often as it is made (an Eulerian trail)."""
    leaving = {_level(move.source): move for move, count in arcs if count == 1}
    open_at = next(iter(leaving.keys() - {_level(move.target) for move in leaving.values()}), None)
    if len(leaving) == len(arcs) and (open_at is not None or not arcs):
        return _chained(leaving, open_at)
    trail = nx.MultiDiGraph()
    for move, count in arcs:
        trail.add_edges_from((_level(move.source), _level(move.target), {"move": move}) for _ in range(count))
    open_at = next((place for place in trail if trail.out_degree(place) > trail.in_degree(place)), None)
    first = open_at or (_level(start) if start is not None else _level(arcs[0][0].source))
    return [trail.edges[edge]["move"] for edge in nx.eulerian_path(trail, source=first, keys=True)]


def _chained(leaving: Mapping[Level, Move], level: Level | None) -> list[Move]:
    """Return the moves of a walk that leaves no state twice; it may end at one that it has left."""
    walk: list[Move] = []
    while level is not None and level in leaving and len(walk) < len(leaving):
        walk.append(leaving[level])
        level = _level(walk[-1].target)
    return walk


Run = tuple[tuple[str, Layer], ...]
"""Layers one after another, each with what its name ends in."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The layers of a block: of each unit on its main path, of a shortcut, and of what follows the addition."""

    main: tuple[Run, ...]
    shortcut: Run | None
    end: Run


class _Builder:
    """Adds blocks to a layer graph, one after another."""

    def __init__(self, problem: Problem) -> None:
        self.graph = LayerGraph()
        self.layers: list[PlacedLayer] = []
        self._made: list[str] = []
        self._problem = problem
        self._shared = ("", "")  # the prefixes of a layer's names and of those whose weights it has
        self._owners: dict[str, str] = {}  # of the stacks that share weights, the first that is built
        size = problem.input.size or (None,) * problem.input.axes
        self.ends = {"input": self.graph.input("input", channels=problem.input.channels, size=size)}

    def start(self, stack: Stack, *, is_source: bool) -> None:
        """Begin a stack, which ends where it starts as long as it is empty: on its own way, if measured from there."""
        before = self.ends[self._problem.before(stack.name)]
        self.ends[stack.name] = self.graph.add(f"{stack.name}.identity", Identity(), [before]) if is_source else before

    def add_merge(self, merge: Merge) -> None:
        layer = Add() if merge.kind is MergeKind.ADD else Concat()
        self.ends[merge.name] = self.graph.add(merge.name, layer, [self.ends[branch] for branch in merge.branches])

    def end(self, way_out: Exit) -> None:
        before = self.ends[self._problem.before(way_out.name)]
        self.ends[way_out.name] = self.graph.output(way_out.name, before) if way_out.output else before

    def add_layer(self, number: int, stack: Stack, move: Move) -> None:
        name = f"{stack.name}.{number}"
        group = stack.tie.to if stack.tie is not None and stack.tie.weights else stack.name
        owner = self._owners.setdefault(group, stack.name)
        self._shared = (f"{stack.name}.", f"{owner}.") if owner != stack.name else ("", "")
        before = here = self.ends[stack.name]
        parts = _parts_of(stack.block, move.choice, move.source.width, move.target.width)
        self._made = []
        multiple = len(parts.main) > 1
        for i, unit in enumerate(parts.main, start=1):
            here = self._add_run(f"{name}.{i}" if multiple else name, unit, here)
        if parts.shortcut is not None:
            beside = self._add_run(f"{name}.shortcut", parts.shortcut, before)
            here = self._add_run(name, parts.end, self._add(f"{name}.add", Add(), [here, beside]))
        self.ends[stack.name] = here
        self.layers.append(
            PlacedLayer(
                name=name,
                stack=stack.name,
                block=stack.block.kind,
                choice=move.choice,
                c_in=move.source.width,
                c_out=move.target.width,
                nodes=tuple(self._made),
            )
        )

    def _add(self, name: str, layer: Layer, inputs: list[str]) -> str:
        self._made.append(name)
        own, owner = self._shared
        shared = owner + name.removeprefix(own) if owner and layer.parameters else None
        return self.graph.add(name, layer, inputs, shares_weights_of=shared)

    def _add_run(self, name: str, run: Run, source: str) -> str:
        for suffix, layer in run:
            source = self._add(f"{name}.{suffix}", layer, [source])
        return source


@lru_cache(maxsize=4096)
def _parts_of(block: BlockSpec, choice: Choice, c_in: int, c_out: int) -> _Parts:
    """Return the layers of a block; made once, as most layers of a network are alike, and those of similar ones."""
    recipe = block.recipe(choice, c_in, c_out)
    assert recipe is not None  # noqa: S101 - the move was priced with it
    shortcut = None if recipe.shortcut is None else tuple([one for u in recipe.shortcut for one in _layers(u, block)])
    end = tuple(_activation(block)) if recipe.activated else ()
    return _Parts(tuple([tuple(_layers(unit, block)) for unit in recipe.main]), shortcut, end)


def _layers(unit: Unit, block: BlockSpec) -> Iterator[tuple[str, Layer]]:
    """Yield the layers of a unit, each with what its name ends in."""
    match unit.kind:
        case UnitKind.POOL:
            yield "pool", pool(unit.choice, block.padding)
            return
        case UnitKind.NEAREST | UnitKind.LINEAR:
            yield "resize", resize(unit)
            return
        case UnitKind.TRANSPOSED:
            yield "conv", transposed(unit, bias=block.biased(unit))
        case UnitKind.CONV:
            yield "conv", _conv(unit, block)
    if unit.normed and block.norm != "none":
        yield "norm", norm_of(block.norm, unit.c_out)
    if unit.activated:
        yield from _activation(block)


def _activation(block: BlockSpec) -> Iterator[tuple[str, Layer]]:
    if block.activation != "none":
        yield block.activation, Activation(kind=block.activation)


def _conv(unit: Unit, block: BlockSpec) -> Conv:
    choice = unit.choice
    return Conv(
        in_channels=unit.c_in,
        out_channels=unit.c_out,
        kernel=choice.kernel,
        stride=choice.stride,
        dilation=choice.dilation,
        padding=padding(block.padding, choice),
        groups=unit.groups,
        bias=block.biased(unit),
    )
