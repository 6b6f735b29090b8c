"""Where the search could claim more than it knows: deep designs, uncapped exits, rings, no padding, huge numbers."""

from itertools import pairwise
from typing import Any

import pytest

from rfsolve.errors import ProblemError
from rfsolve.search.solution import Status
from tests.search.small import answer


def test_more_than_ten_thousand_layers() -> None:
    defaults = {"kernels": [3], "strides": [1], "dilations": [1], "widths": 8}
    solution = answer({"defaults": defaults, "exit": [{"receptive_field": 20_005}]})
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    assert len(solution.design.layers) == 10_002  # 2 pixels each, and one


def test_an_exit_without_a_cap_beside_one_with_a_cap() -> None:
    """The stride of 64 has to be filled before it, by far more layers than the first exit's stride would need."""
    table = {
        "defaults": {"kernels": [3], "dilations": [1], "widths": 8},
        "guards": {"max_stride": False, "max_output_stride": False},
        "stack": [{"name": "a", "strides": [1]}, {"name": "b", "strides": [64], "layers": 1}],
        "exit": [{"after": "a", "stride": 1, "receptive_field": 3}, {"after": "b", "receptive_field": 10}],
    }
    solution = answer(table)
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    assert solution.design.exits[1].receptive_field[0][0] >= 64


RING: dict[str, Any] = {
    "input": {"axes": 1, "size": 32},
    "defaults": {"kernels": [3], "strides": [1], "dilations": [1], "widths": [4, 64], "layers": {"max": 6}},
    "exit": [{"receptive_field": 3}],
    "guards": {"monotone_widths": False},
}


def test_a_ring_that_is_better_is_found_and_proven() -> None:
    """Entropy under a budget: 4, 64, 4, 64 is better than any walk that comes back to no width."""
    table = {**RING, "budget": {"parameters": 5000}, "objective": {"maximise": "entropy"}}
    solution, rising = answer(table), answer({**table, "guards": {}})
    assert solution.status is rising.status is Status.OPTIMAL
    assert solution.design is not None
    assert any(layer.c_out < layer.c_in for layer in solution.design.layers)
    assert all(first.c_out == second.c_in for first, second in pairwise(solution.design.layers))
    assert (solution.outcome.value or 0) > 1.3 * (rising.outcome.value or 0)
    assert solution.outcome.bound == pytest.approx(solution.outcome.value, rel=1e-4)
    assert answer({**RING, "objective": {"minimise": "parameters"}}).status is Status.OPTIMAL


def test_a_ring_that_alone_will_do_is_found() -> None:
    """An inverted block adds no shortcut where the width changes, and so has more variance: 7, 8, 7, 8, 7, 8."""
    defaults = {**RING["defaults"], "block": "inverted", "expansion": 1, "widths": [7, 8]}
    exits = [{"effective_receptive_field": 8, "hole_free": False}]
    solution = answer({**RING, "defaults": defaults, "exit": exits})
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    assert [layer.c_out for layer in solution.design.layers] == [7, 8, 7, 8, 7, 8]
    assert answer({**RING, "defaults": defaults, "exit": exits, "guards": {}}).status is Status.INFEASIBLE


def test_without_padding_the_window_lies_inside_the_input() -> None:
    table = {"input": {"size": 224}, "defaults": {"padding": "valid"}, "exit": [{"receptive_field": 50}]}
    solution = answer(table)
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    assert solution.design.macs is not None
    small = answer({**table, "input": {"size": 24}}, explain=True)
    assert small.status is Status.INFEASIBLE
    assert set(small.conflict) == {"input.size", "exit[0].receptive_field"}


def test_numbers_that_64_bits_cannot_hold() -> None:
    table = {"input": {"size": 30_000}, "defaults": {"widths": 65_536, "layers": {"max": 10_000}}}
    table |= {"exit": [{"receptive_field": 100_000}], "objective": {"minimise": "macs"}}
    with pytest.raises(ProblemError, match=r"trunk: a layer costs more than 1e\+15 MACs, expected a smaller input"):
        answer(table)


def test_more_combinations_than_can_be_searched() -> None:
    with pytest.raises(ProblemError, match="over 300,000 combinations of layer, jump and width"):
        answer({"defaults": {"widths": list(range(1, 400))}, "exit": [{"receptive_field": 50}]})


@pytest.mark.parametrize("stride", [2_048, 4_096, {"min": 1_500}])
def test_a_stride_past_all_use_can_be_had_where_it_is_asked_for(stride: Any) -> None:
    """Jumps end where no requirement is any nearer; a stride that is asked for is one."""
    table = {
        "defaults": {"kernels": [3], "dilations": [1], "widths": 8},
        "exit": [{"stride": stride}],
        "guards": {"max_output_stride": False},
    }
    assert answer(table).status is Status.OPTIMAL
