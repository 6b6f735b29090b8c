"""Fingerprints against independent computations: pycocotools for COCO, pillow for the areas of polygons."""

import io
import json
from collections import Counter
from contextlib import redirect_stdout
from math import inf
from pathlib import Path
from warnings import catch_warnings

import numpy as np
import pytest
from pycocotools.coco import COCO

from rfsolve.propose.fingerprint_json import fingerprint_document
from rfsolve.propose.taking import take
from tests.propose import datasets

BANDS = {"small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, inf)}


@pytest.fixture(scope="module")
def coco(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, COCO]:
    """A file with crowds and areas that are not those of the boxes, and pycocotools' view of it."""
    data = datasets.dataset(3_000, seed=5, images=60)
    path = datasets.write_coco(data, tmp_path_factory.mktemp("coco") / "instances.json")
    document = json.loads(path.read_text())
    for n, one in enumerate(document["annotations"]):
        one["area"] = round(one["area"] * (0.3 + 0.6 * (n % 7) / 7), 2)
        one["iscrowd"] = int(n % 50 == 0)
    path.write_text(json.dumps(document, indent=1))
    with redirect_stdout(io.StringIO()):
        return path, COCO(str(path))


def test_objects_classes_and_bands_are_those_of_pycocotools(coco: tuple[Path, COCO]) -> None:
    path, theirs = coco
    ours = fingerprint_document(take(path))
    objects = theirs.loadAnns(theirs.getAnnIds(iscrowd=False))
    assert ours["objects"] == len(objects)
    assert ours["skipped"] == {"crowds (iscrowd)": len(theirs.getAnnIds(iscrowd=True))}
    names = {one["id"]: one["name"] for one in theirs.loadCats(theirs.getCatIds())}
    assert {one["name"]: one["objects"] for one in ours["classes"]} == Counter(
        names[one["category_id"]] for one in objects
    )
    shares = {one["name"]: one["objects"] for one in ours["bands"][0]["shares"]}
    for name, (low, high) in BANDS.items():
        assert shares[name] == sum(low <= one["area"] < high for one in objects)
        assert abs(shares[name] - len(theirs.getAnnIds(areaRng=[low, high], iscrowd=False))) <= 1  # open ends there


def test_percentiles_are_those_of_the_boxes_of_pycocotools(coco: tuple[Path, COCO]) -> None:
    path, theirs = coco
    ours = fingerprint_document(take(path, resize="shortest:800:1333"))["measures"]
    sides = []
    for one in theirs.loadAnns(theirs.getAnnIds(iscrowd=False)):
        image = theirs.loadImgs(one["image_id"])[0]
        factor = min(
            800 / min(image["height"], image["width"]),
            1333 / max(image["height"], image["width"]),
        )
        sides.append((one["bbox"][3] * factor, one["bbox"][2] * factor))
    height, width = np.asarray(sides).T
    expected = {
        "mean_side": np.sqrt(height * width),
        "short_side": np.minimum(height, width),
        "long_side": np.maximum(height, width),
        "height": height,
        "width": width,
        "aspect": width / height,
    }
    for name, values in expected.items():
        for number in (1, 5, 10, 25, 50, 75, 90, 95, 99):
            assert ours[name][f"p{number}"] == pytest.approx(np.percentile(values, number))
        assert (ours[name]["min"], ours[name]["max"]) == pytest.approx((values.min(), values.max()))
        assert ours[name]["mean"] == pytest.approx(values.mean())


def test_the_box_of_a_mask_is_the_box_of_pycocotools(tmp_path: Path) -> None:
    """Objects without a bbox: their polygons, rasterised by pycocotools, are as large to a pixel."""
    data = datasets.dataset(100, seed=9, images=5)
    path = datasets.write_coco(data, tmp_path / "a.json")
    document = json.loads(path.read_text())
    for one in document["annotations"]:
        del one["bbox"]
    path.write_text(json.dumps(document))
    with redirect_stdout(io.StringIO()):
        theirs = COCO(str(path))
    found = take(path)
    for sides, one in zip(found.sizes, theirs.loadAnns(theirs.getAnnIds()), strict=True):
        with catch_warnings(action="ignore", category=DeprecationWarning):  # of pycocotools, by numpy 2
            rows, columns = np.nonzero(theirs.annToMask(one))
        assert abs(np.ptp(rows) + 1 - sides[0]) <= 1
        assert abs(np.ptp(columns) + 1 - sides[1]) <= 1
