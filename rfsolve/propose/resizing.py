"""What is done to an image before it enters a network, and what that makes of the objects on it.

All sizes are per axis: height, width (depth first in volumes).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rfsolve.errors import InputError

Array = NDArray[np.float64]

FORMS = "none, letterbox:640x640, stretch:640x640, shortest:800:1333 or tile:512x512:64"


class Resize(ABC):
    """A way from the image in the file to the input of the network."""

    needs_images = True
    """Whether it cannot be said without the size of the image."""

    @abstractmethod
    def scales(self, images: Array) -> Array:
        """Return the factor of each image (rows) along each axis."""

    @abstractmethod
    def inputs(self, images: Array) -> Array:
        """Return what the network gets of each image, in pixels per axis."""

    def clip(self, sizes: Array) -> Array:
        """Return what a network can get to see of objects."""
        return sizes

    def pieces(self, images: Array) -> NDArray[np.int64]:
        """Return how many inputs each image makes."""
        return np.ones(len(images), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Unchanged(Resize):
    """Images as they are."""

    needs_images = False

    def scales(self, images: Array) -> Array:
        """Return ones."""
        return np.ones_like(images)

    def inputs(self, images: Array) -> Array:
        """Return the images' own sizes."""
        return images

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True, slots=True)
class Letterbox(Resize):
    """Scaled until it just fits into `size`, aspect kept, the rest filled up: YOLO."""

    size: tuple[int, ...]

    def scales(self, images: Array) -> Array:
        """Return min over the axes of size / image, on every axis."""
        factor = (np.asarray(self.size) / images).min(axis=1, keepdims=True)
        return np.broadcast_to(factor, images.shape)

    def inputs(self, images: Array) -> Array:
        """Return the size of the box."""
        return np.broadcast_to(np.asarray(self.size, dtype=np.float64), images.shape)

    def __str__(self) -> str:
        return f"letterbox:{_written(self.size)}"


@dataclass(frozen=True, slots=True)
class Stretch(Resize):
    """Scaled to `size` on each axis by itself, aspect lost: SSD, classifiers."""

    size: tuple[int, ...]

    def scales(self, images: Array) -> Array:
        """Return size / image, axis by axis."""
        return np.asarray(self.size) / images

    def inputs(self, images: Array) -> Array:
        """Return the size."""
        return np.broadcast_to(np.asarray(self.size, dtype=np.float64), images.shape)

    def __str__(self) -> str:
        return f"stretch:{_written(self.size)}"


@dataclass(frozen=True, slots=True)
class ShortestSide(Resize):
    """Scaled until the shortest side is `side`, but the longest at most `longest`: Faster R-CNN, 800 and 1333."""

    side: int
    longest: int | None = None

    def scales(self, images: Array) -> Array:
        """Return side / shortest, or longest / longest side where that is less."""
        factor = self.side / images.min(axis=1, keepdims=True)
        if self.longest is not None:
            factor = np.minimum(factor, self.longest / images.max(axis=1, keepdims=True))
        return np.broadcast_to(factor, images.shape)

    def inputs(self, images: Array) -> Array:
        """Return the scaled sizes."""
        return np.asarray(images * self.scales(images))

    def __str__(self) -> str:
        return f"shortest:{self.side}" + ("" if self.longest is None else f":{self.longest}")


@dataclass(frozen=True, slots=True)
class Tiles(Resize):
    """Cut into tiles of `size` that overlap by `overlap` pixels, unscaled; an object is seen as far as a tile goes."""

    size: tuple[int, ...]
    overlap: int = 0

    needs_images = False

    def scales(self, images: Array) -> Array:
        """Return ones."""
        return np.ones_like(images)

    def inputs(self, images: Array) -> Array:
        """Return the size of a tile."""
        return np.broadcast_to(np.asarray(self.size, dtype=np.float64), images.shape)

    def clip(self, sizes: Array) -> Array:
        """Return the objects, none larger than a tile."""
        return np.asarray(np.minimum(sizes, self.size), dtype=np.float64)

    def pieces(self, images: Array) -> NDArray[np.int64]:
        """Return the tiles of each image: per axis 1 + ceil((image - tile) / (tile - overlap))."""
        steps = np.asarray(self.size) - self.overlap
        more = np.ceil(np.maximum(images - np.asarray(self.size), 0) / steps)
        return np.asarray((1 + np.nan_to_num(more)).prod(axis=1), dtype=np.int64)

    def whole(self, sizes: Array) -> NDArray[np.bool_]:
        """Return which objects lie whole in some tile wherever they are: those no larger than the overlap."""
        return np.asarray((sizes <= self.overlap).all(axis=1))

    def __str__(self) -> str:
        return f"tile:{_written(self.size)}:{self.overlap}"


@dataclass(frozen=True, slots=True)
class Resample(Resize):
    """Volumes brought to voxels of `spacing`: nnU-Net; `own` is the spacing of each volume, in the same unit."""

    spacing: tuple[float, ...]
    own: tuple[tuple[float, ...], ...]

    def scales(self, images: Array) -> Array:
        """Return own spacing / spacing, axis by axis."""
        return np.asarray(np.asarray(self.own, dtype=np.float64).reshape(images.shape) / np.asarray(self.spacing))

    def inputs(self, images: Array) -> Array:
        """Return the sizes in new voxels."""
        return np.asarray(images * self.scales(images))

    def __str__(self) -> str:
        return f"spacing:{'x'.join(f'{one:.6g}' for one in self.spacing)}"


def parse_resize(text: str, axes: int = 2) -> Resize:
    """Return the resize that is written `letterbox:640x640` and the like.

    Raises:
        InputError: it is none of the forms.

    """
    name, *words = text.strip().split(":")
    maker = _MAKERS.get(name)
    try:
        if maker is not None:
            return maker(words, axes)
    except ValueError:
        pass
    raise InputError(f"resize '{text}': expected {FORMS}")


def _unchanged(words: Sequence[str], _: int) -> Resize:
    if words:
        raise ValueError
    return Unchanged()


def _letterbox(words: Sequence[str], axes: int) -> Resize:
    (size,) = words
    return Letterbox(_size(size, axes))


def _stretch(words: Sequence[str], axes: int) -> Resize:
    (size,) = words
    return Stretch(_size(size, axes))


def _shortest(words: Sequence[str], _: int) -> Resize:
    side, *rest = (_pixels(word) for word in words)
    longest = None
    if rest:
        (longest,) = rest
    if longest is not None and longest < side:
        raise ValueError
    return ShortestSide(side, longest)


def _tiles(words: Sequence[str], axes: int) -> Resize:
    size, *rest = words
    overlap = 0
    if rest:
        (word,) = rest
        overlap = int(word)
    found = _size(size, axes)
    if not 0 <= overlap < min(found):
        raise ValueError
    return Tiles(found, overlap)


_MAKERS: dict[str, Callable[[Sequence[str], int], Resize]] = {
    "none": _unchanged,
    "letterbox": _letterbox,
    "stretch": _stretch,
    "shortest": _shortest,
    "tile": _tiles,
}


def _size(text: str, axes: int) -> tuple[int, ...]:
    found = tuple(_pixels(word) for word in text.split("x"))
    if len(found) == 1:
        return found * axes
    if len(found) != axes:
        raise ValueError
    return found


def _pixels(word: str) -> int:
    pixels = int(word)
    if pixels < 1:
        raise ValueError
    return pixels


def _written(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))
