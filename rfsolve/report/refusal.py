"""Why there is no design, and the smallest change that would help."""

from collections.abc import Iterator, Sequence
from math import inf

from rfsolve.report.facts import Fact
from rfsolve.report.wording import value_text
from rfsolve.search.solution import Solution
from rfsolve.space.problem import Problem, Quantity, Requirement

FEW = 4
"""Strides that are listed before the dots."""


def infeasible_facts(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield what cannot hold together, and each single change that would do."""
    yield "result", "proven infeasible: no design meets every requirement"
    found = solution.relaxations
    if len(found) == 1:
        yield "why", f"{found[0].asked} alone makes it infeasible; {found[0].nearest} would do"
    elif found:
        yield (
            "why",
            f"these cannot hold together: {'; '.join(relaxation.asked for relaxation in found)}",
        )
        for i, relaxation in enumerate(found):
            yield "or" if i else "would do", f"{relaxation.nearest}, in place of {relaxation.asked}"
    else:
        asked = "; ".join(str(requirement) for requirement in problem.requirements if not _says_nothing(requirement))
        yield (
            "why",
            f"no single change was found that would help; several of these must give way: {asked}",
        )
    for requirement in problem.requirements:
        if requirement.quantity is Quantity.STRIDE:
            yield from _strides_on_offer(problem, requirement)


def _says_nothing(requirement: Requirement) -> bool:
    """Whether it is the one layer that every stack has by default."""
    return requirement.asks_for_a_layer and requirement.most is None


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
