"""The dynamic programme: its first design is sound, and thinning never loses the optimum."""

from typing import Any

import pytest
from hypothesis import given, settings

from rfsolve.search import bounds
from rfsolve.search.check import checked_design
from rfsolve.search.lattice import Lattice, lattices
from rfsolve.search.programme import resources
from rfsolve.search.solution import Status
from rfsolve.search.tariffs import Tariff
from rfsolve.space.problem import Problem, Quantity
from rfsolve.space.reading import problem_from
from tests.search.small import answer, run, tables, without_labels


def chained(problem: Problem) -> dict[str, Lattice]:
    found = bounds.chain(problem, lattices(problem))
    assert found is not None
    return found


@settings(max_examples=25, deadline=None)
@given(tables())
def test_the_optimum_is_the_same_without_thinning(table: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        without_labels(patch)
        thinned = answer(table)
        patch.setattr(bounds, "chain", lambda *_: None)
        whole = answer(table)
    assert (thinned.status, thinned.outcome.value) == (whole.status, whole.outcome.value)
    assert thinned.status in {Status.OPTIMAL, Status.INFEASIBLE}


@settings(max_examples=25, deadline=None)
@given(tables())
def test_the_first_design_meets_everything_and_is_never_below_the_optimum(table: dict[str, Any]) -> None:
    """Hole-free in the recurrence too; where it is the optimum, the proof has only to confirm it."""
    problem = problem_from({**table, "guards": {"hole_free": True}})
    found = chained(problem)
    objective = problem.objectives[0].quantity
    if not all(lattice.exits for lattice in found.values()):
        return
    known = bounds.start(problem, found, objective).known
    if known is not None:
        best = answer({**table, "guards": {"hole_free": True}}).outcome.value
        assert best is not None
        assert known.total(objective) >= best
        assert checked_design(problem, known).exits[0].hole_free


@settings(max_examples=25, deadline=None)
@given(tables())
def test_thinning_with_the_optimum_known_keeps_it(table: dict[str, Any]) -> None:
    problem = problem_from({**table, "guards": {"hole_free": True}})
    found = chained(problem)
    objective = problem.objectives[0].quantity
    if not all(lattice.exits for lattice in found.values()):
        return
    best, _ = run(problem)
    if best.placement is None:
        return
    total = best.placement.total(objective)
    tariffs = bounds.start(problem, found, objective).tariffs
    again, _ = run(problem, bounds.thin_out(problem, found, tariffs, total))
    assert again.placement is not None
    assert again.placement.total(objective) == total


FREE = {
    "defaults": {"widths": [16, 24, 32, 48, 64, 96], "dilations": [1, 2]},
    "exit": [{"receptive_field": 100, "stride": 8}],
}


def test_thinning_leaves_little_and_keeps_the_optimum() -> None:
    problem = problem_from(FREE)
    found = chained(problem)
    best, _ = run(problem)
    assert best.placement is not None
    total = best.placement.total(Quantity.PARAMETERS)
    thinned = bounds.thin_out(problem, found, [Tariff(Quantity.PARAMETERS)], total)
    assert len(thinned["trunk"].moves) < len(found["trunk"].moves) / 5
    again, _ = run(problem, thinned)
    assert again.placement is not None
    assert again.placement.total(Quantity.PARAMETERS) == total


def test_below_the_optimum_the_programme_may_leave_nothing() -> None:
    problem = problem_from(FREE)
    thinned = bounds.thin_out(problem, chained(problem), [Tariff(Quantity.PARAMETERS)], 10)
    assert thinned["trunk"].moves == ()


def test_a_budget_has_a_price_at_which_it_is_kept() -> None:
    """Four layers at most: the price of a layer leads to a design of four, and to a tighter bound."""
    problem = problem_from({**FREE, "budget": {"layers": 4}})
    found = chained(problem)
    start = bounds.start(problem, found, Quantity.PARAMETERS)
    plain, priced = start.tariffs
    assert start.known is not None
    assert start.known.total(Quantity.LAYERS) <= 4
    assert (plain.price, plain.refund) == (0, 0)
    assert priced.refund == 4 * priced.price > 0
    total = start.known.total(Quantity.PARAMETERS)
    kept = [len(bounds.thin_out(problem, found, each, total)["trunk"].moves) for each in ([plain], [plain, priced])]
    assert kept[1] <= kept[0]


def test_it_runs_on_chains_only() -> None:
    stacks = [{"name": "a"}, {"name": "b", "after": "a"}, {"name": "c", "after": "a"}]
    branched = problem_from({"stack": stacks, "exit": [{"after": "b"}, {"after": "c"}]})
    chain = problem_from({"stack": stacks[:2], "exit": [{"after": "b"}]})
    assert bounds.chain(chain, lattices(chain)) == lattices(chain)
    assert bounds.chain(branched, lattices(branched)) is None


@pytest.mark.parametrize(
    "more",
    [
        {"merge": [{"name": "m", "op": "concat", "of": ["a", "b"]}]},
        {"stack": [{"name": "a"}, {"name": "b", "tied_to": "a"}]},
        {"relation": [{"of": ["a", "b"], "receptive_field": "increasing"}]},
        {"exit": [{}, {"measured_from": "a", "receptive_field": 3, "after": "b"}]},
        {"defaults": {"strides": [1], "undilated_after_stride": 1}},
        {"stack": [{"name": "a", "layers": {"min": 1, "max": 2}}, {"name": "b", "block": "upsample"}]},
    ],
)
def test_it_runs_only_where_stacks_are_free_of_each_other(more: dict[str, Any]) -> None:
    """It knows nothing of merges, ties, relations, fields from elsewhere, order, and jumps that fall."""
    plain = {"stack": [{"name": "a"}, {"name": "b"}], "defaults": {"strides": [1, 2]}, "exit": [{}]}
    problem = problem_from({**plain, **more})
    found = lattices(problem)
    assert bounds.chain(problem_from(plain), lattices(problem_from(plain))) is not None
    assert all(one.exits for one in found.values())
    assert bounds.chain(problem, found) is None


def test_it_runs_only_where_states_rise() -> None:
    table = {"defaults": {"widths": [8, 16]}, "exit": [{}]}
    rising = problem_from(table)
    falling = problem_from({**table, "guards": {"monotone_widths": False}})
    assert bounds.chain(rising, lattices(rising)) is not None
    assert bounds.chain(falling, lattices(falling)) is None


def test_what_is_counted() -> None:
    """The field along every class of axes, and the variance where something bounds it."""
    plain = problem_from({"exit": [{}]})
    mixed = problem_from({"exit": [{"effective_receptive_field": 9}], "defaults": {"kernels": [3, [1, 5]]}})
    assert [(r.quantity, r.axis) for r in resources(plain)] == [(Quantity.RECEPTIVE_FIELD, 0)]
    assert [(r.quantity, r.axis) for r in resources(mixed)] == [
        (Quantity.RECEPTIVE_FIELD, 0),
        (Quantity.RECEPTIVE_FIELD, 1),
        (Quantity.EFFECTIVE_RECEPTIVE_FIELD, 0),
        (Quantity.EFFECTIVE_RECEPTIVE_FIELD, 1),
    ]


def test_the_first_design_for_free_widths_and_an_output_width_is_the_optimum() -> None:
    """Were it not found, the proof would take thirty times as long."""
    problem = problem_from(
        {
            "defaults": {"kernels": [1, 3, 5, 7], "dilations": [1, 2, 4, 8], "widths": [16, 32, 64, 128, 256, 512]},
            "exit": [{"receptive_field": 200, "stride": 8, "width": 512}],
        }
    )
    known = bounds.start(problem, chained(problem), Quantity.PARAMETERS).known
    assert known is not None
    assert known.total(Quantity.PARAMETERS) == 22_128
