"""Laws of the optimum: asking for more never costs less, allowing more never costs more. And determinism."""

import copy
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.formats.node_link import to_node_link
from rfsolve.search.solution import Status
from tests.search.small import answer, tables

few = settings(max_examples=25, deadline=None)


def price(table: dict[str, Any]) -> float:
    """The proven optimum, infinite where there is no design."""
    solution = answer(table)
    assert solution.status in {Status.OPTIMAL, Status.INFEASIBLE}
    return inf if solution.outcome.value is None else solution.outcome.value


def changed(table: dict[str, Any], stack: dict[str, Any] | None = None, **guards: Any) -> dict[str, Any]:
    """A copy whose stacks have more to choose from (lists are joined), and whose guards differ."""
    result = copy.deepcopy(table)
    for part in result["stack"]:
        for key, more in (stack or {}).items():
            part[key] = part[key] + more
    result["guards"] |= guards
    return result


@few
@given(tables(), st.integers(1, 12))
def test_a_larger_target_is_never_cheaper(table: dict[str, Any], more: int) -> None:
    larger = copy.deepcopy(table)
    larger["exit"][0]["receptive_field"] += more
    assert price(table) <= price(larger)


@few
@given(tables(), st.sampled_from([{"dilations": [4]}, {"kernels": [7]}, {"strides": [2]}, {"kernels": [1]}]))
def test_more_to_choose_from_is_never_dearer(table: dict[str, Any], more: dict[str, Any]) -> None:
    assert price(changed(table, more)) <= price(table)


@few
@given(tables(), st.sampled_from(["hole_free", "monotone_widths", "max_output_stride"]))
def test_a_guard_off_is_never_dearer(table: dict[str, Any], guard: str) -> None:
    assert price(changed(table, **{guard: False})) <= price(changed(table, **{guard: 32 if "max" in guard else True}))


@few
@given(tables())
def test_a_deeper_stack_is_never_dearer(table: dict[str, Any]) -> None:
    deeper = copy.deepcopy(table)
    for stack in deeper["stack"]:
        stack["layers"]["max"] += 3
    assert price(deeper) <= price(table)


@few
@given(tables())
def test_a_budget_at_the_optimum_is_kept_and_below_it_there_is_nothing(table: dict[str, Any]) -> None:
    best = price(table)
    name = table["objective"]["minimise"]
    if not 1 < best < inf:
        return
    budget = table["budget"]
    assert price({**table, "budget": {**budget, name: int(best)}}) == best
    assert price({**table, "budget": {**budget, name: int(best) - 1}}) == inf


@few
@given(tables())
def test_an_exit_more_is_never_cheaper(table: dict[str, Any]) -> None:
    more = copy.deepcopy(table)
    more["exit"].insert(0, {"name": "early", "after": "a", "receptive_field": 5})
    assert price(table) <= price(more)


TWINS = {
    "defaults": {"widths": [8, 16, 32], "kernels": [3, 5], "dilations": [1, 2]},
    "exit": [{"receptive_field": 60, "stride": 4}],
}


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_seed_gives_the_same_design(workers: int) -> None:
    first, second = (answer(TWINS, workers=workers, seed=7) for _ in range(2))
    assert first.design is not None
    assert second.design is not None
    assert first.outcomes == second.outcomes
    assert first.design.layers == second.design.layers
    assert to_node_link(first.design.graph) == to_node_link(second.design.graph)


def test_seeds_and_workers_agree_on_the_optimum() -> None:
    values = {answer(TWINS, workers=workers, seed=seed).outcome.value for workers in (1, 2) for seed in (0, 1)}
    assert len(values) == 1
