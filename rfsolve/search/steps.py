"""One step further: each requirement relaxed by the least that one would try, each domain widened by one value."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from rfsolve.search.named import Asked, asked, by_name, changed, moved_side, without
from rfsolve.space.blocks import Axes, Choice
from rfsolve.space.problem import Problem, Quantity, Relation, Requirement, Stack

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
    yield from _domain_steps(problem, "kernels", _larger_kernel)
    yield from _domain_steps(problem, "dilations", _larger_dilation)


def _goes_unsaid(one: Asked) -> bool:
    return isinstance(one, Requirement) and one.asks_for_a_layer and one.most is None


# requirements ---------------------------------------------------------------------------------------------------------


def _requirement_step(problem: Problem, name: str, group: Sequence[Asked]) -> Step:
    relaxed = [_relaxed(problem, one) for one in group]
    further = [one for one in relaxed if one is not None]
    words = ", ".join(dict.fromkeys(map(_words, group, further))) if len(further) == len(group) else ""
    then = changed(problem, {name: further}) if words else None
    return Step(name, asked(group), words, then, without(problem, name))


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


# domains --------------------------------------------------------------------------------------------------------------


def _domain_steps(problem: Problem, key: str, larger: Callable[[Problem, Stack], Axes | None]) -> Iterator[Step]:
    """Yield a step for each name under which a domain is written: one value more for all the stacks that have it."""
    named: dict[str, list[Stack]] = {}
    for stack in problem.stacks:
        if not stack.block.rises and key in stack.names:
            named.setdefault(stack.names[key], []).append(stack)
    for name, stacks in named.items():
        values = {stack.name: larger(problem, stack) for stack in stacks}
        added = {value for value in values.values() if value is not None}
        if len(added) == 1 and None not in values.values():
            (value,) = added
            widened = {stack.name: _widened(stack, key, value) for stack in stacks}
            listed = ", ".join(dict.fromkeys(map(_text, _values(stacks[0], key))))
            yield Step(name, f"{name} ({listed})", f"{_text(value)} too", _with_stacks(problem, widened), None)


def _values(stack: Stack, key: str) -> list[Axes]:
    """Return the values of a domain; a dilation counts where the kernel has taps apart."""
    if key == "kernels":
        return sorted({choice.kernel for choice in stack.choices})
    return sorted({choice.dilation for choice in stack.choices if min(choice.kernel) > 1})


def _text(value: Axes) -> str:
    return str(value[0]) if len(set(value)) == 1 else "x".join(map(str, value))


def _larger_kernel(_: Problem, stack: Stack) -> Axes | None:
    values = _values(stack, "kernels")
    if stack.block.kind == "pool":
        return None
    return tuple(max(column) + 2 for column in zip(*values, strict=True))


def _larger_dilation(problem: Problem, stack: Stack) -> Axes | None:
    """Return the next dilation: twice the largest where they double, else one more; None past the guard."""
    values = _values(stack, "dilations")
    if not values or stack.block.kind == "pool":
        return None
    most = [max(column) for column in zip(*values, strict=True)]
    doubling = len(values) > 1 and all(tuple(2 * d for d in one) == two for one, two in pairwise(values))
    value = tuple(2 * d if doubling else d + 1 for d in most)
    cap = problem.guards.max_dilation
    return None if cap is not None and max(value) > cap else value


def _widened(stack: Stack, key: str, value: Axes) -> Stack:
    """Return the stack with one value more: beside every stride, and every value of the other domain."""
    if key == "kernels":
        more = {_choice(value, choice.stride, d) for choice in stack.choices for d in _values(stack, "dilations")}
        more |= {_choice(value, choice.stride, choice.dilation) for choice in stack.choices}
    else:
        more = {_choice(choice.kernel, choice.stride, value) for choice in stack.choices}
    order = sorted({*stack.choices, *more}, key=lambda choice: (choice.stride, choice.kernel, choice.dilation))
    return replace(stack, choices=tuple(order))


def _choice(kernel: Axes, stride: Axes, dilation: Axes) -> Choice:
    return Choice(kernel, stride, tuple(d if k > 1 else 1 for k, d in zip(kernel, dilation, strict=True)))


def _with_stacks(problem: Problem, stacks: dict[str, Stack]) -> Problem:
    space = problem.space.copy()
    for name, stack in stacks.items():
        space.nodes[name]["part"] = stack
    return replace(problem, space=space)
