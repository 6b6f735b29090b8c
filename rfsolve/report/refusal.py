"""Why there is no design, and the smallest change that would help."""

from collections.abc import Iterator

from rfsolve.report.facts import Fact
from rfsolve.report.wording import value_text
from rfsolve.search.solution import Solution
from rfsolve.space.problem import Problem


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
        asked = "; ".join(str(requirement) for requirement in problem.requirements)
        yield (
            "why",
            f"no single change was found that would help; several of these must give way: {asked}",
        )


def undecided_facts(solution: Solution) -> Iterator[Fact]:
    """Yield that time ran out without a design, and what is known all the same."""
    outcome = solution.outcome
    yield "result", "not decided: no design found in time, and none excluded"
    if outcome.bound:
        side = "at most" if outcome.objective.maximise else "at least"
        yield "bound", f"any design has {side} {value_text(outcome.objective, outcome.bound)}"
    yield "try", "a longer --time-limit, smaller domains, or more --workers"
