"""Rows against holes behind merges: they exclude no design without holes, and most with some."""

from random import Random
from typing import Any

import pytest

from rfsolve.search.check import checked_design
from rfsolve.search.lattice import lattices
from rfsolve.search.placement import Placement
from rfsolve.search.profile import Profile
from rfsolve.space.reading import problem_from
from rfsolve.windows import Coverage
from tests.search.every import every, free_model, held
from tests.search.small import UNGUARDED
from tests.search.spaces import add, concat, space, stack


def rate(name: str, after: str, dilations: list[int], most: int = 1, **more: Any) -> dict[str, Any]:
    """A branch of dilated 3-tap layers, mostly at most one of them."""
    return stack(name, after, **{"kernels": [3], "dilations": dilations, "layers": {"min": 0, "max": most}, **more})


def trunk(dilations: list[int], most: int = 2, **more: Any) -> dict[str, Any]:
    return rate("t", "input", dilations, **{"layers": {"min": 1, "max": most}, **more})


FORKS: dict[str, dict[str, Any]] = {
    "two ways": space(trunk([1, 2]), rate("a", "t", [1, 2, 4, 6], 2), rate("b", "t", [1, 3, 5]), add("m", "a", "b")),
    "two deep ways": space(
        trunk([1, 3], 1), rate("a", "t", [1, 2, 5], 2), rate("b", "t", [3, 4], 2), add("m", "a", "b")
    ),
    "three ways": space(
        trunk([1, 2], 1),
        rate("a", "t", [1, 2, 3]),
        rate("b", "t", [2, 4, 5]),
        rate("c", "t", [3, 6]),
        concat("m", "a", "b", "c"),
    ),
    "beside the trunk": space(trunk([1, 2, 3]), rate("a", "t", [1, 2, 3, 4, 5, 6], 2), add("m", "t", "a")),
    "from the input": space(
        rate("a", "input", [1, 2, 3], layers={"min": 1, "max": 2}),
        rate("b", "input", [1, 2, 3, 4], layers={"min": 1, "max": 2}),
        rate("c", "input", [2, 5], layers=1),
        concat("m", "a", "b", "c"),
    ),
    "dense": space(
        trunk([1, 2, 3]),
        rate("a", "t", [1, 2, 3, 4, 5], layers=1),
        rate("b", "a", [1, 2, 3, 4, 5, 6], layers=1),
        concat("m", "t", "a", "b"),
    ),
    "with a tail": space(
        trunk([1, 2], 1),
        rate("a", "t", [1, 3, 5]),
        rate("b", "t", [2, 4, 6]),
        add("m", "a", "b"),
        rate("z", "m", [1, 2, 5]),
    ),
    "two in turn": space(
        trunk([1, 2, 3]),
        rate("a", "t", [1, 2, 3, 4, 5], layers=1),
        add("m", "t", "a"),
        rate("b", "m", [1, 2, 3, 4, 5, 6], layers=1),
        add("n", "m", "b"),
    ),
    "behind a stride": space(
        trunk([1, 2], strides=[1, 2]), rate("a", "t", [1, 2, 5]), rate("b", "t", [2, 3]), concat("m", "a", "b")
    ),
    "strides in the ways": space(
        trunk([1, 2], 1),
        rate("a", "t", [1, 2, 3], 2, strides=[1, 2], layers={"min": 1, "max": 2}),
        rate("b", "t", [1, 3], strides=[2], layers=1, block="residual"),
        concat("m", "a", "b"),
    ),
    "kernels": space(
        trunk([1, 2], 1, kernels=[1, 3]),
        rate("a", "t", [1, 3, 4], kernels=[3, 5]),
        rate("b", "t", [2, 5, 6], kernels=[1, 5]),
        add("m", "a", "b"),
    ),
}
SAMPLE = 250


@pytest.mark.parametrize("name", sorted(FORKS))
def test_the_rows_against_holes_exclude_no_design_without_them(name: str) -> None:
    """Of all placements that the recurrence finds without holes, whatever field is asked for: 1, or all they have."""
    table = {**FORKS[name], "guards": {**UNGUARDED, "hole_free": True}}
    good = solid(table)
    rng = Random(name)  # noqa: S311 - a sample
    assert sum(map(len, good.values())) > 20
    for field in (1, *rng.sample(sorted(good), 3)):
        asked = [{"name": "out", "after": table["exit"][0]["after"], "receptive_field": field}]
        model = free_model(problem_from({**table, "exit": asked}))
        wide = [placement for own, placements in good.items() if own >= field for placement in placements]
        for placement in [*rng.sample(wide, min(len(wide), SAMPLE // 2)), *good.get(field, [])[: SAMPLE // 4]]:
            assert held(model, placement) is not None, placement.moves


def solid(table: dict[str, Any]) -> dict[int, list[Placement]]:
    """The placements without holes, by their field; a profile reads what the recurrence finds (`test_profile`)."""
    problem = problem_from(table)
    found = lattices(problem)
    good: dict[int, list[Placement]] = {}
    for placement in every(problem, found):
        coverage = Profile(problem, found, placement, axis=0, node="out", source="input", kind=Coverage).reading
        assert isinstance(coverage, Coverage)
        if coverage.hole_free:
            good.setdefault(max(phase.extent for phase in coverage.phases), []).append(placement)
    return good


@pytest.mark.parametrize("name", sorted(FORKS))
def test_the_rows_against_holes_exclude_something(name: str) -> None:
    """Else they would be of no use: most placements with holes are gone before the recurrence sees them."""
    table = {**FORKS[name], "guards": {**UNGUARDED, "hole_free": True}}
    problem = problem_from(table)
    model = free_model(problem)
    placements = list(every(problem, model.found))
    sample = Random(name).sample(placements, min(60, len(placements)))  # noqa: S311 - a sample
    holed = [p for p in sample if not checked_design(problem, p).taps["out"].hole_free]
    assert not holed or any(held(model, placement) is None for placement in holed)
