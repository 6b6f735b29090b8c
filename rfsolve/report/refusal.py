"""Why there is no design, and the smallest change that would help."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from rfsolve.report.branches import is_chain
from rfsolve.report.facts import Fact
from rfsolve.report.wording import value_text
from rfsolve.search.explain import asked
from rfsolve.search.solution import Solution
from rfsolve.space.problem import Problem, Quantity, Relation, Requirement

FEW = 4
"""Strides that are listed before the dots."""

LARGEST_JUMP = 2**16
"""Pixels; on the way to a stride that up-sampling leaves, larger jumps are not looked at."""


def infeasible_facts(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield what cannot hold together, and each single change that would do."""
    yield "result", "proven infeasible: no design meets every requirement"
    yield from _why(problem, solution)
    relations = {relation.name for relation in problem.relations}
    for i, relaxation in enumerate(solution.relaxations):
        left_out = relaxation.name in relations
        text = f"without {relaxation.asked}" if left_out else f"{relaxation.nearest}, in place of {relaxation.asked}"
        yield "or" if i else "would do", text
    if not solution.relaxations:
        yield "change", "no single change was found that would help"
    for requirement in problem.requirements:
        if requirement.quantity is Quantity.STRIDE:
            yield from _strides_on_offer(problem, requirement)


def _why(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield the minimal conflict; default requirements of one layer are named where they are part of it alone."""
    groups: dict[str, list[Requirement | Relation]] = {}
    everything: tuple[Requirement | Relation, ...] = (*problem.requirements, *problem.relations)
    for requirement in everything:
        if requirement.name in solution.conflict:
            groups.setdefault(requirement.name, []).append(requirement)
    texts = [asked(group) for group in groups.values()]
    if len(texts) == 1:
        yield "why", f"{texts[0]} cannot be met with the choices on offer"
    elif texts:
        yield "why", f"these cannot hold together: {'; '.join(texts)}"
    else:
        yield "why", "not settled in time which requirements are in each other's way"
    if not is_chain(problem):
        yield from _where(groups)


def _where(groups: Mapping[str, Sequence[Requirement | Relation]]) -> Iterator[Fact]:
    """Yield which node is meant by `stack[3]` and `exit[0]`, where there are many of them."""
    nodes = {}
    for name, (first, *_) in groups.items():
        place = name.partition(".")[0]
        if place.endswith("]") and isinstance(first, Requirement) and first.node is not None:
            nodes[place] = first.node
    if nodes:
        yield "where", ", ".join(f"{place} is {node}" for place, node in nodes.items())


def _strides_on_offer(problem: Problem, requirement: Requirement) -> Iterator[Fact]:
    """Yield what the strides on offer make, where the stride asked for is none of it."""
    if requirement.node is None or requirement.least is None:
        return
    stacks = problem.upstream(requirement.node)
    choices = [choice.stride for stack in stacks if not stack.block.rises for choice in stack.choices]
    factors = [choice.stride for stack in stacks if stack.block.rises for choice in stack.choices]
    most = requirement.most or (inf,) * len(requirement.least)
    for axis, (low, high) in enumerate(zip(requirement.least, most, strict=True)):
        offered = sorted({stride[axis] for stride in choices} or {1})
        back = sorted({factor[axis] for factor in factors})
        limit = max(low * offered[-1], offered[-1] ** FEW, LARGEST_JUMP if back else 1)
        made = _products(offered, back, limit)
        if not any(low <= product <= high for product in made):
            listed = ", ".join([*map(str, made[:FEW]), *(["..."] if len(made) > FEW else [])])
            up = f" and up-sampling by {', '.join(map(str, back))}" if back else ""
            yield "strides", f"{', '.join(map(str, offered))} on offer{up} make {listed}"
            return


def _products(factors: Sequence[int], divisors: Sequence[int], limit: float) -> list[int]:
    """Return what any of the factors, and of the divisors where they divide, make of 1, up to `limit`."""
    made = new = {1}
    while new:
        up = {one * factor for one in new for factor in factors if one * factor <= limit}
        down = {one // divisor for one in new for divisor in divisors if one % divisor == 0}
        new = (up | down) - made
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
