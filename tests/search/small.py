"""Small problems for the tests of the search, and the way from one to a placement."""

import time
from typing import Any

import pytest
from hypothesis import strategies as st

from rfsolve.search import labels
from rfsolve.search.engine import Engine, Run
from rfsolve.search.lattice import Lattice, lattices
from rfsolve.search.model import Model
from rfsolve.search.placement import Placement
from rfsolve.search.solution import Design, Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from

UNGUARDED = {
    "odd_kernels": False,
    "hole_free": False,
    "max_dilation": False,
    "max_stride": False,
    "max_output_stride": False,
}


def answer(table: dict[str, Any], **options: Any) -> Solution:
    """The solution of a problem, without its explanation unless that is asked for."""
    return solve(problem_from(table), **{"explain": False, "time_limit": 20, **options})


def designed(table: dict[str, Any], **options: Any) -> Design:
    """The design of a problem that has a proven optimum."""
    solution = answer(table, **options)
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    return solution.design


def without_labels(patch: pytest.MonkeyPatch) -> None:
    """Leave chains to CP-SAT as well."""
    for name in ("AT_FIRST", "PATIENT", "UNPRICED", "AT_LAST"):
        patch.setattr(labels, name, 0)


def engine(seconds: float = 20.0) -> Engine:
    return Engine(deadline=time.perf_counter() + seconds, seed=0, workers=1)


def run(problem: Problem, found: dict[str, Lattice] | None = None) -> tuple[Run, Model]:
    """What CP-SAT makes of the full model, or of the one over thinned lattices."""
    model = Model(problem, lattices(problem) if found is None else found)
    model.set_objective(problem.objectives[0])
    return engine().run(model), model


def placed(problem: Problem) -> Placement:
    """The optimum's placement, not yet checked by anything."""
    outcome, _ = run(problem)
    assert outcome.placement is not None
    return outcome.placement


@st.composite
def tables(draw: st.DrawFn, *, blocks: tuple[str, ...] = ("conv", "separable", "residual")) -> dict[str, Any]:
    """Problems that are solved in a few milliseconds; most have a design."""
    axes = draw(st.sampled_from([1, 1, 2]))
    stacks = [
        {
            "name": name,
            "kernels": draw(st.sampled_from([[3], [3, 5], [1, 3], [5]])),
            "strides": draw(st.sampled_from([[1], [1, 2], [2, 1]])),
            "dilations": draw(st.sampled_from([[1], [1, 2], [1, 2, 3], [2]])),
            "block": draw(st.sampled_from(blocks)),
            "layers": {"min": draw(st.integers(0, 2)), "max": draw(st.integers(3, 12))},
        }
        for name in ("a", "b")[: draw(st.integers(1, 2))]
    ]
    exit_: dict[str, Any] = {"receptive_field": draw(st.integers(2, 40))}
    if draw(st.booleans()):
        exit_["stride"] = {"max": draw(st.sampled_from([1, 2, 4, 8]))}
    budget = draw(st.sampled_from([{}, {}, {"layers": 5}, {"parameters": 900}, {"macs": 60_000}]))
    return {
        "budget": budget,
        "input": {"channels": 3, "axes": axes, "size": 64},
        "defaults": {"widths": draw(st.sampled_from([4, "2*jump:8", [2, 4, 6], {1: 3, 4: 5}]))},
        "stack": stacks,
        "exit": [exit_],
        "objective": {"minimise": draw(st.sampled_from(["parameters", "macs", "layers", "activations"]))},
        "guards": {"hole_free": draw(st.booleans()), "monotone_widths": draw(st.booleans())},
    }
