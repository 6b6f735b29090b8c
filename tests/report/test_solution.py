"""A solution as a page and as a document, whatever its status."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from rfsolve.report.solution_json import solution_document
from rfsolve.report.solution_page import print_solution
from rfsolve.search.solution import GuardEffect, Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from


@pytest.fixture(scope="module")
def problem() -> Problem:
    return problem_from({"exit": [{"receptive_field": 40}]})


@pytest.fixture(scope="module")
def solution(problem: Problem) -> Solution:
    return solve(problem)


def page(problem: Problem, solution: Solution, width: int = 200) -> str:
    text = io.StringIO()
    print_solution(Console(file=text, width=width), problem, solution)
    return text.getvalue()


def test_a_gap_that_is_left_open(problem: Problem, solution: Solution) -> None:
    value = solution.outcome.value
    outcome = replace(solution.outcome, bound=value * 0.75)
    found = replace(solution, status=Status.FEASIBLE, outcomes=(outcome,))
    assert f"best so far: {value:,} parameters, bound {value * 0.75:,.0f}" in page(problem, found)
    assert "gap 25 %" in page(problem, found)
    unbounded = replace(found, outcomes=(replace(outcome, bound=None),))
    assert "nothing proven" in page(problem, unbounded)
    assert solution_document(unbounded)["objective"]["gap"] is None


def test_a_later_objective_that_was_not_reached(problem: Problem, solution: Solution) -> None:
    later = replace(solution.outcome, value=None, bound=None)
    found = replace(solution, outcomes=(solution.outcome, later))
    assert "then" in page(problem, found)
    assert "best so far: not reached, nothing proven" in page(problem, found)


def test_a_bound_without_end_is_null(solution: Solution) -> None:
    endless = replace(solution, outcomes=(replace(solution.outcome, bound=float("-inf")),))
    document = json.loads(json.dumps(solution_document(endless), allow_nan=False))
    assert document["objective"]["bound"] is None


def test_a_guard_whose_effect_was_not_settled(problem: Problem, solution: Solution) -> None:
    guard = GuardEffect(name="guards.max_output_stride", sentence="stride <= 32", shaped=False)
    text = page(problem, replace(solution, guards=(guard,)))
    assert "on: output stride <= 32 (effect not settled), odd kernels" in text


def test_a_guard_that_shaped_the_answer_is_named_once(problem: Problem, solution: Solution) -> None:
    shaped = GuardEffect(name="guards.hole_free", sentence="hole-free", shaped=True, without=7)
    text = page(problem, replace(solution, guards=(shaped,)))
    assert "hole-free shaped the answer: 7 parameters without it" in text
    assert "also on: odd kernels" in text
    unsettled = replace(solution, guards=(replace(shaped, shaped=False, without=7),))
    assert " on: hole-free, odd kernels" in page(problem, unsettled)


def test_guards_that_are_off_are_not_listed(solution: Solution) -> None:
    free = problem_from(
        {
            "exit": [{"receptive_field": 40}],
            "guards": {"odd_kernels": False, "max_dilation": False, "max_stride": False},
        }
    )
    assert "on: widths never narrower" in page(free, replace(solution, guards=()))


def test_a_conflict_and_the_change_that_would_do() -> None:
    problem = problem_from({"exit": [{"receptive_field": 200}], "budget": {"parameters": "100k"}})
    found = solve(problem)
    text = " ".join(page(problem, found).split())
    assert "these cannot hold together: exit[0].receptive_field (receptive field >= 200); " in text
    assert "budget.parameters (parameters <= 100,000)" in text
    assert "parameters <= 227,488, in place of budget.parameters (parameters <= 100,000)" in text
    assert "exit[0].receptive_field" in solution_document(found)["conflicts"][0]
    assert "budget.parameters" in solution_document(found)["conflicts"][0]


def test_what_was_not_settled_is_not_claimed(problem: Problem, solution: Solution) -> None:
    found = replace(solution, status=Status.INFEASIBLE, design=None)
    assert "not settled in time" in page(problem, found)
    assert solution_document(found)["conflicts"] == []


@pytest.mark.parametrize(
    ("strides", "stride", "line"),
    [
        ([1, 2], 6, "strides  1, 2 on offer make 1, 2, 4, 8, ..."),
        ([1], {"min": 2}, "strides  1 on offer make 1\n"),
        ([2, 1], {"min": 5, "max": 7}, "strides  1, 2 on offer make 1, 2, 4, 8, ..."),
        ([1, [1, 2]], [2, 2], "strides  1 on offer make 1\n"),
        ([1, 2], 8, None),
        ([1, 2], {"max": 8}, None),
    ],
)
def test_the_strides_on_offer_are_told_where_they_cannot_do(
    solution: Solution, strides: list[int], stride: object, line: str | None
) -> None:
    asked = problem_from({"defaults": {"strides": strides}, "exit": [{"receptive_field": 9, "stride": stride}]})
    text = page(asked, replace(solution, status=Status.INFEASIBLE, design=None))
    assert "layers >= 1" not in text
    assert (line in text) if line is not None else ("strides  " not in text)


def test_exits_at_one_place_share_a_line() -> None:
    """A stack without layers has no heading in a chain; its exit stands where it leaves, a check beside it."""
    stacks = [{"name": "a"}, {"name": "b", "layers": {"min": 0}}, {"name": "c", "layers": {"min": 0}}, {"name": "d"}]
    exits = [
        *({"name": name, "after": after, "receptive_field": 9} for name, after in (("x", "a"), ("y", "a"), ("z", "c"))),
        {"name": "v", "after": "b", "output": False},
        {"name": "w", "after": "d", "receptive_field": 20},
    ]
    problem = problem_from({"stack": stacks, "exit": exits})
    lines = page(problem, solve(problem)).splitlines()
    shown = [line for line in lines if line.startswith(("stack", "->"))]
    assert shown == ["stack a", "-> exits x, y, z", "-> check v", "stack d", "-> exit w"]


def test_one_channel_one_layer_one_parameter() -> None:
    free = {"kernels": [1], "strides": [1], "dilations": [1], "widths": 1, "norm": "none", "bias": False}
    problem = problem_from({"input": {"channels": 1}, "defaults": free, "exit": [{"receptive_field": 1}]})
    text = page(problem, solve(problem))
    assert "1 parameter, 1 layer\n" in text
    assert ", 1 channel, hole-free" in text


def test_diagnostics_are_shown(problem: Problem, solution: Solution) -> None:
    noted = replace(solution, diagnostics=("a remark",))
    assert "note" in page(problem, noted)
    assert solution_document(noted)["diagnostics"] == ["a remark"]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_colour_no_box_and_no_trailing_space_without_a_terminal(
    problem: Problem, solution: Solution, width: int
) -> None:
    text = page(problem, solution, width)
    assert text.isascii()
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    if width >= 80:
        assert max(map(len, text.splitlines())) <= width
