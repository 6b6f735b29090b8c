"""When two placements are one network: layers that change places inside a state, or move to the stack beside theirs.

A run of stacks that nothing leaves in between is one run of layers to whoever reads the network; the branches of an
addition, and of a concatenation, can change places. So a node's form is its run of layers, uncounted where one stack
ends and the next begins, on top of the form of where the run starts; and a network is the forms of its outputs.
"""

from collections import Counter
from collections.abc import Hashable

from rfsolve.search.moves import Move
from rfsolve.search.placement import Placement
from rfsolve.space.problem import Exit, Merge, Problem, Stack

INPUT = 0


class Forms:
    """The forms of the placements of one problem: equal numbers for equal networks."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._numbers: dict[Hashable, int] = {"input": INPUT}

    def of(self, placement: Placement) -> Hashable:
        """Return what two placements have in common if and only if they make the same network."""
        ends: dict[str, int] = {"input": INPUT}
        runs: dict[str, tuple[int, Counter[Hashable]]] = {}
        for node in self._problem.nodes:
            if isinstance(node, Merge):
                ends[node.name] = self._number((node.kind, *sorted(ends[branch] for branch in node.branches)))
                continue
            before = self._problem.before(node.name)
            start, layers = runs[before] if before in runs and self._goes_on(before) else (ends[before], Counter())
            layers = layers + _layers(node, placement)
            runs[node.name] = start, layers
            ends[node.name] = self._number((start, frozenset(layers.items()))) if layers else start
        placed = Counter(kind for node in self._problem.stacks for kind in _layers(node, placement).elements())
        outputs = tuple(ends[self._problem.before(node.name)] for node in self._problem.outputs)
        return outputs, frozenset(placed.items())

    def _number(self, form: Hashable) -> int:
        return self._numbers.setdefault(form, len(self._numbers))

    def _goes_on(self, node: str) -> bool:
        """Return whether one stack alone goes on from a node; what is read out there does not cut the run."""
        following = [self._problem.part(name) for name in self._problem.space.successors(node)]
        return sum(not isinstance(part, Exit) for part in following) == 1


def _layers(stack: Stack, placement: Placement) -> Counter[Hashable]:
    shared = stack.tie.to if stack.tie is not None and stack.tie.weights else None
    found: Counter[Hashable] = Counter()
    for move, count in placement.moves[stack.name]:
        found[(stack.block, shared, *_kind(move))] += count
    return found


def _kind(move: Move) -> tuple[Hashable, ...]:
    places = ((state.jump, state.width) for state in (move.source, move.target))
    return move.choice, *places
