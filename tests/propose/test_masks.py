"""Masks and volumes: the objects that were drawn, by pillow, nibabel and scipy alone."""

from pathlib import Path
from random import Random

import nibabel
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from rfsolve.errors import InputError
from rfsolve.propose.annotations.reading import Reading
from rfsolve.propose.resizing import Resample, Unchanged
from rfsolve.propose.taking import take
from tests.propose.datasets import CLASSES, Dataset, disjoint

DATA = disjoint(60)
COLOURS = ((255, 0, 0), (0, 255, 0), (10, 20, 30))


def label_masks(data: Dataset, folder: Path, *, palette: bool = False) -> Path:
    """A value for each class, the background 0."""
    folder.mkdir()
    for n, size in enumerate(data.images):
        mask = np.zeros(size, dtype=np.uint8)
        for box in data.on(n):
            mask[box.top : box.top + box.height, box.left : box.left + box.width] = box.kind + 1
        image = Image.fromarray(mask)
        if palette:
            image = image.convert("P")
            image.putpalette([0, 0, 0, *(part for colour in COLOURS for part in colour)])
        image.save(folder / f"{n}.png")
    return folder


def instance_masks(data: Dataset, folder: Path) -> Path:
    """16 bits, a value for each object."""
    folder.mkdir()
    for n, size in enumerate(data.images):
        mask = np.zeros(size, dtype=np.uint16)
        for value, box in enumerate(data.on(n)):
            mask[box.top : box.top + box.height, box.left : box.left + box.width] = 1_000 + value
        Image.fromarray(mask).save(folder / f"{n}.png")
    return folder


def colour_masks(data: Dataset, folder: Path) -> Path:
    """A colour for each class."""
    folder.mkdir()
    for n, size in enumerate(data.images):
        mask = np.zeros((*size, 3), dtype=np.uint8)
        for box in data.on(n):
            mask[box.top : box.top + box.height, box.left : box.left + box.width] = COLOURS[box.kind]
        Image.fromarray(mask).save(folder / f"{n}.png")
    return folder


@pytest.mark.parametrize("kind", ["labels", "palette", "instances", "colours"])
def test_rectangles_are_found_again(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "masks"
    if kind in {"labels", "palette"}:
        label_masks(DATA, folder, palette=kind == "palette")
    elif kind == "instances":
        instance_masks(DATA, folder)
    else:
        colour_masks(DATA, folder)
    found = take(folder)
    assert sorted(map(tuple, found.sizes.tolist())) == sorted((float(h), float(w)) for h, w in DATA.sides)
    np.testing.assert_array_equal(np.sort(found.areas), np.sort([h * w for h, w in DATA.sides]))
    if kind == "colours":
        assert set(found.class_names) == {"#ff0000", "#00ff00", "#0a141e"}
        assert any("RGB colour codes: 3 colours" in note for note in found.annotations.notes)
    elif kind != "instances":
        counts = [sum(box.kind == n for box in DATA.boxes) for n in range(len(CLASSES))]
        assert list(found.by_class.values()) == counts


def test_blobs_are_those_of_scipy(tmp_path: Path) -> None:
    """Random masks with holes, corners and touching classes, against labels counted one class at a time."""
    noise = np.random.default_rng(0)
    mask = (noise.integers(0, 4, (60, 80)) * (ndimage.gaussian_filter(noise.random((60, 80)), 1.5) > 0.5)).astype(
        np.uint8
    )
    Image.fromarray(mask).save(tmp_path / "a.png")
    expected = []
    for value in (1, 2, 3):
        parts, count = ndimage.label(mask == value, structure=np.ones((3, 3)))
        for part in range(1, count + 1):
            rows, columns = np.nonzero(parts == part)
            expected.append((np.ptp(rows) + 1, np.ptp(columns) + 1, len(rows)))
    found = take(tmp_path / "a.png")
    rows = zip(*found.sizes.T.tolist(), found.areas.tolist(), strict=True)
    assert sorted(rows) == sorted(expected)


def test_255_alone_is_an_object_and_beside_classes_it_is_the_border(tmp_path: Path) -> None:
    mask = np.zeros((40, 40), dtype=np.uint8)
    mask[5:15, 5:25] = 255
    Image.fromarray(mask).save(tmp_path / "a.png")
    assert take(tmp_path).sizes.tolist() == [[10, 20]]
    mask[20:30, 20:25] = 1
    Image.fromarray(mask).save(tmp_path / "a.png")
    found = take(tmp_path)
    assert (found.sizes.tolist(), found.class_names) == ([[10, 5]], ("1",))
    assert found.annotations.skipped == {"parts of value 255, the border that is not labelled": 1}


def test_photographs_and_broken_files_are_skipped_and_counted(tmp_path: Path) -> None:
    label_masks(disjoint(5, images=1), tmp_path / "m")
    noise = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "m" / "photo.png")
    (tmp_path / "m" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    found = take(tmp_path / "m")
    assert found.count == 5
    assert sorted(found.annotations.skipped.values()) == [1, 1]


def test_masks_of_the_background_alone_are_no_objects(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((20, 20), dtype=np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="no objects"):
        take(tmp_path)


# volumes ----------------------------------------------------------------------------------------------------------


def volumes(folder: Path, spacings: list[tuple[float, float, float]]) -> list[tuple[np.ndarray, tuple[float, ...]]]:
    """Ellipsoids in arrays of x, y, z; returns the arrays with their spacings."""
    random = Random(1)  # noqa: S311 - no secret
    folder.mkdir()
    made = []
    for n, spacing in enumerate(spacings):
        shape = (64, 48, 20)
        mask = np.zeros(shape, dtype=np.uint8)
        grid = np.indices(shape)
        for value in (1, 2):
            for _ in range(3):
                middle = [random.randint(6, side - 6) for side in shape]
                radii = [random.uniform(1, 6), random.uniform(1, 6), random.uniform(1, 4)]
                inside = sum(((grid[k] - middle[k]) / radii[k]) ** 2 for k in range(3)) <= 1
                mask[inside] = value
        nibabel.save(nibabel.Nifti1Image(mask, np.diag([*spacing, 1.0])), folder / f"case{n}.nii.gz")
        made.append((mask, spacing))
    return made


def parts_of(mask: np.ndarray) -> list[tuple[int, ...]]:
    """Sides (depth, height, width) and voxels of each part, counted voxel by voxel."""
    found = []
    for value in (1, 2):
        parts, count = ndimage.label(mask == value, structure=np.ones((3, 3, 3)))
        for part in range(1, count + 1):
            places = np.argwhere(parts == part)
            x, y, z = np.ptp(places, axis=0) + 1
            found.append((int(z), int(y), int(x), len(places)))
    return found


def test_volumes_are_those_of_nibabel_and_scipy(tmp_path: Path) -> None:
    """One spacing: voxels as they are, depth first; the spacing is that of the header."""
    made = volumes(tmp_path / "v", [(1.56, 1.56, 5.0)] * 3)
    found = take(tmp_path / "v")
    assert isinstance(found.resize, Unchanged)
    expected = [part for mask, _ in made for part in parts_of(mask)]
    rows = [(*map(int, sides), int(area)) for sides, area in zip(found.sizes, found.areas, strict=True)]
    assert sorted(rows) == sorted(expected)
    assert found.spacing == pytest.approx((5.0, 1.56, 1.56))
    assert found.input_size == (20, 48, 64)


def test_volumes_of_several_spacings_are_measured_in_voxels_of_the_median(tmp_path: Path) -> None:
    spacings = [(1.0, 1.0, 2.0), (1.5, 1.5, 5.0), (2.0, 2.0, 8.0)]
    made = volumes(tmp_path / "v", spacings)
    found = take(tmp_path / "v")
    assert isinstance(found.resize, Resample)
    assert found.spacing == (5.0, 1.5, 1.5)
    wanted = [
        (z * own[2] / 5.0, y * own[1] / 1.5, x * own[0] / 1.5) for mask, own in made for z, y, x, _ in parts_of(mask)
    ]
    np.testing.assert_allclose(sorted(map(tuple, found.sizes.tolist())), sorted(wanted))


def test_an_image_is_no_mask_and_a_broken_volume_no_volume(tmp_path: Path) -> None:
    volumes(tmp_path / "v", [(1.0, 1.0, 1.0)])
    grey = np.random.default_rng(0).random((10, 10, 10)).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(grey, np.eye(4)), tmp_path / "v" / "grey.nii.gz")
    (tmp_path / "v" / "broken.nii.gz").write_bytes(b"no gzip")
    (tmp_path / "v" / "cut.nii").write_bytes(b"\x5c\x01\x00\x00" + b"\x00" * 100)
    found = take(tmp_path / "v")
    assert found.annotations.skipped == {
        "volumes of grey values, no masks": 1,
        "files that are no NIfTI volume, or broken": 2,
    }


def test_instances_are_objects_however_many_parts_they_have(tmp_path: Path) -> None:
    mask = np.zeros((30, 30), dtype=np.uint8)
    mask[2:5, 2:5] = mask[20:25, 20:25] = 1
    Image.fromarray(mask).save(tmp_path / "a.png")
    assert take(tmp_path).count == 2
    assert take(tmp_path, reading=Reading(instances=True)).sizes.tolist() == [[23, 23]]
