"""Budgets of layers that the programme counts: exact where it leaves out nothing else, and never too high a bound."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings

from rfsolve.search import bounds, labels
from rfsolve.search.ahead import Node
from rfsolve.search.engine import Engine
from rfsolve.search.implied import with_implied
from rfsolve.search.lattice import Lattice, lattices
from rfsolve.search.layered import MOST, Layered, counted, programme_of
from rfsolve.search.programme import NEVER, Programme, resources
from rfsolve.search.solution import Size, Status
from rfsolve.search.tariffs import Tariff
from rfsolve.space.problem import Problem
from rfsolve.space.reading import load_problem, problem_from
from tests.search.small import answer, tables, without_labels

DEEP = {"defaults": {"dilations": [1, 2, 4]}, "exit": [{"receptive_field": 200}]}


def chained(table: dict[str, Any]) -> tuple[Problem, dict[str, Lattice]]:
    """A problem and its lattices; none where the widths may fall, or no exit is reached."""
    problem = with_implied(problem_from(table))
    found = bounds.chain(problem, lattices(problem)) or {}
    return problem, found if all(lattice.exits for lattice in found.values()) else {}


def programmes(problem: Problem, found: dict[str, Lattice]) -> tuple[Layered, Programme]:
    tariff, (resource, *_) = Tariff(problem.objectives[0].quantity), resources(problem)
    made = programme_of(problem, found, tariff, resource)
    assert isinstance(made, Layered)
    return made, Programme(problem, found, tariff, resource)


@settings(max_examples=40, deadline=None)
@given(tables())
@example(
    {
        "input": {"channels": 3, "axes": 2, "size": 64},
        "defaults": {"widths": "2*jump:8"},
        "stack": [{"name": "a", "kernels": [3, 5], "strides": [1], "dilations": [1], "block": "conv"}],
        "exit": [{"receptive_field": 12}],
        "objective": {"minimise": "parameters"},
    }
)
def test_where_holes_are_allowed_the_bound_at_the_start_is_the_optimum(table: dict[str, Any]) -> None:
    """The budget is the only one, and over all layers: nothing is relaxed. CP-SAT is the witness."""
    stacks = [{**stack, "layers": {"min": 0}} for stack in table["stack"]]
    free = {**table, "stack": stacks, "budget": {"layers": 5}, "guards": {"hole_free": False}}
    problem, found = chained(free)
    if not found:
        return
    onward = programmes(problem, found)[0].backward()
    first = problem.stacks[0].name
    least = min(int(onward[Node(first, state)][0][0, 0]) for state in found[first].entries)
    with pytest.MonkeyPatch.context() as patch:
        without_labels(patch)
        best = answer(free)
    assert best.status in {Status.OPTIMAL, Status.INFEASIBLE}
    assert (None if least >= NEVER else least) == best.outcome.value


@settings(max_examples=25, deadline=None)
@given(tables())
def test_what_is_left_of_the_budget_matters_and_no_budget_is_cheaper(table: dict[str, Any]) -> None:
    problem, found = chained({**table, "budget": {"layers": 6}, "guards": {}})
    if not found:
        return
    by_layers, plain = (programme.backward() for programme in programmes(problem, found))
    for node, stages in by_layers.items():
        assert all((np.diff(made, axis=0) >= 0).all() for made in stages)
        assert (stages[0] >= plain[node][0]).all()
        assert (stages[-1] >= plain[node][-1]).all()


def test_a_budget_that_nothing_exceeds_changes_nothing() -> None:
    problem, found = chained(
        {"exit": [{"receptive_field": 25}], "defaults": {"dilations": [1]}, "budget": {"layers": 60}}
    )
    by_layers, plain = (programme.backward() for programme in programmes(problem, found))
    for node, stages in by_layers.items():
        assert (stages[0][0] == plain[node][0]).all()
        assert (stages[-1][0] == plain[node][-1]).all()


@pytest.mark.parametrize("of", ["all", "stack"])
def test_the_labels_settle_a_budget_of_layers(of: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {**DEEP, "budget": {"layers": 12}} if of == "all" else {**DEEP, "stack": [{"layers": {"max": 12}}]}
    with pytest.MonkeyPatch.context() as patch:
        without_labels(patch)
        by_solver = answer(table)
    monkeypatch.setattr(Engine, "run", None)
    by_labels = answer(table)
    assert (by_labels.status, by_labels.size) == (Status.OPTIMAL, Size())
    assert by_labels.outcome.value == by_solver.outcome.value


def test_only_budgets_of_a_fair_size_are_counted() -> None:
    def table(most: int) -> dict[str, Any]:
        return {"exit": [{"receptive_field": 50}], "stack": [{"layers": {"max": most}}]}

    assert counted(*chained(table(1))) is None
    assert counted(*chained(table(MOST + 1))) is None
    budget = counted(*chained({**table(10), "budget": {"layers": 12}}))
    assert budget is not None
    assert budget.most == (10,)
    problem, found = chained({"exit": [{"receptive_field": 2_000}], "stack": [{"layers": {"max": 40}}]})
    resource, *_ = resources(problem)
    assert not isinstance(programme_of(problem, found, Tariff(problem.objectives[0].quantity), resource), Layered)


@settings(max_examples=60, deadline=None)
@given(tables())
def test_a_label_that_another_does_for_need_not_be_followed(table: dict[str, Any]) -> None:
    """The optimum is that of a search which follows them all."""
    problem, found = chained(table)
    if not found:
        return
    settled = labels.cheapest(problem, found, most=100_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labels._Search, "_is_outdone", lambda *_: False)
        every = labels.cheapest(problem, found, most=100_000)
    assert settled is not None
    assert every is not None
    values = [
        None if one.placement is None else [one.placement.total(o.quantity) for o in problem.objectives]
        for one in (settled, every)
    ]
    assert values[0] == values[1]


def test_most_labels_under_a_budget_are_outdone() -> None:
    problem = load_problem("problems/tiny-drones.toml")
    found = bounds.chain(problem, lattices(problem))
    assert found is not None
    tried = []
    for follow_all in (False, True):
        search = labels._Search(problem, found, (), None)
        with pytest.MonkeyPatch.context() as patch:
            if follow_all:
                patch.setattr(labels._Search, "_is_outdone", lambda *_: False)
            assert search.result(200_000) is not None
        tried.append(search._tried)
    assert 2 * tried[0] < tried[1]
