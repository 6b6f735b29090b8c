"""Designs of the problem library, solved once, that the frameworks are given."""

from functools import cache
from pathlib import Path
from typing import Any

import rfsolve
from rfsolve.graph import LayerGraph

PROBLEMS = Path(__file__).parents[2] / "problems"


@cache
def designed(name: str) -> LayerGraph:
    """The design of a problem of the library."""
    return _graph(rfsolve.load_problem(PROBLEMS / f"{name}.toml"))


def solved(**table: Any) -> LayerGraph:
    """The design of a problem written out here."""
    return _graph(rfsolve.problem_from(table))


def _graph(problem: Any) -> LayerGraph:
    design = rfsolve.solve(problem, explain=False).design
    assert design is not None
    return design.graph
