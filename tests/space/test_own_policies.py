"""`[[policy]]`: a rule of a problem file, by numbers."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.errors import ProblemError
from rfsolve.formats.problem_toml import problem_toml
from rfsolve.space.document import PolicyTable
from rfsolve.space.own_policies import policy_of
from rfsolve.space.policies import LFFD_CELLS, LFFD_ROWS, Need, lffd
from rfsolve.space.problem import Quantity
from rfsolve.space.reading import problem_from

MINE = {"name": "mine", "field": [[10.0, 4.0], [100.0, 2.0]], "effective": 1.5, "cells": 4.0}
EXIT = {"object_size": {"value": 55, "policy": "mine"}}


def test_it_asks_of_an_exit_what_its_numbers_say() -> None:
    """Half way between 4 and 2: a field of 3 x 55; 4 sigma of 1.5 x 55; a stride of at most 55 / 4."""
    problem = problem_from({"policy": [MINE], "exit": [EXIT]})
    asked = {one.quantity: one.least or one.most for one in problem.requirements if one.node == "out" and not one.guard}
    assert asked == {
        Quantity.RECEPTIVE_FIELD: (165, 165),
        Quantity.EFFECTIVE_RECEPTIVE_FIELD: (82.5, 82.5),
        Quantity.STRIDE: (13, 13),
    }


def test_one_number_is_a_ratio_everywhere() -> None:
    policy = policy_of(PolicyTable.model_validate({"name": "double", "field": 2.0}))
    assert [policy(size) for size in (7, 7.6)] == [Need(receptive_field=14), Need(receptive_field=16)]
    assert policy.formula == "field >= 2 x size"


@settings(deadline=None)
@given(size=st.floats(0.5, 1_000).map(lambda size: round(size, 2)))
def test_lffd_written_in_numbers_is_lffd(size: float) -> None:
    rows = [[float(at), ratio] for at, ratio in LFFD_ROWS]
    assert policy_of(PolicyTable(name="again", field=rows, cells=LFFD_CELLS))(size) == lffd(size)


def test_it_is_written_and_read_again() -> None:
    table = {"policy": [MINE], "exit": [EXIT]}
    assert tomllib.loads(problem_toml(table, "ours")) == table


@pytest.mark.parametrize(
    ("tables", "line"),
    [
        ([MINE | {"name": "lffd"}], "policy[0].name: 'lffd' is taken, expected a name of its own"),
        ([MINE, MINE], "policy[1].name: 'mine' is taken, expected a name of its own"),
        ([MINE | {"field": []}], "policy[0].field: empty, expected at least one value"),
        ([MINE | {"field": [[1.0, 2.0, 3.0]]}], "policy[0].field[0]: too many values, expected at most 2"),
        ([MINE | {"field": 0.0}], "policy[0].field[0][1]: 0.0 is too small, expected more than 0.0"),
        ([MINE | {"cell": 3}], "policy[0].cell: unknown key, did you mean cells?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_nothing_else(tables: list[dict[str, Any]], line: str) -> None:
    with pytest.raises(ProblemError) as caught:
        problem_from({"policy": tables, "exit": [{"receptive_field": 50}]})
    assert str(caught.value).splitlines() == [line]


def test_a_policy_that_nobody_stated_is_unknown() -> None:
    known = "contains, erf, lffd, ours, s3fd"
    with pytest.raises(ProblemError) as caught:
        problem_from({"policy": [MINE | {"name": "ours"}], "exit": [EXIT]})
    assert str(caught.value) == f"exit[0].object_size.policy: unknown policy 'mine', expected one of {known}"
