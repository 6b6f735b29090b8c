"""What the model says of windows and influence behind merges and up-sampling holds for every placement."""

import pytest

from rfsolve.search.check import checked_design
from rfsolve.search.moves import VARIANCE_SCALE
from rfsolve.search.profile import Profile
from rfsolve.search.reaches import Reached
from rfsolve.search.solution import Design
from rfsolve.space.reading import problem_from
from rfsolve.windows import Window
from tests.search.every import free_model, held
from tests.search.spaces import EXACT, PLACEMENTS, SPACES, concat, drawn, space, stack


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
        window = Profile(problem, model.found, placement, axis=0, node="out", source=source, kind=Window).reading
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
