"""Why not: each relaxation makes the problem feasible, and one step nearer does not. What a guard costs."""

import copy
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from
from tests.search.small import answer, tables


def edited(table: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the value at a path such as `exit[0].stride` replaced."""
    result = copy.deepcopy(table)
    *way, last = [int(key) if key.isdigit() else key for key in re.findall(r"\w+", path)]
    here: Any = result
    for key in way:
        here = here.setdefault(key, {}) if isinstance(here, dict) else here[key]
    here[last] = value
    return result


def relaxed(solution: Solution) -> dict[str, str]:
    assert solution.status is Status.INFEASIBLE
    assert solution.design is None
    assert solution.explained
    alone = [relaxation for relaxation in solution.relaxations if len(relaxation.changes) == 1]
    assert all(relaxation.name in conflict.names for relaxation in alone for conflict in solution.conflicts)
    return {relaxation.name: relaxation.nearest for relaxation in alone}


DEFAULTS = {"kernels": [3], "dilations": [1, 2], "widths": 8}
DEEP = {"defaults": {**DEFAULTS, "layers": {"max": 3}}, "exit": [{"receptive_field": 200}]}
DEAR = {"defaults": DEFAULTS, "exit": [{"receptive_field": 200}], "budget": {"parameters": 2_000}}
STRIDED = {"defaults": {**DEFAULTS, "layers": {"max": 3}}, "exit": [{"stride": {"min": 32}}]}
WIDE = {"defaults": {"widths": "32*jump:512"}, "exit": [{"width": {"min": 500}, "stride": 4}]}
SPREAD = {"defaults": {**DEFAULTS, "layers": {"max": 2}}, "exit": [{"effective_receptive_field": 50}]}
LARGE = {"defaults": {**DEFAULTS, "layers": 6, "strides": [1]}, "exit": [{"receptive_field": {"max": 9}}]}
COSTLY = {**DEAR, "input": {"size": 64}, "budget": {"macs": "100k"}}

LONG = {
    "defaults": {"kernels": [3], "strides": [1], "dilations": [1], "widths": 8},
    "exit": [{"receptive_field": 1000}],
    "budget": {"parameters": "100k"},
}
"""The nearest field takes 168 layers, far more than the rest of the problem would need."""


@pytest.mark.parametrize(
    ("table", "name", "path", "word", "step"),
    [
        (DEEP, "defaults.layers", "defaults.layers.max", "layers <= ", -1),
        (DEEP, "exit[0].receptive_field", "exit[0].receptive_field", "receptive field >= ", 1),
        (DEAR, "budget.parameters", "budget.parameters", "parameters <= ", -1),
        (DEAR, "exit[0].receptive_field", "exit[0].receptive_field", "receptive field >= ", 1),
        (STRIDED, "exit[0].stride", "exit[0].stride.min", "stride >= ", 1),
        (STRIDED, "defaults.layers", "defaults.layers.max", "layers <= ", -1),
        (WIDE, "exit[0].width", "exit[0].width.min", "width >= ", 1),
        (LARGE, "exit[0].receptive_field", "exit[0].receptive_field.max", "receptive field <= ", -1),
        (LARGE, "defaults.layers", "defaults.layers", "layers = ", 1),
        (SPREAD, "defaults.layers", "defaults.layers.max", "layers <= ", -1),
        (LONG, "exit[0].receptive_field", "exit[0].receptive_field", "receptive field >= ", 1),
        (COSTLY, "budget.macs", "budget.macs", "MACs <= ", -1),
    ],
)
def test_a_relaxation_is_enough_and_no_more(table: dict[str, Any], name: str, path: str, word: str, step: int) -> None:
    nearest = relaxed(answer(table, explain=True))[name]
    assert nearest.startswith(word)
    number = int(nearest.removeprefix(word).replace(",", ""))
    assert answer(edited(table, path, number)).status is Status.OPTIMAL
    assert answer(edited(table, path, number + step)).status is Status.INFEASIBLE


def test_the_nearest_effective_field() -> None:
    nearest = relaxed(answer(SPREAD, explain=True))["exit[0].effective_receptive_field"]
    number = float(nearest.removeprefix("effective receptive field >= "))
    path = "exit[0].effective_receptive_field"
    assert answer(edited(SPREAD, path, number)).status is Status.OPTIMAL
    assert answer(edited(SPREAD, path, number + 1e-4)).status is Status.INFEASIBLE


def test_hole_freeness_can_be_what_is_in_the_way() -> None:
    table = {"defaults": {**DEFAULTS, "dilations": [4], "strides": [1]}, "exit": [{"receptive_field": 9}]}
    assert relaxed(answer(table, explain=True)) == {"guards.hole_free": "without hole-freeness"}
    assert answer({**table, "guards": {"hole_free": False}}).status is Status.OPTIMAL


def test_a_stride_that_no_product_reaches() -> None:
    nearest = relaxed(answer({"exit": [{"stride": 6}]}, explain=True))["exit[0].stride"]
    assert nearest in {"stride = 4", "stride = 8"}


def test_what_two_axes_lack_is_said_for_both() -> None:
    """The sum of both is the least, so both bounds hold together."""
    defaults = {"kernels": [[3, 1], [1, 3]], "dilations": [1], "strides": [1], "widths": 8, "layers": 4}
    table = {"defaults": defaults, "exit": [{"receptive_field": [9, 7]}]}
    nearest = relaxed(answer(table, explain=True))["exit[0].receptive_field"]
    axes = [int(part) for part in nearest.removeprefix("receptive field >= ").split("x")]
    assert sum(low - found for low, found in zip((9, 7), axes, strict=True)) == 6  # four layers of 2 pixels, 14 asked
    assert answer(edited(table, "exit[0].receptive_field", axes)).status is Status.OPTIMAL


@pytest.mark.parametrize("table", [DEEP, DEAR, STRIDED, WIDE, SPREAD, LARGE, COSTLY])
def test_a_conflict_is_one_and_no_smaller(table: dict[str, Any]) -> None:
    """Its requirements alone are infeasible together, and feasible without any one of them."""
    problem = problem_from(table)
    conflict = answer(table, explain=True).conflict
    assert conflict

    def status(names: set[str]) -> Status:
        kept = tuple(r for r in problem.requirements if r.name in names)
        return solve(replace(problem, requirements=kept), explain=False).status

    assert status(set(conflict)) is Status.INFEASIBLE
    assert all(status(set(conflict) - {name}) is not Status.INFEASIBLE for name in conflict)


def test_where_one_change_is_not_enough_nothing_is_proposed() -> None:
    """Stride 6 out of twos and field 500 out of two layers: neither alone can be had."""
    table = {"defaults": {**DEFAULTS, "layers": 2}, "exit": [{"stride": 6, "receptive_field": 500}]}
    assert relaxed(answer(table, explain=True)) == {}


def test_nothing_is_explained_unless_asked() -> None:
    solution = answer(DEEP)
    assert (solution.relaxations, solution.conflict, solution.seconds.explain) == ((), (), 0.0)


GUARDED = {
    "defaults": {"kernels": [3, 5], "widths": 8, "strides": [1, 2]},
    "exit": [{"receptive_field": 60}],
}


def test_the_effect_of_a_guard_is_the_answer_without_it() -> None:
    solution = answer(GUARDED, explain=True)
    effects = {effect.name: effect for effect in solution.guards}
    assert set(effects) == {"guards.hole_free", "guards.max_output_stride"}
    for name, effect in effects.items():
        without = answer(edited(GUARDED, name, value=False)).outcome.value
        assert effect.without == without
        assert effect.shaped == (without != solution.outcome.value)
    assert effects["guards.hole_free"].sentence == "hole-free"


def test_the_order_of_free_widths_is_a_guard_with_a_price() -> None:
    """A wide exit before a deep one: without the guard, the layers after it could be thin again."""
    table = {
        "defaults": {"kernels": [3], "strides": [1], "dilations": [1], "widths": [4, 64]},
        "stack": [{"name": "a"}, {"name": "b"}],
        "exit": [{"after": "a", "width": 64, "receptive_field": 3}, {"after": "b", "receptive_field": 21}],
    }
    solution = answer(table, explain=True)
    effect = next(effect for effect in solution.guards if effect.name == "guards.monotone_widths")
    assert effect.shaped
    assert effect.without == answer({**table, "guards": {"monotone_widths": False}}).outcome.value


def test_guards_that_are_off_or_replaced_have_no_effect() -> None:
    table = {**GUARDED, "exit": [{"receptive_field": 60, "stride": 4, "hole_free": True}]}
    assert answer(table, explain=True).guards == ()


@settings(max_examples=10, deadline=None)
@given(tables(blocks=("conv",)))
def test_effects_over_random_problems(table: dict[str, Any]) -> None:
    solution = answer(table, explain=True)
    for effect in solution.guards:
        if effect.without is not None:
            assert effect.without == answer(edited(table, effect.name, value=False)).outcome.value


def test_a_wider_domain_that_would_do_is_the_smallest() -> None:
    """Five layers of 3x3 see 3^5 = 243 pixels without holes at most; with 5x5 to choose from, 427 can be had."""
    defaults = {"kernels": [3], "dilations": [1, 2, 3, 4], "widths": 8, "layers": {"max": 5}}
    table = {"defaults": defaults, "exit": [{"receptive_field": 427}]}
    (widening,) = answer(table, explain=True).widenings
    assert (widening.name, widening.nearest) == ("defaults.kernels", "kernels 5 too")
    assert answer(edited(table, "defaults.kernels", [3, 5])).outcome.value == widening.parameters


def test_dilations_are_widened_by_as_few_as_would_do() -> None:
    defaults = {"kernels": [3], "dilations": [1, 2], "strides": [1], "widths": 8, "layers": {"max": 3}}
    table = {"defaults": defaults, "exit": [{"receptive_field": 15}]}
    found = {widening.name: widening.nearest for widening in answer(table, explain=True).widenings}
    assert found["defaults.dilations"] == "dilations 4 too"
    assert answer(edited(table, "defaults.dilations", [1, 2, 4])).status is Status.OPTIMAL
