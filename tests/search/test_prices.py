"""What a requirement costs: each price is the difference of two optima that are found elsewhere, by `solve`."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings

from rfsolve.search.prices import prices
from rfsolve.search.solution import Price, Status
from rfsolve.space.reading import problem_from
from tests.search.small import answer, tables
from tests.search.test_explain import edited

TABLE: dict[str, Any] = {
    "input": {"size": 64},
    "defaults": {"kernels": [3], "dilations": [1, 2], "widths": "8*jump:32", "layers": {"max": 6}},
    "exit": [{"receptive_field": 40, "stride": 4}],
    "budget": {"macs": 9_000_000},
}


def priced(table: dict[str, Any]) -> dict[str, Price]:
    return {price.name: price for price in prices(problem_from(table))}


def without(table: dict[str, Any], table_name: str, key: str) -> dict[str, Any]:
    result = copy.deepcopy(table)
    del result[table_name][key]
    return result


@pytest.mark.parametrize(
    ("name", "path", "value", "step"),
    [
        ("exit[0].receptive_field", "exit[0].receptive_field", 39, "receptive field >= 39"),
        ("defaults.layers", "defaults.layers.max", 7, "layers <= 7"),
        ("exit[0].stride", "exit[0].stride", {"min": 2, "max": 8}, "stride >= 2, stride <= 8"),
        ("budget.macs", "budget.macs", 9_090_000, "MACs <= 9,090,000"),
        ("defaults.dilations", "defaults.dilations", [1, 2, 4], "4 too"),
        ("defaults.kernels", "defaults.kernels", [3, 5], "5 too"),
    ],
)
def test_one_step_further_is_the_optimum_of_the_problem_written_so(name: str, path: str, value: Any, step: str) -> None:
    price = priced(TABLE)[name]
    further = answer(edited(TABLE, path, value)).outcome.value
    before = answer(TABLE).outcome.value
    assert before is not None
    assert further is not None
    assert (price.step, price.further, price.saves) == (step, further, before - further)


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("exit[0].receptive_field", "exit[0].receptive_field", 1),
        ("defaults.layers", "defaults.layers", {"min": 1}),
        ("guards.hole_free", "guards.hole_free", False),
        ("budget.macs", "budget.macs", "100G"),
    ],
)
def test_without_a_requirement_is_the_optimum_that_does_not_ask_for_it(name: str, path: str, value: Any) -> None:
    price = priced(TABLE)[name]
    assert price.without == answer(edited(TABLE, path, value)).outcome.value
    assert price.binds == (price.without != answer(TABLE).outcome.value)


@settings(max_examples=8, deadline=None)
@given(tables(blocks=("conv",)))
def test_relaxing_never_costs(table: dict[str, Any]) -> None:
    """No price is negative, and what does not bind saves nothing."""
    for price in prices(problem_from(table)):
        assert price.saves is None or price.saves >= 0
        if price.binds is False:
            assert not price.saves
        if price.saves and price.without is not None and price.further is not None:
            assert price.without <= price.further


def test_what_is_maximised_has_prices_in_its_own_unit() -> None:
    table = {
        "defaults": {"kernels": [3, 5], "dilations": [1], "strides": [1], "widths": 8, "layers": {"max": 3}},
        "exit": [{"receptive_field": 5}],
        "objective": {"maximise": "effective_receptive_field"},
    }
    price = priced(table)["defaults.layers"]
    more = answer(edited(table, "defaults.layers.max", 4)).outcome.value
    best = answer(table).outcome.value
    assert more is not None
    assert best is not None
    assert price.saves == pytest.approx(more - best)


def test_only_an_optimum_is_priced() -> None:
    table = {"defaults": {"layers": {"max": 2}}, "exit": [{"receptive_field": 500}]}
    assert answer(table).status is Status.INFEASIBLE
    assert prices(problem_from(table)) == ()


def test_what_is_not_proven_in_time_is_no_price() -> None:
    solution = answer(TABLE)
    found = prices(problem_from(TABLE), solution, time_limit=1e-9)
    assert found
    assert all((price.further, price.without, price.saves, price.binds) == (None,) * 4 for price in found)


def test_dilations_past_the_guard_are_no_step() -> None:
    table = {"defaults": {"kernels": [3], "dilations": [1, 2, 4, 8], "widths": 8}, "exit": [{"receptive_field": 40}]}
    assert "defaults.dilations" not in priced(table)
    assert priced({**table, "guards": {"max_dilation": False}})["defaults.dilations"].step == "16 too"
