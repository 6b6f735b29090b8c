"""The solver's answer to a problem beside what trying every design finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from rfsolve.analysis import Tap, analyse
from rfsolve.errors import ProblemError
from rfsolve.search.solution import Design, ExitReport, Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from
from tests.oracle.graph_optimum import (
    Best,
    Candidate,
    GraphLayer,
    GraphProblem,
    Sights,
    Walks,
    broken,
    graph_optimum,
    graph_problem,
    undilated,
)

SECONDS = 60.0
TIED = "is tied, strides and may start"
"""What no candidate answers: a tie that the solver refuses to read."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Both answers; no solution where the problem is refused: branches that never meet, or a tie that is not read."""

    solution: Solution | None
    best: Best | None


def agreed(table: dict[str, Any], candidates: Sequence[Candidate] | None = None) -> Agreement:
    """Return both answers to a problem after asserting that they are the same, and the design what it is said to be."""
    problem = graph_problem(table)
    best = graph_optimum(problem, candidates)
    try:
        solution = solve(problem_from(table), explain=False, time_limit=SECONDS)
    except ProblemError as refused:
        if best is None or TIED in str(refused):
            return Agreement(None, best)
        raise
    assert solution.status is (Status.INFEASIBLE if best is None else Status.OPTIMAL)
    if best is not None:
        assert solution.design is not None
        assert tuple(outcome.value for outcome in solution.outcomes) == best.values
        assert_measured(problem, solution.design)
    return Agreement(solution, best)


def walks_of(problem: GraphProblem, design: Design) -> Walks:
    """Return the layers of a design, by stack."""
    return {
        stack.name: tuple(
            GraphLayer(one.choice.kernel, one.choice.stride, one.choice.dilation, one.c_in, one.c_out)
            for one in design.layers
            if one.stack == stack.name
        )
        for stack in problem.stacks
    }


def assert_measured(problem: GraphProblem, design: Design) -> None:
    """Assert that a design meets everything, and that its exits are reported as its graph is measured to be."""
    walks, sights = walks_of(problem, design), Sights(problem)
    assert broken(problem, walks, sights) is None
    assert all(undilated(walks[stack.name]) >= stack.undilated for stack in problem.stacks)
    taps = analyse(design.graph).taps
    for report in design.exits:
        after = next(out.after for out in problem.exits if out.name == report.name)
        for tap in (taps[report.name], sights.tap(walks, after, None, widths=True)):
            _assert_reported(report, tap)


def _assert_reported(report: ExitReport, tap: Tap) -> None:
    assert report.receptive_field == tap.receptive_field
    assert report.stride == tap.stride
    assert report.hole_free == tap.hole_free
    assert report.effective_receptive_field == pytest.approx(tap.effective_receptive_field, abs=1e-6)
