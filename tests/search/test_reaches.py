"""What the model says of windows and influence behind merges and up-sampling holds for every placement.

Read against the recurrence on random placements: `reaches` and `mixtures`, and the profile that `cuts` rests on.
"""

from math import lcm
from random import Random
from typing import Any

import pytest

from rfsolve.search.check import checked_design
from rfsolve.search.lattice import lattices
from rfsolve.search.moves import VARIANCE_SCALE
from rfsolve.search.placement import Placement
from rfsolve.search.profile import Profile, Side
from rfsolve.search.reaches import Reached
from rfsolve.search.solution import Design
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from
from rfsolve.windows import Coverage, Window
from tests.search.every import every, free_model, held, some
from tests.search.small import UNGUARDED

PLACEMENTS = 12


def stack(name: str, after: str, **more: Any) -> dict[str, Any]:
    """One or two convolutions, of any dilation."""
    table = {"kernels": [1, 3, 5], "dilations": [1, 2, 3], "strides": [1], "layers": {"min": 0, "max": 2}}
    return {"name": name, "after": after, **table, **more}


def down(name: str, after: str, **more: Any) -> dict[str, Any]:
    return stack(name, after, **{"strides": [2], "layers": {"min": 1, "max": 2}, **more})


def up(name: str, after: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "after": after, "block": "upsample", "layers": {"min": 1, "max": 2}, **more}


def space(*nodes: dict[str, Any], axes: int = 1, **more: Any) -> dict[str, Any]:
    """A problem that asks nothing, with an exit after its last node."""
    return {
        "input": {"axes": axes},
        "defaults": {"widths": 4, "norm": "none", "activation": "none"},
        "stack": [node for node in nodes if "op" not in node],
        "merge": [node for node in nodes if "op" in node],
        "exit": [{"name": "out", "after": nodes[-1]["name"]}],
        "guards": UNGUARDED,
        **more,
    }


def add(name: str, *of: str) -> dict[str, Any]:
    return {"name": name, "op": "add", "of": list(of)}


def concat(name: str, *of: str) -> dict[str, Any]:
    return {"name": name, "op": "concat", "of": list(of)}


EXACT: dict[str, dict[str, Any]] = {
    "residual": space(stack("t", "input", layers=1), stack("b", "t"), add("m", "t", "b")),
    "causal branch": space(stack("t", "input"), stack("b", "t", padding="causal"), concat("m", "t", "b")),
    "even kernels": space(
        down("a", "input", kernels=[2, 3]), down("b", "input", kernels=[4], padding="causal"), concat("m", "a", "b")
    ),
    "rates": space(
        down("t", "input"),
        stack("a", "t"),
        stack("b", "t"),
        stack("c", "t", block="residual", layers=1),
        concat("m", "a", "b", "c"),
        stack("z", "m"),
    ),
    "two axes": space(
        down("t", "input", strides=[[1, 2], 2], kernels=[[1, 3], [5, 3]]),
        stack("a", "t", kernels=[[3, 1]], block="depthwise"),
        stack("b", "t", block="convnext"),
        add("m", "a", "b"),
        axes=2,
    ),
    "pools": space(
        down("a", "input", layers=1, block="pool", kernels=[2, 3]),
        down("b", "input", layers=1, block="pool", kernels=[3], padding="causal"),
        concat("m", "a", "b"),
    ),
}
"""Spaces without output phases."""

PHASES: dict[str, dict[str, Any]] = {
    "nearest": space(stack("s", "input", layers=1), down("d", "s"), up("u", "d"), concat("m", "s", "u")),
    "linear": space(
        stack("s", "input", layers=1), down("d", "s", layers=1), up("u", "d", mode="linear"), concat("m", "s", "u")
    ),
    "by four, then a stride": space(
        down("d", "input", strides=[4], layers=1),
        up("u", "d", strides=[4], layers=1),
        stack("s", "u", strides=[1, 2]),
        down("p", "s", kernels=[3], layers=1),
    ),
    "transposed": space(
        stack("s", "input", layers=1),
        down("d", "s", layers=2),
        up("u", "d", block="transposed", kernels=[2, 4], layers=2),
        concat("m", "s", "u"),
        stack("z", "m"),
    ),
    "by three": space(
        down("d", "input", strides=[3], layers=1),
        up("u", "d", block="transposed", kernels=[3, 5], strides=[3], layers=1),
    ),
    "phases on both branches": space(
        down("d", "input", layers=2),
        up("u", "d", layers=2),
        down("e", "input", layers=1, padding="causal"),
        up("v", "e", mode="linear", layers=1),
        add("m", "u", "v"),
        stack("z", "m"),
    ),
    "pyramid": space(
        down("c1", "input", layers=1),
        down("c2", "c1", layers=1),
        up("u", "c2", layers=1),
        add("p", "c1", "u"),
        stack("h", "p", layers=1),
        down("q", "h", layers=1),
        add("r", "q", "c2"),
    ),
}
"""Spaces with some."""

SPACES = EXACT | PHASES


def drawn(name: str) -> tuple[Problem, list[Placement]]:
    problem = problem_from(SPACES[name])
    rng = Random(name)  # noqa: S311 - a sample
    return problem, [some(problem, rng) for _ in range(PLACEMENTS)]


def fields(design: Design, node: str, axis: int) -> tuple[int, int]:
    field = design.taps[design.ends[node]].receptive_field[axis]
    assert field is not None
    return field


@pytest.mark.parametrize("name", sorted(SPACES))
def test_no_field_is_past_its_bounds(name: str) -> None:
    """Smallest field <= 1 + (left + right) / 2, largest >= 1 + (low_left + low_right) / 2; exact without phases."""
    problem, placements = drawn(name)
    model = free_model(problem)
    reaches = {(node.name, axis): model.reaches.at(node.name, axis) for node in problem.nodes for axis in model.axes}
    for placement in placements:
        design = checked_design(problem, placement)
        solver = held(model, placement)
        assert solver is not None
        for (node, axis), reached in reaches.items():
            assert reached is not None
            smallest, largest = fields(design, node, axis)
            assert 2 * (smallest - 1) <= solver.value(reached.left) + solver.value(reached.right)
            assert 2 * (largest - 1) >= solver.value(reached.low_left) + solver.value(reached.low_right)
            if reached.exact:
                assert smallest == largest
                assert 2 * (smallest - 1) == solver.value(reached.left) + solver.value(reached.right)


@pytest.mark.parametrize("name", sorted(SPACES))
def test_bounds_are_exact_where_there_are_no_phases(name: str) -> None:
    problem = problem_from(SPACES[name])
    model = free_model(problem)
    ends = [model.reaches.at("out", axis) for axis in model.axes]
    assert all(isinstance(reached, Reached) and reached.exact == (name in EXACT) for reached in ends)


def test_what_does_not_depend_on_the_source_has_no_reach() -> None:
    problem = problem_from(space(stack("a", "input"), stack("b", "input"), concat("m", "a", "b")))
    reaches = free_model(problem).reaches
    assert reaches.at("b", 0, "a") is None
    assert reaches.at("input", 0, "a") is None
    assert reaches.at("m", 0, "a") == reaches.at("a", 0, "a")


@pytest.mark.parametrize("name", ["rates", "nearest", "transposed", "pyramid"])
def test_a_field_from_a_node_within_is_bounded_too(name: str) -> None:
    """In pixels of the input, so that the jump of the source's grid divides it."""
    problem, placements = drawn(name)
    model = free_model(problem)
    source = problem.stacks[0].name
    reached = model.reaches.at("out", 0, source)
    assert reached is not None
    for placement in placements:
        if not placement.moves[source]:
            continue  # an empty stack is the input's own grid
        design = checked_design(problem, placement)
        solver = held(model, placement)
        assert solver is not None
        jump = placement.ends[source].jump[0]
        window = Profile(problem, model.found, placement, 0, "out", source, Window).reading
        assert isinstance(window, Window)
        smallest, largest = window.receptive_field
        assert 2 * (smallest - 1) * jump <= solver.value(reached.left) + solver.value(reached.right)
        assert 2 * (largest - 1) * jump >= solver.value(reached.low_left) + solver.value(reached.low_right)
        assert design.ends[source] != design.ends["out"]


@pytest.mark.parametrize("name", sorted(SPACES))
def test_no_influence_is_past_its_bound(name: str) -> None:
    """The least variance over the phases, in units of 1 / 48 pixel^2, at every node that has a bound."""
    problem, placements = drawn(name)
    model = free_model(problem)
    bounds = {(node.name, axis): model._mixtures.at(node.name, axis) for node in problem.nodes for axis in model.axes}
    for placement in placements[: PLACEMENTS // 2]:
        design = checked_design(problem, placement)
        for (node, axis), bound in bounds.items():
            sigma = design.taps[design.ends[node]].sigma[axis]
            assert sigma is not None
            if bound is not None:
                solver = held(model, placement, bound)
                assert solver is not None
                assert VARIANCE_SCALE * sigma**2 <= solver.value(bound) + 1e-6


def test_influence_is_bounded_behind_centred_merges_and_up_sampling() -> None:
    """Only strides over phases, and branches that drift apart without end, leave it without a bound."""
    bounded = {
        name for name in SPACES if free_model(problem_from(SPACES[name]))._mixtures.at(_last(name), 0) is not None
    }
    assert bounded >= {"residual", "rates", "two axes", "pools", "nearest", "linear", "transposed", "by three"}
    assert not bounded & {"by four, then a stride", "pyramid", "causal branch"}


def _last(name: str) -> str:
    return problem_from(SPACES[name]).before("out")


# the profile --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SPACES))
def test_the_profile_reads_what_the_recurrence_finds(name: str) -> None:
    problem, placements = drawn(name)
    found = lattices(problem)
    for placement in placements:
        tap = checked_design(problem, placement).taps["out"]
        for axis in range(problem.input.axes):
            window = Profile(problem, found, placement, axis, "out", "input", Window).reading
            coverage = Profile(problem, found, placement, axis, "out", "input", Coverage).reading
            assert window == tap.windows[axis]
            assert coverage == tap.coverage(axis)


@pytest.mark.parametrize("name", sorted(SPACES))
def test_windows_and_coverage_grow_with_every_mass(name: str) -> None:
    problem, placements = drawn(name)
    found = lattices(problem)
    for placement in placements[: PLACEMENTS // 2]:
        windows = Profile(problem, found, placement, 0, "out", "input", Window)
        touched = Profile(problem, found, placement, 0, "out", "input", Coverage)
        for mass, value in windows.masses.items():
            _contains(windows.changed(mass, value + 1), windows.reading)
            _contains(touched.changed(mass, value + 2), touched.reading)
            if value:
                _contains(touched.reading, touched.changed(mass, value - 1))


def _contains(more: Window | Coverage, less: Window | Coverage) -> None:
    assert more.jump == less.jump
    for index in range(lcm(more.period, less.period)):
        if isinstance(more, Coverage):
            assert isinstance(less, Coverage)
            assert set(less.at(index)) <= set(more.at(index))
        else:
            outer, inner = more.at(index), less.at(index)
            assert isinstance(outer, tuple)
            assert isinstance(inner, tuple)
            assert outer[0] <= inner[0]
            assert inner[1] <= outer[1]


def test_a_settled_mass_is_what_a_changed_one_would_be() -> None:
    problem, (placement, *_) = drawn("transposed")
    profile = Profile(problem, lattices(problem), placement, 0, "out", "input", Coverage)
    before = profile.reading
    for mass, value in list(profile.masses.items()):
        changed = profile.changed(mass, value + 1)
        assert profile.reading == before
        profile.settle(mass, value + 1)
        assert profile.reading == changed
        profile.settle(mass, value)
        assert profile.reading == before


def test_taps_of_both_sides_count_apart_where_they_are_not_as_many() -> None:
    """A centred stack has one mass for each step, a causal one two."""
    problem, (placement, *_) = drawn("causal branch")
    masses = Profile(problem, lattices(problem), placement, 0, "out", "input", Window).masses
    assert {mass.side for mass in masses if mass.stack == "t"} == {Side.BOTH}
    assert {mass.side for mass in masses if mass.stack == "b"} == {Side.LEFT, Side.RIGHT}


# holes --------------------------------------------------------------------------------------------------------------


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
        rate("a", "input", [1, 2], layers={"min": 1, "max": 2}),
        rate("b", "input", [1, 3, 4], layers=1),
        rate("c", "input", [2, 5], layers=1),
        concat("m", "a", "b", "c"),
    ),
    "dense": space(
        trunk([1, 2], 1),
        rate("a", "t", [1, 2, 4], layers=1),
        rate("b", "a", [1, 3, 6], layers=1),
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
        trunk([1, 2], 1),
        rate("a", "t", [2, 3, 5], layers=1),
        add("m", "t", "a"),
        rate("b", "m", [1, 4, 6], layers=1),
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
    """The placements without holes, by their field; the first of all in steps, so that all kinds are there."""
    problem = problem_from(table)
    found = lattices(problem)
    good: dict[int, list[Placement]] = {}
    for placement in every(problem):
        coverage = Profile(problem, found, placement, 0, "out", "input", Coverage).reading
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
    placements = list(every(problem))
    sample = Random(name).sample(placements, min(60, len(placements)))  # noqa: S311 - a sample
    holed = [p for p in sample if not checked_design(problem, p).taps["out"].hole_free]
    assert not holed or any(held(model, placement) is None for placement in holed)
