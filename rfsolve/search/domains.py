"""Kernels and dilations to choose from, by the name under which they were written, and how to widen them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from rfsolve.space.blocks import Axes, Choice
from rfsolve.space.problem import Problem, Stack

KERNELS, DILATIONS = "kernels", "dilations"


@dataclass(frozen=True, slots=True)
class Domain:
    """The values of one key for all the stacks that take them from the same place."""

    name: str
    key: str
    values: tuple[Axes, ...]
    stacks: tuple[str, ...]

    def __str__(self) -> str:
        """Return the domain as a person would write it, e.g. `--dilations (1, 2, 4)`."""
        return f"{self.name} ({', '.join(map(value_text, self.values))})"


def value_text(value: Axes) -> str:
    """Return one number where the axes agree, else e.g. `1x7`."""
    return str(value[0]) if len(set(value)) == 1 else "x".join(map(str, value))


def domains(problem: Problem) -> Iterator[Domain]:
    """Yield the domains of kernels, then those of dilations, of stacks that convolve."""
    for key in (KERNELS, DILATIONS):
        named: dict[str, list[Stack]] = {}
        for stack in problem.stacks:
            if key in stack.names and not stack.block.rises and stack.block.kind != "pool":
                named.setdefault(stack.names[key], []).append(stack)
        for name, stacks in named.items():
            values = {value for stack in stacks for value in _values(stack, key)}
            if values:
                yield Domain(name, key, tuple(sorted(values)), tuple(stack.name for stack in stacks))


def _values(stack: Stack, key: str) -> set[Axes]:
    """Return the values of a domain; a dilation counts where the kernel has taps apart."""
    if key == KERNELS:
        return {choice.kernel for choice in stack.choices}
    return {choice.dilation for choice in stack.choices if min(choice.kernel) > 1}


def following(problem: Problem, domain: Domain) -> Axes | None:
    """Return the next value: a kernel larger by 2; a dilation twice as large where they double, else larger by 1.

    None past the guard.
    """
    most = [max(column) for column in zip(*domain.values, strict=True)]
    if domain.key == KERNELS:
        return tuple(kernel + 2 for kernel in most)
    doubling = len(domain.values) > 1 and all(tuple(2 * d for d in a) == b for a, b in pairwise(domain.values))
    value = tuple(2 * dilation if doubling else dilation + 1 for dilation in most)
    cap = problem.guards.max_dilation
    return None if cap is not None and max(value) > cap else value


def widened(problem: Problem, domain: Domain, value: Axes) -> tuple[Problem, Domain]:
    """Return the problem and the domain with one value more."""
    space = problem.space.copy()
    for name in domain.stacks:
        space.nodes[name]["part"] = _widened(space.nodes[name]["part"], domain.key, value)
    return replace(problem, space=space), replace(domain, values=(*domain.values, value))


def _widened(stack: Stack, key: str, value: Axes) -> Stack:
    """Return the stack with one value more: beside every stride, and every value of the other domain."""
    if key == KERNELS:
        dilations = {choice.dilation for choice in stack.choices}
        more = {_choice(value, choice.stride, dilation) for choice in stack.choices for dilation in dilations}
    else:
        more = {_choice(choice.kernel, choice.stride, value) for choice in stack.choices}
    order = sorted({*stack.choices, *more}, key=lambda choice: (choice.stride, choice.kernel, choice.dilation))
    return replace(stack, choices=tuple(order))


def _choice(kernel: Axes, stride: Axes, dilation: Axes) -> Choice:
    return Choice(kernel, stride, tuple(d if k > 1 else 1 for k, d in zip(kernel, dilation, strict=True)))
