"""Regression ranges: rising edges whatever the levels are told apart by, and FCOS's own where that is the long side."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.propose.aims import level_aims
from rfsolve.propose.anchors import FAR, _edges, fcos
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.levels import levels

SIDES = st.floats(2.5, 900)
BOXES = st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=40)
RULES = ["octaves", "trident", "retinanet", "s3fd", "fpn", "fcos"]


def _ranges(boxes: object, rule: str) -> tuple[tuple[int, int], ...]:
    objects = Fingerprint.of_sizes(boxes)  # type: ignore[arg-type]
    return fcos(level_aims(levels(objects, assignment=None if rule == "octaves" else rule)))["regress_ranges"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=25)
@given(boxes=BOXES)
def test_edges_rise_from_level_to_level(rule: str, boxes: list[tuple[float, float]]) -> None:
    """No range is empty or inverted, they follow on each other, and the order of the objects does not matter."""
    ranges = _ranges(boxes, rule)
    assert all(low < high for low, high in ranges)
    assert all(first[1] == second[0] for first, second in pairwise(ranges))
    assert (ranges[0][0], ranges[-1][1]) == (-1, FAR)
    assert _ranges(boxes[::-1], rule) == ranges


def test_long_thin_objects_do_not_turn_the_ranges_round() -> None:
    """Levels by the short side, and one long thin object on the finest: it moves no edge."""
    squares = [(side, side) for side in np.geomspace(6, 70, 60)]
    ranges = _ranges([*squares, (6.0, 370.0)], "octaves")
    assert ranges == ((-1, 5), (5, 10), (10, 20), (20, FAR))


def test_levels_by_the_long_side_have_fcos_edges() -> None:
    boxes = [(side, side / 3) for side in range(20, 1200)]
    assert _ranges(boxes, "fcos") == ((-1, 64), (64, 128), (128, 256), (256, 512), (512, FAR))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rule", ["octaves", "trident"])
def test_each_range_holds_objects_of_its_level(rule: str, seed: int) -> None:
    """Sides that have nothing to do with each other: the long one tells little of the level."""
    sides = np.exp(np.random.default_rng(seed).normal(3.5, 1, (300, 2)))
    aims = level_aims(levels(Fingerprint.of_sizes(sides), assignment=None if rule == "octaves" else rule))
    for aim, (low, high) in zip(aims, fcos(aims)["regress_ranges"], strict=True):
        assert ((aim.long / 2 > low) & (aim.long / 2 <= high)).any()


def test_edges_are_the_best_of_all() -> None:
    """By trying every pair of edges for three levels that overlap."""
    rng = np.random.default_rng(3)
    lengths = [np.ceil(np.exp(rng.normal(mean, 0.6, 40))) for mean in (2.0, 2.2, 2.6)]

    def product(edges: tuple[float, ...]) -> float:
        rows = zip(lengths, (0.0, *edges), (*edges, np.inf), strict=True)
        return float(np.prod([((low < level) & (level <= high)).mean() for level, low, high in rows]))

    most = int(max(level.max() for level in lengths))
    assert product(tuple(_edges(lengths))) == pytest.approx(max(map(product, combinations(range(1, most + 1), 2))))
