"""One number where the axes agree; never a silent one where there is none."""

from fractions import Fraction

import pytest

from rfsolve.report import wording
from rfsolve.space.problem import Objective, Quantity


def test_fields() -> None:
    assert wording.field_text([(205, 205), (205, 205)]) == "205"
    assert wording.field_text([(92, 100), (92, 100)]) == "92-100"
    assert wording.field_text([(31, 31), (1127, 1127)]) == "31x1,127"
    assert wording.field_text([None, (7, 7)]) == "?x7"


def test_strides() -> None:
    assert wording.stride_text([Fraction(8), Fraction(8)]) == "8"
    assert wording.stride_text([Fraction(1, 2), Fraction(2)]) == "0.5x2"
    assert wording.stride_text([None]) == "?"


def test_sizes() -> None:
    assert wording.size_text([69.282, 69.282]) == "69.3"
    assert wording.size_text([-0.0]) == "0.0"
    assert wording.size_text([None]) == "?"


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        (Quantity.PARAMETERS, 227488, "227,488 parameters"),
        (Quantity.LAYERS, 1, "1 layer"),
        (Quantity.MACS, 1e9, "1,000,000,000 MACs"),
        (Quantity.PARAMETERS, 1, "1 parameter"),
        (Quantity.PARAMETERS, 100.25, "100.2 parameters"),
        (Quantity.MACS, 1, "1 MAC"),
        (Quantity.EFFECTIVE_RECEPTIVE_FIELD, 69.282, "effective receptive field 69.3 px"),
        (Quantity.EFFECTIVE_RECEPTIVE_FIELD, 80, "effective receptive field 80.0 px"),
        (Quantity.ENTROPY, 1074.31, "entropy 1,074.3"),
    ],
)
def test_values(quantity: Quantity, value: float, text: str) -> None:
    assert wording.value_text(Objective(quantity=quantity), value) == text


def test_gaps() -> None:
    assert wording.gap_text(1.0) == "100 %"
    assert wording.gap_text(0.01234) == "1.23 %"
