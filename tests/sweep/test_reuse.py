"""What one answer settles of others: every point that is implied ends as a solve of its own would end."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfsolve.search.solution import Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from
from rfsolve.sweep.answering import Effort, Task, answer
from rfsolve.sweep.grid import Base, grid_of
from rfsolve.sweep.planning import Plan, plan_of
from rfsolve.sweep.questions import question_of
from rfsolve.sweep.rows import Row, RowStatus
from rfsolve.sweep.running import blank
from rfsolve.sweep.sweeping import run
from tests.sweep.problems import GRIDS

EFFORT = Effort(explain=False)
EXAMPLES = int(os.environ.get("RFSOLVE_SWEEP_EXAMPLES", "6"))
"""Random grids; more where somebody has the time."""


def swept(table: dict[str, Any], axes: dict[str, Any]) -> tuple[Plan, dict[int, Row]]:
    """The plan and the rows of a sweep."""
    plan = plan_of(grid_of([Base(table)], axes))
    rows = run(plan, EFFORT, store=None, executor="threads", workers=1)
    return plan, {row.point: row for row in rows}


def alone(plan: Plan, number: int) -> Row:
    """The row of a point that is solved whatever is known of others."""
    planned = plan.points[number]
    return answer(Task(plan.problem(planned), blank(plan, planned), EFFORT)).row


def check(plan: Plan, rows: dict[int, Row]) -> int:
    """See that rows are those of solves, and return how many were implied."""
    assert sorted(rows) == list(range(len(plan.points)))
    for number, row in rows.items():
        if row.implied_by is None:
            continue
        assert row.answer == alone(plan, number).answer, f"point {number}: {plan.points[number].point.words}"
        source = rows[row.implied_by]
        assert source.implied_by is None
        assert row.because
    return sum(row.implied_by is not None for row in rows.values())


@pytest.mark.parametrize("name", GRIDS)
def test_what_is_implied_is_what_a_solve_gives(name: str) -> None:
    """Status, objectives and bounds, for each kind of axis; and something is implied wherever questions nest."""
    implied = check(*swept(*GRIDS[name]))
    assert (implied > 0) == (name not in {"entropy", "about"})  # not compared; windows whose optimum is at their edge


numbers = st.integers(3, 60)
AXES = {
    "target_rf": st.lists(numbers, min_size=1, max_size=4, unique=True),
    "max_rf": st.lists(st.integers(30, 90), min_size=1, max_size=2, unique=True),
    "budget.parameters": st.lists(st.integers(500, 60_000), min_size=1, max_size=3, unique=True),
    "budget.layers": st.lists(st.integers(1, 9), min_size=1, max_size=2, unique=True),
    "max_output_stride": st.lists(st.sampled_from([1, 2, 4]), min_size=1, max_size=2, unique=True),
    "exit[0].hole_free": st.just([True, False]),
    "kernels": st.lists(st.sampled_from([[3], [5], [3, 5], [1, 3], [3, 7]]), min_size=1, max_size=2, unique_by=str),
}
grids = st.lists(st.sampled_from(sorted(AXES)), min_size=2, max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: AXES[name] for name in names})
)
tables = st.fixed_dictionaries(
    {
        "defaults": st.fixed_dictionaries(
            {
                "kernels": st.just([3, 5]),
                "strides": st.sampled_from([[1], [1, 2]]),
                "dilations": st.sampled_from([[1], [1, 2], [2, 3]]),
                "widths": st.sampled_from(["4*jump:16", 8, [4, 8]]),
            }
        ),
        "exit": st.just([{"receptive_field": 3}]),
        "objective": st.sampled_from([{"minimise": ["parameters"]}, {"minimise": ["layers", "parameters"]}]),
    }
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables, axes=grids)
def test_whatever_is_varied(table: dict[str, Any], axes: dict[str, Any]) -> None:
    """On random grids of random problems."""
    check(*swept(table, axes))


@pytest.mark.parametrize("name", GRIDS)
def test_a_chain_begins_with_what_relaxes_all_of_it(name: str) -> None:
    """And its order never puts a question before one that relaxes it."""
    plan = plan_of(grid_of([Base(GRIDS[name][0])], GRIDS[name][1]))
    assert sorted(one.point.number for chain in plan.chains for one in chain) == list(range(len(plan.points)))
    for chain in plan.chains:
        questions = [one.question for one in chain if one.question is not None]
        assert all(questions[0].relaxes(question) for question in questions)
        for i, early in enumerate(questions):
            assert not any(late.relaxes(early) and not early.relaxes(late) for late in questions[i + 1 :]), (
                "a looser question comes later"
            )


@pytest.mark.parametrize("name", GRIDS)
def test_what_relaxes_is_never_dearer(name: str) -> None:
    """The meaning of `relaxes`, by the solver: an optimum is no worse, and what is impossible was so before."""
    plan = plan_of(grid_of([Base(GRIDS[name][0])], GRIDS[name][1]))
    asked = [one.question for one in plan.points]
    solved: dict[int, Any] = {}

    def value(number: int) -> float | None:
        if number not in solved:
            solution = solve(plan.problem(plan.points[number]), explain=False)
            assert solution.status in {Status.OPTIMAL, Status.INFEASIBLE}
            first = solution.outcome
            solved[number] = None if first.value is None else first.value * (-1 if first.objective.maximise else 1)
        return solved[number]

    pairs = [(a, b) for a in range(len(asked)) for b in range(len(asked)) if a != b]
    nested = [(a, b) for a, b in pairs if asked[a] is not None and asked[b] is not None and asked[a].relaxes(asked[b])]
    for loose, tight in nested[:: max(1, len(nested) // 8)]:
        dear = value(tight)
        if dear is not None:
            cheap = value(loose)
            assert cheap is not None
            assert cheap <= dear + 1e-6 * abs(dear)


def question(table: dict[str, Any]) -> Any:
    return question_of(problem_from(table))


def exit_of(**keys: Any) -> dict[str, Any]:
    return {"exit": [keys]}


@pytest.mark.parametrize(
    ("loose", "tight"),
    [
        (exit_of(receptive_field=50), exit_of(receptive_field=51)),
        (exit_of(receptive_field=[50, 60]), exit_of(receptive_field=[50, 61])),
        (exit_of(receptive_field={"max": 60}), exit_of(receptive_field={"min": 3, "max": 59})),
        (exit_of(receptive_field=50, stride={"max": 8}), exit_of(receptive_field=50, stride=8)),
        (exit_of(receptive_field=50, hole_free=False), exit_of(receptive_field=50)),
        (exit_of(receptive_field=9), {**exit_of(receptive_field=9), "budget": {"parameters": "9k"}}),
        (
            {**exit_of(receptive_field=9), "defaults": {"kernels": [3, 5]}},
            {**exit_of(receptive_field=9), "defaults": {"kernels": [5]}},
        ),
    ],
)
def test_looser_is_looser_in_one_direction(loose: dict[str, Any], tight: dict[str, Any]) -> None:
    assert question(loose).relaxes(question(tight))
    assert not question(tight).relaxes(question(loose))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (exit_of(receptive_field=[50, 60]), exit_of(receptive_field=[60, 50])),
        (exit_of(receptive_field=9, stride=4), exit_of(receptive_field=9, stride=8)),
        (exit_of(receptive_field=9), {**exit_of(receptive_field=9), "input": {"channels": 1}}),
        (exit_of(receptive_field=9), {**exit_of(receptive_field=9), "objective": {"minimise": ["layers"]}}),
        (exit_of(receptive_field=9), {**exit_of(receptive_field=9), "defaults": {"widths": 8}}),
    ],
)
def test_what_differs_otherwise_does_not_compare(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not question(one).relaxes(question(other))
    assert not question(other).relaxes(question(one))


def test_an_optimum_settles_the_targets_up_to_its_own_field() -> None:
    """And none below, where something cheaper may do: the issue's own example."""
    plan, rows = swept(GRIDS["targets and budgets"][0], {"target_rf": "20:60"})
    solved = [row for row in rows.values() if row.implied_by is None]
    assert len(solved) < len(rows)
    for row in rows.values():
        if row.implied_by is not None:
            source = rows[row.implied_by]
            assert source.varied["target_rf"] < row.varied["target_rf"] <= source.exits[0].receptive_field[0][0]
    assert len(plan.chains) > 1  # there is work for several


def test_an_optimum_settles_all_budgets() -> None:
    """Down to what it costs; below, nothing is possible, and the row says why. One solve for each chain."""
    plan, rows = swept(GRIDS["targets and budgets"][0], {"target_rf": [21], "max_params": "1k:40k:1k"})
    source = next(row for row in rows.values() if row.implied_by is None)
    assert sum(row.implied_by is None for row in rows.values()) == len(plan.chains)
    assert source.objective is not None
    cost = source.objective.value
    assert cost is not None
    for row in rows.values():
        expected = RowStatus.OPTIMAL if row.varied["max_params"] >= cost else RowStatus.INFEASIBLE
        assert row.status is expected
    below = next(row for row in rows.values() if row.status is RowStatus.INFEASIBLE)
    assert f"below the least that it takes, {cost:,}" in below.because
