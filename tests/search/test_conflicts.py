"""Conflicts and relaxations equal brute force over the subsets of requirements, by an oracle that shares no code.

By default a sample; RFSOLVE_PROBLEMS=200 tries as many infeasible problems.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from rfsolve.search.solution import Relaxation, Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from
from tests.oracle.optimum import OracleExit, OracleProblem, OracleStack, optimum

PROBLEMS = int(os.environ.get("RFSOLVE_PROBLEMS", "12"))
LONGEST = 5.0
"""Seconds for an explanation."""

MANY = 8
"""Layers of a stack that has no limit: enough for all that is asked here, a field of 13 with kernels of 3."""

Drop = Callable[[OracleProblem], OracleProblem]


@dataclass(frozen=True)
class Case:
    """A problem as a table and as the oracle reads it; by name, how the oracle does without a requirement."""

    table: dict[str, Any]
    oracle: OracleProblem
    drops: dict[str, Drop]

    def without(self, names: frozenset[str]) -> OracleProblem:
        problem = self.oracle
        for name in names:
            problem = self.drops[name](problem)
        return problem


def _stack(index: int, **changes: Any) -> Drop:
    def drop(problem: OracleProblem) -> OracleProblem:
        stacks = [replace(s, **changes) if i == index else s for i, s in enumerate(problem.stacks)]
        return replace(problem, stacks=tuple(stacks))

    return drop


def _exit(index: int, **changes: Any) -> Drop:
    def drop(problem: OracleProblem) -> OracleProblem:
        exits = [replace(e, **changes) if i == index else e for i, e in enumerate(problem.exits)]
        return replace(problem, exits=tuple(exits))

    return drop


def draw(seed: int) -> Case:
    """Return a small problem; every second or so is infeasible."""
    rng = random.Random(seed)  # noqa: S311 - a sample, no secret
    drops: dict[str, Drop] = {}
    widths, plan = rng.choice([(4, ("fixed", 4)), ("2*jump:6", ("plan", 2, 6)), ([2, 3], ("free", (2, 3)))])
    stacks, oracle_stacks = [], []
    count = rng.choice([1, 1, 2])
    for i in range(count):
        kernels = sorted(rng.sample([1, 3, 5], rng.randint(1, 2)))
        dilations = sorted(rng.sample([1, 2, 3], rng.randint(1, 2)))
        strides = rng.choice([[1], [1], [1, 2], [2]])
        least = rng.choice([0, 1, 1, 2])
        most = least + rng.randint(0 if least else 1, 2)
        stacks.append(
            {"name": f"s{i}", "kernels": kernels, "dilations": dilations, "strides": strides, "widths": widths,
             "layers": {"min": least, "max": most}}
        )  # fmt: skip
        ones = [tuple((value,) for value in domain) for domain in (kernels, strides, dilations)]
        oracle_stacks.append(OracleStack(*ones, plan, least, most))
        drops[f"stack[{i}].layers"] = _stack(i, min_layers=0, max_layers=MANY)
    exits, oracle_exits = [], []
    for i, after in enumerate(sorted({count - 1, rng.randrange(count)})):
        low = rng.choice([None, rng.randint(2, 13), rng.randint(6, 13)])
        high = rng.choice([None, (low or 1) + rng.randint(0, 3)])
        stride = rng.choice([None, 1, 2, 3, 4])
        width = rng.choice([None, None, 3, 6])
        solid = rng.random() < 0.6
        table: dict[str, Any] = {"name": f"e{i}", "after": f"s{after}", "hole_free": solid}
        limits = {key: value for key, value in (("min", low), ("max", high)) if value is not None}
        if limits:
            table["receptive_field"] = limits
            drops[f"exit[{i}].receptive_field"] = _exit(i, rf_min=None, rf_max=None)
        if stride:
            table["stride"] = stride
            drops[f"exit[{i}].stride"] = _exit(i, stride=None)
        if width:
            table["width"] = width
            drops[f"exit[{i}].width"] = _exit(i, width=None)
        if solid:
            drops[f"exit[{i}].hole_free"] = _exit(i, hole_free=False)
        exits.append(table)
        oracle_exits.append(OracleExit(after, low, high, stride, None, solid, width))
    budget: dict[str, int] = {}
    for key in rng.sample(["parameters", "layers"], rng.choice([0, 1, 2])):
        budget[key] = rng.choice([1, 2, 3]) if key == "layers" else rng.choice([20, 60, 200])
        drops[f"budget.{key}"] = lambda problem, key=key: replace(problem, **{f"max_{key}": None})
    guards = {"odd_kernels": False, "max_dilation": False, "max_stride": False, "max_output_stride": False}
    document = {
        "input": {"channels": 2, "axes": 1},
        "defaults": {"norm": "none", "bias": False},
        "stack": stacks,
        "exit": exits,
        "budget": budget,
        "guards": guards,
    }
    oracle = OracleProblem(
        1, 2, tuple(oracle_stacks), tuple(oracle_exits), 64, monotone_widths=True,
        max_parameters=budget.get("parameters"), max_layers=budget.get("layers"),
    )  # fmt: skip
    return Case(document, oracle, drops)


def infeasible() -> Iterator[int]:
    """The seeds of infeasible problems, as the oracle sees them."""
    return (seed for seed in range(100_000) if optimum(draw(seed).oracle) is None)


def feasible_without(case: Case) -> dict[frozenset[str], bool]:
    """For every set of names, whether the oracle finds a design without their requirements, the smallest sets first."""
    found: dict[frozenset[str], bool] = {}
    names = list(case.drops)
    for size in range(len(names) + 1):
        for dropped in map(frozenset, combinations(names, size)):
            less = [found[dropped - {name}] for name in dropped]
            found[dropped] = any(less) or optimum(replace(case.without(dropped), objective="layers")) is not None
    return found


def minimal(sets: list[frozenset[str]]) -> set[frozenset[str]]:
    return {one for one in sets if not any(other < one for other in sets)}


def nearer(case: Case, relaxation: Relaxation) -> Iterator[OracleProblem]:
    """The oracle's problems in which one of the changes comes nearer to what was asked by one, the others stay."""
    names = [change.name for change in relaxation.changes]
    numbers = [i for i, change in enumerate(relaxation.changes) if not change.dropped]
    for moved in numbers:
        problem = case.without(frozenset(names))
        for i, change in enumerate(relaxation.changes):
            problem = restored(case, problem, change.name, change.now[0] if change.now else None, closer=i == moved)
        yield problem


def restored(case: Case, problem: OracleProblem, name: str, now: Any, *, closer: bool) -> OracleProblem:
    """The problem with a requirement as it was relaxed; `closer`: by one nearer to what was asked."""
    if now is None:
        return problem
    low, high = (None if bound is None else int(bound[0]) for bound in (now.least, now.most))
    place, _, key = name.partition(".")
    index = int(place[-2]) if place.endswith("]") else 0
    if place == "budget":
        return replace(problem, **{f"max_{key}": (high or 0) - closer})
    if key == "layers":
        asked = case.oracle.stacks[index]
        low, high = _closer(low or 0, high or MANY, asked.min_layers, asked.max_layers, closer=closer)
        return _stack(index, min_layers=low, max_layers=high)(problem)
    wanted = case.oracle.exits[index]
    if key == "receptive_field":
        low, high = _closer(low, high, wanted.rf_min, wanted.rf_max, closer=closer)
        return _exit(index, rf_min=low, rf_max=high)(problem)
    value = getattr(wanted, key)
    step = (low < value) - (low > value) if closer else 0
    return _exit(index, **{key: low + step})(problem)


def _closer(low: Any, high: Any, asked_low: Any, asked_high: Any, *, closer: bool) -> tuple[Any, Any]:
    if closer and low is not None and asked_low is not None and low < asked_low:
        return low + 1, high if high is None else max(high, low + 1)
    if closer and high is not None and asked_high is not None and high > asked_high:
        return low if low is None else min(low, high - 1), high - 1
    return low, high


def _agrees(seed: int) -> float:
    case = draw(seed)
    problem = problem_from(case.table)
    started = time.perf_counter()
    solution = solve(problem)
    spent = time.perf_counter() - started
    assert solution.status is Status.INFEASIBLE, f"seed {seed}"
    assert solution.explained, f"seed {seed}"
    feasible = feasible_without(case)
    corrections = minimal([names for names, met in feasible.items() if met])
    every = frozenset(case.drops)
    conflicts = minimal([every - names for names, met in feasible.items() if not met])
    assert {frozenset(conflict.names) for conflict in solution.conflicts} == conflicts, f"seed {seed}"
    found = {frozenset(change.name for change in one.changes) for one in solution.relaxations}
    assert found == corrections, f"seed {seed}"
    for relaxation in solution.relaxations:
        relaxed = case.without(frozenset(change.name for change in relaxation.changes))
        for change in relaxation.changes:
            relaxed = restored(case, relaxed, change.name, change.now[0] if change.now else None, closer=False)
        assert relaxation.proven, f"seed {seed}: {relaxation.nearest}"
        assert relaxation.parameters == optimum(relaxed), f"seed {seed}: {relaxation.nearest}"
        for problem_ in nearer(case, relaxation):
            assert optimum(problem_) is None, f"seed {seed}: nearer than {relaxation.nearest}"
    return spent


def test_conflicts_and_relaxations_are_those_of_brute_force(record_property: Callable[[str, object], None]) -> None:
    """Every set of requirements is tried by the oracle; prices are its optima, and no change comes nearer alone."""
    seeds = infeasible()
    times = [_agrees(next(seeds)) for _ in range(PROBLEMS)]
    record_property("longest seconds", max(times))
    assert max(times) < LONGEST
