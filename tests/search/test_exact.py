"""What is left when time runs out among refused candidates: a design from the safe side, with an honest bound."""

from typing import Any

import pytest

from rfsolve.analysis import analyse
from rfsolve.search import exact
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine
from rfsolve.search.exact import run_exactly
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.solution import Status
from rfsolve.search.solve import solve
from rfsolve.space import families
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from

REFUSING = {"depth": 4, "target_rf": 188}
"""A U-Net at which several candidates are refused before the optimum."""


def cautious(problem: Problem) -> exact.Exact:
    model = Model(problem, lattices(problem), cautious=True)
    model.set_objective(problem.objectives[0])
    return run_exactly(Engine(deadline=1e12, seed=0, workers=1), model, Cuts(model))


def holes(dilations: list[int]) -> dict[str, Any]:
    """Two branches that can fill each other's holes, or go without."""
    one = {"after": "input", "kernels": [3], "strides": [1], "dilations": dilations, "layers": {"min": 1, "max": 3}}
    return {
        "input": {"axes": 1},
        "defaults": {"widths": 4},
        "stack": [{"name": "a", **one}, {"name": "b", **one, "dilations": [1, 2]}],
        "merge": [{"name": "m", "op": "add", "of": ["a", "b"]}],
        "exit": [{"name": "out", "after": "m", "receptive_field": 13}],
    }


@pytest.mark.parametrize(
    "problem",
    [families.unet(depth=2, target_rf=45), families.unet(**REFUSING), problem_from(holes([1, 2, 3, 4]))],
    ids=["unet 2", "unet 4", "holes"],
)
def test_the_safe_side_needs_no_refusal(problem: Problem) -> None:
    """Its first candidate stands; it costs no less than the optimum."""
    model = Model(problem, lattices(problem), cautious=True)
    model.set_objective(problem.objectives[0])
    cuts = Cuts(model)
    found = run_exactly(Engine(deadline=1e12, seed=0, workers=1), model, cuts)
    assert cuts.rejected == 0
    assert found.design is not None
    best = solve(problem, explain=False)
    assert best.status is Status.OPTIMAL
    assert best.outcome.value is not None
    assert found.design.parameters >= best.outcome.value


def test_what_is_kept_is_returned_with_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stops after three refusals: the design kept meets all that is asked, and is not called optimal."""
    problem = families.unet(**REFUSING)
    optimum = solve(problem, explain=False).outcome.value
    engine = Engine(deadline=1e12, seed=0, workers=1)
    model = Model(problem, lattices(problem))
    model.set_objective(problem.objectives[0])

    def fallback(_: Engine) -> exact.Exact:
        engine.deadline = 0.0
        return cautious(problem)

    monkeypatch.setattr(Engine, "ends_at", lambda self, _: self)
    found = run_exactly(engine, model, Cuts(model), fallback=fallback)
    assert found.run.status is Status.FEASIBLE
    assert found.design is not None
    assert found.design.exits[0].receptive_field[0][0] >= REFUSING["target_rf"]
    assert analyse(found.design.graph).taps["out"].receptive_field == found.design.exits[0].receptive_field
    assert found.run.bound is not None
    assert optimum is not None
    assert model.in_units(problem.objectives[0], found.run.bound) <= optimum <= found.design.parameters


def test_without_anything_kept_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = families.unet(**REFUSING)
    engine = Engine(deadline=1e12, seed=0, workers=1)
    model = Model(problem, lattices(problem))
    model.set_objective(problem.objectives[0])

    def fallback(_: Engine) -> exact.Exact:
        engine.deadline = 0.0
        return exact.Exact(exact.Run(Status.UNKNOWN, None, None, None, interrupted=False), None)

    monkeypatch.setattr(Engine, "ends_at", lambda self, _: self)
    found = run_exactly(engine, model, Cuts(model), fallback=fallback)
    assert (found.run.status, found.design) == (Status.UNKNOWN, None)
    assert found.run.bound is not None
