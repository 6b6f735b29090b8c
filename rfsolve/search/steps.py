"""One step further: each requirement relaxed by the least that one would try, each domain widened by one value."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from rfsolve.search.domains import domains, following, value_text, widened
from rfsolve.search.named import Asked, asked, by_name, changed, moved_side, without
from rfsolve.space.problem import Problem, Quantity, Relation, Requirement

BUDGET_STEP = 0.01
"""Relative; a single parameter more would change nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """What holds, by name and in words; one step further, in words; the problem then, and the problem without it.

    `further` is None where there is no step between all and nothing, `none` where it cannot be left out.
    """

    name: str
    holds: str
    words: str
    further: Problem | None
    none: Problem | None


def steps(problem: Problem) -> Iterator[Step]:
    """Yield a step for each requirement that somebody typed or that is a guard, and for each domain."""
    for name, group in by_name(problem).items():
        if any(not _goes_unsaid(one) for one in group):
            yield _requirement_step(problem, name, group)
    if problem.guards.monotone_widths and any(stack.widths.is_free for stack in problem.stacks):
        free = replace(problem.guards, monotone_widths=False)
        holds = "guards.monotone_widths (widths never narrower)"
        yield Step("guards.monotone_widths", holds, "", None, replace(problem, guards=free))
    yield from _domain_steps(problem)


def _goes_unsaid(one: Asked) -> bool:
    return isinstance(one, Requirement) and one.asks_for_a_layer and one.most is None


def _requirement_step(problem: Problem, name: str, group: Sequence[Asked]) -> Step:
    relaxed = [_relaxed(problem, one) for one in group]
    further = [one for one in relaxed if one is not None]
    words = ", ".join(dict.fromkeys(map(_words, group, further))) if len(further) == len(group) else ""
    then = changed(problem, {name: further}) if words else None
    needed = problem.objectives[0].maximise and any(map(_caps, group))
    return Step(name, asked(group), words, then, None if needed else without(problem, name))


def _caps(one: Asked) -> bool:
    """Whether a requirement caps a cost: without it, what is maximised may grow without end."""
    return isinstance(one, Requirement) and one.is_budget


def _words(before: Asked, now: Asked) -> str:
    if isinstance(before, Requirement) and isinstance(now, Requirement):
        return moved_side(before, now).sentence
    return now.sentence


def _relaxed(problem: Problem, one: Asked) -> Asked | None:
    """Return a requirement one step further; None where there is no step."""
    if isinstance(one, Relation):
        return replace(one, by=one.by - 1) if one.by > 1 else None
    match one.quantity:
        case Quantity.RECEPTIVE_FIELD | Quantity.EFFECTIVE_RECEPTIVE_FIELD | Quantity.UNDILATED:
            return _moved(one, lambda low: max(low - 1, 0), lambda high: high + 1)
        case Quantity.LAYERS:
            kept = one.asks_for_a_layer and one.most != (1,)
            return _moved(one, lambda low: low if kept else max(low - 1, 0), lambda high: high + 1)
        case Quantity.STRIDE:
            factor = _stride_factor(problem, one)
            return _moved(one, lambda low: max(low // factor, 1), lambda high: high * factor)
        case Quantity.PARAMETERS | Quantity.MACS | Quantity.ACTIVATIONS:
            return _moved(one, lambda low: low, lambda high: ceil(high * (1 + BUDGET_STEP)))
    return None


def _moved(one: Requirement, down: Callable[[float], float], up: Callable[[float], float]) -> Requirement:
    least = None if one.least is None else tuple(map(down, one.least))
    return replace(one, least=least, most=None if one.most is None else tuple(map(up, one.most)))


def _stride_factor(problem: Problem, one: Requirement) -> int:
    """Return the smallest stride above 1 on the way to a node."""
    stacks = problem.upstream(str(one.node))
    return min((s for stack in stacks for c in stack.choices for s in c.stride if s > 1), default=2)


def _domain_steps(problem: Problem) -> Iterator[Step]:
    """Yield a step for each domain: one value more for all the stacks that have it."""
    for domain in domains(problem):
        value = following(problem, domain)
        if value is not None:
            wider, _ = widened(problem, domain, value)
            yield Step(domain.name, str(domain), f"{value_text(value)} too", wider, None)
