"""The independent check: what the solver promised wrongly is never a result."""

from dataclasses import replace
from typing import Any

import pytest

from rfsolve.errors import InternalError
from rfsolve.search import bounds, labels
from rfsolve.search.check import broken, checked_design, verdicts
from rfsolve.search.engine import Engine, Run
from rfsolve.search.model import Model
from rfsolve.search.placement import Placement, satisfies
from rfsolve.search.solution import Status
from rfsolve.space.problem import Problem, Quantity, Requirement
from rfsolve.space.reading import problem_from
from tests.search.small import answer, designed, placed, without_labels

TABLE = {"input": {"size": 64}, "defaults": {"kernels": [3], "dilations": [1]}, "exit": [{"receptive_field": 20}]}


def without_one(placement: Placement) -> Placement:
    """A placement with one repeat less."""
    pairs = list(placement.moves["trunk"])
    index = next(i for i, (move, _) in enumerate(pairs) if move.repeatable)
    move, count = pairs[index]
    pairs[index] = (move, count - 1)
    return Placement({"trunk": tuple(pair for pair in pairs if pair[1])})


def repriced(placement: Placement, **costs: Any) -> Placement:
    (first, count), *others = placement.moves["trunk"]
    return Placement({"trunk": ((first._replace(**costs), count), *others)})


def refused(problem: Problem, placement: Placement) -> list[tuple[str, tuple[float, ...]]]:
    """What the recurrence finds broken, and what it finds there."""
    design = checked_design(problem, placement)
    found = [(str(one.requirement), one.found) for one in verdicts(problem, design) if not one.holds]
    assert [name for name, _ in found] == [str(one) for one in broken(problem, design)]
    return found


def test_what_the_solver_found_passes() -> None:
    problem = problem_from(TABLE)
    placement = placed(problem)
    design = checked_design(problem, placement)
    assert satisfies(problem, placement)
    assert not broken(problem, design)
    assert design.parameters == placement.total(Quantity.PARAMETERS)


def test_a_layer_less_is_rejected() -> None:
    problem = problem_from(TABLE)
    tampered = without_one(placed(problem))
    assert not satisfies(problem, tampered)
    ((name, found),) = refused(problem, tampered)
    assert name == "exit[0].receptive_field (receptive field >= 20)"
    assert all(10 <= field < 20 for field in found)


@pytest.mark.parametrize("cost", ["parameters", "macs", "activations"])
def test_a_wrong_cost_is_rejected(cost: str) -> None:
    problem = problem_from(TABLE)
    with pytest.raises(InternalError, match=rf"{cost}: the solver counts 1\d*, the graph has \d+"):
        checked_design(problem, repriced(placed(problem), **{cost: 10**12}))


def test_solve_never_returns_what_the_check_rejects(monkeypatch: pytest.MonkeyPatch) -> None:
    without_labels(monkeypatch)
    found = Model.placement
    monkeypatch.setattr(Model, "placement", lambda model, value: without_one(found(model, value)))
    said = r"the solver and the recurrence disagree on exit\[0\].receptive_field \(receptive field >= 20\)"
    with pytest.raises(InternalError, match=said):
        answer(TABLE)


def test_what_the_check_rejects_of_a_first_design_is_no_result_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dynamic programme's design is checked before it is anybody's answer."""
    without_labels(monkeypatch)
    start = bounds.start

    def tampered(*args: Any) -> bounds.Start:
        found = start(*args)
        assert found.known is not None
        return replace(found, known=without_one(found.known))

    monkeypatch.setattr(bounds, "start", tampered)
    monkeypatch.setattr(Engine, "run", lambda *_, **__: Run(Status.UNKNOWN, None, None, None, interrupted=True))
    with pytest.raises(InternalError, match="the recurrence refuses a known design: exit"):
        answer(TABLE)


def test_what_the_check_rejects_of_the_labels_is_no_result_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs no solver is checked all the same."""
    cheapest = labels.cheapest

    def tampered(*args: Any) -> labels.Settled:
        settled = cheapest(*args)
        assert settled is not None
        assert settled.placement is not None
        return labels.Settled(without_one(settled.placement))

    monkeypatch.setattr(labels, "cheapest", tampered)
    with pytest.raises(InternalError, match="the recurrence refuses a known design: exit"):
        answer(TABLE)


def test_holes_are_rejected() -> None:
    """Found where they were allowed, held against a problem where they are not."""
    table = {"defaults": {"kernels": [3], "dilations": [1, 4], "layers": 2}, "exit": [{"receptive_field": 17}]}
    holed = placed(problem_from({**table, "guards": {"hole_free": False}}))
    problem = problem_from(table)
    assert not satisfies(problem, holed)
    assert refused(problem, holed) == [("guards.hole_free (hole-free)", (0.0,))]


@pytest.mark.parametrize(
    ("quantity", "node", "value"),
    [
        (Quantity.RECEPTIVE_FIELD, "out", (21, 21)),
        (Quantity.EFFECTIVE_RECEPTIVE_FIELD, "out", (10.0, 10.0)),
        (Quantity.STRIDE, "out", (4, 4)),
        (Quantity.WIDTH, "out", (8,)),
        (Quantity.LAYERS, "trunk", (6,)),
        (Quantity.LAYERS, None, (6,)),
        (Quantity.PARAMETERS, None, (4_000,)),
        (Quantity.MACS, None, (4_000,)),
        (Quantity.ACTIVATIONS, None, (4_000,)),
    ],
)
def test_verdicts_follow_the_bounds(quantity: Quantity, node: str | None, value: tuple[float, ...]) -> None:
    """What was found is within bounds at itself, and outside one step beside."""
    exit_ = {"receptive_field": 21, "stride": {"max": 4}}
    table = {"input": {"size": 64}, "defaults": {"kernels": [3], "widths": 8}, "exit": [exit_]}
    problem = problem_from(table)
    design = designed(table)

    def verdict(**limits: Any) -> tuple[bool, tuple[float, ...]]:
        requirement = Requirement(name="edited", quantity=quantity, node=node, **limits)
        (only,) = verdicts(replace(problem, requirements=(requirement,)), design)
        return only.holds, only.found

    _, found = verdict(least=value)
    beside = tuple(number + 1 for number in found)
    below = tuple(number - 1 for number in found)
    assert verdict(least=found, most=found)[0]
    assert verdict(least=below, most=beside)[0]
    assert not verdict(least=beside)[0]
    assert not verdict(most=below)[0]


def test_one_axis_that_falls_short_is_enough() -> None:
    table = {"defaults": {"kernels": [[3, 5]]}, "exit": [{"receptive_field": [9, 17]}]}
    problem, design = problem_from(table), designed(table)
    requirement = Requirement(name="x", quantity=Quantity.RECEPTIVE_FIELD, node="out", least=(9, 1_000))
    (verdict,) = verdicts(replace(problem, requirements=(requirement,)), design)
    assert not verdict.holds
