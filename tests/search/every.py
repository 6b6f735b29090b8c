"""All placements of a small space, some of a larger one, and what a model makes of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from ortools.sat.python import cp_model

from rfsolve.search.lattice import Found, Junction, Lattice, lattices, start_state
from rfsolve.search.model import Model
from rfsolve.search.moves import Move, State
from rfsolve.search.placement import Placement
from rfsolve.space.problem import Problem, Quantity, Requirement

Pairs = tuple[tuple[Move, int], ...]
MOST_TRIES = 500


def layer_limits(problem: Problem, stack: str) -> tuple[int, int]:
    """The fewest and the most layers of a stack; every stack here has both."""
    (limits,) = (r for r in problem.at(stack) if r.quantity is Quantity.LAYERS)
    assert limits.least is not None
    assert limits.most is not None
    return int(limits.least[0]), int(limits.most[0])


def every(problem: Problem, found: Found) -> Iterator[Placement]:
    """All placements in the problem's lattices, whatever its exits ask of fields and holes."""
    yield from _completed(problem, found, {}, {}, {})


def _completed(
    problem: Problem,
    found: Found,
    moves: dict[str, Pairs],
    ends: dict[str, State],
    known: dict[tuple[str, State], list[tuple[State, Pairs]]],
) -> Iterator[Placement]:
    if len(ends) == len(problem.nodes):
        if all(ends[problem.before(exit_.name)] in found[problem.before(exit_.name)].exits for exit_ in problem.exits):
            yield Placement(moves, ends)
        return
    node = problem.nodes[len(ends)]
    one = found[node.name]
    if isinstance(one, Junction):
        parts = tuple(ends.get(branch, start_state(problem)) for branch in one.merge.branches)
        for way in one.ways:
            if way.parts == parts:
                yield from _completed(problem, found, moves, {**ends, node.name: way.result}, known)
        return
    start = ends.get(problem.before(node.name), start_state(problem))
    if (node.name, start) not in known:
        known[node.name, start] = list(_walks(one, start, *layer_limits(problem, node.name)))
    for end, pairs in known[node.name, start]:
        yield from _completed(problem, found, {**moves, node.name: pairs}, {**ends, node.name: end}, known)


def _walks(lattice: Lattice, start: State, least: int, most: int) -> Iterator[tuple[State, Pairs]]:
    """The different ways through a lattice: where they end, and how often each move is made."""
    waiting: set[tuple[State, tuple[int, ...]]] = {(start, (0,) * len(lattice.moves))}
    for layers in range(most + 1):
        if layers >= least:
            yield from ((state, _pairs(lattice, counts)) for state, counts in sorted(waiting, key=str))
        waiting = {
            (move.target, (*counts[:i], counts[i] + 1, *counts[i + 1 :]))
            for state, counts in waiting
            for i, move in enumerate(lattice.moves)
            if move.source == state
        }


def _pairs(lattice: Lattice, counts: Sequence[int]) -> Pairs:
    return tuple((move, count) for move, count in zip(lattice.moves, counts, strict=True) if count)


def some(problem: Problem, found: Found, rng: Random) -> Placement:
    """A placement drawn at random."""
    for _ in range(MOST_TRIES):
        placement = _drawn(problem, found, rng)
        if placement is not None:
            return placement
    raise AssertionError("no way through the lattices was drawn")


def _drawn(problem: Problem, found: Found, rng: Random) -> Placement | None:
    moves: dict[str, Pairs] = {}
    ends: dict[str, State] = {}
    for node in problem.nodes:
        one = found[node.name]
        if isinstance(one, Junction):
            parts = tuple(ends.get(branch, start_state(problem)) for branch in one.merge.branches)
            results = [way.result for way in one.ways if way.parts == parts]
            if not results:
                return None
            ends[node.name] = results[0]
            continue
        state = ends.get(problem.before(node.name), start_state(problem))
        counts: Counter[int] = Counter()
        for _ in range(rng.randint(*layer_limits(problem, node.name))):
            leaving = [i for i, move in enumerate(one.moves) if move.source == state]
            if not leaving:
                return None
            index = rng.choice(leaving)
            counts[index] += 1
            state = one.moves[index].target
        if state not in one.exits:
            return None
        moves[node.name] = tuple((one.moves[i], counts[i]) for i in sorted(counts))
        ends[node.name] = state
    return Placement(moves, ends)


def free_model(problem: Problem) -> Model:
    """The model of a problem that rules out no copies, be they of use or not."""
    more = Requirement(name="more", quantity=Quantity.LAYERS, least=(1_000,))
    asked = replace(problem, requirements=(*problem.requirements, more))
    return Model(problem, lattices(problem), asked=asked)


def held(model: Model, placement: Placement, maximised: cp_model.IntVar | None = None) -> cp_model.CpSolver | None:
    """The model's solution that is this placement; None where the rows exclude it."""
    cp = model.cp.clone()
    for name, placed in model.placed.items():
        counts = dict(placement.moves[name])
        for item in placed:
            cp.add(item.count == counts.get(item.move, 0))
    for name, port in model.ports.items():
        for state, end in port.ends.items():
            cp.add(end == int(state == placement.ends[name]))
    if maximised is not None:
        cp.maximize(maximised)
    solver = cp_model.CpSolver()
    solver.parameters.catch_sigint_signal = False  # OR-tools would leave Ctrl-C with the system, not with Python
    solver.parameters.num_workers = 1
    solver.parameters.symmetry_level = 0
    code = solver.solve(cp)
    assert code in {cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.INFEASIBLE}
    return None if code == cp_model.INFEASIBLE else solver
