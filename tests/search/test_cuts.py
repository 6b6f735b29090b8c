"""What is learnt from a refused candidate excludes it, and no good design."""

from random import Random
from typing import Any

import pytest

from rfsolve.errors import InternalError
from rfsolve.search.check import broken, checked_design
from rfsolve.search.cuts import Cuts
from rfsolve.space.reading import problem_from
from tests.search.every import every, free_model, held
from tests.search.small import UNGUARDED, answer
from tests.search.spaces import add, concat, down, space, stack, up

SAMPLE = 40
NARROW = {"kernels": [3], "dilations": [1, 2, 4], "layers": {"min": 0, "max": 2}}


def unet(**exit_: Any) -> dict[str, Any]:
    """A skip beside a way down and up, whose windows come in phases."""
    table = space(
        stack("s", "input", kernels=[3], dilations=[1, 3], layers=1),
        down("d", "s", kernels=[3], dilations=[1, 2], layers=2),
        up("u", "d", layers=2),
        concat("m", "s", "u"),
        stack("z", "m", kernels=[3], dilations=[1, 4], layers={"min": 0, "max": 1}),
    )
    return {**table, "exit": [{"name": "out", "after": "z", **exit_}]}


def fork(**exit_: Any) -> dict[str, Any]:
    table = space(
        stack("t", "input", kernels=[3], dilations=[1, 2], layers=1),
        stack("a", "t", **NARROW),
        stack("b", "t", **{**NARROW, "dilations": [1, 3, 5]}),
        add("m", "a", "b"),
    )
    return {**table, "exit": [{"name": "out", "after": "m", **exit_}]}


def related(order: str) -> dict[str, Any]:
    table = unet()
    return {**table, "relation": [{"of": ["u", "z"], "receptive_field": order, "by": 3}]}


HOLE_FREE = {"guards": {**UNGUARDED, "hole_free": True}}
PROBLEMS: dict[str, dict[str, Any]] = {
    "smallest field": unet(receptive_field=24),
    "largest field": unet(receptive_field={"max": 24}),
    "both fields": unet(receptive_field={"min": 20, "max": 28}),
    "holes with phases": {**unet(), **HOLE_FREE},
    "holes in a union": {**fork(), **HOLE_FREE},
    "field and holes": {**fork(receptive_field=11), **HOLE_FREE},
    "causal holes": {**fork(), **HOLE_FREE, "defaults": {"widths": 4, "padding": "causal"}},
    "influence": fork(effective_receptive_field={"min": 4.5, "max": 7}),
    "influence with phases": unet(effective_receptive_field=9),
    "a field from within": {
        **unet(),
        "exit": [
            {"after": "z"},
            {"name": "x", "after": "z", "measured_from": "d", "receptive_field": {"min": 3, "max": 4}},
        ],
    },
    "increasing": related("increasing"),
    "different": related("different"),
}


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_a_cut_excludes_its_candidate_and_no_good_design(name: str) -> None:
    problem = problem_from(PROBLEMS[name])
    rng = Random(name)  # noqa: S311 - a sample
    model = free_model(problem)
    placements = list(every(problem, model.found))
    placements = rng.sample(placements, min(len(placements), 6 * SAMPLE))
    judged = [(placement, broken(problem, checked_design(problem, placement))) for placement in placements]
    good = [placement for placement, refused in judged if not refused]
    cuts = Cuts(model)
    for placement, refused in judged[: 3 * SAMPLE]:
        if refused and held(model, placement) is not None:
            cuts.learn(placement, refused)
            assert held(model, placement) is None, refused
    assert good
    for placement in good[: 2 * SAMPLE]:
        assert held(model, placement) is not None, placement.moves


def test_what_was_rejected_is_counted() -> None:
    solution = answer(PROBLEMS["both fields"])
    assert solution.design is not None
    field = solution.design.exits[0].receptive_field[0]
    assert 20 <= field[0] <= field[1] <= 28
    assert solution.rejected >= 0


def test_a_disagreement_where_the_model_is_exact_is_a_defect() -> None:
    """Without phases the bounds of a merge's field are the field: nothing is to be learnt of it."""
    problem = problem_from(fork(receptive_field={"max": 9}))
    model = free_model(problem)
    for placement in every(problem, model.found):
        refused = broken(problem, checked_design(problem, placement))
        if refused:
            assert held(model, placement) is None
            with pytest.raises(InternalError, match="the solver and the recurrence disagree on exit"):
                Cuts(model).learn(placement, refused)
            return
