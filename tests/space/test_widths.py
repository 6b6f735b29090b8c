"""Width plans: four forms, what they allow at a jump, and what is none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.space.widths import FixedWidth, FreeWidth, ScaledWidth, TableWidth, WidthPlan, parse_widths


@pytest.mark.parametrize(
    ("value", "plan"),
    [
        (64, FixedWidth(64)),
        ("64", FixedWidth(64)),
        ([64], FixedWidth(64)),
        ([64, 64], FixedWidth(64)),
        ([128, 32, 64, 32], FreeWidth((32, 64, 128))),
        ("32, 64,128", FreeWidth((32, 64, 128))),
        ((8, 4), FreeWidth((4, 8))),
        ("32*jump:512", ScaledWidth(32, 512)),
        (" 32 * jump : 512 ", ScaledWidth(32, 512)),
        ("32*jump", ScaledWidth(32, None)),
        ({16: 128, 1: 64}, TableWidth(((1, 64), (16, 128)))),
        ({"1": 64, "16": 128}, TableWidth(((1, 64), (16, 128)))),
        (FixedWidth(3), FixedWidth(3)),
    ],
)
def test_forms(value: object, plan: WidthPlan) -> None:
    assert parse_widths(value) == plan


@pytest.mark.parametrize(
    ("value", "by_jump"),
    [
        (64, {(1, 1): (64,), (32, 32): (64,)}),
        ([32, 64], {(1,): (32, 64), (8,): (32, 64)}),
        ("32*jump:512", {(1, 1): (32,), (2, 2): (64,), (1, 4): (128,), (16, 16): (512,), (32, 1): (512,)}),
        ("32*jump", {(1,): (32,), (64,): (2048,)}),
        ("64*jump:32", {(1,): (32,)}),
        ({1: 64, 16: 128}, {(1,): (64,), (15,): (64,), (16,): (128,), (2, 32): (128,)}),
        ({4: 64}, {(1,): (), (2, 2): (), (4,): (64,)}),
    ],
)
def test_options_by_jump(value: object, by_jump: dict[tuple[int, ...], tuple[int, ...]]) -> None:
    """Of several axes, the largest jump counts."""
    plan = parse_widths(value)
    assert {jump: plan.options(jump) for jump in by_jump} == by_jump


def test_only_a_set_is_a_free_choice() -> None:
    values = [64, [64], "32*jump:512", {1: 64}, [32, 64]]
    assert [parse_widths(value).is_free for value in values] == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "True is no width plan; expected 64, [32, 64, 128] (free choice), '32*jump:512'"),
        (6.5, "6.5 is no width plan; expected 64, "),
        (None, "None is no width plan; "),
        ([], "[] is no width plan; "),
        ({}, "{} is no width plan; "),
        ("abc", "'abc' is no width; expected 64, "),
        ("32*stride", "'32*stride' is no width; "),
        ("32*jump:", "'32*jump:' is no width; "),
        ("", "'' is no width; "),
        ([32, "x"], "'x' is no width; "),
        ([32, 1.5], "1.5 is no width; "),
        ({"a": 3}, "'a' is no width; "),
        (0, "width 0 is out of range; expected 1 to 65,536"),
        (-4, "width -4 is out of range; expected 1 to 65,536"),
        (65_537, "width 65537 is out of range; expected 1 to 65,536"),
        ("0*jump", "width 0 is out of range; "),
        ("8*jump:0", "width 0 is out of range; "),
        ({0: 64}, "width 0 is out of range; "),
    ],
)
def test_what_is_no_plan(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_widths(value)


WIDTHS = st.integers(1, 65_536)
PLANS = st.one_of(
    WIDTHS.map(FixedWidth),
    st.builds(ScaledWidth, WIDTHS, WIDTHS | st.none()),
    st.sets(WIDTHS, min_size=2, max_size=6).map(lambda widths: FreeWidth(tuple(sorted(widths)))),
)


@given(PLANS)
def test_a_plan_reads_what_it_writes(plan: WidthPlan) -> None:
    text = str(plan)
    assert parse_widths(text.strip("[]")) == plan


def test_a_table_writes_its_rows() -> None:
    assert str(parse_widths({16: 128, 1: 64})) == "{1: 64, 16: 128}"


@given(PLANS, st.tuples(st.integers(1, 64), st.integers(1, 64)))
def test_options_ascend(plan: WidthPlan, jump: tuple[int, int]) -> None:
    options = plan.options(jump)
    assert list(options) == sorted(set(options))
    assert min(options) >= 1
