"""Stacks as flows from their entry state to their exit state, and the junctions where they meet."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from rfsolve.search.clock import tick
from rfsolve.search.lattice import Junction, Lattice, Way, rings
from rfsolve.search.moves import State
from rfsolve.search.variables import Placed

Ends = Mapping[State, cp_model.IntVar]


def add_flow(cp: cp_model.CpModel, lattice: Lattice, placed: Sequence[Placed], before: Ends | None, ends: Ends) -> None:
    """What enters a state leaves it; only a visited state repeats. `before` None: the stack starts at the input."""
    arriving: dict[State, list[cp_model.LinearExprT]] = defaultdict(list)
    leaving: dict[State, list[cp_model.LinearExprT]] = defaultdict(list)
    loops: dict[State, list[Placed]] = defaultdict(list)
    for state in lattice.entries:
        arriving[state].append(1 if before is None else before[state])
    for state, end in ends.items():
        leaving[state].append(end)
    for item in placed:
        if item.move.repeatable:
            loops[item.move.source].append(item)
        else:
            leaving[item.move.source].append(item.count)
            arriving[item.move.target].append(item.count)
    in_ring = rings(lattice)
    for state in lattice.states:
        tick()
        visits = cp_model.LinearExpr.sum(arriving[state])
        cp.add(visits == cp_model.LinearExpr.sum(leaving[state]))
        if state not in in_ring:
            for item in loops[state]:
                cp.add(item.count <= item.most * visits)
    if in_ring:
        _add_rings(cp, in_ring, placed, arriving)


def _add_rings(
    cp: cp_model.CpModel,
    in_ring: Mapping[State, int],
    placed: Sequence[Placed],
    arriving: Mapping[State, Sequence[cp_model.LinearExprT]],
) -> None:
    """Where a walk can come back to a state, it is an Eulerian trail: besides the flow, it must hang together.

    Every visited state of a ring is entered from outside, or by a move, its first, from a state of lower rank.
    """
    inside = [
        item
        for item in placed
        if not item.move.repeatable and in_ring.get(item.move.source, -1) == in_ring.get(item.move.target, -2)
    ]
    own = {item.count.index for item in inside}
    here: dict[State, list[Placed]] = defaultdict(list)  # what only a visited state has
    for item in placed:
        if item.move.repeatable or item.count.index in own:
            here[item.move.target].append(item)
    rank = {state: cp.new_int_var(0, len(in_ring), f"rank of {state}") for state in in_ring}
    first: dict[State, list[cp_model.IntVar]] = defaultdict(list)
    for item in inside:
        leads = cp.new_bool_var("")
        cp.add(item.count >= 1).only_enforce_if(leads)
        cp.add(rank[item.move.target] >= rank[item.move.source] + 1).only_enforce_if(leads)
        first[item.move.target].append(leads)
    for state in in_ring:
        visited = cp.new_bool_var(f"{state} visited")
        outside = [term for term in arriving[state] if not (isinstance(term, cp_model.IntVar) and term.index in own)]
        cp.add(cp_model.LinearExpr.sum([*outside, *first[state]]) == visited)
        for item in here[state]:
            cp.add(item.count <= item.most * visited)


def add_junction(
    cp: cp_model.CpModel, junction: Junction, branches: Sequence[Ends | None]
) -> tuple[Ends, dict[Way, cp_model.IntVar]]:
    """Choose one way to join the branches; return what comes out, and the ways. A branch None is the input."""
    chosen = {way: cp.new_bool_var(f"{junction.merge.name}: {way.result}") for way in junction.ways}
    cp.add_exactly_one(chosen.values())
    for slot, branch in enumerate(branches):
        for state, end in (branch or {}).items():
            cp.add(end == cp_model.LinearExpr.sum([one for way, one in chosen.items() if way.parts[slot] == state]))
    ends = {}
    for state in junction.exits:
        making = [one for way, one in chosen.items() if way.result == state]
        ends[state] = making[0] if len(making) == 1 else cp.new_bool_var(f"{junction.merge.name} ends at {state}")
        if len(making) > 1:
            cp.add(ends[state] == cp_model.LinearExpr.sum(making))
    return ends, chosen
