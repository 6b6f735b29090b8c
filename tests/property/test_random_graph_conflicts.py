"""Conflicts among what random graphs ask equal brute force over all candidates, with merges, phases and relations.

The numbers of layers stay fixed, as the oracle lists all candidates.
By default a sample; RFSOLVE_PROBLEMS=100 tries more.
"""

import copy
import os
import time
from itertools import combinations, islice
from typing import Any

from rfsolve.search.conflicts import Marco
from rfsolve.search.engine import Engine
from rfsolve.search.feasibility import Feasibility
from rfsolve.search.named import by_name
from rfsolve.space.reading import problem_from
from tests.oracle.graph_optimum import graph_optimum, graph_problem
from tests.oracle.random_problems import random_problem

PROBLEMS = int(os.environ.get("RFSOLVE_PROBLEMS", "5"))
MOST = 300
"""Candidates of a problem."""

Names = frozenset[str]


def without(table: dict[str, Any], names: Names) -> dict[str, Any]:
    """The table without the requirements of some names."""
    result = copy.deepcopy(table)
    gone = {int(name[9:-1]) for name in names if name.startswith("relation[")}
    result["relation"] = [row for i, row in enumerate(result.get("relation", [])) if i not in gone]
    for name in names:
        place, _, key = name.partition(".")
        if place.startswith("exit"):
            row = result["exit"][int(place[5:-1])]
            row.pop(key)
            if key == "hole_free":
                row[key] = False
            elif key == "stride":
                row[key] = {"max": 4_096}  # else the guard would take its place
        elif place == "budget":
            result["budget"].pop(key)
        elif name == "guards.hole_free":
            result["guards"]["hole_free"] = False
        elif name == "guards.max_output_stride":
            result["guards"]["max_output_stride"] = 4_096
    return result


def can_be_left_out(name: str) -> bool:
    return name.startswith(("exit[", "relation[", "budget.", "guards."))


def infeasible() -> Any:
    for seed in range(10_000):
        drawn = random_problem(seed, MOST)
        if graph_optimum(drawn.problem, drawn.candidates) is None:
            yield seed, drawn


def minimal(sets: list[Names]) -> set[Names]:
    return {one for one in sets if not any(other < one for other in sets)}


def test_conflicts_of_graphs_are_those_of_brute_force() -> None:
    for seed, drawn in islice(infeasible(), PROBLEMS):
        problem = problem_from(drawn.table)
        names = frozenset(filter(can_be_left_out, by_name(problem)))
        fixed = frozenset(by_name(problem)) - names
        feasible: dict[Names, bool] = {}
        for size in range(len(names) + 1):
            for out in map(frozenset, combinations(sorted(names), size)):
                known = any(feasible[out - {name}] for name in out)
                feasible[out] = known or graph_optimum(graph_problem(without(drawn.table, out))) is not None
        engine = Engine(deadline=time.perf_counter() + 200, seed=0, workers=1)
        found = Marco(problem, Feasibility(problem, engine, seconds=50), fixed=fixed).explored()
        assert found.complete, f"seed {seed}"
        assert set(found.corrections) == minimal([out for out, met in feasible.items() if met]), f"seed {seed}"
        conflicts = minimal([names - out for out, met in feasible.items() if not met])
        assert set(found.conflicts) == conflicts, f"seed {seed}"
