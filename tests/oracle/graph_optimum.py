"""The best design of a small graph problem, by trying all: shares no code with `rfsolve.search` or `rfsolve.space`.

A problem is read straight from its table. Every sequence of layers of every stack is listed, the combinations that fit
where branches meet are sorted by cost, and each is built as a layer graph and measured by `rfsolve.analysis`, until
one meets everything that is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import ceil, inf, prod
from typing import Any

from rfsolve.analysis import Tap, analyse
from rfsolve.graph import Add, Concat, Conv, ConvTranspose, Identity, LayerGraph, Pool, PoolKind, Resize, ResizeMode

Axes = tuple[int, ...]
Costs = tuple[int, int, int, int]
"""Parameters, MACs, layers, elements written."""

COSTS = ("parameters", "macs", "layers", "activations")
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class GraphLayer:
    """A layer of a stack: kernel, stride and dilation per axis, widths before and after it."""

    kernel: Axes
    stride: Axes
    dilation: Axes
    c_in: int
    c_out: int

    @property
    def form(self) -> tuple[Axes, Axes, Axes]:
        """What decides the window."""
        return self.kernel, self.stride, self.dilation


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer starts: pixels per cell along each axis, channels, and whether their order starts anew."""

    jump: Axes
    width: int
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphStack:
    """A stack as its table states it; `choices` are (kernel, stride, dilation)."""

    name: str
    after: str
    choices: tuple[tuple[Axes, Axes, Axes], ...]
    widths: tuple[int, ...]
    block: str
    mode: str
    norm: bool
    bias: bool
    padding: str
    least: int
    most: int
    undilated: int
    tied_to: str | None = None
    own_dilation: bool = False
    shared: bool = False

    @property
    def rises(self) -> bool:
        """Whether it up-samples."""
        return self.block in {"upsample", "transposed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphMerge:
    """A merge as its table states it."""

    name: str
    op: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphExit:
    """What must hold after a node; limits are (least, most) per axis, None where there is none."""

    name: str
    after: str
    source: str | None
    field: tuple[Axes | None, Axes | None]
    effective: tuple[float | None, float | None]
    stride: tuple[Axes | None, Axes | None]
    width: tuple[int | None, int | None]
    hole_free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRelation:
    """How fields compare."""

    of: tuple[str, ...]
    order: str
    by: int
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphProblem:
    """A small problem; `nodes` are stacks and merges, each after what it follows."""

    channels: int
    axes: int
    size: Axes | None
    nodes: tuple[GraphStack | GraphMerge, ...]
    exits: tuple[GraphExit, ...]
    relations: tuple[GraphRelation, ...]
    budget: Mapping[str, int]
    objectives: tuple[str, ...]
    monotone: bool

    @property
    def stacks(self) -> tuple[GraphStack, ...]:
        """The stacks, in order."""
        return tuple(node for node in self.nodes if isinstance(node, GraphStack))

    def upstream(self, name: str) -> tuple[str, ...]:
        """Names of the nodes that lead to a node, itself included, in order."""
        wanted = {self.at(name)}
        for node in reversed(self.nodes):
            if node.name in wanted:
                wanted |= set(node.of) if isinstance(node, GraphMerge) else {node.after}
        return tuple(node.name for node in self.nodes if node.name in wanted)

    def at(self, name: str) -> str:
        """Return the stack or merge that a name stands for: an exit stands for the one it follows."""
        return next((out.after for out in self.exits if out.name == name), name)


# ----------------------------------------------------------------------------------------------
# Reading a table.


def graph_problem(table: Mapping[str, Any]) -> GraphProblem:
    """Return the problem that a table states; every stack, merge and exit must have a name, every stack its layers."""
    axes = table["input"]["axes"]
    guards = {"hole_free": True, "max_output_stride": 32, "monotone_widths": True, **table.get("guards", {})}
    defaults = table.get("defaults", {})
    stacks: list[GraphStack] = []
    before = "input"
    tables = {row["name"]: row for row in table["stack"]}
    for row in table["stack"]:
        stacks.append(_stack(row, before, defaults, tables, axes))
        before = row["name"]
    merges = [GraphMerge(name=row["name"], op=row["op"], of=tuple(row["of"])) for row in table.get("merge", [])]
    size = table["input"].get("size")
    return GraphProblem(
        channels=table["input"].get("channels", 3),
        axes=axes,
        size=None if size is None else _spread(size, axes),
        nodes=tuple(_ordered([*stacks, *merges])),
        exits=tuple(_exit(row, guards, axes) for row in table["exit"]),
        relations=tuple(
            GraphRelation(
                of=tuple(row["of"]),
                order=row["receptive_field"],
                by=row.get("by", 1),
                source=row.get("measured_from"),
            )
            for row in table.get("relation", [])
        ),
        budget=dict(table.get("budget", {})),
        objectives=_listed(table.get("objective", {}).get("minimise", "parameters")),
        monotone=guards["monotone_widths"],
    )


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _spread(value: int | Sequence[int], axes: int) -> Axes:
    return (value,) * axes if isinstance(value, int) else tuple(value)


def _limits(value: Any, short: str) -> tuple[Any, Any]:
    if value is None:
        return None, None
    if not isinstance(value, dict):
        value = {short: value}
    if "exact" in value:
        return value["exact"], value["exact"]
    return value.get("min"), value.get("max")


def _stack(
    row: Mapping[str, Any], before: str, defaults: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], axes: int
) -> GraphStack:
    owner = tables[row["tied_to"]] if "tied_to" in row else {}
    said = {**defaults, **owner, **row}
    block = said.get("block", "conv")
    rises = block in {"upsample", "transposed"}
    norm = said.get("norm", "batch") != "none"
    layers = said.get("layers", 1) if rises else said["layers"]
    least, most = (layers, layers) if isinstance(layers, int) else (layers["min"], layers["max"])
    return GraphStack(
        name=row["name"],
        after=row.get("after", before),
        choices=tuple(_rising_choices(said, owner or row, axes) if rises else _choices(said, axes)),
        widths=_listed_widths(said["widths"]),
        block=block,
        mode=said.get("mode", "nearest"),
        norm=norm,
        bias=said.get("bias", not norm),
        padding=said.get("padding", "same"),
        least=least,
        most=most,
        undilated=said.get("undilated_after_stride", 0),
        tied_to=row.get("tied_to"),
        own_dilation="dilations" in row,
        shared=row.get("shares_weights", False),
    )


def _listed_widths(widths: int | list[int]) -> tuple[int, ...]:
    return (widths,) if isinstance(widths, int) else tuple(sorted(set(widths)))


def _choices(said: Mapping[str, Any], axes: int) -> Iterator[tuple[Axes, Axes, Axes]]:
    """Yield each combination once; a dilation says nothing where the kernel has one tap."""
    seen = set()
    for kernel, stride, dilation in product(said["kernels"], said["strides"], said["dilations"]):
        k, s, d = (_spread(one, axes) for one in (kernel, stride, dilation))
        choice = (k, s, tuple(rate if taps > 1 else 1 for rate, taps in zip(d, k, strict=True)))
        if choice not in seen:
            seen.add(choice)
            yield choice


def _rising_choices(said: Mapping[str, Any], own: Mapping[str, Any], axes: int) -> Iterator[tuple[Axes, Axes, Axes]]:
    ones = (1,) * axes
    factors = [_spread(factor, axes) for factor in own.get("strides", [2])]
    for factor in factors:
        if said.get("block") == "upsample" or "kernels" not in own:
            yield factor, factor, ones
            continue
        for kernel in (_spread(one, axes) for one in own["kernels"]):
            if all(k >= f and (k - f) % 2 == 0 for k, f in zip(kernel, factor, strict=True)):
                yield kernel, factor, ones


def _exit(row: Mapping[str, Any], guards: Mapping[str, Any], axes: int) -> GraphExit:
    inner = row.get("measured_from") is not None
    fields = tuple(None if one is None else _spread(one, axes) for one in _limits(row.get("receptive_field"), "min"))
    low, high = (None if one is None else _spread(one, axes) for one in _limits(row.get("stride"), "exact"))
    if high is None and not inner and guards["max_output_stride"]:
        high = (guards["max_output_stride"],) * axes
    return GraphExit(
        name=row["name"],
        after=row["after"],
        source=row.get("measured_from"),
        field=(fields[0], fields[1]),
        effective=_limits(row.get("effective_receptive_field"), "min"),
        stride=(low, high),
        width=_limits(row.get("width"), "exact"),
        hole_free=row.get("hole_free", guards["hole_free"]) and not inner,
    )


def _ordered(nodes: Sequence[GraphStack | GraphMerge]) -> Iterator[GraphStack | GraphMerge]:
    done, waiting = {"input"}, list(nodes)
    while waiting:
        for node in waiting:
            needs = set(node.of) if isinstance(node, GraphMerge) else {node.after}
            if needs <= done:
                break
        waiting.remove(node)
        done.add(node.name)
        yield node


# ----------------------------------------------------------------------------------------------
# Every sequence of layers of every stack.


@dataclass(frozen=True, slots=True)
class Walk:
    """A sequence of layers of one stack, where it ends, and what it costs."""

    layers: tuple[GraphLayer, ...]
    end: Place
    costs: Costs


@dataclass(frozen=True, slots=True)
class Candidate:
    """A walk for every stack, its costs, and where every node ends."""

    walks: Mapping[str, Walk]
    costs: Costs
    ends: Mapping[str, Place]


@dataclass(slots=True)
class _Lister:
    """Lists the candidates of a problem, without looking at fields."""

    problem: GraphProblem
    known: dict[tuple[str, Place], list[Walk]] = field(default_factory=dict)

    def candidates(self) -> Iterator[Candidate]:
        """Yield what fits together and keeps within strides, widths, ties, undilated runs and budgets."""
        yield from self._from(0, {"input": Place((1,) * self.problem.axes, self.problem.channels, anew=True)}, {})

    def _from(self, number: int, ends: dict[str, Place], walks: dict[str, Walk]) -> Iterator[Candidate]:
        problem = self.problem
        if number == len(problem.nodes):
            costs = self._total(walks, ends)
            caps = (problem.budget.get(quantity, inf) for quantity in COSTS)
            if all(cost <= cap for cost, cap in zip(costs, caps, strict=True)):
                yield Candidate(dict(walks), costs, dict(ends))
            return
        node = problem.nodes[number]
        if isinstance(node, GraphMerge):
            end = _met(node, [ends[branch] for branch in node.of])
            if end is not None and self._accepted(node.name, end):
                yield from self._from(number + 1, {**ends, node.name: end}, walks)
            return
        for walk in self.walks(node, ends[node.after]):
            if self._accepted(node.name, walk.end) and self._tied(node, walk, walks):
                yield from self._from(number + 1, {**ends, node.name: walk.end}, {**walks, node.name: walk})

    def walks(self, stack: GraphStack, start: Place) -> list[Walk]:
        """Return every sequence of layers of a stack that starts at a place."""
        if (stack.name, start) not in self.known:
            first = Walk((), start, (0, 0, 0, 0))
            found, level = [first] if stack.least == 0 else [], [first]
            for length in range(1, stack.most + 1):
                level = [longer for walk in level for longer in self._longer(stack, walk)]
                found += level if length >= stack.least else []
            self.known[stack.name, start] = [walk for walk in found if undilated(walk.layers) >= stack.undilated]
        return self.known[stack.name, start]

    def _longer(self, stack: GraphStack, walk: Walk) -> Iterator[Walk]:
        place = walk.end
        for kernel, stride, dilation in stack.choices:
            jump = _jump_after(stack, place.jump, stride, self.problem.size)
            if jump is None:
                continue
            keeps = stack.block in {"pool", "depthwise", "upsample"}
            for width in (place.width,) if keeps else stack.widths:
                free = len(stack.widths) > 1
                if self.problem.monotone and free and not place.anew and width < place.width:
                    continue
                layer = GraphLayer(kernel, stride, dilation, place.width, width)
                costs = layer_costs(stack, layer, place.jump, jump, self.problem.size)
                yield Walk((*walk.layers, layer), Place(jump, width), _sum(walk.costs, costs))

    def _accepted(self, name: str, end: Place) -> bool:
        for out in self.problem.exits:
            if out.after == name:
                low, high = out.stride
                if low is not None and any(j < least for j, least in zip(end.jump, low, strict=True)):
                    return False
                if high is not None and any(j > most for j, most in zip(end.jump, high, strict=True)):
                    return False
                narrow, wide = out.width
                if (narrow is not None and end.width < narrow) or (wide is not None and end.width > wide):
                    return False
        return True

    def _tied(self, stack: GraphStack, walk: Walk, walks: Mapping[str, Walk]) -> bool:
        pairs = [(stack, walk, other, walks[other.name]) for other in self.problem.stacks if other.name in walks]
        for one, own, other, theirs in [*pairs, *((b, y, a, x) for a, x, b, y in pairs)]:
            if one.tied_to == other.name and not _repeats(own, theirs, dilation=not one.own_dilation):
                return False
        return True

    def _total(self, walks: Mapping[str, Walk], ends: Mapping[str, Place]) -> Costs:
        total: Costs = (0, 0, 0, 0)
        for stack in self.problem.stacks:
            costs = walks[stack.name].costs
            total = _sum(total, (0, *costs[1:]) if stack.shared else costs)
        written = sum(
            _cells(ends[node.name].jump, self.problem.size) * ends[node.name].width
            for node in self.problem.nodes
            if isinstance(node, GraphMerge)
        )
        return _sum(total, (0, 0, 0, written))


def _sum(one: Sequence[int], other: Sequence[int]) -> Costs:
    a, b, c, d = (x + y for x, y in zip(one, other, strict=True))
    return a, b, c, d


def _repeats(own: Walk, theirs: Walk, *, dilation: bool) -> bool:
    """Whether two walks agree layer by layer."""
    if len(own.layers) != len(theirs.layers):
        return False
    return all(
        (a.kernel, a.stride, a.c_in, a.c_out) == (b.kernel, b.stride, b.c_in, b.c_out)
        and (a.dilation == b.dilation or not dilation)
        for a, b in zip(own.layers, theirs.layers, strict=True)
    )


def _met(merge: GraphMerge, places: Sequence[Place]) -> Place | None:
    if len({place.jump for place in places}) > 1:
        return None
    widths = [place.width for place in places]
    if merge.op == "concat":
        return Place(places[0].jump, sum(widths), anew=True)
    return Place(places[0].jump, widths[0]) if len(set(widths)) == 1 else None


def _jump_after(stack: GraphStack, jump: Axes, stride: Axes, size: Axes | None) -> Axes | None:
    """None where up-sampling would leave the grid of whole pixels, or make more cells than the input has room for."""
    if not stack.rises:
        return tuple(j * s for j, s in zip(jump, stride, strict=True))
    sizes = size or jump
    if any(j % s or (s > 1 and n % j) for j, s, n in zip(jump, stride, sizes, strict=True)):
        return None
    return tuple(j // s for j, s in zip(jump, stride, strict=True))


def undilated(layers: Sequence[GraphLayer]) -> float:
    """Return the fewest undilated layers with a kernel that follow a stride, before the next one or the end."""
    follow: list[int] = []
    for layer in layers:
        if max(layer.stride) > 1:
            follow.append(0)
        elif follow and max(layer.dilation) == 1 and max(layer.kernel) > 1:
            follow[-1] += 1
    return min(follow, default=inf)


def layer_costs(stack: GraphStack, layer: GraphLayer, before: Axes, after: Axes, size: Axes | None) -> Costs:
    """Return parameters, MACs, 1 and the elements written of one layer, by formulas of its own."""
    taps, c_in, c_out = prod(layer.kernel), layer.c_in, layer.c_out
    here, there = _cells(before, size), _cells(after, size)
    beside = (2 if stack.norm else 0) + (1 if stack.bias or not stack.norm else 0)
    match stack.block:
        case "pool" | "upsample":
            return 0, 0, 1, there * c_out
        case "depthwise":
            return c_out * taps + beside * c_out, there * c_out * taps, 1, there * c_out
        case "transposed":
            return c_in * c_out * taps + beside * c_out, here * c_in * c_out * taps, 1, there * c_out
        case "residual":
            projected = c_in != c_out or max(layer.stride) > 1
            units = [taps * c_in, taps * c_out, *([c_in] if projected else [])]
            weights = sum((unit + beside) * c_out for unit in units)
            return weights, there * c_out * sum(units), 1, there * c_out * (len(units) + 1)
    return c_in * c_out * taps + beside * c_out, there * c_in * c_out * taps, 1, there * c_out


def _cells(jump: Axes, size: Axes | None) -> int:
    return 0 if size is None else prod(ceil(n / j) for n, j in zip(size, jump, strict=True))


# ----------------------------------------------------------------------------------------------
# A candidate as a layer graph, and what it is found to see.


Walks = Mapping[str, Sequence[GraphLayer]]
"""The layers of each stack."""


def build(problem: GraphProblem, walks: Walks, names: Sequence[str]) -> tuple[LayerGraph, dict[str, str]]:
    """Return the graph of the nodes named, without norms and activations, and where each of them ends."""
    graph = LayerGraph()
    size = problem.size or (None,) * problem.axes
    ends = {"input": graph.input("input", channels=problem.channels, size=size)}
    for node in problem.nodes:
        if node.name not in names:
            continue
        if isinstance(node, GraphMerge):
            merge = Add() if node.op == "add" else Concat()
            ends[node.name] = graph.add(node.name, merge, [ends[branch] for branch in node.of])
            continue
        ends[node.name] = ends[node.after]
        if not walks[node.name]:  # a node of its own, so that what is measured from it takes no other way
            ends[node.name] = graph.add(f"{node.name}.none", Identity(), ends[node.after])
        for number, layer in enumerate(walks[node.name]):
            ends[node.name] = _add_layer(graph, node, layer, f"{node.name}.{number}", ends[node.name])
    return graph, ends


def _add_layer(graph: LayerGraph, stack: GraphStack, layer: GraphLayer, name: str, source: str) -> str:
    kernel, stride = layer.kernel, layer.stride
    if stack.block == "pool":
        tiles = kernel == stride and max(layer.dilation) == 1 and stack.padding == "same"
        pool = Pool(
            kind=PoolKind.MAX,
            kernel=kernel,
            stride=stride,
            dilation=layer.dilation,
            padding=((0, 0),) * len(kernel) if tiles else _padded(stack, layer),
            ceil_mode=tiles,
        )
        return graph.add(name, pool, source)
    if stack.block == "upsample":
        return graph.add(name, Resize(mode=ResizeMode(stack.mode), scale=tuple(map(Fraction, stride))), source)
    if stack.block == "transposed":
        trims = tuple(((k - s) // 2, (k - s) // 2) for k, s in zip(kernel, stride, strict=True))
        rising = ConvTranspose(
            in_channels=layer.c_in, out_channels=layer.c_out, kernel=kernel, stride=stride, padding=trims
        )
        return graph.add(name, rising, source)
    if stack.block == "depthwise":
        return graph.add(name, replace(_conv(stack, layer), groups=layer.c_in), source)
    here = graph.add(name, _conv(stack, layer), source)
    if stack.block != "residual":
        return here
    again = replace(layer, stride=(1,) * len(stride), c_in=layer.c_out)
    here = graph.add(f"{name}.again", _conv(stack, again), here)
    beside = source
    if layer.c_in != layer.c_out or max(stride) > 1:
        point = replace(layer, kernel=(1,) * len(stride), dilation=(1,) * len(stride))
        beside = graph.add(f"{name}.beside", _conv(stack, point), source)
    return graph.add(f"{name}.sum", Add(), [here, beside])


def _conv(stack: GraphStack, layer: GraphLayer) -> Conv:
    return Conv(
        in_channels=layer.c_in,
        out_channels=layer.c_out,
        kernel=layer.kernel,
        stride=layer.stride,
        dilation=layer.dilation,
        padding=_padded(stack, layer),
    )


def _padded(stack: GraphStack, layer: GraphLayer) -> tuple[tuple[int, int], ...]:
    pairs = []
    for k, d in zip(layer.kernel, layer.dilation, strict=True):
        left = d * (k - 1) if stack.padding == "causal" else d * ((k - 1) // 2)
        pairs.append((left, d * (k - 1) - left))
    return tuple(pairs)


@dataclass(slots=True)
class Sights:
    """What nodes see of each other in candidates; each graph is analysed once."""

    problem: GraphProblem
    taps: dict[tuple[Any, ...], Tap] = field(default_factory=dict)
    analyses: int = 0

    def tap(self, walks: Walks, name: str, source: str | None, *, widths: bool = False) -> Tap:
        """Return what a node sees; `widths` where the widths matter, as they do to the influence."""
        names = self.problem.upstream(name)
        runs = [walks[stack] for stack in names if stack in walks]
        shape = tuple(tuple(one if widths else one.form for one in run) for run in runs)
        key = (self.problem.at(name), source or "input", widths, shape)
        if key not in self.taps:
            graph, ends = build(self.problem, walks, names)
            self.analyses += 1
            self.taps[key] = analyse(graph, source=ends[source or "input"]).taps[ends[self.problem.at(name)]]
        return self.taps[key]


def fields(tap: Tap) -> list[tuple[int, int]]:
    """Return (smallest, largest) field per axis; each axis has one."""
    assert None not in tap.receptive_field
    return [one for one in tap.receptive_field if one is not None]


def broken(problem: GraphProblem, walks: Walks, sights: Sights) -> str | None:
    """Return what a candidate does not meet among fields, relations, holes and influence; None where all is met."""
    for out in problem.exits:
        if not _sees_enough(out, walks, sights):
            return f"{out.name}: field"
    for relation in problem.relations:
        if not related(problem, relation, walks, sights):
            return "relation"
    for out in problem.exits:
        if out.hole_free and not sights.tap(walks, out.after, None).hole_free:
            return f"{out.name}: holes"
        if not _influenced(out, walks, sights):
            return f"{out.name}: influence"
    return None


def _sees_enough(out: GraphExit, walks: Walks, sights: Sights) -> bool:
    """Whether no output pixel sees less than is asked, none more."""
    low, high = out.field
    if low is None and high is None:
        return True
    seen = fields(sights.tap(walks, out.after, out.source))
    enough = low is None or all(small >= least for (small, _), least in zip(seen, low, strict=True))
    return enough and (high is None or all(large <= most for (_, large), most in zip(seen, high, strict=True)))


def _influenced(out: GraphExit, walks: Walks, sights: Sights) -> bool:
    least, most = out.effective
    if least is None and most is None:
        return True
    sizes = [size or 0.0 for size in sights.tap(walks, out.after, None, widths=True).effective_receptive_field]
    enough = least is None or min(sizes) >= least * (1 - TOLERANCE)
    return enough and (most is None or max(sizes) <= most * (1 + TOLERANCE))


def related(problem: GraphProblem, relation: GraphRelation, walks: Walks, sights: Sights) -> bool:
    """Return whether fields compare as a relation wants, whatever pixels are compared."""
    increasing = relation.order == "increasing"
    for one, other in pairwise(relation.of) if increasing else combinations(relation.of, 2):
        small, large = (fields(sights.tap(walks, node, relation.source)) for node in (one, other))
        for axis in range(problem.axes):
            up = large[axis][0] - small[axis][1] >= relation.by
            down = small[axis][0] - large[axis][1] >= relation.by
            if not (up or (down and not increasing)):
                return False
    return True


@dataclass(frozen=True, slots=True)
class Best:
    """The least costs, in the order of the objectives, and a design that has them."""

    values: tuple[int, ...]
    candidate: Candidate


def count_bound(problem: GraphProblem, most: int) -> int:
    """Return the number of candidates, or `most` where there are more."""
    total = 0
    for total, _ in enumerate(_Lister(problem).candidates(), start=1):
        if total >= most:
            break
    return total


def all_candidates(problem: GraphProblem) -> list[Candidate]:
    """Return every candidate, cheapest first by the objectives of the problem."""
    return sorted(_Lister(problem).candidates(), key=lambda one: values_of(problem, one.costs))


def values_of(problem: GraphProblem, costs: Costs) -> tuple[int, ...]:
    """Return the costs that the objectives are about."""
    return tuple(costs[COSTS.index(name)] for name in problem.objectives)


def layers_of(candidate: Candidate) -> dict[str, tuple[GraphLayer, ...]]:
    """Return the layers of each stack."""
    return {name: walk.layers for name, walk in candidate.walks.items()}


def graph_optimum(problem: GraphProblem, candidates: Sequence[Candidate] | None = None) -> Best | None:
    """Return the cheapest design that meets everything, None where none does."""
    sights = Sights(problem)
    for candidate in all_candidates(problem) if candidates is None else candidates:
        if broken(problem, layers_of(candidate), sights) is None:
            return Best(values_of(problem, candidate.costs), candidate)
    return None
