"""Outputs listed one by one: what is listed is what was seen, and nothing beyond is read."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.windows import (
    Coverage,
    Listing,
    Moments,
    PeriodError,
    Step,
    Window,
    convolution,
    flip,
    linear,
    transposed,
)

STEPS = st.one_of(
    st.builds(
        convolution,
        kernel=st.integers(1, 4),
        stride=st.integers(1, 3),
        dilation=st.integers(1, 3),
        padding_left=st.integers(0, 4),
    ),
    st.builds(transposed, kernel=st.integers(1, 4), stride=st.integers(1, 3), padding_left=st.integers(0, 3)),
    st.builds(linear, st.sampled_from([Fraction(2), Fraction(3, 2), Fraction(5, 7)])),
    st.builds(flip, st.integers(1, 12)),
)


@given(STEPS, st.integers(1, 20))
def test_listing_changes_no_output(step: Step, outputs: int) -> None:
    window, coverage, moments = (one.identity().through(step) for one in (Window, Coverage, Moments))
    listing = Listing.of(outputs, window.jump)
    assert listing.period >= outputs
    assert window.listed(listing).jump == coverage.listed(listing).jump == window.jump
    for index in range(outputs):
        assert window.listed(listing).at(index) == window.at(index)
        assert coverage.listed(listing).at(index) == coverage.at(index)
        assert moments.listed(listing).at(index) == moments.at(index)


@given(STEPS, STEPS, st.integers(1, 20), st.integers(1, 20))
def test_a_layer_reads_the_outputs_listed_and_nothing_else(first: Step, second: Step, size: int, outputs: int) -> None:
    """Each tap with the weight that it had."""
    before = Listing.of(size, first.jump)
    after = Listing.of(outputs, first.jump * second.jump)
    read = before.read_by(second, after)
    for index in range(outputs):
        taps, own = read.phases[index], second.phases[index % second.period]
        assert list(taps.indices) == [at for at in second.at(index) if 0 <= at < size]
        if taps.count and own.weights is None:
            assert taps.weight == pytest.approx(own.weight)
    window = Window.identity().through(first).listed(before)
    seen = window.through(read).listed(after)
    for index in range(outputs):
        spans = [span for at in read.at(index) if (span := window.at(at)) is not None]
        expected = (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None
        assert seen.at(index) == expected


def test_phases_beyond_the_last_output_repeat_it() -> None:
    """Five outputs 2/3 of a pixel apart make a pattern of six."""
    listing = Listing.of(5, Fraction(2, 3))
    assert (listing.period, listing.advance) == (6, 4)
    window = Window.identity().through(linear(Fraction(3, 2))).listed(listing)
    assert [window.at(index) for index in (4, 5)] == [(2, 3), (3, 4)]


def test_too_many_outputs_are_not_listed() -> None:
    with pytest.raises(PeriodError):
        Listing.of((1 << 16) + 1, Fraction(1))
