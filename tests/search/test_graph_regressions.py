"""Problems with graphs that once ended in a crash: now they have an answer, or a line that says what is wrong."""

from typing import Any

import pytest

from rfsolve.errors import ProblemError
from rfsolve.search.solution import Status
from rfsolve.space.reading import problem_from
from tests.search.small import answer, designed

PLAIN = {"kernels": [3], "strides": [1], "dilations": [1], "widths": 4}
FORK: dict[str, Any] = {
    "defaults": PLAIN,
    "stack": [{"name": "a", "layers": 1}, {"name": "b", "after": "a", "layers": 1}],
    "merge": [{"name": "m", "op": "add", "of": ["a", "b"]}],
}


def test_an_infeasible_problem_without_padding_is_explained() -> None:
    """A field of 50 in 24 pixels: the size is one side of the conflict."""
    table = {"input": {"size": 24}, "defaults": {"padding": "valid"}, "exit": [{"receptive_field": 50}]}
    solution = answer(table, explain=True)
    assert solution.status is Status.INFEASIBLE
    assert set(solution.conflict) == {"exit[0].receptive_field", "input.size"}


def test_padding_in_some_of_the_stacks_goes_without_a_size() -> None:
    single = {"kernels": [3], "dilations": [1], "layers": 1}
    stacks = [{"name": "a", **single, "strides": [2]}, {"name": "b", **single, "strides": [1], "padding": "valid"}]
    with pytest.raises(
        ProblemError, match=r"^input\.size: with padding 'valid' in some of the stacks before 'out' only"
    ):
        problem_from({"input": {"size": 16}, "stack": stacks, "exit": [{}]})
    assert designed({"stack": stacks, "exit": [{}]}).exits[0].receptive_field == ((7, 7), (7, 7))


def test_what_merges_write_is_counted() -> None:
    """Two layers and their sum: three times 4 x 32 elements, by the solver as by the graph."""
    table = {**FORK, "input": {"axes": 1, "size": 32}, "exit": [{}], "objective": {"minimise": "activations"}}
    solution = answer(table)
    assert solution.design is not None
    plain = {**table, "defaults": {**PLAIN, "norm": "none", "activation": "none"}}
    assert designed(plain).activations == answer(plain).outcome.value == 3 * 4 * 32
    assert solution.outcome.value == solution.design.activations


def test_an_effective_field_behind_a_merge() -> None:
    design = designed({**FORK, "input": {"axes": 1}, "exit": [{"effective_receptive_field": 2}]})
    assert design.exits[0].effective_receptive_field[0] >= 2


def test_steps_that_start_on_another_grid_are_no_part_of_a_profile() -> None:
    """An up-sampling stack that may be empty, so that what follows may start at two jumps."""
    table = {
        "stack": [
            {"name": "s0", "block": "pool"},
            {"name": "s1", "block": "depthwise"},
            {"after": "m1", "block": "upsample", "layers": {"min": 0}},
        ],
        "merge": [{"name": "m1", "op": "add", "of": ["s1", "s0"]}],
        "exit": [{"receptive_field": 16}],
    }
    assert designed(table).exits[0].receptive_field[0][0] >= 16


def test_a_walk_back_to_the_width_of_the_input_starts_there() -> None:
    design = designed(
        {
            "input": {"channels": 4, "axes": 1},
            "defaults": {**PLAIN, "widths": [2, 4]},
            "stack": [{"layers": 2}],
            "exit": [{"width": 4}],
        }
    )
    assert [(layer.c_in, layer.c_out) for layer in design.layers] == [(4, 2), (2, 4)]


@pytest.mark.parametrize(("layers", "widths"), [(3, [7, 8, 7]), (5, [7, 8, 7, 8, 7])])
def test_a_walk_that_ends_at_a_width_it_has_left_before(layers: int, widths: list[int]) -> None:
    """An inverted block has more variance where the width changes: 3 -> 7 -> 8 -> 7, the shape of a lollipop."""
    block = {"block": "inverted", "expansion": 1, "widths": [7, 8], "layers": layers}
    table = {
        "input": {"axes": 1},
        "defaults": {**PLAIN, **block},
        "exit": [{"width": 7, "effective_receptive_field": {3: 5.6, 5: 7.3}[layers], "hole_free": False}],
        "guards": {"monotone_widths": False},
    }
    assert [layer.c_out for layer in designed(table).layers] == widths
