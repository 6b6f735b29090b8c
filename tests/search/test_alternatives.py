"""Several designs of one problem equal those of an enumeration that shares no code: which, in which order, how many.

By default a sample; RFSOLVE_PROBLEMS=50 tries as many problems.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Hashable
from itertools import pairwise
from typing import Any

import pytest

from rfsolve.errors import InputError
from rfsolve.search.alternatives import alternatives
from rfsolve.search.check import broken
from rfsolve.search.diversity import distance
from rfsolve.search.solution import Alternatives, Design, Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import load_problem, problem_from
from tests.oracle.optimum import (
    OracleExit,
    OracleLayer,
    OracleProblem,
    OracleStack,
    all_designs,
    count_designs,
    feasible,
    totals,
)

PROBLEMS = int(os.environ.get("RFSOLVE_PROBLEMS", "8"))
MOST = 20_000
"""Sequences of layers that the oracle tries for one problem."""

GUARDS = {"odd_kernels": False, "max_dilation": False, "max_stride": False, "max_output_stride": False}


def draw(seed: int) -> tuple[dict[str, Any], OracleProblem]:
    """Return a small problem of one or two stacks, all of whose designs can be listed."""
    rng = random.Random(seed)  # noqa: S311 - a sample, no secret
    while True:
        widths, plan = rng.choice([(4, ("fixed", 4)), ("2*jump:6", ("plan", 2, 6)), ([2, 3], ("free", (2, 3)))])
        count = rng.choice([1, 2])
        stacks, oracle_stacks = [], []
        for i in range(count):
            kernels = sorted(rng.sample([1, 3, 5], rng.randint(1, 2)))
            dilations = sorted(rng.sample([1, 2, 3], rng.randint(1, 2)))
            strides = rng.choice([[1], [1, 2], [1, 2]])
            least = rng.choice([0, 1])
            most = least + rng.randint(1, 2)
            stacks.append(
                {"name": f"s{i}", "kernels": kernels, "dilations": dilations, "strides": strides, "widths": widths,
                 "layers": {"min": least, "max": most}}
            )  # fmt: skip
            ones = [tuple((value,) for value in domain) for domain in (kernels, strides, dilations)]
            oracle_stacks.append(OracleStack(*ones, plan, least, most))
        low = rng.randint(3, 9)
        solid = rng.random() < 0.6
        exits = [{"name": "out", "after": f"s{count - 1}", "hole_free": solid, "receptive_field": low}]
        oracle_exits = [OracleExit(count - 1, low, None, None, None, solid, None)]
        if count > 1 and rng.random() < 0.4:
            exits.append({"name": "early", "after": "s0", "hole_free": False, "stride": 1})
            oracle_exits.append(OracleExit(0, None, None, 1, None, hole_free=False, width=None))
        objective = rng.choice(["parameters", "parameters", "layers"])
        oracle = OracleProblem(
            1, 2, tuple(oracle_stacks), tuple(oracle_exits), 64, monotone_widths=True, objective=objective
        )
        table = {
            "input": {"channels": 2, "axes": 1},
            "defaults": {"norm": "none", "bias": False},
            "stack": stacks,
            "exit": exits,
            "objective": {"minimise": [objective, "parameters"] if objective == "layers" else ["parameters"]},
            "guards": GUARDS,
        }
        if count_designs(oracle) <= MOST:
            return table, oracle


def network(oracle: OracleProblem, layers: list[OracleLayer]) -> Hashable:
    """What two designs have in common that differ in the order inside a state alone, or in which stack a layer is.

    Where an exit reads out between two stacks, what it sees counts too.
    """
    jump, width = 1, oracle.in_channels
    seen: Counter[Hashable] = Counter()
    at: dict[int, Hashable] = {}
    index = 0
    for i in range(len(oracle.stacks)):
        while index < len(layers) and layers[index].stack == i:
            layer = layers[index]
            ((kernel,), (stride,), (dilation,)) = layer.kernel, layer.stride, layer.dilation
            after = (jump * stride, layer.width)
            seen[(kernel, stride, dilation if kernel > 1 else 1, (jump, width), after)] += 1
            jump, width = after
            index += 1
        at[i] = frozenset(seen.items())
    return tuple(at[exit_.after_stack_index] for exit_ in oracle.exits)


def every_network(oracle: OracleProblem) -> dict[Hashable, tuple[int, ...]]:
    """All networks of a problem by the oracle, with their values."""
    found: dict[Hashable, tuple[int, ...]] = {}
    for layers in all_designs(oracle):
        if feasible(oracle, layers):
            spent = totals(oracle, layers)
            values = (spent.layers, spent.parameters) if oracle.objective == "layers" else (spent.parameters,)
            found[network(oracle, layers)] = values
    return found


def as_oracle(design: Design) -> list[OracleLayer]:
    return [
        OracleLayer(int(one.stack[1:]), one.choice.kernel, one.choice.stride, one.choice.dilation, one.c_out)
        for one in design.layers
    ]


def listed(table: dict[str, Any], **options: Any) -> Alternatives:
    """The designs that are listed, each of which meets the problem by the recurrence."""
    problem = problem_from(table)
    solution = alternatives(problem, time_limit=30, **options)
    assert solution.status is Status.OPTIMAL
    assert solution.alternatives is not None
    for one in solution.alternatives.listed:
        assert not broken(problem, one.design)
    return solution.alternatives


@pytest.mark.parametrize("seed", range(PROBLEMS))
def test_the_best_designs_are_those_of_an_enumeration(seed: int) -> None:
    """The values are the oracle's K smallest, no network comes twice, and with K large enough all come."""
    table, oracle = draw(seed)
    every = every_network(oracle)
    if not every:
        assert solve(problem_from(table), explain=False).status is Status.INFEASIBLE
        return
    for number in (1, 7, 60):
        found = listed(table, top=number)
        values = [tuple(map(int, one.values)) for one in found.listed]
        assert values == sorted(every.values())[:number], f"seed {seed}"
        networks = {network(oracle, as_oracle(one.design)) for one in found.listed}
        assert len(networks) == len(found.listed), f"seed {seed}: a network twice"
        assert networks <= every.keys(), f"seed {seed}"
        assert found.complete
        assert found.more == (len(every) > number) or number == len(every)


@pytest.mark.parametrize("seed", range(PROBLEMS))
def test_all_that_are_as_good_as_the_best(seed: int) -> None:
    table, oracle = draw(seed)
    every = every_network(oracle)
    if every:
        found = listed(table, all_optimal=True)
        best = min(every.values())
        networks = {network(oracle, as_oracle(one.design)) for one in found.listed}
        assert networks == {one for one, values in every.items() if values == best}, f"seed {seed}"
        assert len(networks) == len(found.listed)
        assert (found.complete, found.more) == (True, False)


@pytest.mark.parametrize("seed", range(PROBLEMS))
def test_diverse_designs_are_the_furthest(seed: int) -> None:
    """Each is as far from those before it as any network of the oracle within the tolerance."""
    table, oracle = draw(seed)
    every = [layers for layers in all_designs(oracle) if feasible(oracle, layers)]
    if not every:
        return
    found = listed(table, diverse=4, tolerance=0.3)
    best = found.listed[0].values[0]
    near = [one for one in every if getattr(totals(oracle, one), oracle.objective) <= 1.3 * best]
    assert found.complete
    for number, one in enumerate(found.listed[1:], start=1):
        before = [as_oracle(other.design) for other in found.listed[:number]]
        furthest = max(min(_apart(layers, other) for other in before) for layers in near)
        assert one.distance == furthest, f"seed {seed}"
        assert one.values[0] <= 1.3 * best
        assert one.distance == min(distance(one.design, other.design) for other in found.listed[:number])
    if len(found.listed) < 4:
        before = [as_oracle(other.design) for other in found.listed]
        assert max(min(_apart(layers, other) for other in before) for layers in near) == 0


def _apart(one: list[OracleLayer], other: list[OracleLayer]) -> int:
    counts = []
    for layers in (one, other):
        kernels = Counter(("kernel", layer.kernel) for layer in layers)
        dilations = Counter(("dilation", layer.dilation if layer.kernel[0] > 1 else (1,)) for layer in layers)
        counts.append(kernels + dilations + Counter({"depth": len(layers)}))
    return sum(abs(counts[0][key] - counts[1][key]) for key in counts[0] | counts[1])


def test_two_equal_branches_that_change_places_are_one_network() -> None:
    branch = {"after": "stem", "kernels": [3, 5], "dilations": [1, 2], "strides": [1], "layers": 1, "widths": 4}
    table = {
        "stack": [
            {"name": "stem", "kernels": [3], "strides": [1], "dilations": [1], "layers": 1, "widths": 4},
            {"name": "a", **branch},
            {"name": "b", **branch},
        ],
        "merge": [{"name": "sum", "op": "add", "of": ["a", "b"]}],
        "exit": [{"after": "sum", "hole_free": False}],
    }
    assert len(listed(table, top=1_000).listed) == 10  # two of four kinds, with repetition


@pytest.mark.parametrize("name", ["union-fills-holes", "branch-own-field", "unet-phases"])
def test_graphs_are_listed_in_order_and_their_designs_checked(name: str) -> None:
    """Candidates that the recurrence refuses are no designs: what is listed is in order and starts with the best."""
    problem = load_problem(f"problems/{name}.toml")
    solution = alternatives(problem, top=3, time_limit=30)
    assert solution.alternatives is not None
    values = [one.values for one in solution.alternatives.listed]
    assert values[0][0] == solution.outcome.value
    assert all(one <= other for one, other in pairwise(values))
    assert len(values) == 3
    assert all(not broken(problem, one.design) for one in solution.alternatives.listed)


def test_what_is_maximised_comes_in_falling_order() -> None:
    table = {
        "input": {"size": 32},
        "defaults": {"kernels": [3, 5], "dilations": [1], "strides": [1, 2], "widths": 8, "layers": {"max": 3}},
        "exit": [{"receptive_field": 7}],
        "objective": {"maximise": "effective_receptive_field"},
    }
    found = listed(table, top=5)
    values = [one.values[0] for one in found.listed]
    assert values == sorted(values, reverse=True)
    assert found.complete


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "expected one of top, diverse and all_optimal"),
        ({"top": 3, "all_optimal": True}, "expected one of"),
        ({"top": 0}, "top: 0 designs, expected 1 to 1,000"),
        ({"top": 1_000_000}, "top: 1,000,000 designs, expected 1 to 1,000"),
        ({"diverse": 101}, "diverse: 101 designs, expected 1 to 100"),
        ({"diverse": 3, "tolerance": -0.1}, "tolerance: -0.1, expected 0 to 10"),
    ],
)
def test_wrong_numbers_are_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        alternatives(problem_from({"exit": [{"receptive_field": 20}]}), **options)


def test_what_is_found_when_time_runs_out_is_not_called_complete() -> None:
    """More designs than can be listed in the time: some are, the best first, and the limit is kept."""
    problem = load_problem("problems/lffd-dilated.toml")
    started = time.perf_counter()
    solution = alternatives(problem, top=1_000, time_limit=2)
    assert time.perf_counter() - started < 2.2 + 0.5  # half a second for a busy machine
    if solution.alternatives is not None:
        assert solution.alternatives.listed[0].values[0] == solution.outcome.value
        assert not solution.alternatives.complete


def test_an_infeasible_problem_has_no_alternatives() -> None:
    table = {"defaults": {"layers": {"max": 2}}, "exit": [{"receptive_field": 500}]}
    solution = alternatives(problem_from(table), top=3)
    assert (solution.status, solution.alternatives) == (Status.INFEASIBLE, None)
