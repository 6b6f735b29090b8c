"""The ways that walks along a chain of stacks can take: by place, every move that may follow and what it adds.

A place is a state of a stack and, inside it, the repeated moves that may still be made: the first of them, small steps
first, or only later ones. A walk makes the repeated moves of a state in one order, so that no set of them is tried
twice.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import le
from typing import NamedTuple

from rfsolve.search.ahead import Ahead, Node, Step
from rfsolve.search.clock import tick
from rfsolve.search.lattice import Lattice
from rfsolve.search.moves import Move, State
from rfsolve.search.tallies import Tally
from rfsolve.space.problem import Quantity

Place = int

Costs = tuple[int, ...]
"""By objective, in their order; and last, the layers after which a step waits: of equally good designs, the first to
arrive has the fewest, as an engineer would write it."""


class Way(NamedTuple):
    """A move as a walk takes it: where it leads, what it costs and adds, and by class of axes the room it needs."""

    move: Move
    target: Place
    price: Costs
    amounts: tuple[int, ...]
    rooms: tuple[int, ...]


class Ways:
    """The places of a chain, and the ways on from each: the repeated moves first."""

    def __init__(
        self,
        lattices: Sequence[Lattice],
        tallies: Sequence[Tally],
        made: Callable[[Move], Way],
        ahead: Sequence[Ahead],
    ) -> None:
        self.start: dict[Node, Place] = {}
        """The place of each state with all of its repeated moves ahead; the others follow it."""
        self.node: list[Node] = []
        """By place, the state."""
        self.repeated: dict[Node, list[Move]] = {}
        """The repeated moves of each state that are worth it, small steps first."""
        self.on: list[tuple[Way, ...]] = []
        """By place, the ways on: the repeated moves that are left, and those to other states."""
        self.soon: list[list[Step]] = []
        """By place, the least steps that may still come along each class of axes."""
        self._tallies = tallies
        self._ahead = ahead
        for lattice in lattices:
            self._add(lattice, made)

    def _add(self, lattice: Lattice, made: Callable[[Move], Way]) -> None:
        repeated: dict[State, list[Way]] = defaultdict(list)
        leaving: dict[State, list[Way]] = defaultdict(list)
        for move in lattice.moves:
            (repeated if move.repeatable else leaving)[move.source].append(made(move))
        loops = {state: self._worth_repeating(repeated[state]) for state in lattice.states}
        for state, ways in loops.items():
            self._place(Node(lattice.stack, state), ways)
        for state, ways in loops.items():
            tick()
            first = self.start[Node(lattice.stack, state)]
            out = [w._replace(target=self.start[Node(lattice.stack, w.move.target)]) for w in leaving[state]]
            inside = [way._replace(target=first + turn) for turn, way in enumerate(ways)]
            self.on.extend((*inside[turn:], *out) for turn in range(len(ways) + 1))

    def _place(self, node: Node, ways: Sequence[Way]) -> None:
        """Enter a state's places: with all of its repeated moves ahead, without the first, and so on to none."""
        self.start[node] = len(self.node)
        self.repeated[node] = [way.move for way in ways]
        self.node += [node] * (len(ways) + 1)
        soon = [ahead.beyond[node] for ahead in self._ahead]
        stages = [soon]
        for way in reversed(ways):
            soon = [min(pair) for pair in zip(soon, (one.step(way.move) for one in self._ahead), strict=True)]
            stages.append(soon)
        self.soon += reversed(stages)

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
        return all(map(le, one.move.footprint.most, other.move.footprint.least))
