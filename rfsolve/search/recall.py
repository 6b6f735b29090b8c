"""Proven answers to and from a cache: the layers of each stack as numbers, and what was proven of them.

What comes back is no more trusted than what the solver proposes: every layer must be one that its stack could place,
the design is built and recomputed by the recurrence, and objective and requirements must come out as they were kept.
Names are the caller's: the nodes' are part of the identity, and an explanation, which names requirements, is given
only where they are called the same.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from math import isclose
from typing import Any

from rfsolve.search.cache import Cache, Document
from rfsolve.search.check import broken, checked_design
from rfsolve.search.expand import PlacedLayer
from rfsolve.search.lattice import jump_after, start_state, widths_after
from rfsolve.search.moves import Move, State, pricer_of
from rfsolve.search.placement import Placement
from rfsolve.search.records import plain, rebuilt
from rfsolve.search.remarks import remarks
from rfsolve.search.solution import Design, Outcome, Solution, Status
from rfsolve.search.values import value_of
from rfsolve.space.blocks import Choice
from rfsolve.space.identity import identity
from rfsolve.space.problem import Merge, MergeKind, Problem, Stack, Tie

PROVEN = {Status.OPTIMAL, Status.INFEASIBLE}
EXPLANATIONS = ("guards", "conflicts", "relaxations", "widenings", "explained")
"""Fields of a solution that name requirements, and whether those are all."""


class Recall:
    """The answer to one problem, in a cache; `seed`, `workers` and who asks decide between designs of equal value."""

    def __init__(self, cache: Cache, problem: Problem, *, seed: int, workers: int, by: str = "solve") -> None:
        self._cache = cache
        self._problem = problem
        self._question = {"identity": identity(problem), "seed": seed, "workers": workers, "by": by}
        self._answer: Document | None = None

    def solution(self) -> Solution | None:
        """Return the answer that is known, checked again; None where there is none that stands."""
        answer = self._cache.get(self._question)
        if answer is None:
            return None
        try:
            solution = _solution(self._problem, answer)
        except Exception as error:  # noqa: BLE001 - whatever nonsense a file can lead to
            self._cache.refuse(self._question, f"holds no answer to this problem ({error})")
            return None
        self._answer = answer
        return solution

    def explained(self, solution: Solution) -> Solution | None:
        """Return the known answer with its explanation, None where none is known under the caller's names."""
        kept = (self._answer or {}).get("explanation", {}).get(_spelling(self._problem))
        if kept is None:
            return None
        try:
            return replace(solution, **{name: rebuilt(Solution, name, kept[name]) for name in EXPLANATIONS})
        except (KeyError, TypeError, ValueError) as error:
            self._cache.refuse(self._question, f"holds no explanation of this answer ({error})")
            return None

    def keep(self, solution: Solution, *, explained: bool) -> None:
        """Keep an answer that is proven, with its explanation where there is one and it is settled."""
        if solution.status not in PROVEN:
            return
        answer = self._answer or _answer(solution)
        explanation = dict(answer.get("explanation", {}))
        if explained and _settled(solution):
            explanation[_spelling(self._problem)] = {name: plain(getattr(solution, name)) for name in EXPLANATIONS}
        if self._answer is None or explanation != self._answer.get("explanation"):
            self._cache.put(self._question, {**answer, "explanation": explanation})


def _settled(solution: Solution) -> bool:
    """Return whether a longer time limit could not add to the explanation, as far as can be seen."""
    if solution.status is Status.INFEASIBLE:
        return solution.explained
    return all(effect.shaped is not None for effect in solution.guards)


def _spelling(problem: Problem) -> str:
    """Return a hash of what requirements are called and how they are grouped."""
    told = [(r.name, r.node, r.sentence, r.guard) for r in problem.requirements]
    told += [(r.name, None, r.sentence, r.guard) for r in problem.relations]
    return sha256(json.dumps(told).encode()).hexdigest()[:16]


# to data --------------------------------------------------------------------------------------------------------------


def _answer(solution: Solution) -> Document:
    return {
        "status": solution.status.value,
        "values": [outcome.value for outcome in solution.outcomes],
        "bounds": [outcome.bound for outcome in solution.outcomes],
        "stacks": None if solution.design is None else _layers(solution.design.layers),
        "rejected": solution.rejected,
        "size": plain(solution.size),
    }


def _layers(layers: Sequence[PlacedLayer]) -> dict[str, list[list[Any]]]:
    """Return kernel, stride, dilation and width of every layer, by stack, in order."""
    stacks: dict[str, list[list[Any]]] = {}
    for layer in layers:
        choice = layer.choice
        row = [list(choice.kernel), list(choice.stride), list(choice.dilation), layer.c_out]
        stacks.setdefault(layer.stack, []).append(row)
    return stacks


# from data ------------------------------------------------------------------------------------------------------------


def _solution(problem: Problem, answer: Document) -> Solution:
    """Return the solution that an answer holds; ValueError (or another error) where it does not fit the problem."""
    status = Status(answer["status"])
    objectives = problem.objectives
    kept = list(zip(objectives, answer["values"], answer["bounds"], strict=True))
    outcomes = tuple(Outcome(objective=o, value=value, bound=bound) for o, value, bound in kept)
    size = rebuilt(Solution, "size", answer["size"])
    if status is Status.INFEASIBLE and answer["stacks"] is None:
        return Solution(status=status, outcomes=outcomes, rejected=answer["rejected"], size=size, recalled=True)
    if status is not Status.OPTIMAL:
        raise ValueError(f"status {status}")
    design = _design(problem, answer["stacks"])
    values = [value_of(problem, objective, design) for objective in objectives]
    if not all(isclose(value, one) for value, one in zip(values, answer["values"], strict=True)):
        raise ValueError(f"objectives {values}, expected {answer['values']}")
    return Solution(
        status=status,
        outcomes=outcomes,
        design=design,
        diagnostics=tuple(remarks(problem, design)),
        rejected=answer["rejected"],
        size=size,
        recalled=True,
    )


def _design(problem: Problem, stacks: Mapping[str, Sequence[Sequence[Any]]]) -> Design:
    placement = _placement(problem, stacks)
    for stack in problem.stacks:
        if stack.tie is not None:
            _check_tie(stack, stack.tie, placement)
    design = checked_design(problem, placement)
    refused = broken(problem, design)
    if refused:
        raise ValueError(f"breaks {refused[0]}")
    return design


def _placement(problem: Problem, stacks: Mapping[str, Sequence[Sequence[Any]]]) -> Placement:
    """Return the moves that the layers are, each of them one that its stack can make."""
    moves: dict[str, tuple[tuple[Move, int], ...]] = {}
    ends = {"input": start_state(problem)}
    for node in problem.nodes:
        if isinstance(node, Merge):
            ends[node.name] = _merged(node, [ends[branch] for branch in node.branches])
            continue
        counted: dict[Move, int] = {}
        state = ends[problem.before(node.name)]
        for move in _moves(problem, node, state, stacks.get(node.name, ())):
            counted[move] = counted.get(move, 0) + 1
            state = move.target
        moves[node.name], ends[node.name] = tuple(counted.items()), state
    del ends["input"]
    return Placement(moves, ends)


def _moves(problem: Problem, stack: Stack, state: State, layers: Sequence[Sequence[Any]]) -> Iterator[Move]:
    weightless = stack.tie is not None and stack.tie.weights
    pricer = pricer_of(stack.block, problem.input.size, weightless=weightless)
    for kernel, stride, dilation, width in layers:
        choice = Choice(tuple(kernel), tuple(stride), tuple(dilation))
        jump = jump_after(problem, stack, state.jump, choice.stride)
        if choice not in stack.choices or jump is None or width not in widths_after(problem, stack, state, jump):
            raise ValueError(f"stack '{stack.name}' has no layer {choice} of width {width}")
        (move,) = pricer.moves(stack.name, state, State(jump, width), [choice])
        yield move
        state = move.target


def _merged(merge: Merge, states: Sequence[State]) -> State:
    jump, width = states[0].jump, states[0].width
    widths = {state.width for state in states}
    if any(state.jump != jump for state in states) or (merge.kind is MergeKind.ADD and len(widths) > 1):
        raise ValueError(f"'{merge.name}' does not meet")
    if merge.kind is MergeKind.CONCAT:
        return State(jump, sum(state.width for state in states), fresh=True)
    return State(jump, width)


def _check_tie(stack: Stack, tie: Tie, placement: Placement) -> None:
    own, theirs = (_kinds(placement.moves[name], dilation=tie.dilation) for name in (stack.name, tie.to))
    if own != theirs:
        raise ValueError(f"'{stack.name}' does not repeat '{tie.to}'")


def _kinds(moves: Sequence[tuple[Move, int]], *, dilation: bool) -> Counter[object]:
    kinds: Counter[object] = Counter()
    for move, count in moves:
        choice = move.choice
        kinds[choice if dilation else (choice.kernel, choice.stride), move.source.width, move.target.width] += count
    return kinds
