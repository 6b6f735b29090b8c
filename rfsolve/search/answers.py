"""Solutions of a search, whoever found them: a design with or without its proof, or none."""

from dataclasses import replace

from rfsolve.errors import InternalError
from rfsolve.search.check import broken, checked_design
from rfsolve.search.placement import Placement
from rfsolve.search.remarks import remarks
from rfsolve.search.solution import Design, Outcome, Solution, Status
from rfsolve.search.values import value_of
from rfsolve.space.problem import Problem


def known_design(problem: Problem, placement: Placement) -> Design:
    """Return the design of a placement that meets everything by the closed forms.

    Raises:
        InternalError: the recurrence says that it does not.

    """
    design = checked_design(problem, placement)
    if refused := broken(problem, design):
        raise InternalError(f"the recurrence refuses a known design: {'; '.join(map(str, refused))}")
    return design


def proven(problem: Problem, placement: Placement) -> Solution:
    """Return the best design by all objectives."""
    solution = unproven(problem, placement, None)
    outcomes = tuple(replace(outcome, bound=outcome.value) for outcome in solution.outcomes)
    return replace(solution, status=Status.OPTIMAL, outcomes=outcomes)


def unproven(problem: Problem, placement: Placement, bound: float | None) -> Solution:
    """Return a design that is known to meet everything, with what is proven of the first objective."""
    design = known_design(problem, placement)
    values = [
        Outcome(objective=objective, value=value_of(problem, objective, design), bound=None)
        for objective in problem.objectives
    ]
    return Solution(
        status=Status.FEASIBLE,
        outcomes=(replace(values[0], bound=bound), *values[1:]),
        design=design,
        diagnostics=tuple(remarks(problem, design)),
    )


def without_design(problem: Problem, status: Status, bound: float | None = None) -> Solution:
    """Return that no design was found: infeasible, or out of time."""
    first, *others = (Outcome(objective=objective, value=None, bound=None) for objective in problem.objectives)
    return Solution(status=status, outcomes=(replace(first, bound=bound), *others))
