"""Branches that nothing tells apart: any design with two of them exchanged is the same design again.

Putting them in order of what they see leaves one of each. Measured on an ASPP head with three equal branches (that of
`rfsolve init aspp`, without its relation): 2.2 s without the order, 0.5 s with it.
"""

from collections.abc import Hashable, Iterator
from itertools import pairwise

from ortools.sat.python import cp_model

from rfsolve.search.variables import Parts
from rfsolve.space.problem import Merge, Problem, Stack


def put_in_order(parts: Parts) -> None:
    """Let each of several twins see no less than the one before it."""
    for one, other in twins(parts.problem):
        parts.cp.add(_seen(parts, one) <= _seen(parts, other))


def twins(problem: Problem) -> Iterator[tuple[str, str]]:
    """Yield stacks side by side, with the same choices between the same two nodes, that nothing else refers to."""
    named: set[str | None] = {tie.to for stack in problem.stacks if (tie := stack.tie) is not None}
    named |= {name for relation in problem.relations for name in (*relation.nodes, relation.source)}
    named |= {requirement.source for requirement in problem.requirements}
    alike: dict[Hashable, list[str]] = {}
    for stack in problem.stacks:
        after = list(problem.space.successors(stack.name))
        free = stack.name not in named and stack.tie is None and len(after) == 1
        if free and isinstance(problem.part(after[0]), Merge):
            alike.setdefault(_form(problem, stack, after[0]), []).append(stack.name)
    for names in alike.values():
        yield from pairwise(names)


def _form(problem: Problem, stack: Stack, after: str) -> Hashable:
    asked = tuple(sorted((r.quantity, r.least or (), r.most or ()) for r in problem.at(stack.name)))
    return problem.before(stack.name), after, stack.choices, stack.widths, stack.block, asked


def _seen(parts: Parts, stack: str) -> cp_model.LinearExpr:
    items = parts.placed[stack]
    fields = [sum(item.move.footprint.field[axis] for axis in parts.axes) for item in items]
    return cp_model.LinearExpr.weighted_sum([item.count for item in items], fields)
