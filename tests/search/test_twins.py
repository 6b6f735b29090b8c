"""Equal branches are put in order, and nothing is lost by it."""

from itertools import pairwise
from typing import Any

import pytest

from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine
from rfsolve.search.exact import run_exactly
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.solve import solve
from rfsolve.search.twins import twins
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from


def branches(**changes: Any) -> dict[str, Any]:
    """A trunk with three equal branches, concatenated."""
    one = {"after": "trunk", "kernels": [3], "strides": [1], "dilations": [1, 2, 3, 4], "layers": {"min": 1, "max": 2}}
    return {
        "input": {"axes": 1},
        "defaults": {"widths": 4},
        "stack": [{"name": "trunk", "kernels": [3], "strides": [1], "dilations": [1], "layers": 1}]
        + [{"name": name, **one} for name in "abc"],
        "merge": [{"name": "all", "op": "concat", "of": ["a", "b", "c"]}],
        "exit": [{"name": "out", "after": "all", "receptive_field": 17}],
        **changes,
    }


def least(problem: Problem, *, ordered: bool) -> float | None:
    """The least parameters, with the twins in order or not."""
    model = Model(problem, lattices(problem))
    if ordered:
        model.put_twins_in_order()
    model.set_objective(problem.objectives[0])
    return run_exactly(Engine(deadline=1e12, seed=0, workers=1), model, Cuts(model)).run.value


def test_the_optimum_is_the_same() -> None:
    for field in (9, 13, 17, 19):
        problem = problem_from(branches(exit=[{"name": "out", "after": "all", "receptive_field": field}]))
        assert least(problem, ordered=True) == least(problem, ordered=False)


def test_a_design_has_its_twins_in_order() -> None:
    design = solve(problem_from(branches()), explain=False).design
    assert design is not None
    seen = [design.taps[design.ends[name]].receptive_field[0] for name in "abc"]
    assert all(one <= other for one, other in pairwise(seen))


def test_what_is_alike_is_found() -> None:
    assert list(twins(problem_from(branches()))) == [("a", "b"), ("b", "c")]


@pytest.mark.parametrize(
    "changes",
    [
        {"relation": [{"of": ["a", "b", "c"], "receptive_field": "different"}]},
        {"exit": [{"after": "all"}, *({"after": name, "output": False} for name in "ab")]},
        {"exit": [{"after": "all"}, *({"after": "all", "measured_from": n, "receptive_field": 1} for n in "ab")]},
    ],
)
def test_what_is_named_elsewhere_is_no_twin(changes: dict[str, Any]) -> None:
    """A relation, an exit or a measure tells branches apart."""
    assert ("a", "b") not in list(twins(problem_from(branches(**changes))))


def test_tied_stacks_are_no_twins() -> None:
    table = branches()
    table["stack"][2] = {"name": "b", "after": "trunk", "tied_to": "a"}
    assert list(twins(problem_from(table))) == []
