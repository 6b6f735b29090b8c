"""Resizes against images that are really resized, and their laws."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve.errors import InputError
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.resizing import Letterbox, Resample, ShortestSide, Stretch, Tiles, Unchanged, parse_resize

PIXELS = st.integers(8, 2_000)
IMAGE = st.tuples(PIXELS, PIXELS)


def scaled(resize: object, image: tuple[int, int]) -> tuple[float, float]:
    """The factor of one image along each axis."""
    high, wide = resize.scales(np.asarray([image], dtype=np.float64))[0]  # type: ignore[attr-defined]
    return float(high), float(wide)


@settings(max_examples=100, deadline=None)
@given(image=IMAGE, size=IMAGE)
def test_a_letterbox_is_filled_on_one_axis_and_never_left(image: tuple[int, int], size: tuple[int, int]) -> None:
    tall, wide = scaled(Letterbox(size), image)
    assert tall == wide
    used = image[0] * tall / size[0], image[1] * wide / size[1]
    assert max(used) == pytest.approx(1)


@settings(max_examples=100, deadline=None)
@given(image=IMAGE, side=PIXELS, longest=st.none() | PIXELS)
def test_the_shortest_side_is_as_asked_or_the_longest_at_its_limit(
    image: tuple[int, int], side: int, longest: int | None
) -> None:
    tall, wide = scaled(ShortestSide(side, longest), image)
    assert tall == wide
    short, long = sorted((image[0] * tall, image[1] * wide))
    if longest is None or long < longest - 1e-6:
        assert short == pytest.approx(side)
    else:
        assert long == pytest.approx(longest)
        assert short <= side + 1e-6


@settings(max_examples=100, deadline=None)
@given(image=IMAGE, size=IMAGE)
def test_a_stretch_reaches_both_sides(image: tuple[int, int], size: tuple[int, int]) -> None:
    tall, wide = scaled(Stretch(size), image)
    assert (image[0] * tall, image[1] * wide) == pytest.approx(size)


@settings(max_examples=100, deadline=None)
@given(image=IMAGE, tile=st.integers(8, 600), overlap=st.integers(0, 7))
def test_tiles_cover_the_image_and_one_less_would_not(image: tuple[int, int], tile: int, overlap: int) -> None:
    resize = Tiles((tile, tile), overlap)
    pieces = int(resize.pieces(np.asarray([image], dtype=np.float64))[0])
    counted = 1
    for side in image:
        along = next(n for n in count(1) if n * (tile - overlap) + overlap >= side)
        counted *= along
    assert pieces == counted


@settings(max_examples=100, deadline=None)
@given(start=st.integers(0, 500), side=st.integers(1, 100), tile=st.integers(101, 200))
def test_an_object_no_larger_than_the_overlap_is_whole_in_some_tile(start: int, side: int, tile: int) -> None:
    overlap = 100
    resize = Tiles((tile, tile), overlap)
    assert resize.whole(np.asarray([[side, side]], dtype=np.float64)).all()
    step = tile - overlap
    assert any(n * step <= start and start + side <= n * step + tile for n in range(700))


def test_an_object_is_seen_as_far_as_a_tile_goes() -> None:
    found = Fingerprint.of_sizes([(700, 30)], image_size=(1_000, 1_000), resize=Tiles((512, 512), 64))
    assert found.sizes.tolist() == [[512, 30]]
    assert found.input_size == (512, 512)


def test_voxels_of_another_size() -> None:
    found = Resample((5.0, 1.0, 1.0), ((2.5, 1.0, 2.0),))
    assert found.scales(np.asarray([[10.0, 10.0, 10.0]])).tolist() == [[0.5, 1.0, 2.0]]


@pytest.mark.parametrize(
    "text", ["none", "letterbox:480x640", "stretch:300x300", "shortest:800", "shortest:800:1333", "tile:512x512:64"]
)
def test_what_is_written_is_read(text: str) -> None:
    assert str(parse_resize(text)) == text


def test_one_number_is_a_square() -> None:
    assert parse_resize("letterbox:640") == Letterbox((640, 640))
    assert parse_resize("tile:512") == Tiles((512, 512), 0)
    assert parse_resize("none") == Unchanged()


@pytest.mark.parametrize(
    "text",
    ["", "letterbox", "letterbox:0", "letterbox:1x2x3", "shortest:800:700", "tile:64:64", "tile:64:-1", "none:3", "x:3",
     "letterbox:640:2", "stretch:a"],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected none, letterbox"):
        parse_resize(text)
