"""Levels: the published ones come out, every object is accounted for, and what a level must see holds its objects."""

from itertools import pairwise
from math import floor, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import Unit
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.levels import Levels, levels
from rfsolve.propose.presets import preset
from rfsolve.propose.resizing import Letterbox
from rfsolve.space.assignments import ASSIGNMENTS, Assignment, Band, Measure
from rfsolve.space.policies import POLICIES, Need, Policy
from tests.problems.published_policies import asked

SIDES = st.floats(0.5, 2_000)
BOXES = st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=60)
POLICY = st.sampled_from(sorted({*POLICIES, *ASSIGNMENTS}))


def of(*sides: float, axes: int = 2) -> Fingerprint:
    """Squares of these sides."""
    return Fingerprint.of_sizes(list(sides), axes=axes)


# published ----------------------------------------------------------------------------------------------------------


def test_faces_by_lffd_have_its_eight_levels() -> None:
    """He et al., 2019: fields and strides of the eight branches, from the bands of face sizes."""
    found = levels(preset("wider-face"), "lffd")
    assert [level.receptive_field for level in found] == [
        (field, field) for field in (55, 71, 111, 143, 223, 383, 511, 639)
    ]
    assert [level.stride for level in found] == [4, 4, 8, 8, 16, 32, 32, 32]
    assert [(level.low, level.high) for level in found] == [
        (10, 15), (15, 20), (20, 40), (40, 70), (70, 110), (110, 250), (250, 400), (400, 560)
    ]  # fmt: skip
    assert not found.dropped
    assert not found.unserved


def test_the_formula_of_lffd_is_within_three_percent_of_its_own_fields() -> None:
    """The ratios are printed with one decimal; the levels carry the fields themselves."""
    for band in ASSIGNMENTS["lffd"].bands:
        assert band.need is not None
        field = band.need.receptive_field
        assert field is not None
        assert abs(asked("lffd", (band.low + band.high) / 2).field - field) / field < 0.03
        assert band.low / band.stride >= 2.5


def test_the_anchors_of_s3fd_are_four_strides() -> None:
    found = ASSIGNMENTS["s3fd"].bands
    assert [band.stride for band in found] == [4, 8, 16, 32, 64, 128]
    for n, band in enumerate(found):
        assert (band.low * band.high) ** 0.5 == pytest.approx(16 * 2**n) == pytest.approx(4 * band.stride)


@settings(max_examples=100, deadline=None)
@given(height=SIDES, width=SIDES)
def test_fpn_is_its_formula(height: float, width: float) -> None:
    k = min(5, max(2, floor(4 + log2((height * width) ** 0.5 / 224))))
    near = [side for side in (112, 224, 448) if abs((height * width) ** 0.5 - side) < 1e-6]
    found = levels(Fingerprint.of_sizes([(height, width)]), "fpn")
    assert near or [level.name for level in found] == [f"P{k}"]


@pytest.mark.parametrize(("side", "name"), [(111.9, "P2"), (112, "P3"), (224, "P4"), (448, "P5"), (9_000, "P5")])
def test_fpn_at_its_ends(side: float, name: str) -> None:
    assert [level.name for level in levels(of(side), "fpn")] == [name]


@settings(max_examples=100, deadline=None)
@given(left=SIDES, top=SIDES)
def test_fcos_is_its_formula_at_the_centre(left: float, top: float) -> None:
    """max(l, t, r, b) of the centre against 0, 64, 128, 256, 512."""
    found = levels(Fingerprint.of_sizes([(2 * top, 2 * left)]), "fcos")
    reach = max(left, top)
    assert [level.stride for level in found] == [8 * 2 ** sum(reach >= edge for edge in (64, 128, 256, 512))]


@settings(max_examples=100, deadline=None)
@given(boxes=st.lists(st.tuples(st.floats(5, 900), st.floats(5, 900)), min_size=1, max_size=20))
def test_retinanet_is_the_overlap_with_its_anchors(boxes: list[tuple[float, float]]) -> None:
    """Nine anchors a level, placed on the object's centre, corner by corner."""
    found = levels(Fingerprint.of_sizes(boxes), "retinanet")
    for n in range(3, 8):
        served = 0
        for height, width in boxes:
            best = 0.0
            for scale in (1, 2 ** (1 / 3), 2 ** (2 / 3)):
                for aspect in (0.5, 1, 2):
                    area = (2 ** (n + 2) * scale) ** 2
                    wide = (area / aspect) ** 0.5
                    tall = wide * aspect
                    inside = min(height, tall) * min(width, wide)
                    best = max(best, inside / (height * width + area - inside))
            served += best >= 0.5 - 1e-12
        counts = {level.name: level.count for level in found}
        assert abs(counts.get(f"P{n}", 0) - served) <= sum(abs(best - 0.5) < 1e-9 for _ in (0,))


def test_trident_serves_an_object_on_two_branches() -> None:
    found = levels(of(20, 60, 120, 300), "trident")
    assert {level.name: level.count for level in found} == {"d1": 2, "d2": 2, "d3": 2}
    assert [level.name for level in found.serving(60)] == ["d1", "d2"]
    assert {level.stride for level in found} == {16}


# requirements of users --------------------------------------------------------------------------------------------


def test_drones_are_served_at_stride_four_at_most() -> None:
    """AI-TOD: mean object 12.8 px."""
    for policy in ("contains", "erf", "lffd"):
        served = levels(preset("ai-tod"), policy).serving(12.8)
        assert [level.stride for level in served] == [4]
    assert not levels(preset("ai-tod"), "retinanet").serving(12.8)


def test_defects_of_one_size_need_one_level() -> None:
    """52 px on images of 640: stride 16 leaves 3.25 cells, stride 32 less than two."""
    found = levels(Fingerprint.of_sizes([(52, 52)] * 40, image_size=(640, 640)), "contains")
    assert [(level.stride, level.receptive_field, level.cells) for level in found] == [(16, (52, 52), (3.25, 3.25))]
    fine = levels(found.fingerprint, "contains", cells=4)
    assert [level.stride for level in fine] == [8]
    pyramid = levels(found.fingerprint, "fpn")
    assert [level.name for level in pyramid] == ["P2"]
    assert [(one.band.name, one.reason) for one in pyramid.dropped] == [
        ("P3", "mean side 52.0 to 52.0 px, all of it outside 112-224"),
        ("P4", "mean side 52.0 to 52.0 px, all of it outside 224-448"),
        ("P5", "mean side 52.0 to 52.0 px, all of it outside 448-"),
    ]


def test_what_is_not_served_is_listed_by_class() -> None:
    found = Fingerprint.of_sizes([(5, 5), (12, 12), (30, 30), (700, 700)], classes=["ant", "ant", "cat", "house"])
    needed = levels(found, "lffd")
    listed = [(one.reason, one.count, dict(one.by_class)) for one in needed.unserved]
    assert listed == [
        ("long side under 10 px", 1, {"ant": 0.5, "cat": 0.0, "house": 0.0}),
        ("long side of 560 px and more", 1, {"ant": 0.0, "cat": 0.0, "house": 1.0}),
    ]
    assert needed.served == 0.5


def test_volumes_are_asked_axis_by_axis() -> None:
    """Lesions of 4 x 30 x 20 voxels need no field of 30 along the thick slices."""
    found = levels(Fingerprint.of_sizes([(4, 30, 20)] * 5, unit=Unit.VOXELS), "contains", cells=2)
    assert [level.receptive_field for level in found] == [(4, 30, 20)]


def test_signals_have_one_axis() -> None:
    found = levels(of(160, 4_000, axes=1), "contains", coarsest=512)
    assert all(len(level.receptive_field or ()) == 1 for level in found)
    with pytest.raises(InputError, match="is about boxes"):
        levels(of(160, axes=1), "retinanet")


def test_a_policy_in_a_few_lines_of_python() -> None:
    def twice(size: float) -> Need:
        """Twice the size, on eight cells."""
        return Need(receptive_field=round(2 * size), max_stride=max(1, int(size / 8)))

    found = levels(of(64), twice)
    assert (found.policy.name, found.policy.formula) == ("twice", "Twice the size, on eight cells.")
    assert [level.receptive_field for level in found] == [(128, 128)]
    own = Policy(name="eight", formula="size / stride >= 8", rule=twice, cells=8)
    assert [level.stride for level in levels(of(64), own)] == [8]


def test_an_assignment_in_a_few_lines_of_python() -> None:
    bands = (Band(name="near", stride=16, low=100), Band(name="far", stride=4, high=50))
    mine = Assignment(name="mine", formula="near from 100 px, far up to 50", bands=bands, measure=Measure.SHORT)
    found = levels(of(20, 70, 200), "erf", assignment=mine)
    assert {level.name: level.count for level in found} == {"near": 1, "far": 1}
    assert [one.reason for one in found.unserved] == ["of a shape that no level is for"]


def test_a_policy_with_another_assignment() -> None:
    """LFFD's fields on the levels of FPN: by its formula, since the bands are not its own."""
    found = levels(of(*[55.0] * 3, *[325.0] * 3), "lffd", assignment="fpn")
    middles = (56, 336)  # of 0-112 and 224-448
    assert [level.receptive_field for level in found] == [(asked("lffd", side).field,) * 2 for side in middles]


# laws -------------------------------------------------------------------------------------------------------------


def accounted(found: Levels) -> np.ndarray:
    """How many levels serve each object, counted a second time."""
    return np.sum([found.assignment.serves(band, found.fingerprint.sizes) for band in found.assignment.bands], axis=0)


@settings(max_examples=100, deadline=None)
@given(boxes=BOXES, policy=POLICY)
def test_every_object_is_served_or_listed(boxes: list[tuple[float, float]], policy: str) -> None:
    found = levels(Fingerprint.of_sizes(boxes), policy)
    times = accounted(found)
    assert sum(one.count for one in found.unserved) == (times == 0).sum()
    assert sum(level.count for level in found) == times.sum()
    assert found.served == pytest.approx((times > 0).mean())
    assert {*(level.name for level in found), *(one.band.name for one in found.dropped)} == {
        band.name for band in found.assignment.bands
    }


@settings(max_examples=100, deadline=None)
@given(boxes=BOXES, cells=st.floats(0.5, 8), tail=st.floats(0, 0.2))
def test_derived_levels_serve_all_but_the_tail_with_cells_enough(
    boxes: list[tuple[float, float]], cells: float, tail: float
) -> None:
    found = levels(Fingerprint.of_sizes(boxes), "contains", cells=cells, tail=tail)
    assert all(level.fine == 1 for level in found)
    strides = [band.stride for band in found.assignment.bands]
    assert all(second == 2 * first for first, second in pairwise(strides))
    too_small = (found.fingerprint.short < cells * strides[0]).mean()
    assert 1 - found.served == pytest.approx(too_small)
    if strides[0] > 1:
        assert too_small <= tail + 1e-9


@settings(max_examples=100, deadline=None)
@given(boxes=BOXES, covers=st.floats(0.5, 1))
def test_a_field_holds_the_part_of_its_objects_that_it_is_made_for(
    boxes: list[tuple[float, float]], covers: float
) -> None:
    for level in levels(Fingerprint.of_sizes(boxes), "contains", covers=covers):
        assert level.beyond <= (1 - covers) * level.count + 1e-9


@settings(max_examples=100, deadline=None)
@given(boxes=BOXES, factor=st.sampled_from([2, 4]))
def test_objects_twice_as_large_need_twice_the_stride(boxes: list[tuple[float, float]], factor: int) -> None:
    """Derived levels scale with the objects, up to the coarsest."""
    first = levels(Fingerprint.of_sizes(boxes), "contains", coarsest=256)
    second = levels(Fingerprint.of_sizes(np.asarray(boxes) * factor), "contains", coarsest=256 * factor)
    if first.assignment.bands[0].stride > 1:
        assert [level.stride * factor for level in first] == [level.stride for level in second]
        assert [level.count for level in first] == [level.count for level in second]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"policy": "nobody"}, "unknown policy 'nobody', expected one of contains"),
        ({"assignment": "nobody"}, "unknown assignment 'nobody', expected one of fcos"),
        ({"cells": 0}, "cells 0"),
        ({"tail": 0.5}, "tail 0.5"),
        ({"covers": 0}, "covers 0"),
        ({"coarsest": 0}, "coarsest 0"),
    ],
)
def test_what_is_refused(words: dict[str, object], line: str) -> None:
    with pytest.raises(InputError, match=line):
        levels(of(10), **words)  # type: ignore[arg-type]


# presets ----------------------------------------------------------------------------------------------------------


def test_presets_have_the_published_numbers() -> None:
    coco = preset("coco")
    relative = coco.mean / (480 * 640) ** 0.5
    assert np.percentile(relative, [10, 50, 90]) == pytest.approx([0.024, 0.106, 0.472], rel=0.005)
    tiny = preset("ai-tod")
    assert (tiny.mean.mean(), tiny.mean.std()) == pytest.approx((12.8, 5.9), rel=0.002)
    faces = preset("wider-face")
    assert (faces.mean.min(), faces.mean.max()) == pytest.approx((10, 560), rel=0.001)
    assert not any(one.counted for one in (coco, tiny, faces))
    assert preset("coco", Letterbox((960, 1280))).mean == pytest.approx(2 * coco.mean)
