"""The cheapest design of a chain of stacks, found and proven label by label, the most promising first.

A label says where a walk stands: its node, the sums so far (fields, and whatever is bounded), and the steps that wait
for smaller ones to fill what they leave out. Two walks with one label have the same ways on, so that only the cheaper
one counts. What a label costs at least in the end is its cost so far and what the programme finds for the way on, which
forgets the holes that later layers must fill, and every budget. The first label to arrive is then the optimum, and
where none arrives there is no design (A*: Hart, Nilsson and Raphael 1968). The labels themselves relax nothing.

Costs are compared objective by objective, so that all of them are settled at once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from math import inf
from operator import add, gt, lt
from typing import NamedTuple

from rfsolve.search.ahead import Node, room, solid_stacks
from rfsolve.search.axes import axis_classes
from rfsolve.search.bounds import Start
from rfsolve.search.clock import tick
from rfsolve.search.lattice import Lattice
from rfsolve.search.moves import Move, State
from rfsolve.search.placement import Placement
from rfsolve.search.programme import NEVER, Programme, Resource, resources
from rfsolve.search.tallies import tallies
from rfsolve.search.tariffs import Tariff
from rfsolve.space.problem import COSTS, Problem, Quantity

AT_FIRST = 3_000
"""Moves that are tried before a search gives up, in 15 ms or so; most chains of problems/ take fewer than 1,000."""

UNPRICED = 1_000
"""The same where costs have budgets, which count for nothing in the bounds as long as they have no price, and where
effective fields are asked for: the bounds know each quantity only by itself."""

AT_LAST = 6_000
"""The same where they have one, on a lattice that is thinned out; then the problem is left to CP-SAT."""

STATED = {
    *COSTS,
    Quantity.RECEPTIVE_FIELD,
    Quantity.EFFECTIVE_RECEPTIVE_FIELD,
    Quantity.HOLE_FREE,
    Quantity.STRIDE,
    Quantity.WIDTH,
}

Costs = tuple[int, ...]
"""By objective, in their order; and last, the layers after which a step waits: of equally good designs, the first to
arrive has the fewest, as an engineer would write it."""

Waiting = tuple[tuple[int, int], ...]
"""Steps that layers have, with the pixels that they span, as long as one of them waits; else empty."""


class Label(NamedTuple):
    """Where a walk stands. `node` None: it has arrived. `turn`: the first repeated move that may still be made.

    `sums`: by tally, the fields first; `waiting`: by class of axes.
    """

    node: Node | None
    turn: int
    sums: tuple[int, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """The best placement by all objectives, None where there is no design at all."""

    placement: Placement | None


class Way(NamedTuple):
    """A move as a label takes it: where it leads, what it costs and adds, and by class of axes the room it needs."""

    move: Move
    target: Node
    turn: int
    price: Costs
    amounts: tuple[int, ...]
    rooms: tuple[int, ...]


class Bound(NamedTuple):
    """What the way on costs at least in one objective, by node, turn and cells of one sum.

    `spent`: the tally of a budget that has a price; what is left of it is refunded at that price.
    """

    objective: int
    tally: int
    unit: int
    last: int
    tables: Mapping[Node, Sequence[Sequence[int]]]
    price: int
    refund: int
    spent: int | None


def cheapest(problem: Problem, lattices: Mapping[str, Lattice], *, most: int | None = None) -> Settled | None:
    """Return the best design of a chain by all objectives, or that it has none; None after `most` moves tried.

    None, too, where something is asked that labels have no words for. The default is `AT_FIRST`, or `UNPRICED`.
    """
    if not _are_stated(problem):
        return None
    loose = any(
        r.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD or (r.quantity in COSTS and r.most is not None)
        for r in problem.requirements
    )
    usual = UNPRICED if loose else AT_FIRST
    return _Search(problem, lattices, (), None).result(usual if most is None else most)


def cheapest_at(problem: Problem, lattices: Mapping[str, Lattice], start: Start) -> Settled | None:
    """Return the same where budgets have a price, of a chain that is thinned out beside a first design.

    None where no budget has a price or no design is known, as then the bounds are little better than they were, and
    after `AT_LAST` moves tried.
    """
    if start.known is None or not _are_stated(problem) or all(tariff.budget is None for tariff in start.tariffs):
        return None
    known = start.known.total(problem.objectives[0].quantity)
    return _Search(problem, lattices, start.tariffs, known).result(AT_LAST)


def _are_stated(problem: Problem) -> bool:
    minimised = all(objective.quantity in COSTS and not objective.maximise for objective in problem.objectives)
    return minimised and all(requirement.quantity in STATED for requirement in problem.requirements)


class _Search:
    """The labels of one chain."""

    def __init__(
        self, problem: Problem, lattices: Mapping[str, Lattice], tariffs: Sequence[Tariff], known: int | None
    ) -> None:
        self._known = inf if known is None else known
        self._lattices = lattices
        self._chain = [stack.name for stack in problem.stacks]
        self._next = dict(zip(self._chain, self._chain[1:], strict=False))
        self._objectives = [objective.quantity for objective in problem.objectives]
        self._axes = tuple(axis_classes(problem))
        plain = [(place, Tariff(quantity)) for place, quantity in enumerate(self._objectives)]
        priced = [(0, tariff) for tariff in tariffs if tariff.budget is not None]
        self._programmes = {
            (place, tariff, resource): Programme(problem, lattices, tariff, resource)
            for place, tariff in (*plain, *priced)
            for resource in resources(problem)
        }
        fields = [(*plain[0], Resource(Quantity.RECEPTIVE_FIELD, axis)) for axis in self._axes]
        self._ahead = [self._programmes[key].ahead for key in fields]
        self._solid = solid_stacks(problem)
        asked = [r.node for r in problem.requirements if r.quantity is Quantity.HOLE_FREE]
        self._closed = {problem.before(node) for node in asked if node is not None}
        self._tallies = tallies(problem, {axis: self._longest(axis) for axis in self._axes})
        caps = [tally.caps(self._chain) for tally in self._tallies]
        self._caps = {name: tuple(cap[name] for cap in caps) for name in self._chain}
        self._tops = tuple(tally.enough for tally in self._tallies)
        self._tops_waiting = tuple(inf if i < len(self._axes) else top for i, top in enumerate(self._tops))
        self._forgotten = {name: self._done_with(index) for index, name in enumerate(self._chain)}
        self._nothing: tuple[Waiting, ...] = ((),) * len(self._axes)
        self._loops: dict[Node, list[Way]] = {}
        self._leaving: dict[Node, list[Way]] = defaultdict(list)
        self._soon: dict[tuple[Node, int], list[float]] = {}
        for name in self._chain:
            self._add_ways(lattices[name])
        self._bounds = list(self._bounded())
        self._best: dict[Label, tuple[Costs, Label | None, Move | None]] = {}
        self._open: list[tuple[Costs, int, Costs, Label]] = []
        self._tried = 0
        self._number = count(0, -1)  # of labels that promise the same, the latest first

    def _longest(self, axis: int) -> int:
        """Return the field, less one, that no step and no stride asks more of."""
        moves = [move for lattice in self._lattices.values() for move in lattice.moves if lattice.stack in self._solid]
        steps = (step for move in moves for step, _ in move.footprint.taps[axis])
        return max(*steps, *(move.target.jump[axis] for move in moves), 1, 1) - 1

    def _done_with(self, index: int) -> tuple[int, ...]:
        """Return the tallies that nothing bounds after a stack."""
        last = [tally.ends(self._chain) for tally in self._tallies]
        return tuple(i for i, name in enumerate(last) if name is None or self._chain.index(name) <= index)

    # ways -------------------------------------------------------------------------------------------------------------

    def _add_ways(self, lattice: Lattice) -> None:
        repeated: dict[State, list[Way]] = defaultdict(list)
        for move in lattice.moves:
            source = Node(lattice.stack, move.source)
            way = self._way(move)
            if move.repeatable:
                repeated[move.source].append(way)
            else:
                self._leaving[source].append(way)
        for state in lattice.states:
            node = Node(lattice.stack, state)
            loops = self._worth_repeating(repeated[state])
            self._loops[node] = [way._replace(turn=turn) for turn, way in enumerate(loops)]
            soon = [ahead.beyond[node] for ahead in self._ahead]
            self._soon[node, len(loops)] = soon
            for way in reversed(self._loops[node]):
                soon = [min(pair) for pair in zip(soon, (a.step(way.move) for a in self._ahead), strict=True)]
                self._soon[node, way.turn] = soon

    def _worth_repeating(self, ways: Sequence[Way]) -> list[Way]:
        """Return the repeated moves that change something, and that copies of no other would do for, small steps first.

        Copies with a step no larger do: what they span counts for as many steps, and they need no room that the other
        would not need.
        """
        kept: list[Way] = []
        for way in sorted(ways, key=lambda way: (way.amounts, way.price, way.move.order)):
            if any(way.amounts) and not any(self._does_for(other, way) for other in kept):
                kept.append(way)
        return sorted(kept, key=lambda way: way.move.order)

    def _does_for(self, one: Way, other: Way) -> bool:
        """Return whether copies of one move do for another: the same fields, and sums and costs that are no worse."""
        place = next((i for i, gain in enumerate(one.amounts) if gain), 0)
        copies = other.amounts[place] // one.amounts[place]
        for tally, have, more in zip(self._tallies, one.amounts, other.amounts, strict=True):
            is_field = tally.quantity is Quantity.RECEPTIVE_FIELD
            if (copies * have > more and (is_field or tally.most)) or (
                copies * have < more and (is_field or tally.least)
            ):
                return False
        if tuple(copies * cost for cost in one.price) > other.price:
            return False
        taps = zip(one.move.footprint.taps, other.move.footprint.taps, strict=True)
        return all(_steps_before(own, theirs) for own, theirs in taps)

    def _way(self, move: Move) -> Way:
        tick()
        return Way(
            move,
            Node(move.stack, move.target),
            0,
            (*(move.cost(quantity) for quantity in self._objectives), 0),
            tuple(tally.amount(move) for tally in self._tallies),
            tuple(room(move.footprint, axis) for axis in self._axes),
        )

    def _bounded(self) -> Iterator[Bound]:
        """Yield what the programmes say of the way on; they repeat the same moves in the same order."""
        places = {tally.key: i for i, tally in enumerate(self._tallies)}
        repeated = {node: [way.move for way in loops] for node, loops in self._loops.items()}
        for (objective, tariff, resource), programme in self._programmes.items():
            onward = programme.backward(repeated)
            tables = {node: [stage.tolist() for stage in stages] for node, stages in onward.items()}
            tally = places[resource.quantity, resource.axis, None]
            budget = tariff.budget
            spent = None if budget is None else places[budget.quantity, 0, budget.node]
            last = programme.size - 1
            yield Bound(objective, tally, programme.unit, last, tables, tariff.price, tariff.refund, spent)

    # search -----------------------------------------------------------------------------------------------------------

    def result(self, most: int) -> Settled | None:
        """Follow labels until one arrives; None after `most` moves tried."""
        start, nothing = self._chain[0], (0,) * (len(self._objectives) + 1)
        for state in self._lattices[start].entries:
            label = Label(Node(start, state), 0, (0,) * len(self._tallies), self._nothing)
            self._enter(label, nothing, self._promised(label.node, 0, label.sums, nothing), None, None)
        while self._tried < most:
            tick()
            if not self._open:
                return Settled(None)
            _, _, cost, label = heappop(self._open)
            if label.node is None:
                return Settled(self._placement(label))
            if self._best[label][0] == cost:
                self._follow(label, label.node, cost)
        return None

    def _follow(self, label: Label, node: Node, cost: Costs) -> None:
        """Try all moves from a label, and the end of its stack."""
        ways = (*self._loops[node][label.turn :], *self._leaving[node])
        self._tried += len(ways)
        for way in ways:
            sums = tuple(map(add, label.sums, way.amounts))
            if any(map(gt, sums, self._caps[node.stack])):
                continue
            then = tuple(map(add, cost, way.price))
            promise = self._promised(way.target, way.turn, sums, then)
            if promise is None:
                continue
            waiting = self._filled(label, way, sums)
            if waiting is None:
                continue
            tops = self._tops
            if any(waiting):
                tops = self._tops_waiting
                then, promise = (*then[:-1], then[-1] + 1), (*promise[:-1], promise[-1] + 1)
            following = Label(way.target, way.turn, tuple(map(min, sums, tops)), waiting)
            self._enter(following, then, promise, label, way.move)
        ended = self._ended(label, node)
        if ended is not None:
            promise = cost if ended.node is None else self._promised(ended.node, 0, ended.sums, cost)
            self._enter(ended, cost, promise, label, None)

    def _promised(self, node: Node | None, turn: int, sums: tuple[int, ...], cost: Costs) -> Costs | None:
        """Return what a design costs at least that goes on from there; None where none can, or is cheap enough."""
        assert node is not None  # noqa: S101 - only the end is nowhere
        onward = [0] * len(cost)
        for objective, tally, unit, last, tables, price, refund, spent in self._bounds:
            cells = -(-sums[tally] // unit)
            least = tables[node][turn][min(last, cells)]
            if least >= NEVER:
                return None
            if spent is not None:
                least += price * sums[spent] - refund
            onward[objective] = max(onward[objective], least)
        return tuple(map(add, cost, onward)) if cost[0] + onward[0] <= self._known else None

    def _enter(self, label: Label, cost: Costs, promise: Costs | None, before: Label | None, move: Move | None) -> None:
        """Enter a label with its cost, unless it is known at no more, or leads to no design."""
        known = self._best.get(label)
        if promise is not None and (known is None or known[0] > cost):
            self._best[label] = (cost, before, move)
            heappush(self._open, (promise, next(self._number), cost, label))

    def _filled(self, label: Label, way: Way, sums: tuple[int, ...]) -> tuple[Waiting, ...] | None:
        """Return the steps that wait after a move, by class of axes; None where one waits for nothing."""
        roomy = label.waiting == self._nothing and not any(map(lt, label.sums, way.rooms))
        if roomy or way.target.stack not in self._solid:
            return label.waiting
        waiting: list[Waiting] = []
        for place in range(len(self._axes)):
            steps = self._filled_along(label, way, sums[place], place)
            if steps is None:
                return None
            waiting.append(steps)
        return tuple(waiting)

    def _filled_along(self, label: Label, way: Way, field: int, place: int) -> Waiting | None:
        """Return the steps that wait after a move, none where none does; None where one waits for nothing."""
        spans = dict(label.waiting[place])
        for step, mass in way.move.footprint.taps[self._axes[place]]:
            spans[step] = spans.get(step, 0) + step * mass
        soon = self._soon[way.target, way.turn][place]
        below, waits = field - sum(spans.values()), False
        for step, spanned in sorted(spans.items()):
            if below < step - 1:
                if step <= soon:
                    return None
                waits = True
            below += spanned
        return tuple((step, spans[step]) for step in sorted(spans) if step >= soon) if waits else ()

    def _ended(self, label: Label, node: Node) -> Label | None:
        """Return the label at the start of the next stack, or arrived; None where the walk must not end there."""
        name, state = node
        following = self._next.get(name)
        if state not in self._lattices[name].exits or not self._accepted(label, name, state):
            return None
        if following is None:
            return Label(None, 0, (), ())
        if state not in self._lattices[following].entries:
            return None
        sums = list(label.sums)
        for place in self._forgotten[name]:
            sums[place] = 0
        waiting = label.waiting if following in self._solid else self._nothing
        return Label(Node(following, state), 0, tuple(sums), waiting)

    def _accepted(self, label: Label, name: str, state: State) -> bool:
        """Return whether the exits after a stack accept a walk that ends there."""
        for tally, reached in zip(self._tallies, label.sums, strict=True):
            if reached < tally.least.get(name, 0):
                return False
        if name not in self._closed:
            return True
        for axis, field, steps in zip(self._axes, label.sums, label.waiting, strict=False):
            below = field - sum(spanned for _, spanned in steps)
            for step, spanned in steps:
                if below < step - 1:
                    return False
                below += spanned
            if field + 1 < state.jump[axis]:
                return False
        return True

    def _placement(self, label: Label) -> Placement:
        """Return the moves that led to a label, with their numbers."""
        counts: dict[str, Counter[int]] = {name: Counter() for name in self._chain}
        moves: dict[int, Move] = {}
        here: Label | None = label
        while here is not None:
            _, here, move = self._best[here]
            if move is not None:
                counts[move.stack][id(move)] += 1
                moves[id(move)] = move
        return Placement(
            {
                name: tuple((moves[key], number) for key, number in reversed(found.items()))
                for name, found in counts.items()
            }
        )


def _steps_before(own: Sequence[tuple[int, int]], theirs: Sequence[tuple[int, int]]) -> bool:
    """Return whether no step of some taps is larger than any of others."""
    return max((step for step, _ in own), default=0) <= min((step for step, _ in theirs), default=inf)
