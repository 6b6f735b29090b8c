"""The model: its units, its order of objectives, and what it maximises against brute force."""

from collections.abc import Iterator
from itertools import product
from math import ceil, log, sqrt
from typing import Any, NamedTuple

import pytest

from rfsolve.search.axes import axis_classes
from rfsolve.search.solution import Status
from rfsolve.space.problem import Objective, Quantity
from rfsolve.space.reading import problem_from
from tests.search.small import answer, run


class Line(NamedTuple):
    """One layer of a 1-D network: kernel, stride, dilation."""

    kernel: int
    stride: int
    dilation: int


class Sums(NamedTuple):
    parameters: int
    layers: int
    field: int
    effective: float
    entropy: float


WIDTH, SIZE = 8, 50
KERNELS, STRIDES, DILATIONS = (3, 5), (1, 2), (1, 3)
CHOICES = [Line(*numbers) for numbers in product(KERNELS, STRIDES, DILATIONS)]


def table(most: int, **more: Any) -> dict[str, Any]:
    domains = {"kernels": list(KERNELS), "strides": list(STRIDES), "dilations": list(DILATIONS)}
    layers = {"min": 1, "max": most}
    return {
        "input": {"channels": WIDTH, "axes": 1, "size": SIZE},
        "defaults": {**domains, "widths": WIDTH, "norm": "none", "bias": False, "layers": layers},
        "exit": [{}],
        **more,
    }


def sums(lines: tuple[Line, ...]) -> Sums:
    """Everything about a stack of plain convolutions, from its definition."""
    field, jump, variance, weights, logs = 1, 1, 0.0, 0, 0.0
    for kernel, stride, dilation in lines:
        field += (kernel - 1) * dilation * jump
        variance += (kernel**2 - 1) / 12 * (dilation * jump) ** 2
        weights += kernel * WIDTH * WIDTH
        logs += log(kernel * WIDTH)
        jump *= stride
    return Sums(weights, len(lines), field, 4 * sqrt(variance), log(WIDTH * ceil(SIZE / jump)) * logs)


def is_hole_free(lines: tuple[Line, ...]) -> bool:
    """Every pixel of the window is touched, and neighbouring windows leave none between them."""
    touched, jump = {0}, 1
    for kernel, stride, dilation in lines:
        touched = {pixel + tap * dilation * jump for pixel in touched for tap in range(kernel)}
        jump *= stride
    return touched == set(range(max(touched) + 1)) and len(touched) >= jump


def stacks(most: int) -> Iterator[tuple[tuple[Line, ...], Sums]]:
    for count in range(1, most + 1):
        for lines in product(CHOICES, repeat=count):
            if is_hole_free(lines):
                yield lines, sums(lines)


EVERY = [found for _, found in stacks(3)]


@pytest.mark.parametrize("budget", [200, 500, 700, 900])
def test_the_largest_entropy_within_a_budget(budget: int) -> None:
    """The solver's logarithms have four and three digits, so near ties may fall either way."""
    solution = answer(table(3, objective={"maximise": "entropy"}, budget={"parameters": budget}))
    best = max(found.entropy for found in EVERY if found.parameters <= budget)
    assert solution.status is Status.OPTIMAL
    assert solution.outcome.value == pytest.approx(best, rel=1e-3)
    assert (solution.outcome.value or 0.0) <= best * (1 + 1e-9)


@pytest.mark.parametrize("budget", [200, 500, 700, 900])
def test_the_largest_effective_field_within_a_budget(budget: int) -> None:
    goal = {"maximise": "effective_receptive_field"}
    solution = answer(table(3, objective=goal, budget={"parameters": budget}))
    best = max(found.effective for found in EVERY if found.parameters <= budget)
    assert solution.status is Status.OPTIMAL
    assert solution.outcome.value == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("effective", [5, 9.5, 12, 18, 25])
def test_the_cheapest_with_an_effective_field(effective: float) -> None:
    solution = answer(table(3, exit=[{"effective_receptive_field": effective}]))
    best = min((found.parameters for found in EVERY if found.effective >= effective), default=None)
    assert solution.outcome.value == best


@pytest.mark.parametrize("order", [["parameters", "layers"], ["layers", "parameters"]])
@pytest.mark.parametrize("field", [9, 16, 23])
def test_the_second_objective_is_improved_without_spoiling_the_first(order: list[str], field: int) -> None:
    solution = answer(table(3, exit=[{"receptive_field": field}], objective={"minimise": order}))
    best = min((*(getattr(found, name) for name in order),) for found in EVERY if found.field >= field)
    assert solution.status is Status.OPTIMAL
    assert tuple(outcome.value for outcome in solution.outcomes) == best
    assert [outcome.gap for outcome in solution.outcomes] == [0, 0]


def test_after_a_maximum_comes_a_minimum() -> None:
    goals = {"maximise": "effective_receptive_field", "minimise": ["parameters"]}
    solution = answer(table(3, objective=goals, exit=[{"receptive_field": {"max": 15}}]))
    within = [found for found in EVERY if found.field <= 15]
    largest = max(found.effective for found in within)
    first, second = solution.outcomes
    assert first.value == pytest.approx(largest, rel=1e-9)
    assert second.value == min(found.parameters for found in within if found.effective >= largest * (1 - 1e-9))


@pytest.mark.parametrize(
    ("field", "layers"), [({"exact": 17}, 3), ({"min": 12, "max": 14}, 2), ({"exact": 4}, 3), ({"exact": 6}, 1)]
)
def test_exact_fields(field: dict[str, int], layers: int) -> None:
    low, high = field.get("exact", field.get("min")), field.get("exact", field.get("max"))
    solution = answer(table(layers, exit=[{"receptive_field": field}]))
    fitting = [
        found.parameters for found in EVERY if (low or 0) <= found.field <= (high or 0) and found.layers <= layers
    ]
    assert solution.outcome.value == min(fitting, default=None)


def test_minimised_costs_are_divided_by_their_greatest_common_divisor() -> None:
    """64 x 64 weights and more per tap: the solver proves in steps of 4,096."""
    defaults = {"widths": 64, "norm": "none", "bias": False, "kernels": [3, 5]}
    problem = problem_from({"input": {"channels": 64}, "defaults": defaults, "exit": [{"receptive_field": 20}]})
    outcome, model = run(problem)
    assert outcome.placement is not None
    assert outcome.value is not None
    total = outcome.placement.total(Quantity.PARAMETERS)
    assert outcome.value * 4_096 == total
    assert model.in_units(problem.objectives[0], outcome.value) == total


def test_units_of_what_is_maximised() -> None:
    _, model = run(problem_from({"exit": [{"receptive_field": 3}], "defaults": {"layers": 1}}))
    effective = Objective(quantity=Quantity.EFFECTIVE_RECEPTIVE_FIELD, maximise=True)
    assert model.in_units(effective, 48) == pytest.approx(4.0)  # sigma 1
    assert model.in_units(Objective(quantity=Quantity.ENTROPY, maximise=True), 2 * 10**7) == pytest.approx(2.0)


def test_axes_that_nothing_tells_apart_are_one() -> None:
    same = problem_from({"input": {"axes": 3}, "exit": [{"receptive_field": [3, 9, 9]}]})
    flat = problem_from({"defaults": {"kernels": [3, [1, 3, 3]]}, "exit": [{}]})
    assert axis_classes(same) == {0: (0, 1, 2)}
    assert axis_classes(flat) == {0: (0,), 1: (1, 2)}
