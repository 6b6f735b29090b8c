"""Lattices: what can be reached and leads somewhere, and nothing else."""

from typing import Any

import pytest
from hypothesis import given, settings

from rfsolve.search.lattice import Lattice, lattices, useful_jump
from rfsolve.search.moves import State
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from
from tests.search.small import UNGUARDED, tables


def lattice(table: dict[str, Any]) -> Lattice:
    return lattices(problem_from({"exit": [{}], **table}))["trunk"]


def jumps(found: Lattice) -> set[int]:
    return {max(state.jump) for state in found.states}


def test_the_input_is_a_state_of_its_own() -> None:
    found = lattice({"input": {"channels": 32}, "defaults": {"widths": 32, "strides": [1]}})
    assert found.entries == (State((1, 1), 32, fresh=True),)
    assert found.states == (State((1, 1), 32, fresh=True), State((1, 1), 32))
    assert [str(state) for state in found.states] == ["1x1/32", "1x1/32"]


def test_a_cap_on_the_stride_caps_the_jumps() -> None:
    assert jumps(lattice({"exit": [{"stride": {"max": 8}}]})) == {1, 2, 4, 8}


def test_an_exact_stride_leaves_out_what_cannot_become_it() -> None:
    """A jump of 4 or 9 does not lead to 6."""
    table = {"defaults": {"strides": [1, 2, 3]}, "guards": {"max_stride": 3}}
    found = lattice({**table, "exit": [{"stride": 6}]})
    assert jumps(found) == {1, 2, 3, 6}
    assert {max(state.jump) for state in found.exits} == {6}


def test_a_stride_that_cannot_be_reached_leaves_nothing() -> None:
    found = lattice({"exit": [{"stride": 6}]})
    assert (found.exits, found.moves) == ((), ())


def test_the_number_of_layers_bounds_the_jumps() -> None:
    assert max(jumps(lattice({"defaults": {"layers": {"max": 3}}}))) == 8
    assert max(jumps(lattice({"budget": {"layers": 2}}))) == 4


def test_without_any_cap_jumps_end_where_they_cannot_help() -> None:
    problem = problem_from({"exit": [{"receptive_field": 700}], "guards": {"max_output_stride": False}})
    assert useful_jump(problem) == 1_400
    assert max(jumps(lattices(problem)["trunk"])) == 1_024
    assert useful_jump(problem_from({"exit": [{"receptive_field": 7}]})) == 1_024


@pytest.mark.parametrize("kind", ["conv", "residual"])
def test_widths_rise_only_where_the_guard_is_on(kind: str) -> None:
    defaults = {"widths": [8, 16, 32], "block": kind, "strides": [1]}
    rising = lattice({"defaults": defaults})
    assert all(move.source.fresh or move.source.width <= move.target.width for move in rising.moves)
    free = lattice({"defaults": defaults, "guards": {"monotone_widths": False}})
    assert {(m.source.width, m.target.width) for m in free.moves if not m.source.fresh} == {
        (a, b) for a in (8, 16, 32) for b in (8, 16, 32)
    }


def test_the_first_layer_may_be_narrower_than_the_input() -> None:
    found = lattice({"input": {"channels": 64}, "defaults": {"widths": [8, 16]}})
    assert {move.target.width for move in found.moves if move.source.fresh} == {8, 16}


def test_a_width_asked_at_the_exit_shapes_the_lattice() -> None:
    found = lattice({"defaults": {"widths": [8, 16, 32], "strides": [1]}, "exit": [{"width": 16}]})
    assert {state.width for state in found.states if not state.fresh} == {8, 16}
    assert {state.width for state in found.exits} == {16}


def test_pools_keep_the_width() -> None:
    found = lattice({"defaults": {"block": "pool", "kernels": [2], "widths": [8, 16]}})
    assert {state.width for state in found.states} == {3}


def test_a_table_that_starts_late_has_no_layers_before() -> None:
    defaults = {"widths": {2: 8}, "strides": [1, 2]}
    assert jumps(lattice({"defaults": defaults, "exit": [{"stride": {"max": 4}}]})) == {1, 2, 4}
    assert all(move.target.jump != (1, 1) for move in lattice({"defaults": defaults}).moves)


def test_axes_have_jumps_of_their_own() -> None:
    table = {"defaults": {"strides": [1, [1, 2], [2, 1]]}, "exit": [{"stride": [2, 4]}]}
    found = lattice(table)
    assert {state.jump for state in found.states} == {(a, b) for a in (1, 2) for b in (1, 2, 4)}


def test_a_stack_starts_where_the_one_before_ends() -> None:
    table = {
        "stack": [{"name": "a"}, {"name": "b", "layers": {"min": 0}}],
        "exit": [{"after": "a", "stride": 4}, {"after": "b", "stride": {"max": 16}}],
    }
    found = lattices(problem_from(table))
    assert set(found["b"].entries) == set(found["a"].exits)
    assert {max(state.jump) for state in found["a"].exits} == {4}
    assert {max(state.jump) for state in found["b"].exits} == {4, 8, 16}


def reached(found: Lattice) -> set[State]:
    seen, waiting = set(found.entries), list(found.entries)
    while waiting:
        state = waiting.pop()
        new = {move.target for move in found.moves if move.source == state} - seen
        seen |= new
        waiting += new
    return seen


def led_out(found: Lattice) -> set[State]:
    seen, waiting = set(found.exits), list(found.exits)
    while waiting:
        state = waiting.pop()
        new = {move.source for move in found.moves if move.target == state} - seen
        seen |= new
        waiting += new
    return seen


def every_state_is_on_a_way(problem: Problem) -> None:
    for found in lattices(problem).values():
        if found.exits:
            assert set(found.states) <= reached(found)
            assert set(found.states) <= led_out(found)
            assert set(found.exits) <= set(found.states)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_every_state_is_reached_and_leads_to_an_exit(table: dict[str, Any]) -> None:
    every_state_is_on_a_way(problem_from(table))
    every_state_is_on_a_way(problem_from({**table, "guards": UNGUARDED}))
