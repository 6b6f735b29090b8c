"""Stacks as flows from their entry state to their exit state, and the junctions where they meet."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from rfsolve.search.lattice import Junction, Lattice
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
    for state in lattice.states:
        visits = cp_model.LinearExpr.sum(arriving[state])
        cp.add(visits == cp_model.LinearExpr.sum(leaving[state]))
        for item in loops[state]:
            cp.add(item.count <= item.most * visits)
    _forbid_rings(cp, placed)


def _forbid_rings(cp: cp_model.CpModel, placed: Sequence[Placed]) -> None:
    """Where widths may fall at one jump, number the states of a walk, so that no ring floats beside it.

    A walk that comes back to a state is left out; where there could be one (`lattice.may_need_rings`), no proof is
    claimed.
    """
    rings = [item for item in placed if not item.move.repeatable and item.move.source.jump == item.move.target.jump]
    if not any(item.move.target.width < item.move.source.width and not item.move.source.fresh for item in rings):
        return
    states = {state for item in rings for state in (item.move.source, item.move.target)}
    rank = {state: cp.new_int_var(0, len(states), f"rank of {state}") for state in states}
    for item in rings:
        cp.add(rank[item.move.target] >= rank[item.move.source] + 1).only_enforce_if(item.count)
    for state in states:
        arriving = [item.count for item in placed if item.move.target == state and not item.move.repeatable]
        cp.add_at_most_one(arriving)


def add_junction(cp: cp_model.CpModel, junction: Junction, branches: Sequence[Ends | None]) -> Ends:
    """Choose one way to join the branches, and return the state that comes out. A branch None is the input."""
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
    return ends
