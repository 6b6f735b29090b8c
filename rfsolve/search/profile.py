"""What decides the windows and the coverage of a node along one axis, and what they would be if it were changed.

Inside a stack the order of the layers does not matter: the taps of steps g, 2 g, ... add up to a sum of combs, and the
stride comes last. So a stack is its masses (taps left and right, by step), its jumps, and what up-samples in it. More
taps never see less: windows and coverage grow with every mass. `cuts` rests on that.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import networkx as nx

from rfsolve.search.lattice import Found, Junction
from rfsolve.search.moves import Move, State
from rfsolve.search.placement import Placement
from rfsolve.search.rising import rising_step
from rfsolve.space.problem import Exit, Problem
from rfsolve.windows import Coverage, Step, Taps, Window


class Side(StrEnum):
    """Which taps of a step a mass counts: those on the left, on the right, or each of both where they are as many."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Mass:
    """The number of taps that a stack has at a step, on one side of an output's own place."""

    stack: str
    step: int
    side: Side

    def of(self, move: Move, axis: int) -> int:
        """Return what one move adds."""
        footprint = move.footprint
        total = 0
        for (step, mass), left in zip(footprint.taps[axis], footprint.lefts[axis], strict=True):
            if step == self.step:
                total += mass - left if self.side is Side.RIGHT else left
        return total


Masses = dict[Mass, int]
Reading = Window | Coverage


class Profile:
    """The masses of a placement along one axis, and the readings of all nodes between a source and a node."""

    def __init__(  # the reading of which node, from where, along which axis
        self,
        problem: Problem,
        found: Found,
        placement: Placement,
        *,
        axis: int,
        node: str,
        source: str,
        kind: type[Reading],
    ) -> None:
        self._problem = problem
        self._found = found
        self._placement = placement
        self.axis = axis
        self._node = node
        self.source = source
        self._kind = kind
        self.nodes = tuple(_between(problem, source, node))
        self.masses: Masses = {mass: 0 for name in self.nodes for mass in self._masses_of(name)}
        for mass in self.masses:
            self.masses[mass] = sum(mass.of(move, axis) * n for move, n in placement.moves[mass.stack])
        self._readings: dict[str, Reading] = {source: kind.identity()}
        self._read(self.nodes, self.masses, self._readings)

    @property
    def reading(self) -> Reading:
        """What the node sees."""
        return self._readings[self._node]

    def changed(self, mass: Mass, value: int) -> Reading:
        """Return what the node would see with another value of one mass."""
        masses = {**self.masses, mass: value}
        after = {mass.stack, *nx.descendants(self._problem.space, mass.stack)}
        readings = {name: one for name, one in self._readings.items() if name not in after}
        self._read([name for name in self.nodes if name in after], masses, readings)
        return readings[self._node]

    def settle(self, mass: Mass, value: int) -> None:
        """Go on with another value of one mass."""
        self.masses[mass] = value
        after = {mass.stack, *nx.descendants(self._problem.space, mass.stack)}
        self._read([name for name in self.nodes if name in after], self.masses, self._readings)

    def rises(self) -> Iterator[Move]:
        """Yield the moves that up-sample on the way."""
        for name in self.nodes:
            if name in self._placement.moves:
                yield from (move for move, _ in self._placement.moves[name] if _is_rise(move))

    def _masses_of(self, name: str) -> Iterator[Mass]:
        one = self._found.get(name)
        if one is None or isinstance(one, Junction):
            return
        runs = {
            (step, mass, left)
            for move in one.moves
            for (step, mass), left in zip(move.footprint.taps[self.axis], move.footprint.lefts[self.axis], strict=True)
        }
        even = all(2 * left == mass for _, mass, left in runs)
        for step in sorted({step for step, _, _ in runs}):
            for side in (Side.BOTH,) if even else (Side.LEFT, Side.RIGHT):
                yield Mass(name, step, side)

    def _read(self, names: Iterable[str], masses: Mapping[Mass, int], known: dict[str, Reading]) -> None:
        by_stack: dict[str, list[tuple[Mass, int]]] = {}
        for mass, value in masses.items():
            by_stack.setdefault(mass.stack, []).append((mass, value))
        for name in names:
            befores = [before for before in self._problem.space.predecessors(name) if before in known]
            readings = [known[before] for before in befores]
            if len(readings) > 1:
                known[name] = self._kind.merge(readings)  # type: ignore[arg-type]  # all of one kind
                continue
            reading = readings[0]
            if name in self._placement.moves:
                for step in self._steps(name, befores[0], by_stack.get(name, [])):
                    reading = reading.through(step)
            known[name] = reading

    def _steps(self, stack: str, before: str, masses: "list[tuple[Mass, int]]") -> Iterator[Step]:
        """Yield the combs of a stack, then its stride; steps off the grid it starts on belong to other entries."""
        start, end = (self._jump(name) for name in (before, stack))
        taps: dict[int, list[int]] = {}
        for mass, value in masses:
            if mass.step % start:
                continue
            left_right = taps.setdefault(mass.step // start, [0, 0])
            left_right[0] += value if mass.side is not Side.RIGHT else 0
            left_right[1] += value if mass.side is not Side.LEFT else 0
        for step, (left, right) in sorted(taps.items()):
            if left or right:
                yield Step(1, (Taps(start=-left * step, step=step, count=left + right + 1),))
        if end > start:
            yield Step(end // start, (Taps(start=0),))
        rises = [move for move, _ in self._placement.moves[stack] if _is_rise(move)]
        for move in sorted(rises, key=lambda move: -move.source.jump[self.axis]):
            yield self._rising(stack, move)

    def _rising(self, stack: str, move: Move) -> Step:
        part = next(one for one in self._problem.stacks if one.name == stack)
        recipe = part.block.recipe(move.choice, move.source.width, move.target.width)
        assert recipe is not None  # noqa: S101 - the move was priced with it
        return rising_step(recipe.main[0], self.axis)

    def _jump(self, node: str) -> int:
        state: State | None = self._placement.ends.get(node)
        return state.jump[self.axis] if state is not None else 1


def _between(problem: Problem, source: str, node: str) -> Iterator[str]:
    """Yield the nodes on the ways from the source to a node, itself included, in order."""
    wanted = nx.descendants(problem.space, source) & (nx.ancestors(problem.space, node) | {node})
    for part in problem.nodes:
        if part.name in wanted:
            yield part.name
    if isinstance(problem.part(node), Exit):
        yield node


def _is_rise(move: Move) -> bool:
    return move.target.jump < move.source.jump
