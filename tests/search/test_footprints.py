"""The closed forms of `moves` are what the recurrence finds on the expanded graph."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.analysis import Tap, analyse
from rfsolve.graph import costs
from rfsolve.search.check import written
from rfsolve.search.expand import Expanded, expand
from rfsolve.search.lattice import Lattice, lattices, start_state
from rfsolve.search.moves import VARIANCE_SCALE, Move, State
from rfsolve.search.placement import Placement, satisfies
from rfsolve.space.blocks import BLOCKS, RESIDUAL, RISING
from rfsolve.space.problem import Problem, Quantity
from rfsolve.space.reading import problem_from
from tests.search.small import UNGUARDED

LAYERS = 4
SIZE = 61
DIVISIBLE = 144
"""A size of whole cells at most jumps, which up-sampling wants."""


def domain(draw: st.DrawFn, axes: int, most: int) -> list[list[int]]:
    """One or two values, each the same on every axis or not."""
    return draw(st.lists(st.lists(st.integers(1, most), min_size=axes, max_size=axes), min_size=1, max_size=2))


def walk(draw: st.DrawFn, lattice: Lattice, state: State) -> tuple[Counter[Move], State]:
    """Some way through a lattice, and where it ends; it stops where nothing goes on."""
    counts: Counter[Move] = Counter()
    for _ in range(draw(st.integers(1, LAYERS))):
        moves = [move for move in lattice.moves if move.source == state]
        if not moves:
            break
        move = draw(st.sampled_from(moves))
        counts[move] += 1
        state = move.target
    return counts, state


def walked(draw: st.DrawFn, problem: Problem) -> Placement:
    """Some way through a chain of stacks, as a placement."""
    counted = {}
    found = lattices(problem)
    state = start_state(problem)
    for stack in problem.stacks:
        lattice = found[stack.name]
        assert isinstance(lattice, Lattice)
        counted[stack.name], state = walk(draw, lattice, state)
    return Placement({name: tuple(counts.items()) for name, counts in counted.items()})


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
    return problem, walked(draw, problem)


@st.composite
def rising_candidates(draw: st.DrawFn, kind: str) -> tuple[Problem, Placement]:
    """A chain of convolutions that stride, and up-sampling behind it."""
    axes = draw(st.integers(1, 2))
    factors: list[Any] = draw(st.sampled_from([[2], [3], [2, 3], [[2, 3][:axes]], [[2, 1][:axes]]]))
    own = [[(factor if isinstance(factor, int) else factor[axis]) for axis in range(axes)] for factor in factors]
    rise: dict[str, Any] = {"name": "up", "block": kind, "strides": factors, "layers": {"min": 0, "max": LAYERS}}
    if kind == "transposed":
        rise["kernels"] = [[k + 2 * draw(st.integers(0, 2)) for k in factor] for factor in own]
        rise["widths"] = draw(st.sampled_from([[4, 8], 5, "4*jump:16"]))
    else:
        rise["mode"] = draw(st.sampled_from(["nearest", "linear"]))
    down = {
        "name": "trunk",
        "strides": draw(st.sampled_from([[2], [3], [2, 3], [1, 2]])),
        "kernels": domain(draw, axes, 5),
        "dilations": domain(draw, axes, 3),
        "padding": draw(st.sampled_from(["same", "causal"])),
        "layers": {"max": LAYERS},
    }
    table: dict[str, Any] = {
        "input": {"channels": 3, "axes": axes, "size": DIVISIBLE},
        "defaults": {
            "widths": draw(st.sampled_from([[4, 8], 5, "4*jump:16"])),
            "norm": draw(st.sampled_from(["batch", "none"])),
            "activation": draw(st.sampled_from(["gelu", "none"])),
            "bias": draw(st.booleans()),
        },
        "stack": [down, rise],
        "exit": [{}],
        "guards": UNGUARDED,
    }
    problem = problem_from(table)
    return problem, walked(draw, problem)


def along(placement: Placement, axis: int) -> tuple[int, int]:
    """Field and 48 x variance by the closed forms."""
    pairs = placement.moves["trunk"]
    field = 1 + sum(count * move.footprint.field[axis] for move, count in pairs)
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


def reaches_as_promised(tap: Tap, placement: Placement) -> None:
    """The ends of the window of output 0, in half pixels: `lefts` and `reach` say the same of them."""
    for axis, window in enumerate(tap.windows):
        assert window is not None
        (span,) = window.phases
        assert span is not None
        pairs = placement.moves["trunk"]
        reaches = [(count, move.footprint.reach[axis]) for move, count in pairs]
        assert -2 * span[0] == sum(count * reach.left for count, reach in reaches)
        assert 2 * span[1] == sum(count * reach.right for count, reach in reaches)
        assert not any(reach.spread for _, reach in reaches)
        for move, _ in pairs:
            footprint = move.footprint
            steps = [step for step, _ in footprint.taps[axis]]
            lefts = sum(step * left for step, left in zip(steps, footprint.lefts[axis], strict=True))
            assert footprint.reach[axis].left == 2 * lefts
            assert footprint.reach[axis].right == 2 * (footprint.field[axis] - lefts)


def costs_as_promised(problem: Problem, expanded: Expanded, placement: Placement) -> None:
    assert len(expanded.layers) == placement.total(Quantity.LAYERS)
    assert costs.parameters(expanded.graph) == placement.total(Quantity.PARAMETERS)
    if problem.input.size is not None:
        assert costs.macs(expanded.graph) == placement.total(Quantity.MACS)
        assert written(expanded.graph) == placement.total(Quantity.ACTIVATIONS)


@pytest.mark.parametrize("kind", sorted(set(BLOCKS) - RISING))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_closed_forms_are_what_the_recurrence_finds(kind: str, data: st.DataObject) -> None:
    """Field, 48 x variance, holes, parameters, MACs and elements written: any block, padding and choices."""
    problem, placement = data.draw(candidates(kind))
    expanded = expand(problem, placement)
    tap = analyse(expanded.graph).taps["out"]
    sees_as_promised(tap, placement)
    reaches_as_promised(tap, placement)
    covers_as_promised(problem, tap, placement)
    costs_as_promised(problem, expanded, placement)


def all_pairs(placement: Placement) -> Iterator[tuple[Move, int]]:
    for pairs in placement.moves.values():
        yield from pairs


def phase_reaches(tap: Tap, axis: int) -> list[tuple[float, float]]:
    """How far the window of each phase reaches to the left and to the right of the output's own place."""
    window = tap.windows[axis]
    assert window is not None
    reaches = []
    for phase, span in enumerate(window.phases):
        assert span is not None
        place = float(phase * window.jump)
        reaches.append((place - span[0], span[1] - place))
    return reaches


def mixed_variance(tap: Tap, axis: int) -> float:
    """The variance of the influences of all phases together, each seen from its output's own place."""
    moments = tap.moments[axis]
    assert moments is not None
    pitch = moments.advance / moments.period
    seen = [(one.mass, one.mean - phase * pitch, one.variance) for phase, one in enumerate(moments.phases)]
    mass = sum(one for one, _, _ in seen)
    middle = sum(one * mean for one, mean, _ in seen) / mass
    return sum(one * (variance + (mean - middle) ** 2) for one, mean, variance in seen) / mass


@pytest.mark.parametrize("kind", sorted(RISING))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_closed_forms_of_up_sampling_are_the_means_over_the_phases(kind: str, data: st.DataObject) -> None:
    """Each layer rounds its mean reach up to half pixels, and its 48 x variance to whole numbers."""
    problem, placement = data.draw(rising_candidates(kind))
    expanded = expand(problem, placement)
    tap = analyse(expanded.graph).taps["out"]
    costs_as_promised(problem, expanded, placement)
    rises = sum(count for move, count in all_pairs(placement) if move.stack == "up")
    for axis in range(problem.input.axes):
        reaches = phase_reaches(tap, axis)
        promised = [(count, move.footprint.reach[axis]) for move, count in all_pairs(placement)]
        spread = sum(count * reach.spread for count, reach in promised)
        for side, total in enumerate(
            (sum(n * reach.left for n, reach in promised), sum(n * reach.right for n, reach in promised))
        ):
            mean = 2 * sum(reach[side] for reach in reaches) / len(reaches)
            assert mean - 1e-9 <= total <= mean + rises
            assert all(abs(2 * reach[side] - mean) <= spread + 1e-9 for reach in reaches)
        promised_variance = sum(count * move.footprint.variance[axis] for move, count in all_pairs(placement))
        scaled = VARIANCE_SCALE * mixed_variance(tap, axis)
        assert scaled - 1e-6 <= promised_variance <= scaled + rises + 1e-6
