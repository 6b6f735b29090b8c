"""Why there is no design, and the smallest change that would help."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from math import inf

from rfsolve.report.branches import is_chain
from rfsolve.report.facts import Fact
from rfsolve.report.wording import count_text, value_text
from rfsolve.search.solution import Change, Relaxation, Solution
from rfsolve.space.problem import Problem, Quantity, Relation, Requirement

FEW = 4
"""Strides that are listed before the dots."""

MOST_CONFLICTS = 4
MOST_CHANGES = 8
"""Lines of each; the JSON has all."""

LARGEST_JUMP = 2**16
"""Pixels; on the way to a stride that up-sampling leaves, larger jumps are not looked at."""


def infeasible_facts(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield what cannot hold together, and the smallest changes that would do, with what a design then costs."""
    yield "result", "proven infeasible: no design meets every requirement"
    yield from _why(problem, solution)
    yield from _changes(solution)
    for requirement in problem.requirements:
        if requirement.quantity is Quantity.STRIDE:
            yield from _strides_on_offer(problem, requirement)


def _why(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield the minimal conflicts, smallest first."""
    conflicts = solution.conflicts
    for i, conflict in enumerate(conflicts[:MOST_CONFLICTS]):
        reasons = _gathered(conflict.reasons)
        if len(conflict.names) == 1:
            yield "and" if i else "why", f"{reasons} cannot be met with the choices on offer"
        else:
            part = "" if conflict.minimal else ", or even some of these"
            yield "and" if i else "why", f"these cannot hold together{part}: {reasons}"
    if not conflicts:
        yield "why", "not settled in time which requirements are in each other's way"
    elif len(conflicts) > MOST_CONFLICTS:
        yield "and", f"{len(conflicts) - MOST_CONFLICTS} more minimal conflicts (--json lists them)"
    if conflicts and not solution.explained:
        yield "open", "time ran out: these are proven, but there may be more conflicts and more changes that would do"
    if not is_chain(problem):
        yield from _where(problem, {name for conflict in conflicts[:MOST_CONFLICTS] for name in conflict.names})


def _gathered(reasons: Sequence[str]) -> str:
    """Return the reasons one after another; what is asked in the same words under several names is said once."""
    names: dict[str, list[str]] = {}
    for reason in reasons:
        name, _, words = reason.partition(" (")
        names.setdefault(words, []).append(name)
    return "; ".join(f"{', '.join(alike)} ({words}" for words, alike in names.items())


def _changes(solution: Solution) -> Iterator[Fact]:
    """Yield the smallest sets of changes, and how many larger ones there are."""
    fewest = min((len(relaxation.changes) for relaxation in solution.relaxations), default=0)
    smallest = [one for one in solution.relaxations if len(one.changes) == fewest]
    shown = [*smallest[:MOST_CHANGES], *solution.widenings]
    for i, relaxation in enumerate(shown):
        yield "or" if i else "would do", _change_text(relaxation)
    more = len(solution.relaxations) - len(smallest[:MOST_CHANGES])
    if more:
        yield "or", f"{count_text(more, 'sets')} of more changes (--json lists them)"
    if not shown:
        yield "change", "no change was found in time that would help"


def _change_text(relaxation: Relaxation) -> str:
    changes = [_one_change_text(change) for change in relaxation.changes]
    nearer = "" if relaxation.proven else " (or nearer)"
    said = any(_is_budget(now, relaxation.parameters) for change in relaxation.changes for now in change.now)
    told = relaxation.parameters is not None and not said
    price = f": from {count_text(relaxation.parameters or 0, 'parameters')}" if told else ""
    return f"{' and '.join(changes)}{nearer}{price}"


def _one_change_text(change: Change) -> str:
    if change.dropped:
        return f"without {change.asked}"
    return f"{change.nearest}, {'in place of' if change.now else 'beside'} {change.asked}"


def _is_budget(now: Requirement | Relation, parameters: int | None) -> bool:
    """Whether a requirement is the budget that the price uses up, and so says it already."""
    return isinstance(now, Requirement) and now.quantity is Quantity.PARAMETERS and now.most == (parameters,)


def _where(problem: Problem, names: AbstractSet[str]) -> Iterator[Fact]:
    """Yield which node is meant by `stack[3]` and `exit[0]`, where there are many of them."""
    nodes = {}
    for requirement in problem.requirements:
        place = requirement.name.partition(".")[0]
        told = names & {requirement.name, *(requirement.bound_names or ())}
        if told and place.endswith("]") and requirement.node is not None:
            nodes[place] = requirement.node
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
