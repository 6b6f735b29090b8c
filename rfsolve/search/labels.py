"""The cheapest design of a chain of stacks, found and proven label by label, the most promising first.

A label says where a walk stands: its node, the sums so far (fields, and whatever is bounded), and the steps that wait
for smaller ones to fill what they leave out. Two walks with one label have the same ways on, so that only the cheaper
one counts; nor does a walk count that another is no dearer than, with as much of all that is asked for and no more of
what is capped. What a label costs at least in the end is its cost so far and what the programme finds for the way on,
which forgets the holes that later layers must fill, and every budget but one of layers (`layered`). The first label to
arrive is then the optimum, and where none arrives there is no design (A*: Hart, Nilsson and Raphael 1968). The labels
themselves relax nothing.

Costs are compared objective by objective, so that all of them are settled at once.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import inf, isinf
from operator import add, ge, lt
from typing import Any, NamedTuple

from rfsolve.search.ahead import Node, solid_stacks
from rfsolve.search.axes import axis_classes
from rfsolve.search.bounds import Start
from rfsolve.search.clock import tick
from rfsolve.search.lattice import Lattice
from rfsolve.search.layered import Layered, programme_of
from rfsolve.search.moves import Move, State
from rfsolve.search.onward import Bound, Onward
from rfsolve.search.placement import Placement
from rfsolve.search.programme import NEVER, Resource, resources
from rfsolve.search.tallies import tallies
from rfsolve.search.tariffs import Tariff
from rfsolve.search.waiting import Waiting, filled, leaves_no_hole
from rfsolve.search.ways import Costs, Place, Way, Ways
from rfsolve.space.problem import COSTS, Problem, Quantity

AT_FIRST = 6_000
"""Bounds that are looked up before a search gives up, one for each move that is tried and each label, times the number
of programmes: 30 ms or so. Most chains of problems/ take fewer than 1,000."""

SMALL = 128
PATIENT = 45_000
"""The same where a lattice has no more moves than that: thinning leaves most of them, and CP-SAT takes longer."""

UNPRICED = 4_000
"""The same where costs have budgets, which count for nothing in the bounds as long as they have no price, and where
effective fields are asked for: the bounds know each quantity only by itself."""

AT_LAST = 30_000
"""The same on a lattice that is thinned out, in half the time that it takes to load CP-SAT; then the problem is left
to it."""

REMEMBERED = 64
"""Labels at one place that others are held against, the last of them; earlier ones hardly ever outdo anything."""

STATED = {
    *COSTS,
    Quantity.RECEPTIVE_FIELD,
    Quantity.EFFECTIVE_RECEPTIVE_FIELD,
    Quantity.HOLE_FREE,
    Quantity.STRIDE,
    Quantity.WIDTH,
}

ARRIVED: Place = -1

Merits = tuple[int, ...]
"""The sums of a label that a design can have too little of, and, negated, those that it can have too much of."""


class Label(NamedTuple):
    """Where a walk stands. `sums`: by tally, the fields first; `waiting`: by class of axes."""

    place: Place
    sums: tuple[int, ...]
    waiting: tuple[Waiting, ...]


Option = tuple[Costs, int, Way]
"""A way on from a label after the least that it promises and a number; of equal promises the latest comes first."""


class Branching(NamedTuple):
    """A label, what it costs, and the ways on from it that nobody has looked at, the most promising last."""

    label: Label
    cost: Costs
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Settled:
    """The best placement by all objectives, None where there is no design at all."""

    placement: Placement | None


def cheapest(problem: Problem, lattices: Mapping[str, Lattice], *, most: int | None = None) -> Settled | None:
    """Return the best design of a chain by all objectives, or that it has none; None once `most` is looked up.

    None, too, where something is asked that labels have no words for. The default depends on the problem.
    """
    if not _are_stated(problem):
        return None
    search = _Search(problem, lattices, (), None)
    return search.result(search.patience() if most is None else most)


def cheapest_at(problem: Problem, lattices: Mapping[str, Lattice], start: Start) -> Settled | None:
    """Return the same of a chain that is thinned out beside a first design, with a price on budgets.

    None where no design is known, as then nothing is thinned out, and once `AT_LAST` is looked up.
    """
    if start.known is None or not _are_stated(problem):
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
        self._problem = problem
        self._lattices = lattices
        self._chain = [stack.name for stack in problem.stacks]
        self._next = dict(zip(self._chain, self._chain[1:], strict=False))
        self._objectives = [objective.quantity for objective in problem.objectives]
        self._axes = tuple(axis_classes(problem))
        plain = [(place, Tariff(quantity)) for place, quantity in enumerate(self._objectives)]
        priced = [(0, tariff) for tariff in tariffs if tariff.budget is not None]
        self._programmes = {
            (place, tariff, resource): programme_of(problem, lattices, tariff, resource)
            for place, tariff in (*plain, *priced)
            for resource in resources(problem)
        }
        fields = [(*plain[0], Resource(Quantity.RECEPTIVE_FIELD, axis)) for axis in self._axes]
        self._solid = solid_stacks(problem)
        asked = [r.node for r in problem.requirements if r.quantity is Quantity.HOLE_FREE]
        self._closed = {problem.before(node) for node in asked if node is not None}
        self._tallies = tallies(problem, {axis: self._longest(axis) for axis in self._axes})
        caps = [tally.caps(self._chain) for tally in self._tallies]
        self._caps = {name: [(i, int(c[name])) for i, c in enumerate(caps) if c[name] < inf] for name in self._chain}
        self._tops = tuple([_whole(tally.enough) for tally in self._tallies])
        self._tops_waiting = tuple([NEVER if i < len(self._axes) else top for i, top in enumerate(self._tops)])
        self._forgotten = {name: self._done_with(index) for index, name in enumerate(self._chain)}
        self._nothing: tuple[Waiting, ...] = ((),) * len(self._axes)
        ahead = [self._programmes[key].ahead for key in fields]
        self._ways = Ways([lattices[name] for name in self._chain], self._tallies, self._way, ahead)
        self._onward = Onward(self._bounded(), known)
        self._best: dict[Label, tuple[Costs, Label | None, Move | None]] = {}
        self._open: list[tuple[Costs, int, Label | Branching, Costs]] = []
        self._no_more = (0,) * len(self._tallies)
        remembered = partial(deque[tuple[Costs, Merits]], maxlen=REMEMBERED)
        self._followed: dict[tuple[Any, ...], deque[tuple[Costs, Merits]]] = defaultdict(remembered)
        signs = [tally.sign for tally in self._tallies]
        self._better = [(i, sign) for i, sign in enumerate(signs) if sign]
        self._exact = [i for i, sign in enumerate(signs) if not sign]
        self._tried = 0
        self._number = count(0, -1)  # of labels that promise the same, the latest first

    def patience(self) -> int:
        """Return how much is looked up before the search gives up."""
        layers = [programme.budget for programme in self._programmes.values() if isinstance(programme, Layered)]
        asked = [r for r in self._problem.requirements if r not in layers]
        if any(r.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD or r.is_budget for r in asked):
            return UNPRICED
        return PATIENT if sum(len(one.moves) for one in self._lattices.values()) <= SMALL else AT_FIRST

    def _longest(self, axis: int) -> int:
        """Return the field, less one, that no step and no stride asks more of."""
        moves = [move for lattice in self._lattices.values() for move in lattice.moves if lattice.stack in self._solid]
        return max([1, *(max(move.footprint.most[axis], move.target.jump[axis]) for move in moves)]) - 1

    def _done_with(self, index: int) -> tuple[int, ...]:
        """Return the tallies that nothing bounds after a stack."""
        last = [tally.ends(self._chain) for tally in self._tallies]
        return tuple(i for i, name in enumerate(last) if name is None or self._chain.index(name) <= index)

    def _way(self, move: Move) -> Way:
        return Way(
            move,
            ARRIVED,
            (*[move.cost(quantity) for quantity in self._objectives], 0),
            tuple([tally.amount(move) for tally in self._tallies]),
            tuple([move.footprint.room[axis] for axis in self._axes]),
        )

    def _bounded(self) -> Iterator[Bound]:
        """Yield what the programmes say of the way on; they repeat the same moves in the same order."""
        places = {tally.key: i for i, tally in enumerate(self._tallies)}
        for (objective, tariff, resource), programme in self._programmes.items():
            onward = programme.backward(self._ways.repeated)
            tables = [stage for node in self._ways.start for stage in onward[node]]
            lists: list[list[Any]] = [[] for _ in tables]
            tally = places[resource.quantity, resource.axis, None]
            bound = Bound(objective, tally, programme.unit, programme.size - 1, tables, lists)
            if tariff.budget is not None:
                spent = places[tariff.budget.quantity, 0, tariff.budget.node]
                bound = bound._replace(price=tariff.price, refund=tariff.refund, spent=spent)
            if isinstance(programme, Layered):
                bound = bound._replace(layers=places[Quantity.LAYERS, 0, programme.budget.node])
            yield bound

    # search -----------------------------------------------------------------------------------------------------------

    def result(self, most: int) -> Settled | None:
        """Follow labels until one arrives; None once `most` bounds are looked up."""
        start, nothing = self._chain[0], (0,) * (len(self._objectives) + 1)
        for state in self._lattices[start].entries:
            label = Label(self._ways.start[Node(start, state)], self._no_more, self._nothing)
            self._enter(label, nothing, None, None)
        while self._tried * len(self._programmes) < most:
            tick()
            if not self._open:
                return Settled(None)
            self._tried += 1
            promise, number, here, cost = heappop(self._open)
            if isinstance(here, Branching):
                self._look_at(here, promise, number)
            elif here.place == ARRIVED:
                return Settled(self._placement(here))
            elif self._best[here][0] == cost:
                self._follow(here, cost)
        return None

    def _follow(self, label: Label, cost: Costs) -> None:
        """Open all ways on from a label, and the end of its stack, unless another label does for it."""
        if self._is_outdone(label, cost):
            return
        ways, node = self._ways.on[label.place], self._ways.node[label.place]
        self._tried += len(ways)
        sums = label.sums
        left = [(i, cap - sums[i]) for i, cap in self._caps[node.stack]]
        options: list[Option] = []
        for way in ways:
            if left and True in [way.amounts[i] > most for i, most in left]:
                continue
            promise = self._onward.promise(way.target, sums, way.amounts, cost, way.price)
            if promise is not None:
                options.append((promise, next(self._number), way))
        if options:
            options.sort(reverse=True)
            self._open_at(Branching(label, cost, options))
        ended = self._ended(label, node)
        if ended is not None:
            self._enter(ended, cost, label, None)

    def _is_outdone(self, label: Label, cost: Costs) -> bool:
        """Return whether a label that was followed has no less of what is asked for, no more of what is capped.

        More field leaves no more holes. What has a lower and an upper bound must be the same.
        """
        sums = label.sums
        merits = tuple([sign * sums[i] for i, sign in self._better])
        followed = self._followed[label.place, label.waiting, tuple([sums[i] for i in self._exact])]
        for other, theirs in followed:
            if other <= cost and all(map(ge, theirs, merits)):
                return True
        followed.append((cost, merits))
        return False

    def _open_at(self, branching: Branching) -> None:
        promise, number, _ = branching.options[-1]
        heappush(self._open, (promise, number, branching, branching.cost))

    def _look_at(self, branching: Branching, promise: Costs, number: int) -> None:
        """Take the most promising way on; its label is followed at once where nothing waits there."""
        label, cost, options = branching
        _, _, way = options.pop()
        if options:
            self._open_at(branching)
        sums = tuple(map(add, label.sums, way.amounts))
        waiting = self._waiting(label, way, sums)
        if waiting is None:
            return
        cost = tuple(map(add, cost, way.price))
        waits = any(waiting)
        if waits:  # after one more layer a step waits
            cost, promise = _one_more(cost), _one_more(promise)
        tops = self._tops_waiting if waits else self._tops
        there = Label(way.target, tuple(map(min, sums, tops)), waiting)
        if self._is_better(there, cost):
            self._best[there] = (cost, label, way.move)
            if waits:
                heappush(self._open, (promise, number, there, cost))
            else:
                self._follow(there, cost)

    def _enter(self, label: Label, cost: Costs, before: Label | None, move: Move | None) -> None:
        """Enter a label that no move leads to, unless it is known at no more or leads nowhere."""
        arrived, free = label.place == ARRIVED, (0,) * len(cost)
        promise = cost if arrived else self._onward.promise(label.place, label.sums, self._no_more, cost, free)
        if promise is not None and self._is_better(label, cost):
            self._best[label] = (cost, before, move)
            heappush(self._open, (promise, next(self._number), label, cost))

    def _is_better(self, label: Label, cost: Costs) -> bool:
        known = self._best.get(label)
        return known is None or known[0] > cost

    def _waiting(self, label: Label, way: Way, sums: tuple[int, ...]) -> tuple[Waiting, ...] | None:
        """Return the steps that wait after a move, by class of axes; None where one waits for nothing."""
        stack = way.move.stack
        if stack not in self._solid or (label.waiting == self._nothing and not any(map(lt, label.sums, way.rooms))):
            return label.waiting
        waiting = []
        for place, steps in enumerate(label.waiting):
            taps = way.move.footprint.taps[self._axes[place]]
            then = filled(steps, taps, sums[place], self._ways.soon[way.target][place])
            if then is None:
                return None
            waiting.append(then)
        return tuple(waiting)

    def _ended(self, label: Label, node: Node) -> Label | None:
        """Return the label at the start of the next stack, or arrived; None where the walk must not end there."""
        name, state = node
        following = self._next.get(name)
        if state not in self._lattices[name].exits or not self._accepted(label, name, state):
            return None
        if following is None:
            return Label(ARRIVED, (), ())
        if state not in self._lattices[following].entries:
            return None
        sums = list(label.sums)
        for place in self._forgotten[name]:
            sums[place] = 0
        waiting = label.waiting if following in self._solid else self._nothing
        return Label(self._ways.start[Node(following, state)], tuple(sums), waiting)

    def _accepted(self, label: Label, name: str, state: State) -> bool:
        """Return whether the exits after a stack accept a walk that ends there."""
        for tally, reached in zip(self._tallies, label.sums, strict=True):
            if reached < tally.least.get(name, 0):
                return False
        if name not in self._closed:
            return True
        fields = label.sums[: len(self._axes)]
        along = zip(label.waiting, fields, [state.jump[axis] for axis in self._axes], strict=True)
        return all(leaves_no_hole(*one) for one in along)

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


def _one_more(costs: Costs) -> Costs:
    return (*costs[:-1], costs[-1] + 1)


def _whole(number: float) -> int:
    return NEVER if isinf(number) else int(number)
