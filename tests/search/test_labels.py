"""The labels: their optimum is that of CP-SAT on the whole lattice, and of the oracle; they know when to give up."""

import os
import subprocess
import sys
from math import sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.search import bounds, labels
from rfsolve.search.check import broken, checked_design
from rfsolve.search.engine import Engine
from rfsolve.search.implied import with_implied
from rfsolve.search.lattice import Lattice, lattices
from rfsolve.search.moves import VARIANCE_SCALE
from rfsolve.search.placement import holds, variance_bounds
from rfsolve.search.solution import Size, Status
from rfsolve.space.problem import Problem, Quantity, Requirement
from rfsolve.space.reading import problem_from
from tests.oracle.optimum import optimum
from tests.search.chains import chain
from tests.search.small import answer, run, tables, without_labels

SEEDS = int(os.environ.get("RFSOLVE_LABEL_SEEDS", "300"))
"""Chains that are held against the oracle; 6,000 take three minutes."""

PLENTY = 100_000


def chained(problem: Problem) -> dict[str, Lattice] | None:
    found = lattices(problem)
    return bounds.chain(problem, found) if all(one.exits for one in found.values()) else None


def test_the_optimum_is_the_oracles_and_stands_before_the_recurrence() -> None:
    """Budgets, several exits, axes that differ, blocks of two convolutions; with a design and without."""
    verdicts = []
    for seed in range(SEEDS):
        document, oracle = chain(seed)
        problem = with_implied(problem_from(document))
        stacks = chained(problem)
        settled = labels.cheapest(problem, stacks, most=PLENTY) if stacks is not None else None
        if settled is None:
            continue
        placement = settled.placement
        value = None if placement is None else placement.total(problem.objectives[0].quantity)
        assert value == optimum(oracle), f"seed {seed}"
        assert placement is None or not broken(problem, checked_design(problem, placement)), f"seed {seed}"
        verdicts.append(value is None)
    assert min(verdicts.count(True), verdicts.count(False)) > SEEDS / 8


@settings(max_examples=40, deadline=None)
@given(tables())
def test_the_optimum_is_that_of_cp_sat_on_the_whole_lattice(table: dict[str, Any]) -> None:
    """A second witness, which knows no label, no programme and no thinning."""
    problem = with_implied(problem_from(table))
    stacks = chained(problem)
    settled = labels.cheapest(problem, stacks, most=PLENTY) if stacks is not None else None
    if settled is None:
        return
    outcome, _ = run(problem, stacks)
    assert (settled.placement is None) == (outcome.status is Status.INFEASIBLE)
    if settled.placement is not None:
        assert outcome.placement is not None
        quantity = problem.objectives[0].quantity
        assert settled.placement.total(quantity) == outcome.placement.total(quantity)


@settings(max_examples=20, deadline=None)
@given(tables())
def test_several_objectives_are_settled_in_their_order(table: dict[str, Any]) -> None:
    """As CP-SAT settles them one after another."""
    several = {**table, "objective": {"minimise": ["layers", "parameters", "macs"]}}
    by_labels = answer(several)
    with pytest.MonkeyPatch.context() as patch:
        without_labels(patch)
        by_solver = answer(several)
    assert by_labels.status is by_solver.status
    assert [one.value for one in by_labels.outcomes] == [one.value for one in by_solver.outcomes]


TABLE = {"defaults": {"dilations": [1, 2, 4]}, "exit": [{"receptive_field": 200}]}


def test_where_labels_settle_a_problem_cp_sat_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "run", None)
    solution = answer(TABLE)
    assert (solution.status, solution.size) == (Status.OPTIMAL, Size())
    assert solution.outcome.bound == solution.outcome.value
    assert solution.outcome.gap == 0


def test_they_give_up_after_so_many() -> None:
    problem = problem_from(TABLE)
    stacks = chained(problem)
    assert stacks is not None
    assert labels.cheapest(problem, stacks, most=50) is None
    assert labels.cheapest(problem, stacks, most=5_000) is not None


@pytest.mark.parametrize(
    "more",
    [
        {"objective": {"maximise": "effective_receptive_field"}, "budget": {"layers": 5}},
        {"objective": {"maximise": "entropy"}, "input": {"size": 64}, "budget": {"layers": 5}},
    ],
)
def test_they_settle_what_is_minimised(more: dict[str, Any]) -> None:
    problem = problem_from({**TABLE, **more})
    stacks = chained(problem)
    assert stacks is not None
    assert labels.cheapest(problem, stacks) is None


def test_steps_may_wait_for_smaller_ones_that_come_later() -> None:
    """A dilation of 4 at full resolution, filled by what follows the stride: no order of growing steps has it."""
    table = {
        "defaults": {"kernels": [3], "widths": {1: 4, 2: 64}, "norm": "none"},
        "stack": [
            {"name": "a", "strides": [1], "dilations": [1, 3], "layers": 2},
            {"name": "b", "strides": [2], "layers": 1},
        ],
        "exit": [{"after": "b", "receptive_field": 9}],
    }
    by_labels = answer(table)
    with pytest.MonkeyPatch.context() as patch:
        without_labels(patch)
        assert answer(table).outcome.value == by_labels.outcome.value


def test_the_main_command_does_without_ortools() -> None:
    """Loading it takes longer than all the rest."""
    code = (
        "import sys; from rfsolve import problem_from, solve; "
        "solution = solve(problem_from({'exit': [{'receptive_field': 200}]})); "
        "print(solution.status, solution.design.parameters, 'ortools' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["optimal", "227488", "False"]


def test_a_stride_can_ask_for_more_field_than_anything_else() -> None:
    """No hole between neighbouring windows: a stride of 4 needs a field of 4, where only 2 is asked."""
    table = {
        "defaults": {"kernels": [3], "strides": [2], "widths": 4},
        "exit": [{"receptive_field": 2, "stride": 4}],
    }
    solution = answer(table)
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    assert solution.design.exits[0].hole_free


def test_effective_fields_are_counted_exactly() -> None:
    """On a path labels need no bound of the solver's: the optimum is the same as with one."""
    table = {
        "defaults": {"kernels": [3, 5], "dilations": [1, 2], "widths": 8, "strides": [1]},
        "exit": [{"effective_receptive_field": {"min": 12, "max": 16}}],
    }
    problem = with_implied(problem_from(table))
    assert any(r.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD for r in problem.requirements)
    by_labels = answer(table)
    with pytest.MonkeyPatch.context() as patch:
        without_labels(patch)
        by_solver = answer(table)
    assert by_labels.size == Size()
    assert by_solver.size != Size()
    assert by_labels.outcome.value == by_solver.outcome.value


def test_of_equally_good_designs_no_step_waits_where_none_has_to() -> None:
    """Dilations 1, 2, 4 in any order have a field of 8 without holes; an engineer lets them grow."""
    table = {
        "input": {"axes": 1, "channels": 8},
        "defaults": {"kernels": [2], "strides": [1], "dilations": [1, 2, 4], "widths": 8, "padding": "causal"},
        "exit": [{"receptive_field": 8}],
    }
    design = answer(table).design
    assert design is not None
    assert [layer.choice.dilation for layer in design.layers] == [(1,), (2,), (4,)]


@pytest.mark.parametrize(
    ("kernels", "dilations", "asked"),
    [([3, 5, 7], [1, 2, 4], 29.754551472561865), ([3, 5], [1, 2, 3, 4, 5], 41.697322056298376)],
)
def test_an_effective_field_can_be_asked_for_as_it_was_printed(
    kernels: list[int], dilations: list[int], asked: float
) -> None:
    """The number is a square root, rounded: what has it is accepted, by the search as by the check."""
    defaults = {"widths": [8, 16, 24, 32, 48, 64, 96], "kernels": kernels, "dilations": dilations}
    solution = answer({"defaults": defaults, "exit": [{"effective_receptive_field": asked}]})
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    assert min(solution.design.exits[0].effective_receptive_field) >= asked * (1 - 1e-9)


@given(st.integers(1, 10**9))
def test_the_bounds_of_a_variance_are_those_of_the_check(variance: int) -> None:
    size = 4 * sqrt(variance / VARIANCE_SCALE)
    one = Requirement(name="size", quantity=Quantity.EFFECTIVE_RECEPTIVE_FIELD, node="out", least=(size,), most=(size,))
    low, high = variance_bounds(one, 0)
    assert low is not None
    assert high is not None
    assert low <= variance <= high
    assert high - low <= 1e-8 * variance
    assert all(holds(one, (4 * sqrt(near / VARIANCE_SCALE),)) for near in (low, variance, high))
