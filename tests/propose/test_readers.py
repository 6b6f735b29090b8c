"""Every format, read back: the objects that were written, and no others."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.propose.annotations.reading import Reading
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.taking import take
from tests.propose import datasets
from tests.propose.datasets import CLASSES, Dataset

Writer = Callable[[Dataset, Path], Path]

DATA = datasets.dataset(400)

WRITERS: dict[str, Writer] = {
    "coco": lambda data, root: datasets.write_coco(data, root / "instances.json"),
    "yolo": lambda data, root: datasets.write_yolo(data, root / "set"),
    "yolo labels": lambda data, root: datasets.write_yolo(data, root / "set") / "labels",
    "yolo data.yaml": lambda data, root: datasets.write_yolo(data, root / "set") / "data.yaml",
    "yolo polygons": lambda data, root: datasets.write_yolo(data, root / "set", polygons=True),
    "voc": lambda data, root: datasets.write_voc(data, root / "set"),
    "sizes": lambda data, root: datasets.write_sizes(data, root / "sizes.csv"),
    "sizes, tabs": lambda data, root: datasets.write_sizes(data, root / "sizes.tsv", "\t"),
    "sizes, semicolons": lambda data, root: datasets.write_sizes(data, root / "sizes.csv", ";"),
}


def ordered(found: Fingerprint) -> np.ndarray:
    """Height, width and class of each object, in an order that does not depend on the files'."""
    names = np.asarray([CLASSES.index(name) for name in found.class_names])
    rows = np.column_stack([np.round(found.annotations.sizes, 4), names[found.classes]])
    return rows[np.lexsort(rows.T)]


def written(data: Dataset) -> np.ndarray:
    """The same of what was written."""
    rows = np.asarray([(box.height, box.width, box.kind) for box in data.boxes], dtype=np.float64)
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    found = take(WRITERS[name](DATA, tmp_path))
    assert found.annotations.kind == name.split(maxsplit=1)[0].rstrip(",")
    assert not found.annotations.skipped
    np.testing.assert_array_equal(ordered(found), written(DATA))


@pytest.mark.parametrize("name", WRITERS)
def test_all_formats_agree_after_a_resize(name: str, tmp_path: Path) -> None:
    """Every format knows the image of each object: letterboxed, the sizes are those of the formula."""
    found = take(WRITERS[name](DATA, tmp_path), resize="letterbox:320x640")
    wanted = []
    for box in DATA.boxes:
        tall, wide = DATA.images[box.image]
        factor = min(320 / tall, 640 / wide)
        wanted.append((box.height * factor, box.width * factor))
    np.testing.assert_allclose(np.sort(found.sizes, axis=0), np.sort(wanted, axis=0), rtol=1e-6)
    assert found.input_size == (320, 640)


@settings(max_examples=20, deadline=None)
@given(turn=st.floats(0, 3.14))
def test_a_turned_box_keeps_its_sides(turn: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = datasets.dataset(20, images=2)
    root = tmp_path_factory.mktemp("dota")
    found = take(datasets.write_dota(data, root, turn))
    wanted = np.sort([sorted(sides) for sides in data.sides], axis=0)
    np.testing.assert_allclose(np.sort(found.sizes, axis=0), wanted, atol=1e-6)


def test_four_corners_in_every_row_are_oriented_boxes(tmp_path: Path) -> None:
    """A YOLO OBB set: a square of 100 px on its corner has sides of 100, and not of 141."""
    labels = tmp_path / "labels"
    labels.mkdir()
    half = 100 / 2**0.5
    corners = [(320, 320 - half), (320 + half, 320), (320, 320 + half), (320 - half, 320)]
    row = " ".join(f"{one / 640:.9f}" for corner in corners for one in corner)
    (labels / "a.txt").write_text(f"0 {row}\n")
    found = take(labels, reading=Reading(image_size=(640, 640)))
    np.testing.assert_allclose(found.sizes, [[100, 100]], atol=1e-4)
    assert any("oriented" in note for note in found.annotations.notes)


def test_events_are_lengths_in_samples(tmp_path: Path) -> None:
    path = datasets.write_events([(0.5, 2.0), (3.0, 3.25), (4.0, 4.5)], tmp_path / "events.tsv")
    found = take(path, reading=Reading(sample_rate=16_000))
    assert found.axes == 1
    assert sorted(found.mean.round().tolist()) == [4_000, 8_000, 24_000]


@pytest.mark.parametrize(
    "text",
    [
        "onset,duration,trial_type\n0.5,1.5,a\n3,0.25,b\n",
        "Start;End;Label\n0.5;2.0;a\n3;3.25;b\n",
        "0.500\t2.000\ta\n3.0\t3.25\tb\n",
        "filename,onset,offset,event_label\nx.wav,0.5,2,a\ny.wav,3,3.25,b\n",
    ],
    ids=["BIDS", "semicolons", "Audacity", "DCASE"],
)
def test_lists_of_events(text: str, tmp_path: Path) -> None:
    path = tmp_path / "events.txt"
    path.write_text(text)
    found = take(path, reading=Reading(sample_rate=100))
    assert sorted(found.mean.round(6).tolist()) == [25, 150]
    assert found.class_names == ("a", "b")


def test_a_table_of_one_size_is_squares_and_of_length_is_a_signal(tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text("size\n12.8\n52\n")
    assert take(path).sizes.tolist() == [[12.8, 12.8], [52, 52]]
    path.write_text("length\n400\n")
    assert take(path).sizes.tolist() == [[400]]
    path.write_text("depth,height,width\n4,20,30\n")
    assert take(path).sizes.tolist() == [[4, 20, 30]]


def test_a_polygon_without_a_bbox_is_measured_by_its_corners(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"annotations": [{"image_id": 1, "category_id": 1, "segmentation": [[10, 20, 40, 20, 40, 80]]}], "images": []}'
    )
    assert take(path).sizes.tolist() == [[60, 30]]


def test_results_are_a_bare_list(tmp_path: Path) -> None:
    """The format that detections are submitted in."""
    path = tmp_path / "results.json"
    path.write_text('[{"image_id": 7, "category_id": 3, "bbox": [1.5, 2, 30, 40.5], "score": 0.9}]')
    found = take(path)
    assert (found.sizes.tolist(), found.class_names) == ([[40.5, 30]], ("3",))


def test_images_may_come_after_their_objects(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"annotations": [{"image_id": 1, "category_id": 2, "bbox": [0, 0, 10, 20]}],'
        ' "categories": [{"id": 2, "name": "cat"}], "images": [{"id": 1, "height": 100, "width": 200}]}'
    )
    found = take(path, resize="letterbox:100")
    assert (found.sizes.tolist(), found.class_names) == ([[10, 5]], ("cat",))
