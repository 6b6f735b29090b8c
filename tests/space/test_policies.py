"""Policies: the published rows exactly, straight lines between them, never less for a larger object."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.space.policies import POLICIES, Need, contains, erf, lffd, s3fd
from tests.problems.published_policies import asked

SIZES = st.floats(0.5, 1_000).map(lambda size: round(size, 2))


@pytest.mark.parametrize(
    ("size", "field", "stride"),
    [
        (12.5, 55, 5),
        (17.5, 72, 7),  # 71.75
        (30, 111, 12),
        (55, 143, 22),
        (90, 225, 36),
        (180, 378, 72),
        (325, 520, 130),
        (480, 624, 192),
    ],
)
def test_lffd_rows(size: float, field: int, stride: int) -> None:
    assert lffd(size) == Need(receptive_field=field, max_stride=stride)


@pytest.mark.parametrize(
    ("size", "field", "stride"),
    [(16, 48, 4), (32, 109, 8), (64, 231, 16), (128, 346, 32), (256, 461, 64), (512, 717, 128)],
)
def test_s3fd_rows(size: float, field: int, stride: int) -> None:
    """Rounded up from 48, 108.8, 230.4, 345.6, 460.8, 716.8."""
    assert s3fd(size) == Need(receptive_field=field, max_stride=stride)


def test_between_two_rows_the_ratio_is_linear() -> None:
    assert lffd(15).receptive_field == 64  # 4.25 * 15 = 63.75
    assert s3fd(24).receptive_field == 77  # 3.2 * 24 = 76.8
    assert s3fd(48).receptive_field == 168  # 3.5 * 48 exactly


def test_beyond_the_table_the_ratio_is_the_last() -> None:
    assert lffd(10) == Need(receptive_field=44, max_stride=4)
    assert lffd(1_000) == Need(receptive_field=1_300, max_stride=400)
    assert s3fd(8) == Need(receptive_field=24, max_stride=2)
    assert s3fd(1_024).receptive_field == 1_434  # 1433.6


def test_the_smallest_objects_still_allow_a_stride_of_one() -> None:
    assert lffd(1).max_stride == s3fd(1).max_stride == 1


def test_contains_and_erf() -> None:
    assert contains(19.2) == Need(receptive_field=20)
    assert erf(19.2) == Need(receptive_field=20, effective_receptive_field=19.2)


@given(st.sampled_from(sorted(POLICIES)), SIZES)
def test_every_policy_is_the_published_one(policy: str, size: float) -> None:
    need, published = POLICIES[policy](size), asked(policy, size)
    assert need.receptive_field == published.field
    assert (need.effective_receptive_field or 0.0) == published.effective
    assert need.max_stride == (None if published.max_stride is None else max(1, published.max_stride))


@given(st.sampled_from(sorted(POLICIES)), SIZES)
def test_the_field_holds_the_object(policy: str, size: float) -> None:
    field = POLICIES[policy](size).receptive_field
    assert field is not None
    assert field >= size
