"""`rfsolve fingerprint`: what it prints, and what it refuses."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image

from rfsolve.propose.annotations.coco import WANTED
from rfsolve.propose.annotations.opening import READABLE
from rfsolve.propose.annotations.sizes_table import WANTED as WANTED_HEAD
from rfsolve.propose.resizing import FORMS
from tests.propose import datasets

Call = Callable[..., Result]
Refused = Callable[..., list[str]]

BOX = '{"image_id": 1, "category_id": 1, "bbox": %s}'


def coco(*boxes: str, images: str = '[{"id": 1, "height": 480, "width": 640}]') -> str:
    """COCO JSON of these boxes."""
    listed = ", ".join(BOX % box for box in boxes)
    return f'{{"images": {images}, "annotations": [{listed}], "categories": [{{"id": 1, "name": "cat"}}]}}'


def test_the_table_and_the_document_say_the_same(rfsolve: Call, tmp_path: Path) -> None:
    data = datasets.dataset(200)
    datasets.write_coco(data, tmp_path / "a.json")
    table = rfsolve("fingerprint", "a.json").stdout
    document = json.loads(rfsolve("fingerprint", "a.json", "--json").stdout)
    assert document["schema"] == "rfsolve.fingerprint/1"
    assert document["objects"] == 200
    assert "objects    200 of 3 classes" in table
    assert sum(document["histogram"]["counts"]) == 200
    assert sum(one["objects"] for one in document["classes"]) == 200
    median = document["measures"]["mean_side"]["p50"]
    assert f"{median:.3g}" in table
    assert sum(one["images"] for one in document["images"]["sizes"]) == len(data.images)


def test_sizes_written_as_csv_are_the_same_fingerprint_again(rfsolve: Call, tmp_path: Path) -> None:
    datasets.write_yolo(datasets.dataset(50), tmp_path / "set")
    first = json.loads(rfsolve("fingerprint", "set", "--resize", "letterbox:640", "--json").stdout)
    assert rfsolve("fingerprint", "set", "--resize", "letterbox:640", "--csv", "--out", "s.csv").exit_code == 0
    rows = list(csv.reader(io.StringIO((tmp_path / "s.csv").read_text())))
    assert rows[0] == ["height", "width", "class", "image_height", "image_width"]
    again = json.loads(rfsolve("fingerprint", "s.csv", "--json").stdout)
    assert again["input_size"] == first["input_size"] == [640, 640]
    for name in ("mean_side", "aspect"):
        numbers, wanted = ({k: v for k, v in one["measures"][name].items() if k != "is"} for one in (again, first))
        assert numbers == pytest.approx(wanted, rel=1e-4)


def test_levels_by_a_policy_of_a_problem_file(rfsolve: Call, tmp_path: Path) -> None:
    """One that is published, and one that the file states."""
    (tmp_path / "p.toml").write_text(
        '[[policy]]\nname = "mine"\nfield = [[10, 4.0], [100, 2.0]]\neffective = 1.0\ncells = 4\n'
        '[[exit]]\nobject_size = { value = 100, policy = "mine" }\nstride = 8\n'
    )
    (tmp_path / "s.csv").write_text("size\n" + "100\n" * 10)
    words = ("fingerprint", "s.csv", "--policies", "p.toml", "--json", "--policy")
    mine = json.loads(rfsolve(*words, "mine").stdout)["levels"]
    assert [level["receptive_field"] for level in mine["levels"]] == [[200, 200]]
    assert [level["effective_receptive_field"] for level in mine["levels"]] == [[100, 100]]
    assert mine["levels"][0]["stride"] == 16  # the largest power of two up to 100 / 4
    assert (
        mine["policy"]["formula"] == "field / size = 4 at 10 px, 2 at 100 px; 4 sigma >= 1 x size; size / stride >= 4"
    )
    known = json.loads(rfsolve(*words, "contains").stdout)["levels"]
    assert known["levels"][0]["receptive_field"] == [100, 100]
    solved = json.loads(rfsolve("p.toml", "--json").stdout)["design"]["exits"][0]
    assert solved["receptive_field"][0][0] >= 200
    assert solved["effective_receptive_field"][0] >= 100


def test_presets_need_no_files(rfsolve: Call) -> None:
    shown = rfsolve("fingerprint", "ai-tod", "--policy", "contains").stdout
    assert "drawn from what is published, none counted" in shown
    assert "assumed" in shown


def test_out_is_written_whole_or_not_at_all(rfsolve: Call, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("size\n10\n")
    assert rfsolve("fingerprint", "s.csv", "--out", "a.json").exit_code == 0
    assert json.loads((tmp_path / "a.json").read_text())["objects"] == 1
    assert refused("fingerprint", "s.csv", "--out", "a.json") == [
        "a.json: exists already, expected a new file or --force"
    ]


ONE = coco("[1, 2, 30, 40]")
NO_IMAGES = "expected the images beside the labels, or image_size (--image-size)"
NO_RATE = "events in seconds need the rate of the signal, expected sample_rate (--sample-rate)"
NO_HEAD = f"no table that is known: {WANTED_HEAD}; or onset and offset, for events"
FORMATS = "coco, yolo, voc, dota, masks, nifti, events, sizes"

WRONG: dict[str, tuple[str, str, str, str]] = {
    "cut": ("a.json", ONE[:-60], "", "annotations[0]: broken JSON near character 110: the file ends here"),
    "no COCO": ("a.json", '{"shapes": []}', "", f"no annotations among its keys (shapes); {WANTED}"),
    "sides": (
        "a.json",
        coco("[1, 2, 0, 40]", "[1, 2, 3, -4]", "[1, 2, NaN, 4]"),
        "",
        "no objects; skipped 2 with a side of zero or less, 1 with a side that is no number",
    ),
    "parts of nothing": (
        "a.json",
        coco("[0.1, 0.2, 0.3, 0.4]", images="[]"),
        "",
        f"1 objects are parts of images whose size is not known; {NO_IMAGES}",
    ),
    "resize of nothing": (
        "a.json",
        coco("[1, 2, 30, 40]", images="[]"),
        "--resize letterbox:640",
        (
            "all 1 objects are on images of unknown size, which resize letterbox:640x640 needs; expected the images' "
            "sizes in the annotations, or image_size (--image-size)"
        ),
    ),
    "nothing of COCO": (
        "a.csv",
        "a,b\n1,x\n",
        "",
        NO_HEAD,
    ),
    "one column without a header": (
        "a.csv",
        "10\n20\n",
        "",
        NO_HEAD,
    ),
    "a table without a header": ("a.csv", "10,20\n", "--format sizes", f"no table of sizes; {WANTED_HEAD}"),
    "events or sizes": (
        "a.csv",
        "10,20\n30,40\n",
        "",
        f"{NO_RATE}; a table of sizes needs a header, such as height,width or size or length or xmin,ymin,xmax,ymax",
    ),
    "rate": (
        "a.csv",
        "onset,offset\n1,2\n",
        "",
        NO_RATE,
    ),
    "ends": (
        "a.csv",
        "onset,offset\n2,1\n",
        "--sample-rate 100",
        "no objects; skipped 1 that end before they begin",
    ),
    "rows": (
        "a.csv",
        "height,width\nx,1\n0,3\n",
        "",
        "no objects; skipped 1 rows without a number for each side, 1 with a side of zero or less",
    ),
    "huge": (
        "a.json",
        coco("[0, 0, 1e300, 1e300]", "[0, 0, 3, 1e200]", "[0, 0, 3, 10000001]", "[0, 0, 1e-200, 1]"),
        "--resize letterbox:640",
        "no objects; skipped 3 with a side over 10,000,000, 1 with a side under 0.000001",
    ),
    "ending": ("a.tar", "", "", f"unknown format, {READABLE}"),
}
"""A file, its text, further words, and what is said of the file."""


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_a_file_gets_one_line(name: str, refused: Refused, tmp_path: Path) -> None:
    file, text, words, line = WRONG[name]
    (tmp_path / file).write_text(text)
    assert refused("fingerprint", file, *words.split()) == [f"{file}: {line}"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "--resize letterbox",
            f"resize 'letterbox': expected {FORMS}",
        ),
        (
            "--policy nobody",
            "unknown policy 'nobody', expected one of contains, erf, fcos, fpn, lffd, retinanet, s3fd, trident",
        ),
        ("--cells 3", "--cells: expected --policy with it"),
        ("--policy erf --cells 0", "cells 0: expected a positive number of cells that an object spans"),
        ("--format tfrecord", f"format 'tfrecord': unknown, expected one of {FORMATS}"),
        ("--sample-rate -1", "--sample-rate -1: expected a positive number"),
        ("--image-size 1x2x3", "a.json: image size of 3 axes, expected 2 for coco"),
        ("--json --csv", "--json and --csv: expected one of them"),
    ],
)
def test_what_is_wrong_in_an_option_gets_one_line(words: str, line: str, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(ONE)
    assert refused("fingerprint", "a.json", *words.split()) == [line]


def test_a_missing_file_and_an_unknown_layout(refused: Refused, tmp_path: Path) -> None:
    assert refused("fingerprint", "none.json")[0].startswith("none.json: no such file or folder, expected COCO JSON")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.rec").write_text("x")
    (folder / "b.rec").write_text("x")
    assert refused("fingerprint", "set")[0].startswith("set: unknown layout (2 .rec), expected COCO JSON")
    (folder / "a.json").write_text("{}")
    assert refused("fingerprint", "set")[0].startswith(
        "set: a folder with JSON, expected one file of it, such as set/a.json"
    )
    assert refused("fingerprint", str(tmp_path / ("x" * 300)))


def test_two_formats_in_one_folder_are_asked_about(refused: Refused, rfsolve: Call, tmp_path: Path) -> None:
    data = datasets.dataset(10, images=2)
    datasets.write_voc(data, tmp_path / "set")
    datasets.write_yolo(data, tmp_path / "set" / "yolo", images=False)
    line = "set: holds several formats (voc, yolo), expected --format to say which"
    assert refused("fingerprint", "set") == [line]
    assert rfsolve("fingerprint", "set", "--format", "voc").exit_code == 0


# units ------------------------------------------------------------------------------------------------------------


def test_normalised_boxes_in_coco_are_taken_as_such_and_said(rfsolve: Call, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(coco("[0.1, 0.1, 0.5, 0.25]", "[0.1, 0.1, 0.1, 0.1]", "[10, 10, 100, 200]"))
    document = json.loads(rfsolve("fingerprint", "a.json", "--json").stdout)
    assert document["measures"]["height"]["max"] == pytest.approx(120)
    assert document["measures"]["width"]["max"] == pytest.approx(320)
    assert document["notes"] == [
        "sizes are normalised (parts of the image), where coco has them in pixels: taken as parts of the image"
    ]
    assert document["skipped"] == {"in pixels among objects normalised (parts of the image)": 1}


def test_pixels_in_yolo_are_taken_as_such_and_said(rfsolve: Call, tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "a.txt").write_text("0 100 100 40 20\n1 50 50 30 60\n0 0.5 0.5 0.1 0.1\n")
    document = json.loads(rfsolve("fingerprint", "labels", "--json").stdout)
    assert document["objects"] == 2
    assert document["measures"]["height"]["max"] == 60
    assert document["skipped"] == {"normalised (parts of the image) among objects in pixels": 1}
    assert "where yolo has them normalised" in document["notes"][0]


def test_normalised_tables_and_xml_are_taken_as_such(rfsolve: Call, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("height,width\n0.5,0.25\n0.1,0.1\n")
    table = json.loads(rfsolve("fingerprint", "a.csv", "--image-size", "100x200", "--json").stdout)
    assert (table["measures"]["height"]["max"], table["measures"]["width"]["max"]) == (50, 50)
    (tmp_path / "a.xml").write_text(
        "<annotation><size><width>200</width><height>100</height></size><object><name>a</name><bndbox><xmin>0.1</xmin>"
        "<ymin>0</ymin><xmax>0.6</xmax><ymax>1</ymax></bndbox></object></annotation>"
    )
    page = json.loads(rfsolve("fingerprint", "a.xml", "--json").stdout)
    assert page["measures"]["width"]["max"] == page["measures"]["height"]["max"] == 100
    for document in (table, page):
        assert document["notes"][0].startswith("sizes are normalised (parts of the image)")


def test_a_preset_has_images_of_its_own(refused: Refused) -> None:
    line = "coco: has images of 480x640, expected a resize (--resize) and no image size (--image-size)"
    assert refused("fingerprint", "coco", "--image-size", "640") == [line]


def test_an_object_on_an_unknown_image_is_skipped_where_the_resize_needs_it(rfsolve: Call, tmp_path: Path) -> None:
    text = coco("[1, 2, 30, 40]", "[3, 4, 60, 60]").replace('"image_id": 1', '"image_id": 99', 1)
    (tmp_path / "a.json").write_text(text)
    as_is = json.loads(rfsolve("fingerprint", "a.json", "--json").stdout)
    assert (as_is["objects"], as_is["skipped"]) == (2, {})
    resized = json.loads(rfsolve("fingerprint", "a.json", "--resize", "stretch:960x640", "--json").stdout)
    assert (resized["objects"], resized["skipped"]) == (1, {"on an image of unknown size": 1})
    assert resized["measures"]["height"]["max"] == 120


def test_an_object_far_larger_than_its_image_is_counted_and_said(rfsolve: Call, tmp_path: Path) -> None:
    """1,280 is twice the long side of the image; an image of unknown size says nothing."""
    unknown = BOX.replace('"image_id": 1', '"image_id": 99') % "[0, 0, 9000, 9000]"
    text = coco("[0, 0, 1280, 1281]", "[0, 0, 700, 1280]", "[1, 2, 30, 40]")
    (tmp_path / "a.json").write_text(text.replace('"annotations": [', f'"annotations": [{unknown}, '))
    document = json.loads(rfsolve("fingerprint", "a.json", "--json").stdout)
    assert document["objects"] == 4
    assert document["notes"] == ["1 objects are more than 2 times as long as their image: counted as they are"]


def test_images_without_annotations_are_counted(rfsolve: Call, tmp_path: Path) -> None:
    images = '[{"id": 1, "height": 480, "width": 640}, {"id": 2, "height": 480, "width": 640}]'
    (tmp_path / "a.json").write_text(coco("[1, 2, 30, 40]", images=images))
    assert "images     2, 1 without objects" in rfsolve("fingerprint", "a.json").stdout
    datasets.write_yolo(datasets.dataset(10, images=2), tmp_path / "set")
    Image.new("L", (20, 20)).save(tmp_path / "set" / "images" / "train" / "more.png")
    assert "1 images have no file of labels" in rfsolve("fingerprint", "set").stdout


# XML --------------------------------------------------------------------------------------------------------------


BOMB = (
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    "<annotation><object><name>&c;</name></object></annotation>"
)
EXTERNAL = (
    '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><annotation><object><name>&a;</name></object></annotation>'
)


@pytest.mark.parametrize("text", [BOMB, EXTERNAL])
def test_entities_are_refused_and_counted(text: str, rfsolve: Call, refused: Refused, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "bomb.xml").write_text(text)
    assert refused("fingerprint", "set", "--format", "voc") == [
        "set: no objects; skipped 1 files that declare XML entities"
    ]
    datasets.write_voc(datasets.dataset(10, images=2), folder / "good")
    assert "skipped    1 files that declare XML entities" in rfsolve("fingerprint", "set").stdout


def test_broken_xml_and_nested_xml_are_skipped_and_counted(rfsolve: Call, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    datasets.write_voc(datasets.dataset(10, images=2), folder)
    (folder / "broken.xml").write_text("<annotation><object>")
    (folder / "deep.xml").write_text("<annotation>" + "<a>" * 1_000)
    (folder / "other.xml").write_text("<html/>")
    (folder / "bare.xml").write_text("<annotation><object><name>a</name></object></annotation>")
    shown = rfsolve("fingerprint", "set").stdout
    for line in (
        "1 files that are no valid XML",
        "1 files that are nested too deeply",
        "1 files that are no VOC annotation",
        "1 objects without a bndbox",
    ):
        assert line in shown


# many files -------------------------------------------------------------------------------------------------------


def test_many_files_show_progress_and_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    """The number of files is FINGERPRINT_FILES, 20,000 by default."""
    folder = tmp_path / "labels"
    folder.mkdir()
    count = int(os.environ.get("FINGERPRINT_FILES", "20000"))
    for n in range(count):
        (folder / f"{n:06}.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    words = ["fingerprint", "labels", "--image-size", "640", "--out", "out.json"]
    running = subprocess.Popen(
        [sys.executable, "-m", "rfsolve", *words],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    line = running.stderr.readline()
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate(timeout=60)
    if running.returncode == 0:  # done before the signal came
        pytest.fail(f"{count:,} files were read in the time of one line: {line}{rest}")
    assert line == "reading\n" or "files" in line
    assert running.returncode == 130
    assert rest.splitlines()[-1] == "interrupted"
    assert sorted(path.name for path in tmp_path.iterdir()) == before
