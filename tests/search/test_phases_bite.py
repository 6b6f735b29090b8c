"""Behind up-sampling the field depends on the output pixel: every one of them must see what is asked for.

The usual figure for a U-Net is that of its deepest path, 1 + sum (k - 1) d j with up-sampling adding nothing. It is an
average: two 3x3 convolutions a level, three levels deep, have an average of 96 pixels, and see 92 or 100.
"""

from itertools import pairwise
from typing import Any

import pytest

from rfsolve.search.solution import Design, Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.families import unet
from rfsolve.space.family import without_notes
from rfsolve.space.reading import problem_from
from tests.oracle.agreement import agreed
from tests.oracle.graph_optimum import Sights, all_candidates, fields, graph_problem, layers_of

LEVELS = ("enc0", "enc1", "enc2", "enc3", "dec2", "dec1", "dec0")


def solved(target: int, **choices: Any) -> Solution:
    return solve(unet(target_rf=target, **{"depth": 3, **choices}), explain=False)


def designed(target: int, **choices: Any) -> Design:
    solution = solved(target, **choices)
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    return solution.design


def with_layers(*numbers: int) -> Design:
    """The U-Net of depth 3 with so many 3x3 convolutions at each level, down, at the bottom and up."""
    table = without_notes(unet.table(target_rf=1, depth=3))
    for row in table["stack"]:
        if row["name"] in LEVELS:
            row["layers"] = numbers[LEVELS.index(row["name"])]
    solution = solve(problem_from(table), explain=False)
    assert solution.design is not None
    return solution.design


def average_field(design: Design) -> int:
    """The formula: along the deepest path, which passes every layer once, up-sampling adding nothing."""
    field, jump = 1, 1
    for layer in design.layers:
        k, s, d = (axes[0] for axes in (layer.choice.kernel, layer.choice.stride, layer.choice.dilation))
        if layer.block == "transposed":
            jump //= s
            continue
        field += (k - 1) * d * jump
        jump *= s
    return field


def seen(design: Design) -> tuple[int, int]:
    """The smallest and the largest field over the output pixels, the same along both axes."""
    height, width = design.exits[0].receptive_field
    assert height == width
    return height


def test_the_published_block_sees_92_or_100_and_96_on_average() -> None:
    block = with_layers(2, 2, 2, 2, 2, 2, 2)
    assert seen(block) == (92, 100)
    assert average_field(block) == 96


@pytest.mark.parametrize(
    ("target", "layers", "phases"),
    [(46, (1, 3), (46, 54)), (92, (2, 4), (92, 100)), (94, (2, 4), (94, 102)), (138, (3, 4), (138, 146))],
)
def test_the_smallest_field_meets_the_target_exactly(
    target: int, layers: tuple[int, int], phases: tuple[int, int]
) -> None:
    """It is the smallest that is asked to reach the target: the largest is 8 pixels past it."""
    assert seen(designed(target, layers=layers)) == phases


def test_one_pixel_more_than_the_smallest_field_costs_more() -> None:
    """At 92 the published block is the optimum, at 93 it is not, though its average is 96."""
    at_92, at_93 = (designed(target, layers=(2, 4)) for target in (92, 93))
    assert seen(at_92) == (92, 100)
    assert seen(at_93) == (94, 102)
    assert at_92.parameters < at_93.parameters


def test_the_average_would_have_accepted_a_cheaper_design() -> None:
    """At least two layers a level, 94 pixels asked: the average takes the published block, a layer too few."""
    solution = solved(94, layers=(2, 4))
    wrong = with_layers(2, 2, 2, 2, 2, 2, 2)
    assert solution.design is not None
    assert average_field(wrong) == 96
    assert seen(wrong)[0] == 92
    assert seen(solution.design) == (94, 102)
    assert wrong.parameters == 1_926_624
    assert solution.outcome.value == 1_935_904
    assert solution.rejected > 0


def test_the_average_would_have_accepted_a_design_at_a_fifth_less() -> None:
    """With one or two layers a level and 78 pixels asked, what the average takes is cheaper by 368,640 parameters."""
    solution = solved(78, layers=(1, 2))
    wrong = with_layers(1, 2, 2, 1, 2, 2, 2)
    assert solution.design is not None
    assert average_field(wrong) == 78
    assert seen(wrong) == (74, 82)
    assert seen(solution.design) == (78, 78)
    assert (wrong.parameters, solution.outcome.value) == (1_327_008, 1_695_648)
    assert solution.rejected > 0


def test_the_average_would_have_accepted_where_there_is_no_design() -> None:
    """Two layers a level at most cannot see 94 pixels everywhere; on average they see 96."""
    solution = solved(94, layers=(1, 2))
    assert solution.status is Status.INFEASIBLE
    assert solution.rejected > 0


def test_every_target_of_a_small_unet_has_the_optimum_of_brute_force() -> None:
    """One or two layers at each of seven places, 1-D: 128 designs, and every target that one of them just meets."""
    table = without_notes(unet.table(target_rf=1, depth=3, axes=1, layers=(1, 2)))
    table["defaults"]["widths"] = 4
    problem = graph_problem(table)
    candidates, sights = all_candidates(problem), Sights(problem)
    least = {fields(sights.tap(layers_of(one), "out", None))[0][0] for one in candidates}
    costs = []
    for target in sorted(least):
        both = agreed({**table, "exit": [{**table["exit"][0], "receptive_field": target}]}, candidates)
        assert both.best is not None
        costs.append(both.best.values)
    assert len(candidates) == 128
    assert all(small <= large for small, large in pairwise(costs))
    assert agreed({**table, "exit": [{**table["exit"][0], "receptive_field": max(least) + 1}]}, candidates).best is None
