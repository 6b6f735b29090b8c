"""Where branches meet, only the union of what they touch decides about holes: neither branch alone does, both ways."""

import tomllib
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from rfsolve.analysis import Tap
from rfsolve.search.solution import Design, Status
from tests.oracle.agreement import agreed
from tests.oracle.graph_optimum import Candidate, Sights, all_candidates, fields, graph_problem, layers_of, values_of

LIBRARY = Path(__file__).parents[2] / "problems"
Table = dict[str, Any]


def branch(name: str, dilations: list[int], layers: int | dict[str, int] = 1, **others: Any) -> Table:
    return {"name": name, "after": "input", "dilations": dilations, "layers": layers, **others}


def meeting(*stacks: Table, of: tuple[str, ...], field: int, op: str = "add", axes: int = 1) -> Table:
    """Branches of 3-tap layers that meet at `both`, which must see `field` pixels without holes."""
    return {
        "input": {"channels": 1, "axes": axes},
        "defaults": {"kernels": [3], "strides": [1], "widths": 4, "norm": "none"},
        "stack": list(stacks),
        "merge": [{"name": "both", "op": op, "of": list(of)}],
        "exit": [{"name": "out", "after": "both", "receptive_field": field}],
    }


def library_problem() -> Table:
    table = tomllib.loads((LIBRARY / "union-fills-holes.toml").read_text())
    del table["known"]
    return table


ONE_OR_TWO = {"min": 1, "max": 2}
FILLED = {
    "the library's": (library_problem(), ("one", "two")),
    "four rates": (
        meeting(*(branch(name, [2, 3, 4]) for name in "abc"), branch("d", [1]), of=tuple("abcd"), field=9, op="concat"),
        ("a", "b", "c"),
    ),
    "two dimensions": (
        meeting(branch("a", [2, 3, 4]), branch("b", [2, 3], 2), of=("a", "b"), field=11, axes=2),
        ("a", "b"),
    ),
    "with a shortcut": (
        meeting(branch("far", [2, 4]), branch("near", [1]), of=("far", "near", "input"), field=5, op="concat"),
        ("far",),
    ),
}
"""Problems, and the branches that have holes in the optimum."""

DENSE_BRANCH = {
    "two branches": meeting(branch("near", [1, 2], ONE_OR_TWO), branch("far", [2, 3, 4]), of=("near", "far"), field=9),
    "two dimensions": meeting(
        branch("near", [1, 2], ONE_OR_TWO),
        branch("far", [2, 3, 4], kernels=[3, [3, 5]]),
        of=("near", "far"),
        field=9,
        op="concat",
        axes=2,
    ),
    "up-sampled": meeting(
        branch("near", [1, 2], ONE_OR_TWO),
        branch("down", [1], block="pool", kernels=[2], strides=[2]),
        {"name": "coarse", "dilations": [1, 2], "layers": ONE_OR_TWO},
        {"name": "far", "block": "upsample", "layers": 1},
        of=("near", "far"),
        field=10,
    ),
}
"""Problems with cheaper designs whose branch `near` has no holes and whose branch `far` sees all that is asked."""


def at(design: Design, node: str) -> Tap:
    return design.taps[design.ends[node]]


def optimum(table: Table) -> Design:
    """The optimum, which is that of brute force."""
    solution = agreed(table).solution
    assert solution is not None
    assert solution.status is Status.OPTIMAL
    assert solution.design is not None
    return solution.design


@pytest.mark.parametrize("name", FILLED)
def test_a_union_without_holes_is_found_where_branches_have_them(name: str) -> None:
    table, perforated = FILLED[name]
    design = optimum(table)
    assert [node for node in perforated if at(design, node).hole_free] == []
    assert at(design, "both").hole_free
    assert design.exits[0].hole_free


@pytest.mark.parametrize("name", DENSE_BRANCH)
def test_a_cheaper_design_with_a_dense_branch_and_a_far_one_is_not_returned(name: str) -> None:
    """The dense branch promises no holes, the far one the field: together they have holes."""
    table = DENSE_BRANCH[name]
    problem, wanted = graph_problem(table), table["exit"][0]["receptive_field"]
    sights, candidates = Sights(problem), all_candidates(graph_problem(table))

    def tempting(candidate: Candidate) -> bool:
        near, far = (sights.tap(layers_of(candidate), node, None) for node in ("near", "far"))
        return bool(near.hole_free) and all(least >= wanted for least, _ in fields(far))

    design = optimum(table)
    cheaper = takewhile(lambda one: values_of(problem, one.costs) < (design.parameters,), candidates)
    lures = [one for one in cheaper if tempting(one)]
    assert lures
    assert not any(sights.tap(layers_of(one), "both", None).hole_free for one in lures)
    assert design.exits[0].hole_free


def test_no_design_where_every_union_has_holes() -> None:
    """Each of the 24 designs has a branch without holes; the solver tries some, and is refused by the recurrence."""
    near, far = branch("near", [1], kernels=[3, 5]), branch("far", [1, 2, 3, 4], kernels=[3, 5, 7])
    both = agreed(meeting(near, far, of=("near", "far"), field=9))
    assert both.best is None
    assert both.solution is not None
    assert both.solution.rejected > 0


def test_a_layer_after_the_merge_fills_its_holes() -> None:
    """What the exit asks is asked there, not where the branches meet."""
    table = meeting(branch("a", [2, 4]), branch("b", [3]), of=("a", "b"), field=9)
    table["stack"].append({"name": "head", "after": "both", "dilations": [1, 2], "layers": {"min": 0, "max": 1}})
    table["exit"][0]["after"] = "head"
    design = optimum(table)
    assert not at(design, "both").hole_free
    assert design.exits[0].hole_free


def test_holes_may_be_allowed() -> None:
    """The cheapest of the designs with a dense branch is the answer as soon as holes do no harm."""
    table = DENSE_BRANCH["two branches"]
    without, allowed = table, {**table, "guards": {"hole_free": False}}
    assert optimum(allowed).parameters < optimum(without).parameters
    assert not optimum(allowed).exits[0].hole_free
