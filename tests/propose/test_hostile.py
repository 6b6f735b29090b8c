"""Files from outside: whatever is in them, a reader returns annotations or one InputError, and nothing is executed."""

import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfsolve.errors import InputError
from rfsolve.formats import extras
from rfsolve.propose.annotations.opening import KINDS, read_annotations
from rfsolve.propose.annotations.reading import Reading
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.summary import histogram
from rfsolve.propose.taking import take
from tests.propose import datasets
from tests.propose.test_json_stream import JSON

NAMES = {
    "coco": "a.json",
    "yolo": "a.txt",
    "voc": "a.xml",
    "dota": "a.txt",
    "masks": "a.png",
    "nifti": "a.nii",
    "events": "a.csv",
    "sizes": "a.csv",
}
READING = Reading(image_size=None, sample_rate=100.0)

PIECES = st.sampled_from(
    [
        *(b"<annotation>", b"<object>", b"</object>", b"<bndbox>", b"height,width\n", b"onset\toffset\n", b"1,2\n"),
        *(
            b"0 0.5 0.5 0.1 0.1\n",
            b"nan inf\n",
            b"1e400 1\n",
            b"1e300,1e300\n",
            b"-1 ",
            b"[",
            b"{",
            b'"bbox":',
            b'"',
            b"\n",
        ),
        *(b"\xff", b"\x00", b"\x89PNG\r\n\x1a\n"),
    ]
)
BYTES = st.binary(max_size=200) | st.lists(PIECES, max_size=30).map(b"".join)


def survives(path: Path, kind: str | None) -> None:
    """Read, whatever comes of it."""
    with suppress(InputError):
        found = read_annotations(path, READING, kind)
        assert (found.sizes > 0).all()
        if len(found.sizes):
            histogram(Fingerprint(annotations=found))


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=BYTES)
def test_any_bytes_are_read_or_refused(kind: str, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / NAMES[kind]).write_bytes(content)
    survives(folder, kind)
    survives(folder / NAMES[kind], kind)
    survives(folder / NAMES[kind], None)


VALUES = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3) | st.lists(st.floats(), max_size=8)
)
ENTRIES = st.dictionaries(
    st.sampled_from(
        ["id", "image_id", "category_id", "bbox", "segmentation", "area", "iscrowd", "height", "width", "name"]
    ),
    VALUES | st.lists(st.floats(0, 900), min_size=4, max_size=4) | JSON,
)
DOCUMENTS = st.fixed_dictionaries(
    {}, optional={key: st.lists(ENTRIES | JSON, max_size=5) | JSON for key in ("images", "annotations", "categories")}
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=DOCUMENTS)
def test_any_json_is_read_or_refused(document: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("hostile") / "a.json"
    path.write_text(json.dumps(document))
    survives(path, "coco")


def test_yaml_is_data(tmp_path: Path) -> None:
    """A tag that would call a function is refused, and not called."""
    datasets.write_yolo(datasets.dataset(10, images=2), tmp_path / "set")
    mark = tmp_path / "called"
    (tmp_path / "set" / "data.yaml").write_text(f"names: !!python/object/apply:pathlib.Path.touch [{mark}]\n")
    with pytest.raises(InputError, match=r"data.yaml: no valid YAML"):
        take(tmp_path / "set")
    assert not mark.exists()


def test_a_yaml_of_aliases_does_not_grow(tmp_path: Path) -> None:
    datasets.write_yolo(datasets.dataset(10, images=2), tmp_path / "set")
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    (tmp_path / "set" / "data.yaml").write_text("\n".join([*lines, "names: [bird]"]) + "\n")
    assert "bird" in take(tmp_path / "set").class_names


def test_a_picture_that_claims_to_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    """The head of a PNG of 60,000 x 60,000 pixels, with hardly any data behind it."""
    from struct import pack  # noqa: PLC0415 - of this test alone
    from zlib import compress, crc32  # noqa: PLC0415 - as above

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))

    head = pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    picture = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", compress(b"\x00" * 100)) + chunk(b"IEND", b"")
    )
    (tmp_path / "a.png").write_bytes(picture)
    with pytest.raises(InputError, match="no objects; skipped 1"):
        take(tmp_path)


def test_a_volume_that_claims_to_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    import nibabel  # noqa: PLC0415 - an extra
    import numpy as np  # noqa: PLC0415 - as above

    header = nibabel.Nifti1Header()
    header.set_data_shape((30_000, 30_000, 30_000))
    header.set_data_dtype(np.uint8)
    header["vox_offset"] = 352
    with gzip.open(tmp_path / "a.nii.gz", "wb") as file:
        file.write(header.binaryblock + b"\x00" * 4)
    with pytest.raises(InputError, match="no objects; skipped 1 volumes of shape 30000x30000x30000"):
        take(tmp_path)


@pytest.mark.parametrize(
    ("kind", "missing"), [("masks", "PIL"), ("nifti", "nibabel"), ("yolo", "PIL"), ("masks", "scipy.ndimage")]
)
def test_a_missing_package_is_named_with_the_line_that_installs_it(
    kind: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image  # noqa: PLC0415 - an extra

    real: Callable[[str], object] = import_module

    def without(name: str) -> object:
        if name == missing:
            raise ModuleNotFoundError(name)
        return real(name)

    monkeypatch.setattr(extras, "import_module", without)
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    (tmp_path / "a.nii").write_bytes(b"")
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(InputError) as caught:
        take(tmp_path, kind=kind)
    assert str(caught.value).endswith(f": needs {missing}, install it: pip install 'rfsolve[propose]'")


@pytest.mark.parametrize("image", [1e300, 1e-300])
def test_sizes_that_no_image_has_are_unknown(image: float, tmp_path: Path) -> None:
    """Neither the image nor the mask makes a number that no float holds."""
    box = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 30, 40], "area": 1e300}
    document = {"images": [{"id": 1, "height": image, "width": 640}], "annotations": [box]}
    (tmp_path / "a.json").write_text(json.dumps(document))
    found = take(tmp_path / "a.json")
    assert found.areas.tolist() == [1200]
    with pytest.raises(InputError, match="images of unknown size"):
        take(tmp_path / "a.json", resize="letterbox:640")


@pytest.mark.parametrize(
    ("side", "reason"),
    [(1e300, "over 10,000,000"), (1e-9, "under 0.000001"), (0.0, "of zero or less"), (float("nan"), "no number")],
)
def test_sides_that_nothing_has_are_refused(side: float, reason: str) -> None:
    with pytest.raises(InputError, match=f"^sizes: .*: with a side .*{reason}"):
        Fingerprint.of_sizes([[10.0, 20.0], [side, side]])
