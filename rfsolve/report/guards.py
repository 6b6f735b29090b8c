"""The guards in words: which are on, and what those that shaped the answer cost."""

from collections.abc import Iterator

from rfsolve.report.facts import Fact
from rfsolve.report.wording import value_text
from rfsolve.search.solution import GuardEffect, Solution
from rfsolve.space.problem import Guards, Problem

TITLES = {"guards.max_output_stride": "output "}
"""What goes before a guard's sentence, where that alone would be read as something else."""


def guard_facts(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield a fact for every guard that shaped the answer, and one that lists the others that are on."""
    others = []
    for effect in solution.guards:
        if effect.shaped and effect.without is not None:
            without = value_text(solution.outcome.objective, effect.without)
            price = f"{without} without it ({effect.name} = false)"
            yield "guards", f"{guard_title(effect)} shaped the answer: {price}"
        else:
            others.append(_on(effect, solution))
    named = {effect.sentence for effect in solution.guards}
    on = [*others, *(sentence for sentence in domain_guards(problem.guards) if sentence not in named)]
    if on:
        also = "also " if len(others) < len(solution.guards) else ""
        yield "guards", f"{also}on: {', '.join(on)}"


def guard_title(effect: GuardEffect) -> str:
    """Return what a guard asks for, e.g. `output stride <= 32`."""
    return f"{TITLES.get(effect.name, '')}{effect.sentence}"


def _on(effect: GuardEffect, solution: Solution) -> str:
    proven = solution.outcome.gap == 0
    open_question = proven and effect.without is None
    return guard_title(effect) + (" (effect not settled)" if open_question else "")


def domain_guards(guards: Guards) -> Iterator[str]:
    """Yield the guards that hold for the choices of every layer, in words."""
    if guards.odd_kernels:
        yield "odd kernels"
    if guards.max_dilation is not None:
        yield f"dilation <= {guards.max_dilation}"
    if guards.max_stride is not None:
        yield f"stride <= {guards.max_stride} per layer"
    if guards.monotone_widths:
        yield "widths never narrower"
