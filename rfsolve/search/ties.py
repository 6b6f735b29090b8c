"""Rows that tie stacks to each other, and those that keep layers undilated behind a stride."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ortools.sat.python import cp_model

from rfsolve.errors import Mistake, ProblemError
from rfsolve.search.lattice import Lattice
from rfsolve.search.moves import Move, State
from rfsolve.search.variables import Placed
from rfsolve.space.blocks import Axes
from rfsolve.space.problem import Stack, Tie

Key = tuple[object, ...]


def add_tie(
    cp: cp_model.CpModel,
    stack: Stack,
    tie: Tie,
    lattices: Mapping[str, Lattice],
    placed: Mapping[str, Sequence[Placed]],
) -> None:
    """Give a stack as many layers of every kind as the one that it is tied to, at the same place of the walk."""
    counted: dict[Key, list[cp_model.LinearExprT]] = defaultdict(list)
    for name, sign in ((stack.name, 1), (tie.to, -1)):
        start = _start(lattices[name])
        for item in placed[name]:
            counted[_kind(item.move, start, dilation=tie.dilation)].append(sign * item.count)
    for terms in counted.values():
        cp.add(cp_model.LinearExpr.sum(terms) == 0)


Entries = Mapping[State, cp_model.LinearExprT]
"""The states that a stack may start at, with literals that say which it does."""


def add_same_entry(cp: cp_model.CpModel, placed: Sequence[Placed], one: Entries, other: Entries) -> None:
    """Let a tied stack, unless it is empty, start at the width that the other starts at.

    Where widths may fall, a closed walk has the same layers from whichever of its states it starts; elsewhere the
    layers tell where they start.
    """
    layers = cp.new_bool_var("a tied stack has layers")
    for item in placed:
        cp.add(item.count <= item.most * layers)
    for width in {state.width for state in (*one, *other)}:
        cp.add(_of_width(one, width) == _of_width(other, width)).only_enforce_if(layers)


def _of_width(ends: Entries, width: int) -> cp_model.LinearExpr:
    return cp_model.LinearExpr.sum([0, *(end for state, end in ends.items() if state.width == width)])


def _start(lattice: Lattice) -> Axes:
    """Return the jump that a tied stack starts at: one only where it strides, or layers could change places."""
    jumps = sorted({state.jump for state in lattice.entries})
    strides = any(move.source.jump != move.target.jump for move in lattice.moves)
    if len(jumps) > 1 and strides:
        listed = ", ".join("x".join(map(str, jump)) for jump in jumps)
        text = f"is tied, strides and may start at jumps {listed}; expected strides = [1], or an exact stride before it"
        raise ProblemError([Mistake(lattice.stack, text)])
    return jumps[0] if strides and jumps else ()


def _kind(move: Move, start: Axes, *, dilation: bool) -> Key:
    jump = tuple(j // first for j, first in zip(move.source.jump, start, strict=True)) if start else ()
    choice = move.choice
    kept = choice.dilation if dilation else ()
    return jump, choice.kernel, choice.stride, kept, move.source.width, move.target.width


def undilated(moves: Iterable[Move]) -> dict[Axes, tuple[list[Move], list[Move]]]:
    """Return, by the jump that strides lead to, those strides and the undilated layers with a kernel at that jump."""
    found: dict[Axes, tuple[list[Move], list[Move]]] = {}
    for move in moves:
        if move.source.jump != move.target.jump:
            found.setdefault(move.target.jump, ([], []))[0].append(move)
    for move in moves:
        if move.source.jump == move.target.jump and move.source.jump in found and is_undilated(move):
            found[move.source.jump][1].append(move)
    return found


def is_undilated(move: Move) -> bool:
    """Return whether a layer sees more than its own pixel, and neighbours only."""
    return max(move.choice.dilation) == 1 and max(move.choice.kernel) > 1
