"""Fingerprints and levels from Python: what is printed, and that it is what the document says."""

from typing import Any

import numpy as np
import pytest

import rfsolve
from rfsolve.errors import InputError
from rfsolve.space.policies import Need

SIDES = np.array([[12, 30], [40, 25], [7, 9], [700, 650]])
FOUND = rfsolve.fingerprint(SIDES, classes=["car", "car", "dot", "house"], image_size=(800, 800))


def test_it_is_the_table_where_it_is_printed() -> None:
    lines = repr(FOUND).splitlines()
    assert lines[0].startswith("px of the input")
    assert lines[0].endswith("99 %  most")
    assert any(line.startswith("objects") and "4 of 3 classes" in line for line in lines)
    assert max(map(len, lines)) <= 110


def test_levels_say_what_they_leave_out() -> None:
    text = repr(FOUND.levels("lffd"))
    assert "served      50 % of the objects" in text
    assert "dropped     b0 (stride 4): no object falls into its range" in text
    assert "not served  1 object (25 %): long side under 10 px, mean sides 7.94 to 7.94 px" in text
    assert "100 % of dot" in text
    assert "100 % of house" in text


def test_documents_are_plain() -> None:
    document = FOUND.levels(lambda size: Need(receptive_field=int(2 * size))).to_dict()
    assert document["policy"]["name"] == "<lambda>"
    assert sum(level["objects"] for level in document["levels"]) + sum(
        one["objects"] for one in document["unserved"]
    ) == len(SIDES)
    assert FOUND.to_dict()["measures"]["long_side"]["max"] == 700


def test_an_input_of_another_size_moves_all_sizes() -> None:
    half = rfsolve.fingerprint(SIDES, image_size=800, resize="letterbox:400")
    np.testing.assert_allclose(half.sizes, SIDES / 2)
    assert half.input_size == (400, 400)


def test_objects_longer_than_their_field_are_said() -> None:
    many = rfsolve.fingerprint([[20.0, 20.0]] * 200 + [[21.0, 90.0]])
    text = repr(many.levels("contains", tail=0, cells=4))
    assert "too long   for the field of their level: 1 on s4 (a field is made for 99 % of its objects)" in text


def test_a_policy_of_ones_own_may_compute_in_floats() -> None:
    """A field that is not whole is rounded up, a stride down: neither asks for less than was said."""
    own: Any = lambda size: Need(receptive_field=2.1 * size, max_stride=size / 8)  # type: ignore[arg-type]  # noqa: E731
    (level,) = rfsolve.fingerprint([52.0]).levels(own)
    assert (level.need.receptive_field, level.need.max_stride) == (110, 6)


@pytest.mark.parametrize("sizes", [[[1, 2], [3]], [[1, "x"]], None, [object()]])
def test_what_is_no_array_of_sizes_is_one_line(sizes: Any) -> None:
    with pytest.raises(InputError, match=r"^sizes: ") as refusal:
        rfsolve.fingerprint(sizes)
    assert "\n" not in str(refusal.value)
    with pytest.raises(InputError, match=r"^sizes: "):
        rfsolve.propose(sizes)
