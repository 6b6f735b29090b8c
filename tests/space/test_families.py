"""Families: functions that return problems, whatever their arguments."""

import inspect

import pytest

from rfsolve.search.solution import Status
from rfsolve.search.solve import solve
from rfsolve.space import families
from rfsolve.space.families import FAMILIES
from rfsolve.space.family import NOTE, Family, without_notes
from rfsolve.space.problem import Merge, Problem

each_family = pytest.mark.parametrize("name", FAMILIES)


@each_family
def test_is_proven_at_its_default_size(name: str) -> None:
    """The design meets the fields that its exits ask for, and each exit has the stride asked."""
    problem = FAMILIES[name]()
    solution = solve(problem, explain=False)
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    assert [exit_.name for exit_ in solution.design.exits] == [out.name for out in problem.outputs]
    assert solution.outcome.bound == solution.outcome.value


@each_family
def test_says_what_it_is(name: str) -> None:
    """A line for the head of its file, defaults for every argument, and a title."""
    family = FAMILIES[name]
    assert family.summary.endswith(".")
    assert all(p.default is not p.empty for p in inspect.signature(family.table).parameters.values())
    assert family.table()["title"] != ""


@each_family
def test_notes_stay_out_of_the_problem(name: str) -> None:
    family = FAMILIES[name]
    assert NOTE not in str(without_notes(family.table()))
    assert isinstance(family(), Problem)


@pytest.mark.parametrize(("depth", "field"), [(1, 20), (2, 44), (3, 92), (4, 188), (5, 412)])
def test_unets_of_every_depth(depth: int, field: int) -> None:
    problem = families.unet(depth=depth, target_rf=field)
    assert sum(isinstance(node, Merge) for node in problem.nodes) == depth
    solution = solve(problem, explain=False)
    assert solution.design is not None
    assert solution.design.exits[0].receptive_field[0][0] >= field


def test_a_unet_of_one_axis() -> None:
    assert families.unet(axes=1, target_rf=92, depth=3).input.axes == 1


@pytest.mark.parametrize("rates", [1, 2, 4])
def test_heads_of_any_number_of_rates(rates: int) -> None:
    assert solve(families.aspp(rates=rates, target_rf=150), explain=False).status is Status.OPTIMAL


def test_a_family_can_be_made_of_any_function() -> None:
    @Family
    def least(*, field: int = 3) -> dict[str, object]:
        """The least there is."""
        return {NOTE: "not said", "exit": [{"receptive_field": field, NOTE: "nor this"}]}

    assert least.summary == "The least there is."
    assert least(field=9).requirements[1].least == (9, 9)
