"""The coverage table says of exits and objects what arithmetic on the objects says."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.analysis import Tap, analyse
from rfsolve.formats.opening import open_graph
from rfsolve.propose.aims import Aim, band_aims, level_aims
from rfsolve.propose.coverage import Verdict, coverage, coverage_elsewhere
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.levels import levels

NETWORK = "3,2 3 3 3,2 3 3 3"
"""Fields 3, 7, 11, 15, 23, 31, 39 at strides 2 and 4."""


def _taps() -> dict[str, Tap]:
    return dict(analyse(open_graph(NETWORK)).taps)


def _aim(sizes: list[tuple[float, float]], **changes: object) -> Aim:
    known: dict[str, object] = {"stride": 4, "receptive_field": (20, 20), "cells": 2.5, "share": 1.0}
    return Aim(name="a", exit="7", sizes=np.asarray(sizes, dtype=float), **(known | changes))  # type: ignore[arg-type]


sides = st.lists(st.tuples(st.floats(1, 100), st.floats(1, 100)), min_size=1, max_size=40)


@given(sizes=sides)
def test_the_parts_that_are_held_are_counted_one_by_one(sizes: list[tuple[float, float]]) -> None:
    """An object is held where both of its sides fit; the cells are those of the narrow side, at the 5th percentile."""
    (row,) = coverage([_aim(sizes)], _taps())
    erf = _taps()["7"].effective_receptive_field[0]
    assert row.receptive_field == (39, 39)
    assert row.contained == pytest.approx(sum(max(one) <= 39 for one in sizes) / len(sizes))
    assert row.effective == pytest.approx(sum(max(one) <= erf + 1e-9 for one in sizes) / len(sizes))
    assert row.cells == pytest.approx(np.percentile([min(one) / 4 for one in sizes], 5))
    assert row.times == pytest.approx(39 / max(max(one) for one in sizes))


@pytest.mark.parametrize(
    ("sizes", "changes", "verdict"),
    [
        ([(20, 20)], {}, Verdict.SEEN),
        ([(8, 20)], {}, Verdict.COARSE),
        ([(20, 20)], {"receptive_field": (40, 20)}, Verdict.SMALL),
        ([(20, 38)], {}, Verdict.RIM),
        ([(8, 38)], {"receptive_field": (40, 40)}, Verdict.COARSE),
    ],
)
def test_the_worst_is_what_is_said(
    sizes: list[tuple[float, float]], changes: dict[str, object], verdict: Verdict
) -> None:
    assert coverage([_aim(sizes, **changes)], _taps())[0].verdict is verdict


@pytest.mark.parametrize(
    ("stride", "field", "level"),
    [(4, 20, "5"), (4, 24, "6"), (4, 99, "7"), (2, 5, "2"), (2, 99, "3"), (1, 3, "1"), (64, 30, "6")],
)
def test_another_network_serves_with_the_level_that_suits_best(stride: int, field: int, level: str) -> None:
    """The coarsest grid that is fine enough, else the finest; on it the least field that will do, else the largest."""
    taps = {name: tap for name, tap in _taps().items() if name.isdigit()}
    (row,) = coverage_elsewhere([_aim([(9, 9)], stride=stride, receptive_field=(field, field))], taps)
    assert row.served_by == level


@given(st.lists(st.floats(10, 550), min_size=3, max_size=200))
def test_levels_are_aims_that_hold_every_object_once(sizes: list[float]) -> None:
    """The aims of a partition hold all objects that it serves; each asks for its level's field and stride."""
    needed = levels(Fingerprint.of_sizes(sizes), "lffd")
    aims = level_aims(needed)
    assert sum(len(aim.sizes) for aim in aims) == len(sizes)
    assert sum(aim.share for aim in aims) == pytest.approx(needed.served)
    assert {(aim.name, aim.stride, aim.receptive_field) for aim in aims} == {
        (level.name, level.stride, level.receptive_field) for level in needed
    }


@pytest.mark.parametrize("make", [lambda rng: rng.uniform(1, 90, (50, 3)), lambda rng: rng.uniform(1, 90, (7, 2))])
def test_bands_are_all_objects_in_order_of_size(make: Callable[[np.random.Generator], np.ndarray]) -> None:
    sizes = make(np.random.default_rng(1))
    aims = band_aims(Fingerprint.of_sizes(sizes), ("out",), stride=1, cells=1)
    assert sum(len(aim.sizes) for aim in aims) == len(sizes)
    for before, after in pairwise(aims):
        assert before.long.max() <= after.long.min()
