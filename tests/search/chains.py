"""Small random chains of stacks, as a problem file states them and as the oracle does."""

import random
from typing import Any

from tests.oracle.optimum import OracleExit, OracleProblem, OracleStack


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


def chain(seed: int) -> tuple[dict[str, Any], OracleProblem]:
    """Return the problem of a seed, as a problem file and as the oracle reads it."""
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
