"""Amounts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.space.quantity import LARGEST, SUFFIXES, parse_quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1M", 1_000_000),
        ("1.5M", 1_500_000),
        ("250k", 250_000),
        ("250K", 250_000),
        ("2G", 2 * 10**9),
        ("2B", 2 * 10**9),
        ("1T", 10**12),
        ("3e6", 3_000_000),
        ("1_773_440", 1_773_440),
        ("1,773,440", 1_773_440),
        (" 64 ", 64),
        (64, 64),
        (2.5e6, 2_500_000),
        ("0.1k", 100),
        (LARGEST, 10**15),
        ("1000T", 10**15),
    ],
)
def test_amounts(text: str | float, amount: int) -> None:
    assert parse_quantity(text) == amount


@pytest.mark.parametrize("text", ["0", 0, "-3", "-1M", "1001T", 10**15 + 1, "NaN12", 10**400])
def test_what_is_out_of_range(text: str | int) -> None:
    with pytest.raises(ValueError, match=r"is out of range; expected a positive number such as .*, at most 1e15"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "suffix"), [("1Q", "Q"), ("nan", "n"), (float("nan"), "n"), (float("inf"), "f"), (True, "e"), ("1m", "m")]
)
def test_unknown_suffixes(text: str | float, suffix: str) -> None:
    with pytest.raises(ValueError, match=f"ends in the unknown suffix '{suffix}'; expected a positive number such as"):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["", " ", "k", "1..5", "0x10", "1 000", "M1"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number; expected a positive number such as"):
        parse_quantity(text)


@given(st.integers(1, 999), st.sampled_from(sorted(SUFFIXES)))
def test_a_suffix_multiplies(number: int, suffix: str) -> None:
    assert parse_quantity(f"{number}{suffix}") == number * SUFFIXES[suffix]


@pytest.mark.parametrize("text", ["0.4", 1.5, "1.0005k"])
def test_what_is_no_whole_number(text: str | float) -> None:
    with pytest.raises(ValueError, match=r"is no whole number; expected a positive number such as"):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["9e999999M", "1e999999999999"])
def test_what_overflows_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a positive number such as"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "amount"), [("1,500,000", 1_500_000), ("1,500k", 1_500_000), ("12,345.5k", 12_345_500)]
)
def test_commas_separate_thousands(text: str, amount: int) -> None:
    assert parse_quantity(text) == amount


@pytest.mark.parametrize(
    "text", ["1,5M", "1,50", "1,5000", ",500", "1,,500", "1,500,", "0,500M", "1000,000", "1,500,00"]
)
def test_commas_separate_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match="has a comma that separates no thousands; expected a positive number such as"):
        parse_quantity(text)
