"""The closed forms of `moves` are what the recurrence finds on the expanded graph."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.analysis import Tap, analyse
from rfsolve.graph import costs
from rfsolve.search.check import written
from rfsolve.search.expand import expand
from rfsolve.search.lattice import Lattice, lattices
from rfsolve.search.moves import VARIANCE_SCALE, Move
from rfsolve.search.placement import Placement, satisfies
from rfsolve.space.blocks import BLOCKS, RESIDUAL
from rfsolve.space.problem import Problem, Quantity
from rfsolve.space.reading import problem_from
from tests.search.small import UNGUARDED

LAYERS = 4
SIZE = 61


def domain(draw: st.DrawFn, axes: int, most: int) -> list[list[int]]:
    """One or two values, each the same on every axis or not."""
    return draw(st.lists(st.lists(st.integers(1, most), min_size=axes, max_size=axes), min_size=1, max_size=2))


def walk(draw: st.DrawFn, lattice: Lattice) -> Placement:
    """Some way through a lattice, as a placement."""
    (state,) = lattice.entries
    counts: Counter[Move] = Counter()
    for _ in range(draw(st.integers(1, LAYERS))):
        move = draw(st.sampled_from([move for move in lattice.moves if move.source == state]))
        counts[move] += 1
        state = move.target
    return Placement({lattice.stack: tuple(counts.items())})


@st.composite
def candidates(draw: st.DrawFn, kind: str) -> tuple[Problem, Placement]:
    axes = draw(st.integers(1, 2))
    rules = ["same", "causal"] if kind in RESIDUAL else ["same", "causal", "valid"]
    rule = draw(st.sampled_from(rules))
    table: dict[str, Any] = {
        "input": {"channels": 3, "axes": axes} | ({"size": SIZE} if rule != "valid" else {}),
        "defaults": {
            "kernels": domain(draw, axes, 6),
            "strides": domain(draw, axes, 3),
            "dilations": domain(draw, axes, 3),
            "widths": draw(st.sampled_from([[4, 8], 5, "4*jump:16", 3])),
            "block": kind,
            "padding": rule,
            "norm": draw(st.sampled_from(["batch", "none"])),
            "activation": draw(st.sampled_from(["relu", "none"])),
            "bias": draw(st.booleans()),
            "expansion": draw(st.sampled_from([1, 2])),
            "reduction": draw(st.sampled_from([1, 2])),
            "layers": {"max": LAYERS},
        },
        "exit": [{"hole_free": True}],
        "guards": UNGUARDED,
    }
    problem = problem_from(table)
    return problem, walk(draw, lattices(problem)["trunk"])


def along(placement: Placement, axis: int) -> tuple[int, int]:
    """Field and 48 x variance by the closed forms."""
    pairs = placement.moves["trunk"]
    field = 1 + sum(count * move.footprint.field(axis) for move, count in pairs)
    return field, sum(count * move.footprint.variance[axis] for move, count in pairs)


def sees_as_promised(tap: Tap, placement: Placement) -> None:
    for axis, (field, sigma) in enumerate(zip(tap.receptive_field, tap.sigma, strict=True)):
        promised, variance = along(placement, axis)
        assert field == (promised, promised)
        assert sigma is not None
        assert VARIANCE_SCALE * sigma**2 == pytest.approx(variance, rel=1e-9, abs=1e-9)


def covers_as_promised(problem: Problem, tap: Tap, placement: Placement) -> None:
    """By the theorem on sorted steps, or by the exact set of pixels, and no gap between neighbours."""
    fields = [field[1] for field in tap.receptive_field if field is not None]
    strides = [stride for stride in tap.stride if stride is not None]
    no_gap = all(field >= stride for field, stride in zip(fields, strides, strict=True))
    assert satisfies(problem, placement) == (bool(tap.hole_free) and no_gap)


@pytest.mark.parametrize("kind", sorted(BLOCKS))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_closed_forms_are_what_the_recurrence_finds(kind: str, data: st.DataObject) -> None:
    """Field, 48 x variance, holes, parameters, MACs and elements written: any block, padding and choices."""
    problem, placement = data.draw(candidates(kind))
    graph, layers = expand(problem, placement)
    tap = analyse(graph).taps["out"]
    sees_as_promised(tap, placement)
    covers_as_promised(problem, tap, placement)
    assert len(layers) == placement.total(Quantity.LAYERS)
    assert costs.parameters(graph) == placement.total(Quantity.PARAMETERS)
    if problem.input.size is not None:
        assert costs.macs(graph) == placement.total(Quantity.MACS)
        assert written(graph) == placement.total(Quantity.ACTIVATIONS)
