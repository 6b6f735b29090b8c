"""What every reader is given, and the collector that it fills: objects, images, and what was skipped and why."""

from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import (
    LARGEST_SIDE,
    UNKNOWN_IMAGE,
    Annotations,
    Array,
    Unit,
    why_no_sides,
)

Tell = Callable[[str], None]
"""Takes a line that says how far a reader is."""

EVERY = 256
"""Objects or files between two words on how far a reader is."""


def silent(_: str) -> None:
    """Say nothing."""


FAR = 2
"""Times the long side of the image from which on an object is said to be larger than it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the files may leave open, and whom to tell how far a reader is.

    `image_size` in pixels per axis, of all images whose size is not known. `sample_rate` in samples
    (or frames) per second. `instances`: whether the values of a mask are objects (true) or classes
    (false); None to tell by the file.
    """

    image_size: tuple[int, ...] | None = None
    sample_rate: float | None = None
    instances: bool | None = None
    tell: Tell = field(default=silent)


class Collector:
    """Objects on their way into arrays: 8 bytes for each number, whatever the size of the file."""

    def __init__(self, kind: str, source: Path, *, axes: int = 2, unit: Unit = Unit.PIXELS) -> None:
        self.kind, self.source, self.axes, self.unit = kind, source, axes, unit
        self.skipped: Counter[str] = Counter()
        self.notes: list[str] = []
        self._sides = array("d")
        self._masks = array("d")
        self._classes = array("q")
        self._images = array("q")
        self._relative = array("b")
        self._class_places: dict[Hashable, int] = {}
        self._image_places: dict[Hashable, int] = {}
        self._image_sizes: dict[int, tuple[float, ...]] = {}

    @property
    def count(self) -> int:
        """How many objects there are so far."""
        return len(self._masks)

    @property
    def images(self) -> int:
        """How many images there are so far."""
        return len(self._image_places)

    def image(self, key: Hashable, size: Sequence[float] | None = None) -> int:
        """Return the number of an image, and take note of its size where there is one that an image can have."""
        place = self._image_places.setdefault(key, len(self._image_places))
        if size is not None and all(1 <= side <= LARGEST_SIDE[self.axes] for side in size):
            self._image_sizes[place] = tuple(size)
        return place

    def add(
        self,
        sides: Sequence[float],
        kind: Hashable,
        image: int,
        *,
        mask: float = nan,
        relative: bool = False,
    ) -> None:
        """Take an object, or count why not; `relative` sides are parts of the image's."""
        if (reason := why_no_sides(sides)) is not None:
            self.skipped[reason] += 1
        else:
            self._sides.extend(sides)
            self._masks.append(mask if 0 < mask <= LARGEST_SIDE[self.axes] ** self.axes else nan)
            self._classes.append(self._class_places.setdefault(kind, len(self._class_places)))
            self._images.append(image)
            self._relative.append(relative)

    def annotations(
        self,
        reading: Reading,
        *,
        relative_expected: bool = False,
        names: Callable[[Hashable], str] = str,
        sample_rate: float | None = None,
    ) -> Annotations:
        """Return what was collected, all of it in pixels.

        Raises:
            InputError: sides are relative, and the sizes of the images are not known.

        """
        images = self._sizes_of_images(reading)
        sides = np.frombuffer(self._sides, dtype=np.float64).reshape(-1, self.axes).copy()
        numbers = np.frombuffer(self._images, dtype=np.int64)
        relative = np.frombuffer(self._relative, dtype=np.int8).astype(np.bool_)
        kept = self._settled(relative, expected=relative_expected)
        sides = self._in_pixels(sides, kept & relative, numbers, images)
        kept &= np.isfinite(sides).all(axis=1)
        classes, class_names = self._named(names, kept)
        found = Annotations(
            kind=self.kind,
            source=str(self.source),
            sizes=sides[kept],
            classes=classes,
            class_names=class_names,
            images=numbers[kept],
            image_sizes=images,
            mask_areas=np.frombuffer(self._masks, dtype=np.float64)[kept],
            unit=self.unit,
            sample_rate=sample_rate,
            skipped=self.skipped,
        )
        return replace(found, notes=(*self.notes, *_larger_than_images(found)))

    def _sizes_of_images(self, reading: Reading) -> Array:
        sizes = np.full((len(self._image_places), self.axes), nan)
        for place, size in self._image_sizes.items():
            sizes[place] = size
        if reading.image_size is not None:
            if len(reading.image_size) != self.axes:
                raise InputError(
                    f"{self.source}: image size of {len(reading.image_size)} axes, expected {self.axes} for {self.kind}"
                )
            sizes[~np.isfinite(sizes).all(axis=1)] = reading.image_size
        return sizes

    def _settled(self, relative: NDArray[np.bool_], *, expected: bool) -> NDArray[np.bool_]:
        """Return which objects are in the unit of most; the others are skipped, since nobody knows what was meant."""
        share = relative.mean() if len(relative) else float(expected)
        most = bool(share > 1 / 2) if share != 1 / 2 else expected
        kept = relative == most
        words = {True: "normalised (parts of the image)", False: "in pixels"}
        if len(relative) and most != expected:
            taken = "as parts of the image" if most else "as they are"
            self.notes.append(f"sizes are {words[most]}, where {self.kind} has them {words[expected]}: taken {taken}")
        if not kept.all():
            self.skipped[f"{words[not most]} among objects {words[most]}"] += int((~kept).sum())
        return np.asarray(kept)

    def _in_pixels(self, sides: Array, relative: NDArray[np.bool_], numbers: NDArray[np.int64], images: Array) -> Array:
        if not relative.any():
            return sides
        sides[relative] *= images[numbers[relative]]
        lost = int((~np.isfinite(sides[relative]).all(axis=1)).sum())
        if lost == int(relative.sum()):
            raise InputError(
                f"{self.source}: {lost:,} objects are parts of images whose size is not known; expected the images "
                "beside the labels, or image_size (--image-size)"
            )
        if lost:
            self.skipped[UNKNOWN_IMAGE] += lost
        return sides

    def _named(
        self, names: Callable[[Hashable], str], kept: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Return classes as places in a list of names that is in order; classes of one name are one."""
        keys = sorted(self._class_places, key=lambda key: (str(type(key)), key))
        texts = [names(key) for key in keys]
        listed = {text: n for n, text in enumerate(dict.fromkeys(texts))}
        places = np.zeros(len(keys), dtype=np.int64)
        for key, text in zip(keys, texts, strict=True):
            places[self._class_places[key]] = listed[text]
        return places[np.frombuffer(self._classes, dtype=np.int64)[kept]], tuple(listed)


def _larger_than_images(found: Annotations) -> Iterator[str]:
    """Yield a note where objects are far larger than their images; unknown images are no reason for one."""
    images = found.image_of_each.max(axis=1, initial=0.0)
    count = int((found.sizes.max(axis=1, initial=0.0) > FAR * images).sum())
    if count:
        yield f"{count:,} objects are more than {FAR} times as long as their image: counted as they are"
