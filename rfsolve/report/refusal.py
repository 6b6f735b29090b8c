"""Why there is no design, and the smallest change that would help."""

from collections.abc import Iterator, Sequence
from math import inf

from rfsolve.report.facts import Fact
from rfsolve.report.wording import value_text
from rfsolve.search.explain import asked
from rfsolve.search.solution import Solution
from rfsolve.space.problem import Problem, Quantity, Requirement

FEW = 4
"""Strides that are listed before the dots."""


def infeasible_facts(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield what cannot hold together, and each single change that would do."""
    yield "result", "proven infeasible: no design meets every requirement"
    yield from _why(problem, solution)
    for i, relaxation in enumerate(solution.relaxations):
        yield "or" if i else "would do", f"{relaxation.nearest}, in place of {relaxation.asked}"
    if not solution.relaxations:
        yield "change", "no single change was found that would help"
    for requirement in problem.requirements:
        if requirement.quantity is Quantity.STRIDE:
            yield from _strides_on_offer(problem, requirement)


def _why(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield the minimal conflict; default requirements of one layer are named where they are part of it alone."""
    groups: dict[str, list[Requirement]] = {}
    for requirement in problem.requirements:
        if requirement.name in solution.conflict:
            groups.setdefault(requirement.name, []).append(requirement)
    texts = [asked(group) for group in groups.values()]
    if len(texts) == 1:
        yield "why", f"{texts[0]} cannot be met with the choices on offer"
    elif texts:
        yield "why", f"these cannot hold together: {'; '.join(texts)}"
    else:
        yield "why", "not settled in time which requirements are in each other's way"


def _strides_on_offer(problem: Problem, requirement: Requirement) -> Iterator[Fact]:
    """Yield what the strides on offer make, where the stride asked for is none of it."""
    if requirement.node is None or requirement.least is None:
        return
    choices = [choice.stride for stack in problem.trunk(requirement.node) for choice in stack.choices]
    most = requirement.most or (inf,) * len(requirement.least)
    for axis, (low, high) in enumerate(zip(requirement.least, most, strict=True)):
        offered = sorted({stride[axis] for stride in choices})
        made = _products(offered, max(low * offered[-1], offered[-1] ** FEW))
        if not any(low <= product <= high for product in made):
            listed = ", ".join([*map(str, made[:FEW]), *(["..."] if len(made) > FEW else [])])
            yield "strides", f"{', '.join(map(str, offered))} on offer make {listed}"
            return


def _products(factors: Sequence[int], limit: float) -> list[int]:
    """Return every product of any of the factors, 1 included, up to `limit`."""
    made = new = {1}
    while new := {one * factor for one in new for factor in factors if one * factor <= limit} - made:
        made = made | new
    return sorted(made)


def undecided_facts(solution: Solution) -> Iterator[Fact]:
    """Yield that time ran out without a design, and what is known all the same."""
    outcome = solution.outcome
    yield "result", "not decided: no design found in time, and none excluded"
    if outcome.bound:
        side = "at most" if outcome.objective.maximise else "at least"
        yield "bound", f"any design has {side} {value_text(outcome.objective, outcome.bound)}"
    yield "try", "a longer --time-limit, smaller domains, or more --workers"
