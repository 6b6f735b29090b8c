"""The optimum equals that of an oracle which shares no code: exhaustive search over explicit states."""

import random
from typing import Any

import pytest

from rfsolve.search.expand import PlacedLayer
from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from
from tests.oracle.optimum import OracleExit, OracleLayer, OracleProblem, OracleStack, optimum, totals, violations

BATCHES = 20
PROBLEMS_PER_BATCH = 30


def _domain(rng: random.Random, axes: int, values: list[int], most: int) -> list[tuple[int, ...]]:
    """Draw some values, the same on every axis or, in one of three draws, one for each."""
    chosen = set()
    for _ in range(rng.randint(1, most)):
        mixed = axes > 1 and rng.random() < 0.3
        chosen.add(tuple(rng.choice(values) for _ in range(axes)) if mixed else (rng.choice(values),) * axes)
    return sorted(chosen)


def _widths(rng: random.Random) -> tuple[Any, Any]:
    """Draw a width plan, as a problem file and as the oracle write it."""
    match rng.choice(["fixed", "plan", "table", "free", "free"]):
        case "fixed":
            return 4, ("fixed", 4)
        case "plan":
            return "2*jump:6", ("plan", 2, 6)
        case "table":
            return {1: 3, 4: 5}, ("table", {1: 3, 2: 3, 3: 3} | dict.fromkeys(range(4, 65), 5))
    return [2, 3, 5], ("free", (2, 3, 5))


def _draw(seed: int) -> tuple[dict[str, Any], OracleProblem]:
    rng = random.Random(seed)  # noqa: S311 - a sample, no secret
    axes = rng.choice([1, 1, 2])
    hole_free = rng.random() < 0.6
    written, other = _widths(rng)
    monotone = rng.random() < 0.7
    stacks, oracle_stacks = [], []
    count = rng.choice([1, 1, 2])
    for i in range(count):
        kernels = _domain(rng, axes, [1, 3, 5], 3)
        strides = _domain(rng, axes, [1, 2], 2)
        dilations = _domain(rng, axes, [1, 2, 3], 3)
        block = rng.choice(["conv", "conv", "separable", "residual"])
        least = rng.choice([0, 1, 1, 2])
        most = least + rng.randint(0 if least else 1, 3 if count == 1 else 2)
        stacks.append(
            {
                "name": f"s{i}",
                "kernels": [list(k) for k in kernels],
                "strides": [list(s) for s in strides],
                "dilations": [list(d) for d in dilations],
                "block": block,
                "widths": written,
                "layers": {"min": least, "max": most},
            }
        )
        oracle_stacks.append(OracleStack(tuple(kernels), tuple(strides), tuple(dilations), other, least, most, block))
    exits, oracle_exits = [], []
    for i in sorted({count - 1, rng.randrange(count)}):
        low = rng.choice([None, rng.randint(2, 25)])
        high = rng.choice([None, (low or 1) + rng.randint(0, 12)])
        stride = rng.choice([None, None, 1, 2, 4])
        width = rng.choice([None, None, None, 5])
        table: dict[str, Any] = {"name": f"e{i}", "after": f"s{i}", "hole_free": hole_free}
        limits = {key: value for key, value in (("min", low), ("max", high)) if value is not None}
        table |= {"receptive_field": limits} if limits else {}
        table |= {"stride": stride} if stride else {}
        table |= {"width": width} if width else {}
        exits.append(table)
        oracle_exits.append(OracleExit(i, low, high, stride, None, hole_free, width))
    objective = rng.choice(["parameters", "parameters", "macs", "layers"])
    norm = rng.random() < 0.5
    budget: dict[str, int] = {}
    if rng.random() < 0.4:
        budget[rng.choice(["parameters", "macs", "layers"])] = rng.choice([3, 300, 2_000, 20_000])
    guards = {"odd_kernels": False, "max_dilation": False, "max_stride": False, "max_output_stride": False}
    document = {
        "input": {"channels": 3, "axes": axes, "size": 37},
        "defaults": {"norm": "batch" if norm else "none"},
        "stack": stacks,
        "exit": exits,
        "budget": budget,
        "objective": {"minimise": objective},
        "guards": {**guards, "monotone_widths": monotone},
    }
    oracle = OracleProblem(
        axes,
        3,
        tuple(oracle_stacks),
        tuple(oracle_exits),
        None,
        monotone,
        budget.get("parameters"),
        budget.get("macs"),
        budget.get("layers"),
        37,
        norm,
        not norm,
        objective,
    )
    return document, oracle


def _as_oracle_layer(layer: PlacedLayer, oracle: OracleProblem) -> OracleLayer:
    """Return the layer with a dilation of its domain: along an axis with one tap, rfsolve writes 1 for any."""
    choice, stack = layer.choice, int(layer.stack[1:])
    dilation = next(
        given
        for given in oracle.stacks[stack].dilations
        if all(k == 1 or d == own for k, d, own in zip(choice.kernel, given, choice.dilation, strict=True))
    )
    return OracleLayer(stack, choice.kernel, choice.stride, dilation, layer.c_out)


def _agree(seed: int) -> Solution:
    document, oracle = _draw(seed)
    solution = solve(problem_from(document), explain=False, time_limit=20)
    best = optimum(oracle)
    assert solution.status is (Status.INFEASIBLE if best is None else Status.OPTIMAL), f"seed {seed}"
    if solution.design is not None:
        assert solution.outcome.value == best, f"seed {seed}"
        layers = [_as_oracle_layer(layer, oracle) for layer in solution.design.layers]
        assert list(violations(oracle, layers)) == [], f"seed {seed}"
        assert getattr(totals(oracle, layers), oracle.objective) == best, f"seed {seed}"
    return solution


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_optimum_is_the_oracles(batch: int) -> None:
    """Random problems: same verdict, same objective, and the oracle accepts the very design returned."""
    for seed in range(batch * PROBLEMS_PER_BATCH, (batch + 1) * PROBLEMS_PER_BATCH):
        _agree(seed)


def test_the_random_problems_are_of_every_kind() -> None:
    """The sample has feasible and infeasible problems; were it one-sided, agreement would mean little."""
    found = [_agree(seed).status for seed in range(100_000, 100_060)]
    assert min(found.count(Status.OPTIMAL), found.count(Status.INFEASIBLE)) >= 10
