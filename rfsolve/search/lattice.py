"""The lattice of a stack: the (jump, width) states it can be in, and the moves between them.

States that no exit can be reached from are left out, so that an exact stride shapes the lattice before the solver
sees it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf

from rfsolve.errors import Mistake, ProblemError
from rfsolve.search.moves import Move, Pricer, State, advance
from rfsolve.space.blocks import Axes, Choice
from rfsolve.space.problem import Problem, Quantity, Stack

LARGEST_LATTICE = 300_000
TOO_MANY = (
    f"over {LARGEST_LATTICE:,} combinations of layer, jump and width, expected fewer kernels, dilations or widths"
)


@dataclass(frozen=True, slots=True)
class Lattice:
    """What one stack can do: entry states, exit states and the moves between."""

    stack: str
    entries: tuple[State, ...]
    exits: tuple[State, ...]
    moves: tuple[Move, ...]

    @property
    def states(self) -> tuple[State, ...]:
        """Every state that the stack can be in, in order of jump and width."""
        found = {state for move in self.moves for state in (move.source, move.target)}
        return tuple(sorted(found | set(self.entries), key=state_order))


def state_order(state: State) -> tuple[object, ...]:
    """Sort key: every move goes up in this order or, where widths may fall, stays at its jump."""
    return (not state.fresh, state.jump, state.width)


def lattices(problem: Problem) -> dict[str, Lattice]:
    """Return the lattice of every stack, in order; empty ones where the exits cannot be reached."""
    forward = _explore(problem)
    return prune(problem, forward)


def may_need_rings(problem: Problem, found: Mapping[str, Lattice]) -> bool:
    """Return whether the best walk might come back to a state, which the model rules out.

    It might where widths may fall at one jump, and a ring can earn something that repeats in its narrowest state do
    not: entropy or influence that is maximised, or the variance that an inverted block has without its shortcut.
    """
    inverted = any(stack.block.kind == "inverted" for stack in problem.stacks)
    gains = inverted or any(objective.maximise for objective in problem.objectives)
    if problem.guards.monotone_widths or not gains:
        return False
    ways = {(move.stack, move.source, move.target) for lattice in found.values() for move in lattice.moves}
    return any((stack, target, source) in ways for stack, source, target in ways if source != target)


def exit_states(problem: Problem, node: str, states: Iterable[State]) -> tuple[State, ...]:
    """Return those states that satisfy the stride and width requirements at `node`."""
    wanted = [r for r in problem.at(node) if r.quantity in {Quantity.STRIDE, Quantity.WIDTH}]
    return tuple(
        state
        for state in states
        if all(
            _within(state.jump if r.quantity is Quantity.STRIDE else (state.width,), r.least, r.most) for r in wanted
        )
    )


def _within(values: Axes, least: tuple[float, ...] | None, most: tuple[float, ...] | None) -> bool:
    above = least is None or all(value >= low for value, low in zip(values, least, strict=True))
    return above and (most is None or all(value <= high for value, high in zip(values, most, strict=True)))


def _explore(problem: Problem) -> dict[str, Lattice]:
    start = State((1,) * problem.input.axes, problem.input.channels, fresh=True)
    reached: dict[str, tuple[State, ...]] = {"input": (start,)}
    found: dict[str, Lattice] = {}
    for stack in problem.stacks:
        entries = reached[problem.before(stack.name)]
        pricer = Pricer(stack.name, stack.block, problem.input.size)
        limit = _jump_limit(problem, stack.name)
        moves = tuple(_moves(problem, stack, entries, pricer, limit))
        least = _least_layers(problem, stack.name)
        ends = {move.target for move in moves} | (set(entries) if least == 0 else set())
        reached[stack.name] = tuple(sorted(ends, key=state_order))
        found[stack.name] = Lattice(stack.name, entries, reached[stack.name], moves)
    return found


def _moves(
    problem: Problem, stack: Stack, entries: tuple[State, ...], pricer: Pricer, limit: tuple[float, ...]
) -> Iterator[Move]:
    by_stride: dict[Axes, list[Choice]] = {}
    for choice in stack.choices:
        by_stride.setdefault(choice.stride, []).append(choice)
    count = 0
    most = _most_layers(problem, stack.name)
    made = dict.fromkeys(entries, 0)  # the fewest layers of this stack that reach a state
    waiting = deque(entries)
    while waiting:
        source = waiting.popleft()
        if made[source] >= most:
            continue
        for stride, choices in by_stride.items():
            jump = advance(source.jump, stride)
            if any(j > most for j, most in zip(jump, limit, strict=True)):
                continue
            for width in _widths(problem, stack, source, jump):
                target = State(jump, width)
                moves = list(pricer.moves(source, target, choices))
                count += len(moves)
                if count > LARGEST_LATTICE:
                    raise ProblemError([Mistake(stack.name, TOO_MANY)])
                yield from moves
                if moves and target not in made:
                    made[target] = made[source] + 1
                    waiting.append(target)


def _widths(problem: Problem, stack: Stack, source: State, jump: Axes) -> Iterator[int]:
    keeps = stack.block.kind == "pool"
    rising = problem.guards.monotone_widths and stack.widths.is_free and not source.fresh
    options = (source.width,) if keeps else stack.widths.options(jump)
    for width in options:
        if not (rising and width < source.width):
            yield width


def _jump_limit(problem: Problem, stack: str) -> tuple[float, ...]:
    """Return the largest jump per axis that some exit behind the stack still accepts."""
    strides = {}
    for node in problem.exits:
        if stack in {part.name for part in problem.trunk(node.name)}:
            caps = [r.most for r in problem.at(node.name) if r.quantity is Quantity.STRIDE and r.most is not None]
            strides[node.name] = [min(column) for column in zip(*caps, strict=True)] if caps else None
    # Jumps never fall, so every exit behind the stack limits it.
    limits = [stride for stride in strides.values() if stride is not None]
    unlimited = (useful_jump(problem),) * problem.input.axes
    return tuple(min(column) for column in zip(*limits, unlimited, strict=True))


def useful_jump(problem: Problem) -> float:
    """Return a jump past which no requirement is any nearer: twice the largest field asked, 1,024 at least."""
    fields = [max(r.least) for r in problem.requirements if r.quantity is Quantity.RECEPTIVE_FIELD and r.least]
    return max([1024.0, *(2.0 * field for field in fields)])


def _most_layers(problem: Problem, stack: str) -> float:
    caps = [
        r.most[0] for r in problem.requirements if r.quantity is Quantity.LAYERS and r.node in {None, stack} and r.most
    ]
    return min(caps, default=inf)


def _least_layers(problem: Problem, stack: str) -> int:
    return max((int(r.least[0]) for r in problem.at(stack) if r.quantity is Quantity.LAYERS and r.least), default=0)


def prune(problem: Problem, forward: Mapping[str, Lattice]) -> dict[str, Lattice]:
    """Return the lattices without what the input does not lead to, or what leads to no accepted state at some exit."""
    needed: dict[str, set[State]] = {name: set(lattice.exits) for name, lattice in forward.items()}
    for node in problem.exits:
        before = problem.before(node.name)
        if before in needed:
            needed[before] &= set(exit_states(problem, node.name, needed[before]))
    pruned: dict[str, Lattice] = {}
    for stack in reversed(problem.stacks):
        lattice = forward[stack.name]
        exits = needed[stack.name]
        kept = _leading_to(lattice.moves, exits)
        useful = {move.source for move in kept}
        if _least_layers(problem, stack.name) == 0:
            useful |= exits
        entries = tuple(state for state in lattice.entries if state in useful)
        before = problem.before(stack.name)
        if before in needed:
            needed[before] &= set(entries)
        ordered = tuple(state for state in lattice.exits if state in exits)
        pruned[stack.name] = Lattice(stack.name, entries, ordered, kept)
    return _reachable(problem, pruned)


def _reachable(problem: Problem, pruned: Mapping[str, Lattice]) -> dict[str, Lattice]:
    """Drop what pruning has cut off from the input."""
    reached: dict[str, Lattice] = {}
    for stack in problem.stacks:
        lattice = pruned[stack.name]
        before = problem.before(stack.name)
        entries = tuple(s for s in lattice.entries if before not in reached or s in reached[before].exits)
        leaving: dict[State, list[Move]] = {}
        for move in lattice.moves:
            leaving.setdefault(move.source, []).append(move)
        kept: list[Move] = []
        seen, waiting = set(entries), list(entries)
        while waiting:
            for move in leaving.get(waiting.pop(), ()):
                kept.append(move)
                if move.target not in seen:
                    seen.add(move.target)
                    waiting.append(move.target)
        ends = {move.target for move in kept} | (set(entries) if _least_layers(problem, stack.name) == 0 else set())
        exits = tuple(state for state in lattice.exits if state in ends)
        reached[stack.name] = Lattice(stack.name, entries, exits, tuple(kept))
    return reached


def _leading_to(moves: tuple[Move, ...], exits: set[State]) -> tuple[Move, ...]:
    sources: dict[State, set[State]] = {}
    for move in moves:
        sources.setdefault(move.target, set()).add(move.source)
    useful, waiting = set(exits), list(exits)
    while waiting:
        for source in sources.get(waiting.pop(), set()) - useful:
            useful.add(source)
            waiting.append(source)
    return tuple(move for move in moves if move.target in useful)
