"""The lattice of a stack: the (jump, width) states it can be in, and the moves between them.

Stacks meet at junctions, which say which states of the branches go together. States that no exit can be reached from
are left out, so that an exact stride shapes the lattice before the solver sees it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import inf, prod

import networkx as nx

from rfsolve.errors import Mistake, ProblemError
from rfsolve.search.clock import tick
from rfsolve.search.moves import Move, Pricer, State, advance, pricer_of
from rfsolve.space.blocks import KEEPING, Axes, Choice
from rfsolve.space.problem import Merge, MergeKind, Problem, Quantity, Stack

LARGEST_LATTICE = 300_000
LARGEST_JUNCTION = 20_000
MOST_RISES = 16
"""Layers of one up-sampling stack; a jump of 2**16 pixels is past all use."""
FEW = 4
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


@dataclass(frozen=True, slots=True)
class Way:
    """States of the branches of a merge, in order, that go together, and the state they make."""

    result: State
    parts: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """What a merge can do: `add` joins equal states, `concat` those of one jump, and adds up the widths."""

    merge: Merge
    ways: tuple[Way, ...]

    @property
    def exits(self) -> tuple[State, ...]:
        """The states that can come out."""
        return tuple(sorted({way.result for way in self.ways}, key=state_order))

    @property
    def moves(self) -> tuple[Move, ...]:
        """None: a merge places no layer of a stack."""
        return ()


Found = Mapping[str, Lattice | Junction]


def state_order(state: State) -> tuple[object, ...]:
    """Sort key: every move goes up in this order or, where widths may fall, stays at its jump."""
    return (not state.fresh, state.jump, state.width)


def lattices(problem: Problem) -> dict[str, Lattice | Junction]:
    """Return the lattice of every stack and the junction of every merge; empty where the exits cannot be reached."""
    forward = _explore(problem)
    pruned = prune(problem, forward)
    while any(isinstance(one, Junction) for one in pruned.values()) and _size(pruned) < _size(forward):
        forward, pruned = pruned, prune(problem, pruned)
    return pruned


def _size(found: Found) -> int:
    return sum(
        len(one.moves) + len(one.exits) + (len(one.ways) if isinstance(one, Junction) else 0) for one in found.values()
    )


def disagreement(problem: Problem) -> Mistake | None:
    """Return what keeps the branches of a merge apart whatever is required, None where they can meet."""
    apart = frozenset({Quantity.STRIDE, Quantity.WIDTH, Quantity.LAYERS})
    stacks = {stack.name for stack in problem.stacks}
    kept = tuple(r for r in problem.requirements if r.quantity not in apart or r.node in stacks)
    free = replace(problem, requirements=kept)
    reached = _explore(free)
    for node in problem.nodes:
        junction = reached[node.name]
        if isinstance(node, Merge) and not junction.exits and all(_exits(free, reached, b) for b in node.branches):
            wanted = "jump and width" if node.kind is MergeKind.ADD else "jump"
            listed = "; ".join(f"'{b}' reaches {_listed(_exits(free, reached, b))}" for b in node.branches)
            return Mistake(
                f"{node.path}.of",
                f"{node.kind} never meets, expected branches of equal {wanted} (jump/width): {listed}",
            )
    return None


def _exits(problem: Problem, reached: Found, node: str) -> tuple[State, ...]:
    return (start_state(problem),) if node == "input" else reached[node].exits


def _listed(states: tuple[State, ...]) -> str:
    shown = ", ".join(str(state) for state in states[:FEW])
    return shown + (", ..." if len(states) > FEW else "")


def rings(lattice: Lattice) -> dict[State, int]:
    """Return the states that a walk can come back to, by the number of the ring; where widths may fall at one jump."""
    level = [(m.source, m.target) for m in lattice.moves if m.source.jump == m.target.jump]
    if not any(target.width < source.width for source, target in level):
        return {}
    arcs = nx.DiGraph(level)
    found = [states for states in nx.strongly_connected_components(arcs) if len(states) > 1]
    return {state: number for number, states in enumerate(found) for state in states}


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


def start_state(problem: Problem) -> State:
    """Return the state of the network's input."""
    return State((1,) * problem.input.axes, problem.input.channels, fresh=True)


def _explore(problem: Problem) -> dict[str, Lattice | Junction]:
    reached: dict[str, tuple[State, ...]] = {"input": (start_state(problem),)}
    limits = _jump_limits(problem)
    found: dict[str, Lattice | Junction] = {}
    for node in problem.nodes:
        if isinstance(node, Merge):
            junction = Junction(node, tuple(_ways(node, [reached[branch] for branch in node.branches])))
            found[node.name], reached[node.name] = junction, junction.exits
            continue
        entries = reached[problem.before(node.name)]
        shared = node.tie is not None and node.tie.weights
        prices = pricer_of(node.block, problem.input.size, weightless=shared)
        moves = tuple(_moves(problem, node, entries, prices, limits[node.name]))
        least = _least_layers(problem, node.name)
        ends = {move.target for move in moves} | (set(entries) if least == 0 else set())
        reached[node.name] = tuple(sorted(ends, key=state_order))
        found[node.name] = Lattice(node.name, entries, reached[node.name], moves)
    return found


def _ways(merge: Merge, branches: Sequence[tuple[State, ...]]) -> Iterator[Way]:
    """Yield the states of the branches that go together; what a concatenation makes is the start of a new order."""
    for jump in sorted({state.jump for state in branches[0]}):
        there = [[state for state in states if state.jump == jump] for states in branches]
        if prod(map(len, there)) > LARGEST_JUNCTION:
            text = f"over {LARGEST_JUNCTION:,} combinations of widths at one jump, expected fewer widths"
            raise ProblemError([Mistake(f"{merge.path}.of", text)])
        for parts in product(*there):
            tick()
            widths = [state.width for state in parts]
            if merge.kind is MergeKind.CONCAT:
                yield Way(State(jump, sum(widths), fresh=True), parts)
            elif len(set(widths)) == 1:
                yield Way(State(jump, widths[0]), parts)


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
            jump = jump_after(problem, stack, source.jump, stride)
            beyond = not stack.block.rises and any(j > most for j, most in zip(jump or (), limit, strict=False))
            if jump is None or beyond:
                continue
            for width in widths_after(problem, stack, source, jump):
                tick()
                target = State(jump, width)
                moves = list(pricer.moves(stack.name, source, target, choices))
                count += len(moves)
                if count > LARGEST_LATTICE:
                    raise ProblemError([Mistake(stack.name, TOO_MANY)])
                yield from moves
                if moves and target not in made:
                    made[target] = made[source] + 1
                    waiting.append(target)


def jump_after(problem: Problem, stack: Stack, jump: Axes, stride: Axes) -> Axes | None:
    """Return the jump after a stride; None where up-sampling would leave the grid of whole pixels or of whole cells."""
    if not stack.block.rises:
        return advance(jump, stride)
    sizes = problem.input.size or jump
    whole = all(j % s == 0 and (s == 1 or size % j == 0) for j, s, size in zip(jump, stride, sizes, strict=True))
    return tuple(j // s for j, s in zip(jump, stride, strict=True)) if whole else None


def widths_after(problem: Problem, stack: Stack, source: State, jump: Axes) -> Iterator[int]:
    """Yield the widths that a layer may have, given the state before it and the jump after it."""
    keeps = stack.block.kind in KEEPING
    rising = problem.guards.monotone_widths and stack.widths.is_free and not source.fresh
    options = (source.width,) if keeps else stack.widths.options(jump)
    for width in options:
        if not (rising and width < source.width):
            yield width


def _jump_limits(problem: Problem) -> dict[str, tuple[float, ...]]:
    """Return, by node, the largest jump per axis that every exit behind it still accepts.

    Up-sampling on a way to an exit lets the jump before it be larger, by its factor for each of its layers.
    """
    unlimited = (useful_jump(problem),) * problem.input.axes
    limits: dict[str, tuple[float, ...]] = {}
    for name in reversed(list(nx.topological_sort(problem.space))):
        caps = [r.most for r in problem.at(name) if r.quantity is Quantity.STRIDE and r.most is not None]
        caps += [_limit_before(problem, after, limits[after]) for after in problem.space.successors(name)]
        limits[name] = tuple(min(column) for column in zip(*caps, unlimited, strict=True))
    return limits


def _limit_before(problem: Problem, after: str, limit: tuple[float, ...]) -> tuple[float, ...]:
    part = problem.part(after)
    if not isinstance(part, Stack) or not part.block.rises:
        return limit
    layers = min(_most_layers(problem, part.name), MOST_RISES)
    factors = [max(choice.stride[axis] for choice in part.choices) for axis in range(problem.input.axes)]
    return tuple(most * factor**layers for most, factor in zip(limit, factors, strict=True))


def useful_jump(problem: Problem) -> float:
    """Return a jump past which no requirement is any nearer.

    That is twice the largest field asked, or the largest stride asked and one layer more, 1,024 at least.
    """
    fields = [max(r.least) for r in problem.requirements if r.quantity is Quantity.RECEPTIVE_FIELD and r.least]
    asked = [max(r.least) for r in problem.requirements if r.quantity is Quantity.STRIDE and r.least]
    largest = max((max(choice.stride) for stack in problem.stacks for choice in stack.choices), default=1)
    return max([1024.0, *(2.0 * field for field in fields), *(float(stride * largest) for stride in asked)])


def _most_layers(problem: Problem, stack: str) -> float:
    caps = [
        r.most[0] for r in problem.requirements if r.quantity is Quantity.LAYERS and r.node in {None, stack} and r.most
    ]
    return min(caps, default=inf)


def _least_layers(problem: Problem, stack: str) -> int:
    return max((int(r.least[0]) for r in problem.at(stack) if r.quantity is Quantity.LAYERS and r.least), default=0)


def prune(problem: Problem, forward: Found) -> dict[str, Lattice | Junction]:
    """Return the lattices without what the input does not lead to, or what leads to no accepted state at some exit."""
    needed: dict[str, set[State]] = {name: set(one.exits) for name, one in forward.items()}
    needed["input"] = {start_state(problem)}
    for way_out in problem.exits:
        before = problem.before(way_out.name)
        needed[before] &= set(exit_states(problem, way_out.name, needed[before]))
    pruned: dict[str, Lattice | Junction] = {}
    for node in reversed(problem.nodes):
        one = forward[node.name]
        if isinstance(one, Junction):
            ways = tuple(way for way in one.ways if way.result in needed[node.name] and _agreed(way, one, needed))
            for slot, branch in enumerate(one.merge.branches):
                needed[branch] &= {way.parts[slot] for way in ways}
            pruned[node.name] = Junction(one.merge, ways)
            continue
        exits = needed[node.name]
        kept = _leading_to(one.moves, exits)
        useful = {move.source for move in kept}
        if _least_layers(problem, node.name) == 0:
            useful |= exits
        entries = tuple(state for state in one.entries if state in useful)
        needed[problem.before(node.name)] &= set(entries)
        ordered = tuple(state for state in one.exits if state in exits)
        pruned[node.name] = Lattice(node.name, entries, ordered, kept)
    return _reachable(problem, pruned)


def prune_stacks(problem: Problem, forward: Mapping[str, Lattice]) -> dict[str, Lattice]:
    """Return what `prune` does, for stacks that never meet."""
    return {name: one for name, one in prune(problem, forward).items() if isinstance(one, Lattice)}


def _agreed(way: Way, junction: Junction, states: Mapping[str, Iterable[State]]) -> bool:
    return all(part in states[branch] for part, branch in zip(way.parts, junction.merge.branches, strict=True))


def _reachable(problem: Problem, pruned: Found) -> dict[str, Lattice | Junction]:
    """Drop what pruning has cut off from the input."""
    reached: dict[str, Lattice | Junction] = {}
    exits: dict[str, tuple[State, ...]] = {"input": (start_state(problem),)}
    for node in problem.nodes:
        one = pruned[node.name]
        if isinstance(one, Junction):
            kept = Junction(one.merge, tuple(way for way in one.ways if _agreed(way, one, exits)))
            reached[node.name], exits[node.name] = kept, kept.exits
            continue
        there = set(exits[problem.before(node.name)])
        lattice = _led_to(problem, one, tuple(state for state in one.entries if state in there))
        reached[node.name], exits[node.name] = lattice, lattice.exits
    return reached


def _led_to(problem: Problem, lattice: Lattice, entries: tuple[State, ...]) -> Lattice:
    """Return the part of a lattice that some entries lead to."""
    leaving: dict[State, set[State]] = {}
    for move in lattice.moves:
        leaving.setdefault(move.source, set()).add(move.target)
    seen = _connected(entries, leaving)
    kept = tuple(move for move in lattice.moves if move.source in seen)
    ends = {move.target for move in kept} | (set(entries) if _least_layers(problem, lattice.stack) == 0 else set())
    exits = tuple(state for state in lattice.exits if state in ends)
    return Lattice(lattice.stack, entries, exits, kept)


def _leading_to(moves: tuple[Move, ...], exits: set[State]) -> tuple[Move, ...]:
    sources: dict[State, set[State]] = {}
    for move in moves:
        sources.setdefault(move.target, set()).add(move.source)
    useful = _connected(exits, sources)
    return tuple(move for move in moves if move.target in useful)


def _connected(starts: Iterable[State], following: Mapping[State, set[State]]) -> set[State]:
    """Return the states that some starts are joined to, the starts among them."""
    found, waiting = set(starts), list(starts)
    while waiting:
        for state in following.get(waiting.pop(), set()) - found:
            found.add(state)
            waiting.append(state)
    return found
