"""Laws of windows, coverage and influence: one law a test."""

import os
import subprocess
import sys
from fractions import Fraction
from math import prod
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.windows import (
    IDENTITY,
    Coordinates,
    Coverage,
    Influence,
    JumpError,
    Moments,
    PeriodError,
    Step,
    Taps,
    Touched,
    Window,
    adaptive,
    convolution,
    cubic,
    depth_to_space,
    flip,
    linear,
    nearest,
    shift,
    space_to_depth,
    strided_slice,
    transposed,
)

small = st.integers(1, 4)
scales = st.builds(Fraction, small, small)
steps = st.one_of(
    st.builds(convolution, kernel=small, stride=small, dilation=small, padding_left=st.integers(0, 5)),
    st.builds(transposed, kernel=small, stride=small, dilation=small, padding_left=st.integers(0, 5)),
    st.builds(nearest, scales),
    st.builds(linear, scales),
    st.builds(cubic, scales),
    st.builds(shift, st.integers(-5, 5)),
    st.builds(strided_slice, start=st.integers(0, 4), step=small),
    st.builds(flip, st.integers(1, 20)),
    st.builds(depth_to_space, small),
    st.builds(space_to_depth, small),
    st.builds(adaptive, in_size=st.integers(1, 20), out_size=st.integers(1, 20)),
)
paths = st.lists(steps, max_size=3).filter(lambda path: prod(step.period for step in path) <= 500)
R = TypeVar("R", Window, Coverage, Moments, Influence)


def seen(path: list[Step], index: int) -> set[int]:
    """The source indices of an output, one layer at a time from the output back."""
    indices = {index}
    for step in reversed(path):
        indices = {tap for one in indices for tap in step.at(one)}
    return indices


def walked(start: R, path: list[Step]) -> R:
    for step in path:
        start = start.through(step)
    return start


@settings(deadline=None)  # the machine may be busy
@given(paths, st.integers(-30, 30))
def test_a_path_sees_what_its_steps_see_one_after_the_other(path: list[Step], index: int) -> None:
    """Composition is associative: from the source forwards is from the output backwards."""
    expected = seen(path, index)
    span = (min(expected), max(expected)) if expected else None
    assert walked(Window.identity(), path).at(index) == span
    assert set(walked(Coverage.identity(), path).at(index)) == expected


@settings(deadline=None)  # the machine may be busy
@given(paths, paths)
def test_union_is_commutative(one: list[Step], other: list[Step]) -> None:
    a, b = walked(Window.identity(), one), walked(Window.identity(), other)
    if a.jump == b.jump:
        assert a.union(b) == b.union(a)
    else:
        with pytest.raises(JumpError):
            a.union(b)


@settings(deadline=None)  # the machine may be busy
@given(paths, st.lists(st.integers(-9, 9), min_size=2, max_size=2), st.integers(-9, 9))
def test_union_is_associative_idempotent_and_passes_through(path: list[Step], shifts: list[int], index: int) -> None:
    a = walked(Coverage.identity(), path)
    b, c = (a.through(shift(amount)) for amount in shifts)
    assert a.union(b).union(c) == a.union(b.union(c))
    assert a.union(a) == a
    assert set(a.union(b).at(index)) == set(a.at(index)) | set(b.at(index))


@settings(deadline=None)  # the machine may be busy
@given(paths, steps)
def test_union_distributes_over_a_layer(path: list[Step], step: Step) -> None:
    a = walked(Window.identity(), path)
    b = a.through(shift(3))
    assert a.union(b).through(step) == a.through(step).union(b.through(step))


@settings(deadline=None)  # the machine may be busy
@given(st.integers(1, 9), small, st.integers(1, 9), small)
def test_the_field_is_monotone_in_kernel_dilation_and_jump(k: int, s: int, d: int, j: int) -> None:
    def field(kernel: int, dilation: int, jump: int) -> int:
        start = Window.identity().through(convolution(kernel=3, stride=jump))
        return start.through(convolution(kernel=kernel, stride=s, dilation=dilation)).receptive_field[0]

    least = field(k, d, j)
    assert least == 3 + (k - 1) * d * j
    assert least <= min(field(k + 1, d, j), field(k, d + 1, j), field(k, d, j + 1))


@settings(deadline=None)  # the machine may be busy
@given(paths)
def test_the_period_is_the_smallest(path: list[Step]) -> None:
    window = walked(Window.identity(), path)
    for period in range(1, window.period):
        advance = window.jump * period
        if advance.denominator == 1:
            moved = Window(int(advance), window.phases[:period])
            assert any(moved.at(n) != window.at(n) for n in range(2 * window.period))


@settings(max_examples=60, deadline=None)
@given(paths)
def test_moments_are_those_of_the_influence(path: list[Step]) -> None:
    moments = walked(Moments.identity(), path)
    influence = walked(Influence.identity(), path)
    assert moments.period == influence.period
    for moment, density in zip(moments.phases, influence.phases, strict=True):
        assert moment.mass == pytest.approx(density.mass, abs=1e-12)
        if moment.mass > 1e-6:
            values, at = density.values, np.arange(density.values.size) + density.offset
            assert moment.mean == pytest.approx(values @ at / values.sum(), abs=1e-7)
            variance = values @ (at - moment.mean) ** 2 / values.sum()
            assert moment.variance == pytest.approx(variance, abs=1e-6, rel=1e-6)


@settings(deadline=None)  # the machine may be busy
@given(steps)
def test_the_mean_gain_of_a_step_is_1(step: Step) -> None:
    masses = [phase.mass for phase in Influence.identity().through(step).phases]
    assert np.mean(masses) == pytest.approx(1)


@settings(deadline=None)  # the machine may be busy
@given(paths)
def test_the_identity_changes_nothing(path: list[Step]) -> None:
    window = walked(Window.identity(), path)
    assert window.through(IDENTITY) == window


@settings(deadline=None)  # the machine may be busy
@given(paths, st.integers(-20, 20), st.integers(1, 20))
def test_clipping_stays_inside(path: list[Step], index: int, size: int) -> None:
    window = walked(Window.identity(), path)
    span, whole = window.clip(index, size), window.at(index)
    if span is None:
        assert whole is None or whole[1] < 0 or whole[0] >= size
    else:
        assert 0 <= span[0] <= span[1] < size
        assert whole is not None
        assert span == (max(0, whole[0]), min(size - 1, whole[1]))


def test_large_kernels_cost_no_more_than_small_ones() -> None:
    """A kernel of 10^5 taps takes 17 doublings, not 10^5 shifts; its window takes two."""
    step = convolution(kernel=100_000, dilation=2)
    coverage = Coverage.identity().through(step).through(step)
    assert coverage.density == pytest.approx((0.5,), abs=1e-4)
    assert len(coverage.holes(0)) == 199_998
    huge = Window.identity().through(convolution(kernel=10**9))
    assert huge.receptive_field == (10**9, 10**9)


def test_a_kernel_shorter_than_its_stride_leaves_outputs_empty() -> None:
    window = Window.identity().through(transposed(kernel=1, stride=3))
    assert window.phases == ((0, 0), None, None)
    assert (window.receptive_field, window.centre, window.mean_centre) == ((1, 1), 0.0, 0)
    nothing = window.through(strided_slice(start=1, step=3))
    assert (nothing.receptive_field, nothing.centre, nothing.mean_centre) == ((0, 0), None, None)


def test_a_pattern_too_long_is_refused_not_listed() -> None:
    window = Window.identity().through(nearest(Fraction(997, 991)))
    with pytest.raises(PeriodError, match="repeats only after"):
        window.through(nearest(Fraction(1009, 1013)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Taps(start=0, step=0),
        lambda: Taps(start=0, count=-1),
        lambda: Taps(start=0, count=2, weights=(1.0,)),
        lambda: Step(0, (Taps(start=0),)),
        lambda: Step(1, ()),
        lambda: linear(Fraction(0)),
    ],
)
def test_steps_that_make_no_sense_cannot_be_made(make: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the texts are for developers
        make()  # type: ignore[operator]


def test_align_corners_hits_both_ends() -> None:
    step = linear(Fraction(8, 4), coordinates=Coordinates.ALIGN_CORNERS)
    assert list(step.at(0)) == [0]
    assert list(step.at(8)) == [4]


@given(
    st.integers(-40, 40).filter(bool),
    st.lists(st.tuples(st.integers(-60, 60), st.integers(0, 2**50)), min_size=1, max_size=4),
)
def test_the_grid_density_counts_residues(advance: int, sets: list[tuple[int, int]]) -> None:
    phases = tuple(Touched(offset, bits << 1 | 1 if bits else 0) for offset, bits in sets)
    touched = {pixel % abs(advance) for phase in phases if phase.bits for pixel in phase}
    assert Coverage(advance, phases).grid_density == len(touched) / abs(advance)


def test_the_grid_density_costs_what_is_touched() -> None:
    holes = int("10" * (1 << 20) + "1", 2)
    assert Coverage(1, (Touched(0, holes),)).grid_density == 1.0
    assert Coverage(2, (Touched(0, holes),)).grid_density == 0.5
    assert Coverage(10**30, (Touched(7, 0b101),)).grid_density == 2e-30


def test_a_step_is_found_again_by_another_process() -> None:
    """Its hash is kept, and each process hashes strings in its own way."""
    write = "import pickle, sys; from rfsolve.windows import convolution; "
    write += "sys.stdout.buffer.write(pickle.dumps(convolution(kernel=3, stride=2)))"
    read = "import pickle, sys; from rfsolve.windows import convolution; "
    read += "print(pickle.loads(sys.stdin.buffer.read()) in {convolution(kernel=3, stride=2)})"
    steps = subprocess.run([sys.executable, "-c", write], env=_hashed("1"), capture_output=True, check=True).stdout
    found = subprocess.run(
        [sys.executable, "-c", read], env=_hashed("2"), input=steps, capture_output=True, check=True
    ).stdout
    assert found.split() == [b"True"]


def _hashed(seed: str) -> dict[str, str]:
    return {**os.environ, "PYTHONHASHSEED": seed}
