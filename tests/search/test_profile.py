"""Profiles: they read what the recurrence finds, and what they read grows with every mass. `cuts` rests on both."""

from math import lcm

import pytest

from rfsolve.search.check import checked_design
from rfsolve.search.lattice import lattices
from rfsolve.search.profile import Profile, Side
from rfsolve.windows import Coverage, Window
from tests.search.spaces import PLACEMENTS, SPACES, drawn


@pytest.mark.parametrize("name", sorted(SPACES))
def test_the_profile_reads_what_the_recurrence_finds(name: str) -> None:
    problem, placements = drawn(name)
    found = lattices(problem)
    for placement in placements:
        tap = checked_design(problem, placement).taps["out"]
        for axis in range(problem.input.axes):
            window = Profile(problem, found, placement, axis=axis, node="out", source="input", kind=Window).reading
            coverage = Profile(problem, found, placement, axis=axis, node="out", source="input", kind=Coverage).reading
            assert window == tap.windows[axis]
            assert coverage == tap.coverage(axis)


@pytest.mark.parametrize("name", sorted(SPACES))
def test_windows_and_coverage_grow_with_every_mass(name: str) -> None:
    problem, placements = drawn(name)
    found = lattices(problem)
    for placement in placements[: PLACEMENTS // 2]:
        windows = Profile(problem, found, placement, axis=0, node="out", source="input", kind=Window)
        touched = Profile(problem, found, placement, axis=0, node="out", source="input", kind=Coverage)
        for mass, value in windows.masses.items():
            _contains(windows.changed(mass, value + 1), windows.reading)
            _contains(touched.changed(mass, value + 2), touched.reading)
            if value:
                _contains(touched.reading, touched.changed(mass, value - 1))


def _contains(more: Window | Coverage, less: Window | Coverage) -> None:
    assert more.jump == less.jump
    for index in range(lcm(more.period, less.period)):
        if isinstance(more, Coverage):
            assert isinstance(less, Coverage)
            assert set(less.at(index)) <= set(more.at(index))
        else:
            outer, inner = more.at(index), less.at(index)
            assert isinstance(outer, tuple)
            assert isinstance(inner, tuple)
            assert outer[0] <= inner[0]
            assert inner[1] <= outer[1]


def test_a_settled_mass_is_what_a_changed_one_would_be() -> None:
    problem, (placement, *_) = drawn("transposed")
    profile = Profile(problem, lattices(problem), placement, axis=0, node="out", source="input", kind=Coverage)
    before = profile.reading
    for mass, value in list(profile.masses.items()):
        changed = profile.changed(mass, value + 1)
        assert profile.reading == before
        profile.settle(mass, value + 1)
        assert profile.reading == changed
        profile.settle(mass, value)
        assert profile.reading == before


def test_taps_of_both_sides_count_apart_where_they_are_not_as_many() -> None:
    """A centred stack has one mass for each step, a causal one two."""
    problem, (placement, *_) = drawn("causal branch")
    masses = Profile(problem, lattices(problem), placement, axis=0, node="out", source="input", kind=Window).masses
    assert {mass.side for mass in masses if mass.stack == "t"} == {Side.BOTH}
    assert {mass.side for mass in masses if mass.stack == "b"} == {Side.LEFT, Side.RIGHT}
