"""A problem as a sampler sees it: whole numbers to choose, and the recurrence as objective and constraints.

The same space as the model's, in the way that one writes down first: how many layers a stack has, and for each of them
which choice of kernel, stride and dilation, and which width where widths are free. As for the per-layer model, a stack
has as many places as its known optimum has layers, and three more; without that favour it would have thousands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from timing import NotStatedError, refuse_graphs

from rfsolve.search.lattice import jump_after, start_state, widths_after
from rfsolve.search.moves import Move, Pricer, State
from rfsolve.search.placement import Placement, holds, measure
from rfsolve.space.blocks import Choice
from rfsolve.space.problem import COSTS, Problem, Quantity, Requirement, Stack
from rfsolve.space.widths import FreeWidth

Genes = Sequence[int]


@dataclass(frozen=True, slots=True)
class Scored:
    """What a sampler is told: the cost, and by how much requirements are broken, summed; 0 where all hold."""

    cost: float
    broken: float


class GeneSpace:
    """The genes of one problem, and what they are worth."""

    def __init__(self, problem: Problem, places: Mapping[str, int]) -> None:
        objective = problem.objectives[0]
        if objective.maximise or objective.quantity not in COSTS:
            raise NotStatedError(f"maximise {objective.quantity}")
        refuse_graphs(problem)
        self._problem = problem
        self._places = places
        self._quantity = objective.quantity
        self._pricers = {stack.name: Pricer(stack.block, problem.input.size) for stack in problem.stacks}
        self._moves: dict[tuple[str, State, Choice, int], Move | None] = {}
        self._least = {stack.name: self._fewest(stack) for stack in problem.stacks}
        self.sizes = [size for stack in problem.stacks for size in self._sizes(stack)]

    def _fewest(self, stack: Stack) -> int:
        asked = [r.least for r in self._problem.at(stack.name) if r.quantity is Quantity.LAYERS and r.least]
        return max((int(least[0]) for least in asked), default=0)

    def _sizes(self, stack: Stack) -> list[int]:
        """Return how many values each gene of a stack has: the number of layers, then each place's."""
        places = self._places[stack.name]
        place = [len(stack.choices), len(_free(stack))]
        return [places - self._least[stack.name] + 1, *(size for _ in range(places) for size in place)]

    def scored(self, genes: Genes) -> Scored:
        """Return what genes are worth, by the closed forms of the recurrence."""
        broken, at = 0.0, 0
        state = start_state(self._problem)
        moves: dict[str, tuple[tuple[Move, int], ...]] = {}
        for stack in self._problem.stacks:
            places = self._places[stack.name]
            own = genes[at : at + 1 + 2 * places]
            at += 1 + 2 * places
            made: dict[Move, int] = {}
            for place in range(self._least[stack.name] + own[0]):
                move, fault = self._move(stack, state, stack.choices[own[1 + 2 * place]], own[2 + 2 * place])
                broken += fault
                if move is not None:
                    made[move] = made.get(move, 0) + 1
                    state = move.target
            moves[stack.name] = tuple(made.items())
        placement = Placement(moves)
        broken += sum(self._shortfall(requirement, placement) for requirement in self._problem.requirements)
        return Scored(placement.total(self._quantity), broken)

    def _move(self, stack: Stack, state: State, choice: Choice, gene: int) -> tuple[Move | None, float]:
        """Return the layer that is placed, and 1 where its width is not allowed there."""
        jump = jump_after(self._problem, stack, state.jump, choice.stride)
        if jump is None or max(jump) > 1 << 16:
            return None, 1.0
        allowed = tuple(widths_after(self._problem, stack, state, jump))
        free = _free(stack)
        width = free[gene] if len(free) > 1 else allowed[0] if allowed else state.width
        key = (stack.name, state, choice, width)
        if key not in self._moves:
            found = list(self._pricers[stack.name].moves(stack.name, state, State(jump, width), [choice]))
            self._moves[key] = found[0] if found else None
        return self._moves[key], float(width not in allowed or self._moves[key] is None)

    def _shortfall(self, requirement: Requirement, placement: Placement) -> float:
        found = measure(self._problem, placement, requirement)
        if holds(requirement, found):
            return 0.0
        short = 0.0
        for bounds, sign in ((requirement.least, 1), (requirement.most, -1)):
            for value, bound in zip(found, bounds or (), strict=False):
                short += max(0.0, sign * (bound - value) / max(1.0, abs(bound)))
        return max(short, 1e-6)


def _free(stack: Stack) -> tuple[int, ...]:
    return stack.widths.widths if isinstance(stack.widths, FreeWidth) else (0,)
