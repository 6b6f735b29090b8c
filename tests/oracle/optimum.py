"""An independent oracle for the optimum: exhaustive search in plain Python.

This file is the witness that a solver's optimum is the optimum.  It imports nothing from the
project and no solver.  It answers twice:

* `brute_force` tries literally every sequence of layers and keeps the cheapest that has no
  `violations`;
* `optimal_design` (and `optimum`) runs A* over explicit states and so does the same for problems
  that are somewhat larger.

The two share the definitions of width (`widths_allowed`), parameters (`layer_parameters`) and
multiply-accumulates (`layer_macs`) and nothing else; receptive fields are computed in two ways
(sets of integers there, bit sets here).

The semantics
-------------
A network is a chain of stacks, a stack is a run of layers.  On each axis there is a jump `j` and
a set of touched input offsets `A`; at the input `j = 1` and `A = {0}`.  A window of `k` taps and
dilation `d` applied at jump `j` turns `A` into `A + {0, g, 2g, ..., (k-1)g}` with `g = d*j`; then
its stride `s` makes the jump `j*s`.  The receptive field is `r = max(A) + 1`, which is one plus
the sum of all `(k-1)*d*j`.  An exit is hole-free when `A` is every integer `0 .. r-1` on every
axis and `r >= j`, so that all outputs together touch every input.  A layer is one window, except in
a residual block: there it is two windows of the same kernel and dilation in sequence, the first
with the layer's stride, the second with stride 1.

An exit after stack `i` sees all layers of the stacks `0 .. i`; a network without any layer up to
there has `r = 1`, jump 1 and the width `in_channels`.
"""

import heapq
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Ints = tuple[int, ...]
PerAxis = int | Ints
Block = Literal["conv", "separable", "pool", "residual"]
Objective = Literal["parameters", "macs", "layers"]
WidthRule = (
    tuple[Literal["fixed"], int]
    | tuple[Literal["plan"], int, int]
    | tuple[Literal["table"], Mapping[int, int]]
    | tuple[Literal["free"], Ints]
)


@dataclass(frozen=True)
class OracleStack:
    """A run of `min_layers` to `max_layers` layers, each chosen freely from the domains.

    Attributes:
        kernels: The kernels a layer may have, each a tuple with one entry an axis.
        strides: The strides, likewise.
        dilations: The dilations, likewise.
        widths: How wide a layer's output is; with `m` the jump after the layer (its maximum over
            the axes): `("fixed", w)`, `("plan", base, cap)` for `min(base * m, cap)`,
            `("table", {m: w})` where a jump not in the table is not allowed, or
            `("free", (w1, w2, ...))` for any of these.
        min_layers: The fewest layers.
        max_layers: The most layers; there is no "unlimited".
        block: What a layer is.
    """

    kernels: tuple[Ints, ...]
    strides: tuple[Ints, ...]
    dilations: tuple[Ints, ...]
    widths: WidthRule
    min_layers: int
    max_layers: int
    block: Block = "conv"


@dataclass(frozen=True)
class OracleExit:
    """What is asked of the network after the stack `after_stack_index`.

    Attributes:
        after_stack_index: The last stack the exit sees, from 0.
        rf_min: The least receptive field, one number for all axes or one an axis.
        rf_max: The largest receptive field, likewise.
        stride: The exact jump, likewise.
        max_stride: The largest jump, likewise.
        hole_free: Whether every offset below the receptive field must be touched, on every axis, and
            neighbouring outputs leave no gap: receptive field >= jump.
        width: The exact width.
    """

    after_stack_index: int
    rf_min: PerAxis | None = None
    rf_max: PerAxis | None = None
    stride: PerAxis | None = None
    max_stride: PerAxis | None = None
    hole_free: bool = False
    width: int | None = None


@dataclass(frozen=True)
class OracleProblem:
    """A chain of stacks, its exits, its budgets and the quantity to make least.

    Attributes:
        axes: How many axes the input has.
        in_channels: The width of the input.
        stacks: The stacks in order, at least one.
        exits: The exits in any order; several may follow the same stack.
        max_stride_overall: The largest jump anywhere, one number for all axes or one an axis.
        monotone_widths: Whether a layer of a stack with free widths must be at least as wide as
            its input.  The first layer of the network is exempt.
        max_parameters: The most parameters of the network.
        max_macs: The most multiply-accumulates of the network.
        max_layers: The most layers of the network; a residual block is one layer.
        input_size: The positions along each axis; needed when multiply-accumulates matter.
        norm: Whether each convolution is followed by a batch norm (2 parameters a channel).
        bias: Whether each convolution has a bias (1 parameter an output channel).
        objective: What to make least.
    """

    axes: int
    in_channels: int
    stacks: tuple[OracleStack, ...]
    exits: tuple[OracleExit, ...] = ()
    max_stride_overall: PerAxis | None = None
    monotone_widths: bool = False
    max_parameters: int | None = None
    max_macs: int | None = None
    max_layers: int | None = None
    input_size: PerAxis | None = None
    norm: bool = False
    bias: bool = False
    objective: Objective = "parameters"

    def __post_init__(self) -> None:
        """Refuse a malformed problem."""
        _require(self.axes >= 1 and bool(self.stacks), "an axis and a stack")
        for stack in self.stacks:
            _check_stack(stack, self.axes)
        for exit_ in self.exits:
            _require(0 <= exit_.after_stack_index < len(self.stacks), "an exit after a stack")
        counts_macs = self.objective == "macs" or self.max_macs is not None
        _require(self.input_size is not None or not counts_macs, "an input size for MACs")


class OracleLayer(NamedTuple):
    """One layer of a design: the stack it belongs to and what was chosen for it."""

    stack: int
    kernel: Ints
    stride: Ints
    dilation: Ints
    width: int


class Totals(NamedTuple):
    """What a design costs."""

    parameters: int
    macs: int
    layers: int


def _require(truth: bool, what: str) -> None:  # noqa: FBT001
    if not truth:
        raise ValueError(f"an oracle problem needs {what}")


def _check_stack(stack: OracleStack, axes: int) -> None:
    _require(0 <= stack.min_layers <= stack.max_layers, "0 <= min_layers <= max_layers")
    for domain in (stack.kernels, stack.strides, stack.dilations):
        _require(bool(domain), "domains that are not empty")
        for choice in domain:
            _require(len(choice) == axes and min(choice) >= 1, "choices with one entry an axis")


def _per_axis(value: PerAxis, axes: int) -> Ints:
    """One number for all axes, or one an axis, as one an axis."""
    return (value,) * axes if isinstance(value, int) else value


# ---------------------------------------------------------------------------------------------
# Definitions that both answers share: widths, parameters, multiply-accumulates.


def widths_allowed(problem: OracleProblem, stack: OracleStack, jump_out: Ints, c_in: int, *, first: bool) -> Ints:
    """The output widths a layer may have, given the jump after it and its input width.

    `first` says that it is the first layer of the network.
    """
    top = max(jump_out)
    widths: Ints
    if stack.widths[0] == "fixed":
        widths = (stack.widths[1],)
    elif stack.widths[0] == "plan":
        widths = (min(stack.widths[1] * top, stack.widths[2]),)
    elif stack.widths[0] == "table":
        widths = (stack.widths[1][top],) if top in stack.widths[1] else ()
    else:
        rising = problem.monotone_widths and not first
        widths = tuple(w for w in stack.widths[1] if w >= c_in or not rising)
    if stack.block == "pool":
        widths = tuple(w for w in widths if w == c_in)
    return widths


def _convolutions(block: Block, layer: OracleLayer, c_in: int) -> list[tuple[int, int]]:
    """The convolutions of a layer, each as (weights, output channels)."""
    taps = math.prod(layer.kernel)
    c_out = layer.width
    if block == "pool":
        return []
    if block == "conv":
        return [(taps * c_in * c_out, c_out)]
    if block == "separable":
        return [(taps * c_in, c_in), (c_in * c_out, c_out)]
    main = [(taps * c_in * c_out, c_out), (taps * c_out * c_out, c_out)]
    projects = c_in != c_out or max(layer.stride) > 1
    return [*main, (c_in * c_out, c_out)] if projects else main


def layer_parameters(problem: OracleProblem, layer: OracleLayer, c_in: int) -> int:
    """The parameters of a layer: weights, then per output channel 2 of a norm and 1 of a bias."""
    per_channel = (2 if problem.norm else 0) + (1 if problem.bias else 0)
    block = problem.stacks[layer.stack].block
    return sum(weights + per_channel * channels for weights, channels in _convolutions(block, layer, c_in))


def layer_macs(problem: OracleProblem, layer: OracleLayer, c_in: int, jump_out: Ints) -> int:
    """The weights of a layer's convolutions, once for each of its output positions.

    Along an axis there are `ceil(input_size / jump after the layer)` of them.  Without an input
    size the count is 0 (and nothing asks for it).
    """
    if problem.input_size is None:
        return 0
    sizes = _per_axis(problem.input_size, problem.axes)
    positions = math.prod(-(-n // j) for n, j in zip(sizes, jump_out, strict=True))
    block = problem.stacks[layer.stack].block
    return positions * sum(weights for weights, _ in _convolutions(block, layer, c_in))


# ---------------------------------------------------------------------------------------------
# The first answer: judge a whole design; try them all.


def _cost_so_far(problem: OracleProblem, design: list[OracleLayer]) -> Iterator[tuple[int, Ints]]:
    """For each layer of a design, its input width and the jump after it."""
    width, jump = problem.in_channels, (1,) * problem.axes
    for layer in design:
        jump = tuple(j * s for j, s in zip(jump, layer.stride, strict=True))
        yield width, jump
        width = layer.width


def totals(problem: OracleProblem, design: list[OracleLayer]) -> Totals:
    """What a design costs, feasible or not."""
    context = list(zip(design, _cost_so_far(problem, design), strict=True))
    return Totals(
        sum(layer_parameters(problem, layer, c_in) for layer, (c_in, _) in context),
        sum(layer_macs(problem, layer, c_in, jump) for layer, (c_in, jump) in context),
        len(design),
    )


def touched_offsets(problem: OracleProblem, design: list[OracleLayer], axis: int) -> set[int]:
    """The input offsets that one output of a design touches along an axis, 0 the first."""
    offsets, jump = {0}, 1
    for layer in design:
        size, stride, dilation = layer.kernel[axis], layer.stride[axis], layer.dilation[axis]
        window_strides = [stride, 1] if problem.stacks[layer.stack].block == "residual" else [stride]
        for window_stride in window_strides:
            offsets = {o + tap * dilation * jump for o in offsets for tap in range(size)}
            jump *= window_stride
    return offsets


def _layer_violations(problem: OracleProblem, design: list[OracleLayer]) -> Iterator[str]:
    """Whatever is wrong with the layers of a design, before any exit is looked at."""
    overall = problem.max_stride_overall
    context = _cost_so_far(problem, design)
    for index, (layer, (c_in, jump)) in enumerate(zip(design, context, strict=True)):
        stack = problem.stacks[layer.stack]
        if (
            layer.kernel not in stack.kernels
            or layer.stride not in stack.strides
            or layer.dilation not in stack.dilations
        ):
            yield f"layer {index}: not in the domains"
        if layer.width not in widths_allowed(problem, stack, jump, c_in, first=index == 0):
            yield f"layer {index}: width {layer.width}"
        if overall is not None and _exceeds(jump, _per_axis(overall, problem.axes)):
            yield f"layer {index}: jump {jump}"


def _exceeds(values: Ints, limits: Ints) -> bool:
    """Whether a value is above its limit on some axis."""
    return any(v > limit for v, limit in zip(values, limits, strict=True))


def _exit_violations(problem: OracleProblem, design: list[OracleLayer], exit_: OracleExit) -> Iterator[str]:
    """Whatever an exit finds wrong with a design."""
    axes = problem.axes
    seen = [layer for layer in design if layer.stack <= exit_.after_stack_index]
    touched = [touched_offsets(problem, seen, axis) for axis in range(axes)]
    fields = tuple(max(offsets) + 1 for offsets in touched)
    jump = tuple(math.prod(layer.stride[axis] for layer in seen) for axis in range(axes))
    width = seen[-1].width if seen else problem.in_channels
    if exit_.rf_min is not None and _exceeds(_per_axis(exit_.rf_min, axes), fields):
        yield f"receptive field {fields} too small"
    if exit_.rf_max is not None and _exceeds(fields, _per_axis(exit_.rf_max, axes)):
        yield f"receptive field {fields} too large"
    if exit_.stride is not None and jump != _per_axis(exit_.stride, axes):
        yield f"stride {jump} not as asked"
    if exit_.max_stride is not None and _exceeds(jump, _per_axis(exit_.max_stride, axes)):
        yield f"stride {jump} too large"
    if exit_.width is not None and width != exit_.width:
        yield f"width {width} not as asked"
    if exit_.hole_free and any(offsets != set(range(max(offsets) + 1)) for offsets in touched):
        yield "holes"
    if exit_.hole_free and _exceeds(jump, fields):
        yield f"gaps between neighbouring outputs: field {fields}, stride {jump}"


def _count_violations(problem: OracleProblem, design: list[OracleLayer]) -> Iterator[str]:
    """Whatever is wrong with the order of the layers and with how many there are."""
    order = [layer.stack for layer in design]
    if order != sorted(order):
        yield "layers out of order"
    for index, stack in enumerate(problem.stacks):
        if not stack.min_layers <= order.count(index) <= stack.max_layers:
            yield f"stack {index}: {order.count(index)} layers"


def violations(problem: OracleProblem, design: list[OracleLayer]) -> Iterator[str]:
    """Everything that keeps a design from being a solution of a problem, found one by one."""
    yield from _count_violations(problem, design)
    yield from _layer_violations(problem, design)
    for exit_ in problem.exits:
        yield from _exit_violations(problem, design, exit_)
    budgets = (problem.max_parameters, problem.max_macs, problem.max_layers)
    for name, spent, budget in zip(Totals._fields, totals(problem, design), budgets, strict=True):
        if budget is not None and spent > budget:
            yield f"{name}: {spent} over {budget}"


def feasible(problem: OracleProblem, design: list[OracleLayer]) -> bool:
    """Whether a design solves a problem (optimal or not)."""
    return next(violations(problem, design), None) is None


def _conceivable_layers(problem: OracleProblem, index: int) -> list[OracleLayer]:
    """Every layer that a stack might hold anywhere, width rules not yet looked at.

    The widths are a superset: those of the rule over every jump that any design can reach.
    """
    stack = problem.stacks[index]
    if stack.widths[0] == "fixed":
        widths = {stack.widths[1]}
    elif stack.widths[0] == "plan":
        widths = {min(stack.widths[1] * jump, stack.widths[2]) for jump in _reachable(problem)}
    elif stack.widths[0] == "table":
        widths = set(stack.widths[1].values())
    else:
        widths = set(stack.widths[1])
    return [
        OracleLayer(index, kernel, stride, dilation, width)
        for kernel, stride, dilation, width in itertools.product(
            stack.kernels, stack.strides, stack.dilations, sorted(widths)
        )
    ]


def _reachable(problem: OracleProblem) -> set[int]:
    """Every jump that some axis of some sequence of layers can reach."""
    jumps = {1}
    for stack in problem.stacks:
        factors = {factor for stride in stack.strides for factor in stride}
        for _ in range(stack.max_layers):
            jumps |= {jump * factor for jump in jumps for factor in factors}
    return jumps


def all_designs(problem: OracleProblem) -> Iterator[list[OracleLayer]]:
    """Every sequence of conceivable layers with an allowed number of layers in each stack."""
    layers = [_conceivable_layers(problem, index) for index in range(len(problem.stacks))]
    counts = [range(stack.min_layers, stack.max_layers + 1) for stack in problem.stacks]
    for count in itertools.product(*counts):
        domains = [layers[index] for index, n in enumerate(count) for _ in range(n)]
        for design in itertools.product(*domains):
            yield list(design)


def count_designs(problem: OracleProblem) -> int:
    """How many designs `all_designs` yields."""
    return math.prod(
        sum(len(_conceivable_layers(problem, index)) ** n for n in range(stack.min_layers, stack.max_layers + 1))
        for index, stack in enumerate(problem.stacks)
    )


def brute_force(problem: OracleProblem) -> int | None:
    """The least objective over every sequence of layers, or None where none is feasible."""
    return min(
        (
            getattr(totals(problem, design), problem.objective)
            for design in all_designs(problem)
            if feasible(problem, design)
        ),
        default=None,
    )


# ---------------------------------------------------------------------------------------------
# The second answer: A* over explicit states.


class _State(NamedTuple):
    """Everything about a beginning of a design on which its possible continuations depend.

    (What it has spent so far is kept beside the state, in its label: there, less is never worse.)

    Attributes:
        stack: The stack being filled; the number of stacks when the design is complete.
        owed: How many layers the stack still needs to have its least number.
        started: Whether there is a layer at all (the first may have any width).
        jump: The jump on each axis.
        width: The width.
        cover: The touched input offsets on each axis as a bit set, as `_Search.simplify` leaves it.
    """

    stack: int
    owed: int
    started: bool
    jump: Ints
    width: int
    cover: Ints


class _Move(NamedTuple):
    """One more layer: its windows on each axis as (taps, step), and what it leads to and costs."""

    layer: OracleLayer
    windows: tuple[tuple[tuple[int, int], ...], ...]
    jump: Ints
    width: int
    price: Ints


class _Label(NamedTuple):
    """A beginning of a design: its state and how it came about.

    Attributes:
        state: Its state.
        spent: The objective first, then each quantity that has a budget, then how many layers
            the current stack has.  All of them are only ever limited from above.
        parent: The beginning it extends.
        layer: The layer it adds to that, or None where it only passes on to the next stack.
    """

    state: _State
    spent: Ints
    parent: "_Label | None" = None
    layer: OracleLayer | None = None


@dataclass(frozen=True)
class _Outlook:
    """What the exits after a stack or a later one ask; layers of the stack matter to no other.

    Attributes:
        hole_free: Whether one of them asks for hole-freeness.
        ceilings: The least of their `rf_max` on each axis.
        enough: On each axis, the receptive field beyond which they cannot tell the difference,
            None where they can.
        jumps: The jumps they ask for exactly.
        max_jumps: The jumps they ask not to exceed, and the one of the whole problem.
        solid: On each axis, the largest receptive field asked for without holes.
        growth: By how much the touched offsets of each axis can multiply in one more layer after
            the first, and for what it must cost: (factors, least price).
    """

    hole_free: bool
    ceilings: tuple[int | None, ...]
    enough: tuple[int | None, ...]
    jumps: tuple[Ints, ...]
    max_jumps: tuple[Ints, ...]
    solid: Ints
    growth: tuple[tuple[Ints, int], ...]


def _outlook(problem: OracleProblem, index: int) -> _Outlook:
    """The outlook from the stack with this index."""
    axes = problem.axes
    exits = [exit_ for exit_ in problem.exits if exit_.after_stack_index >= index]
    floors = [_per_axis(e.rf_min, axes) for e in exits if e.rf_min is not None]
    tops = [_per_axis(e.rf_max, axes) for e in exits if e.rf_max is not None]
    max_jumps = [e.max_stride for e in exits] + [problem.max_stride_overall]
    solids = [_per_axis(e.rf_min, axes) for e in exits if e.rf_min is not None and e.hole_free]
    ceiling = tuple(min(values) for values in zip(*tops, strict=True))
    floor = tuple(max(values) for values in zip((1,) * axes, *floors, strict=True))
    return _Outlook(
        hole_free=any(e.hole_free for e in exits),
        ceilings=ceiling or (None,) * axes,
        enough=(None,) * axes if tops else floor,
        jumps=tuple(_per_axis(e.stride, axes) for e in exits if e.stride is not None),
        max_jumps=tuple(_per_axis(limit, axes) for limit in max_jumps if limit is not None),
        solid=tuple(max(values) for values in zip((1,) * axes, *solids, strict=True)),
        growth=tuple(_growth(problem, index).items()),
    )


def _growth(problem: OracleProblem, index: int) -> dict[Ints, int]:
    """How many times the offsets can multiply in a layer from this stack on, and the least that costs."""
    layers = [layer for i in range(index, len(problem.stacks)) for layer in _conceivable_layers(problem, i)]
    widths = {layer.width for i in range(len(problem.stacks)) for layer in _conceivable_layers(problem, i)}
    least: dict[Ints, int] = {}
    for layer in layers:
        windows = 2 if problem.stacks[layer.stack].block == "residual" else 1
        factors = tuple(taps**windows for taps in layer.kernel)
        price = {
            "parameters": min(layer_parameters(problem, layer, c_in) for c_in in widths),
            "macs": 0,
            "layers": 1,
        }[problem.objective]
        least[factors] = min(price, least.get(factors, price))
    return least


def _spread(offsets: int, taps: int, step: int) -> int:
    """The bit set of `offsets + {0, step, ..., (taps-1)*step}`."""
    result, done = offsets, 1
    while done < taps:
        more = min(done, taps - done)
        result |= result << (more * step)
        done += more
    return result


def _lengths(cover: Ints) -> Ints:
    return tuple(bits.bit_length() for bits in cover)


def _solid(length: int) -> int:
    """The bit set of `0 .. length-1`."""
    return (1 << length) - 1


def _windows(block: Block, layer: OracleLayer, jump: Ints, axis: int) -> list[tuple[int, int]]:
    """The windows of a layer along an axis as (taps, step); those of one tap change nothing."""
    taps, step = layer.kernel[axis], layer.dilation[axis] * jump[axis]
    if taps == 1:
        return []
    if block == "residual":
        return [(taps, step), (taps, step * layer.stride[axis])]
    return [(taps, step)]


class _Search:
    """A* for one problem.

    A sum of two sets has at most as many offsets as the product of their sizes, which bounds from below what it still
    takes to touch every offset of a receptive field that must have no holes. Among beginnings of designs with the same
    state, one that has spent no more of anything makes the others superfluous: what completes them completes it.
    """

    def __init__(self, problem: OracleProblem) -> None:
        self.problem = problem
        self.outlooks = [_outlook(problem, index) for index in range(len(problem.stacks) + 1)]
        budgets = {
            "parameters": problem.max_parameters,
            "macs": problem.max_macs,
            "layers": problem.max_layers,
        }
        others = [q for q, b in budgets.items() if q != problem.objective and b is not None]
        self.quantities = [problem.objective, *others]
        self.limits = [budgets[quantity] for quantity in self.quantities]
        self.known_moves: dict[tuple[int, bool, Ints, int], list[_Move]] = {}
        self.known_prices: dict[tuple[int, int, int], int] = {}
        self.frontier: dict[_State, list[Ints]] = {}
        self.queue: list[tuple[int, int, _Label]] = []
        self.pushed = itertools.count()
        self.states_expanded = 0

    def run(self) -> _Label | None:
        """The label of a cheapest complete design, or None where there is none."""
        self.push(self.start())
        while self.queue:
            _, _, label = heapq.heappop(self.queue)
            if label.spent not in self.frontier[label.state]:
                continue  # one that has spent no more came to the same state since
            if label.state.stack == len(self.problem.stacks):
                return label
            self.states_expanded += 1
            self.leave_stack(label)
            self.add_layer(label)
        return None

    def start(self) -> _Label:
        """The beginning without any layer."""
        problem = self.problem
        state = _State(
            stack=0,
            owed=problem.stacks[0].min_layers,
            started=False,
            jump=(1,) * problem.axes,
            width=problem.in_channels,
            cover=self.simplify(0, (1,) * problem.axes),
        )
        return _Label(state, (0,) * (len(self.quantities) + 1))

    def push(self, label: _Label) -> None:
        """Queue a label, unless another makes it superfluous; drop those it makes so."""
        known = self.frontier.setdefault(label.state, [])
        spent = label.spent
        if any(all(a <= b for a, b in zip(old, spent, strict=True)) for old in known):
            return
        known[:] = [old for old in known if not all(a <= b for a, b in zip(spent, old, strict=True))]
        known.append(spent)
        heapq.heappush(self.queue, (spent[0] + self.least_to_go(label.state), next(self.pushed), label))

    def least_to_go(self, state: _State) -> int:
        """What the objective must still grow by, at least."""
        if not state.started:
            return 0
        solid = self.outlooks[state.stack].solid
        needs = (-(-asked // bits.bit_count()) for asked, bits in zip(solid, state.cover, strict=True))
        return max(self.price_of_growth(state.stack, axis, need) for axis, need in enumerate(needs))

    def price_of_growth(self, stack: int, axis: int, need: int) -> int:
        """The least price of layers that multiply the offsets of an axis by `need` or more."""
        if need <= 1:
            return 0
        key = (stack, axis, need)
        if key not in self.known_prices:
            growth = [(factors[axis], price) for factors, price in self.outlooks[stack].growth if factors[axis] > 1]
            prices = [price + self.price_of_growth(stack, axis, -(-need // factor)) for factor, price in growth]
            self.known_prices[key] = min(prices, default=0)
        return self.known_prices[key]

    def leave_stack(self, label: _Label) -> None:
        """Pass on to the next stack, where the current one has its layers and its exits agree."""
        state, stacks = label.state, self.problem.stacks
        if state.owed or not self.exits_agree(state):
            return
        following = state.stack + 1
        new_state = state._replace(
            stack=following,
            owed=stacks[following].min_layers if following < len(stacks) else 0,
            cover=self.simplify(following, state.cover),
        )
        self.push(_Label(new_state, (*label.spent[:-1], 0), label))

    def add_layer(self, label: _Label) -> None:
        """Try every layer that the current stack may hold next."""
        state = label.state
        placed = label.spent[-1] + 1
        if placed > self.problem.stacks[state.stack].max_layers:
            return
        for move in self.moves(state):
            spent = tuple(a + b for a, b in zip(label.spent, move.price, strict=False))
            cover = self.cover_after(state, move)
            if cover is None or self.over_budget(spent):
                continue
            new_state = _State(
                stack=state.stack,
                owed=max(state.owed - 1, 0),
                started=True,
                jump=move.jump,
                width=move.width,
                cover=cover,
            )
            self.push(_Label(new_state, (*spent, placed), label, move.layer))

    def over_budget(self, spent: Ints) -> bool:
        """Whether more was spent than a budget allows."""
        return any(limit is not None and amount > limit for amount, limit in zip(spent, self.limits, strict=True))

    def exits_agree(self, state: _State) -> bool:
        """Whether the exits after the current stack accept what is there."""
        axes = self.problem.axes
        fields = tuple(bits.bit_length() for bits in state.cover)
        return all(
            (e.rf_min is None or not _exceeds(_per_axis(e.rf_min, axes), fields))
            and (e.rf_max is None or not _exceeds(fields, _per_axis(e.rf_max, axes)))
            and (e.stride is None or state.jump == _per_axis(e.stride, axes))
            and (e.max_stride is None or not _exceeds(state.jump, _per_axis(e.max_stride, axes)))
            and (e.width is None or state.width == e.width)
            and (not e.hole_free or all(bits == _solid(bits.bit_length()) for bits in state.cover))
            and (not e.hole_free or not _exceeds(state.jump, _lengths(state.cover)))
            for e in self.problem.exits
            if e.after_stack_index == state.stack
        )

    def simplify(self, stack: int, cover: Ints) -> Ints:
        """Forget what no exit from this stack on can tell apart.

        When none asks for hole-freeness only the receptive fields matter, so the sets are
        replaced by solid ones; and when none has an `rf_max` either, a receptive field beyond
        the largest `rf_min` is as good as that.
        """
        outlook = self.outlooks[stack]
        if outlook.hole_free:
            return cover
        fields = (bits.bit_length() for bits in cover)
        return tuple(
            _solid(field if enough is None else min(field, enough))
            for field, enough in zip(fields, outlook.enough, strict=True)
        )

    def cover_after(self, state: _State, move: _Move) -> Ints | None:
        """The touched offsets after one more layer; None where a later exit forbids them.

        Receptive fields never shrink, so one above the `rf_max` of an exit yet to come is lost.
        """
        cover = []
        ceilings = self.outlooks[state.stack].ceilings
        for touched, windows, ceiling in zip(state.cover, move.windows, ceilings, strict=True):
            bits = touched
            for taps, step in windows:
                bits = _spread(bits, taps, step)
            if ceiling is not None and bits.bit_length() > ceiling:
                return None
            cover.append(bits)
        return self.simplify(state.stack, tuple(cover))

    def moves(self, state: _State) -> list[_Move]:
        """The layers that may come next; of those with the same effect and price, one."""
        key = (state.stack, state.started, state.jump, state.width)
        if key not in self.known_moves:
            different: dict[tuple[object, ...], _Move] = {}
            for layer, jump in self.layers(state):
                move = self.priced(state, layer, jump)
                different.setdefault(tuple(move[1:]), move)
            self.known_moves[key] = list(different.values())
        return self.known_moves[key]

    def layers(self, state: _State) -> Iterator[tuple[OracleLayer, Ints]]:
        """Every layer that the width and stride rules allow next, with the jump after it."""
        stack = self.problem.stacks[state.stack]
        for stride in stack.strides:
            jump = tuple(j * s for j, s in zip(state.jump, stride, strict=True))
            if not self.jump_allowed(state.stack, jump):
                continue
            for kernel, dilation, width in itertools.product(
                stack.kernels,
                stack.dilations,
                widths_allowed(self.problem, stack, jump, state.width, first=not state.started),
            ):
                yield OracleLayer(state.stack, kernel, stride, dilation, width), jump

    def jump_allowed(self, stack: int, jump: Ints) -> bool:
        """Whether later exits can still agree: jumps only grow, and only by whole factors."""
        outlook = self.outlooks[stack]
        return not any(_exceeds(jump, limit) for limit in outlook.max_jumps) and all(
            asked % j == 0 for exact in outlook.jumps for asked, j in zip(exact, jump, strict=True)
        )

    def priced(self, state: _State, layer: OracleLayer, jump: Ints) -> _Move:
        """A layer with its windows and its price."""
        problem = self.problem
        block = problem.stacks[state.stack].block
        windows = tuple(tuple(_windows(block, layer, state.jump, axis)) for axis in range(problem.axes))
        price = {
            "parameters": layer_parameters(problem, layer, state.width),
            "macs": layer_macs(problem, layer, state.width, jump),
            "layers": 1,
        }
        return _Move(layer, windows, jump, layer.width, tuple(price[q] for q in self.quantities))


def optimal_design(problem: OracleProblem) -> list[OracleLayer] | None:
    """The layers of one cheapest design in order, or None where no design is feasible."""
    label = _Search(problem).run()
    if label is None:
        return None
    design: list[OracleLayer] = []
    while label is not None:
        if label.layer is not None:
            design.append(label.layer)
        label = label.parent
    return design[::-1]


def optimum(problem: OracleProblem) -> int | None:
    """The least value of the objective, or None where no design is feasible."""
    label = _Search(problem).run()
    return None if label is None else label.spent[0]
