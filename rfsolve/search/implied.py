"""What a problem's requirements imply, stated so that the solver need not find it.

Along a hole-free path the variance of the influence is at most that of an even spread, (r^2 - 1) / 12 for a field of
r pixels: a layer of step g <= r adds (k^2 - 1) g^2 / 12, no more than what the field's growth to r + (k - 1) g
allows. So 4 sigma >= t needs r^2 >= 1 + 3 t^2 / 4. An identity beside the layer halves its variance; only beside a
causal layer, whose centre is half a kernel away, can it add more than it takes, so those are left out.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil, isqrt

from rfsolve.search.placement import least_effective
from rfsolve.space.blocks import RESIDUAL
from rfsolve.space.problem import Problem, Quantity, Requirement


def with_implied(problem: Problem) -> Problem:
    """Return the problem with the fields that its effective fields need; the designs that meet it are the same."""
    fields = tuple(_fields(problem))
    return replace(problem, requirements=(*problem.requirements, *fields)) if fields else problem


def _fields(problem: Problem) -> Iterator[Requirement]:
    for node in problem.exits:
        asked = problem.at(node.name)
        if not problem.is_path(node.name):
            continue
        shifted = any(s.block.kind in RESIDUAL and s.block.padding == "causal" for s in problem.upstream(node.name))
        if shifted or not any(r.quantity is Quantity.HOLE_FREE for r in asked):
            continue
        for requirement in asked:
            if requirement.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD and requirement.least is not None:
                least = tuple(least_field(size) for size in requirement.least)
                yield replace(requirement, quantity=Quantity.RECEPTIVE_FIELD, least=least, most=None)


def least_field(effective: float) -> int:
    """Return the least r with r^2 >= 1 + 3 t^2 / 4, for the least t that passes for the one asked."""
    square = ceil(1 + Fraction(3, 4) * least_effective(effective) ** 2)
    root = isqrt(square)
    return root if root * root == square else root + 1
