"""A solution on a terminal: the table of its layers, then what is proven of it."""

from collections.abc import Iterator
from dataclasses import astuple

from rich.console import Console

from rfsolve.report.alternatives_grid import alternatives_facts, alternatives_grid
from rfsolve.report.branch_picture import branch_picture
from rfsolve.report.branches import is_chain
from rfsolve.report.design_grid import design_grid
from rfsolve.report.exit_facts import exit_facts
from rfsolve.report.facts import Fact, facts_text
from rfsolve.report.guards import guard_facts
from rfsolve.report.prices_grid import prices_grid
from rfsolve.report.refusal import infeasible_facts, undecided_facts
from rfsolve.report.wording import SETTLED, count_text, gap_text, value_text
from rfsolve.search.solution import Design, Outcome, Solution, Status
from rfsolve.space.problem import Problem

STAGES = ("build", "solve", "check", "explain")


def print_solution(console: Console, problem: Problem, solution: Solution) -> None:
    """Print the solution: the design's layers and a summary, or why there is none."""
    if solution.design is not None:
        if not is_chain(problem):
            box = console.is_terminal and not console.options.ascii_only
            picture = branch_picture(problem, solution.design, console.width, box=box)
            console.print(picture.rendered(console.width), soft_wrap=True)
            console.print()
        console.print(design_grid(problem, solution.design).rendered(console.width), soft_wrap=True)
        console.print()
    if solution.alternatives is not None and solution.alternatives.listed:
        listed = alternatives_grid(problem, solution.alternatives, console.width)
        console.print(listed.rendered(console.width), soft_wrap=True)
        console.print()
    if solution.prices:
        console.print(prices_grid(solution).rendered(console.width), soft_wrap=True)
        console.print()
    console.print(facts_text(solution_facts(problem, solution), console.width), soft_wrap=True)


def solution_facts(problem: Problem, solution: Solution) -> Iterator[Fact]:
    """Yield the summary of a solution, line by line."""
    if solution.design is not None:
        yield from _results(solution)
        if solution.alternatives is not None:
            yield from alternatives_facts(solution.alternatives)
        yield from _costs(solution.design)
        yield from exit_facts(problem, solution.design)
        yield from guard_facts(problem, solution)
    elif solution.status is Status.INFEASIBLE:
        yield from infeasible_facts(problem, solution)
    else:
        yield from undecided_facts(solution)
    for text in solution.diagnostics:
        yield "note", text
    if solution.rejected:
        yield "rejected", f"{count_text(solution.rejected, 'candidates')} that the recurrence refused"
    yield "time", _time(solution)


def _results(solution: Solution) -> Iterator[Fact]:
    first, *others = solution.outcomes
    yield "result", _outcome(first)
    for outcome in others:
        yield "then", _outcome(outcome)


def _outcome(outcome: Outcome) -> str:
    objective = outcome.objective
    value = "not reached" if outcome.value is None else value_text(objective, outcome.value)
    if outcome.gap is not None and outcome.gap <= SETTLED:
        return f"proven optimal: {value}"
    if outcome.bound is None or outcome.gap is None:
        return f"best so far: {value}, nothing proven"
    bound = value_text(objective, outcome.bound)
    return f"best so far: {value}, bound {bound}, gap {gap_text(outcome.gap)}"


def _costs(design: Design) -> Iterator[Fact]:
    costs = [count_text(design.parameters, "parameters"), count_text(len(design.layers), "layers")]
    costs += [count_text(design.macs, "MACs")] if design.macs is not None else []
    costs += [count_text(design.activations, "activations")] if design.activations is not None else []
    yield "design", ", ".join(costs)


def _time(solution: Solution) -> str:
    seconds = zip(STAGES, astuple(solution.seconds), strict=True)
    stages = ", ".join(f"{name} {spent:.2f}" for name, spent in seconds)
    return f"{solution.seconds.total:.2f} s ({'proven before, checked again' if solution.recalled else stages})"
