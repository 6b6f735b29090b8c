"""What may still be placed on a chain: the least step from a node on, which holes it could fill.

Layers are placed in one order: states as they rise, in each the repeated moves as in `Move.order`, then the move on.
Where no smaller step can follow a step, a hole-free design has its room before it: a field, less one, of `step - 1`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import inf
from typing import NamedTuple

from rfsolve.search.clock import tick
from rfsolve.search.lattice import Lattice
from rfsolve.search.moves import Move, State, room
from rfsolve.space.problem import Problem, Quantity

Step = int | float
"""Pixels; infinite where there is none."""


class Node(NamedTuple):
    """A state of a stack: the same state of the next stack is another node."""

    stack: str
    state: State


class Ahead:
    """The least steps that are still to come along one axis, by node and by move."""

    def __init__(self, chain: Sequence[str], lattices: Mapping[str, Lattice], axis: int) -> None:
        self._axis = axis
        self.beyond: dict[Node, Step] = {}
        """Once the moves that are repeated in a state are made."""
        self._following: dict[int, Step] = {}
        after: dict[State, Step] = {}
        for name in reversed(chain):
            after = self._add(lattices[name], after)

    def _add(self, lattice: Lattice, after: Mapping[State, Step]) -> dict[State, Step]:
        """Add a stack, given the least steps from each state of the next one on; return those of this one."""
        leaving: dict[State, list[Move]] = defaultdict(list)
        repeated: dict[State, list[Move]] = defaultdict(list)
        for move in lattice.moves:
            (repeated if move.repeatable else leaving)[move.source].append(move)
        here: dict[State, Step] = {}
        for state in reversed(lattice.states):
            tick()
            least = after.get(state, inf) if state in lattice.exits else inf
            for move in leaving[state]:
                following = self._following[id(move)] = here[move.target]
                least = min(least, following, self.step(move))
            self.beyond[Node(lattice.stack, state)] = least
            for move in sorted(repeated[state], key=lambda move: move.order, reverse=True):
                self._following[id(move)] = least
                least = min(least, self.step(move))
            here[state] = least
        return here

    def step(self, move: Move) -> Step:
        """Return the least step of a move."""
        return move.footprint.least[self._axis]

    def room(self, move: Move) -> int:
        """Return the field, less one, that a move needs before it, whatever follows, so as to leave no hole."""
        following, footprint = self._following[id(move)], move.footprint
        if following >= footprint.most[self._axis]:
            return footprint.room[self._axis]
        return 0 if following < footprint.least[self._axis] else room(footprint.taps[self._axis], following)


def solid_stacks(problem: Problem) -> frozenset[str]:
    """Return the stacks whose layers leave no hole: those before an exit that must have none."""
    solid = [r.node for r in problem.requirements if r.quantity is Quantity.HOLE_FREE and r.node is not None]
    return frozenset(stack.name for node in solid for stack in problem.upstream(node))
