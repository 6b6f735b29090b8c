"""What a reader of annotations hands over: the objects as they are in the files, before any resize."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LARGEST_SIDE = {1: 1_000_000_000, 2: 10_000_000, 3: 10_000_000}
"""By the number of axes: samples, pixels or voxels beyond which a side is a mistake, and no number to count with."""
SMALLEST_SIDE = 1e-6
"""As little as the smallest part of an image is."""
UNKNOWN_IMAGE = "on an image of unknown size"
"""Why an object is skipped whose sides depend on its image."""


class Unit(StrEnum):
    """What one step along an axis is."""

    PIXELS = "px"
    SAMPLES = "samples"
    VOXELS = "voxels"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Annotations:
    """Objects of a dataset, in pixels of the images as they are in the files.

    Objects are rows of `sizes` (height, width; depth first), with their class and image by number,
    image -1 where it is not known. `mask_areas` is how many pixels an object covers, NaN where only
    its box is known. `image_sizes` has a row for each image, NaN where its size is not known.
    `spacings` is the size of a voxel of each image, where there is one.
    """

    kind: str
    source: str
    sizes: Array
    classes: NDArray[np.int64]
    class_names: tuple[str, ...]
    images: NDArray[np.int64]
    image_sizes: Array
    mask_areas: Array
    unit: Unit = Unit.PIXELS
    spacings: Array | None = None
    sample_rate: float | None = None
    skipped: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()

    @property
    def image_of_each(self) -> Array:
        """The size of the image of each object, NaN where it is not known."""
        found = np.full(self.sizes.shape, np.nan)
        there = self.images >= 0
        found[there] = self.image_sizes[self.images[there]]
        return found

    @property
    def on_known_images(self) -> NDArray[np.bool_]:
        """Whether the size of the image of each object is known."""
        return np.asarray(np.isfinite(self.image_of_each).all(axis=1))

    def only(self, kept: NDArray[np.bool_], reason: str) -> "Annotations":
        """Return the objects that are kept; the others count as skipped for this reason."""
        lost = int((~kept).sum())
        return replace(
            self,
            sizes=self.sizes[kept],
            classes=self.classes[kept],
            images=self.images[kept],
            mask_areas=self.mask_areas[kept],
            skipped=self.skipped + Counter({reason: lost}),
        )


def why_no_sides(sides: Sequence[float]) -> str | None:
    """Return why these are not the sides of an object; None where they are."""
    if not all(isfinite(side) for side in sides):
        return "with a side that is no number"
    if min(sides) <= 0:
        return "with a side of zero or less"
    if min(sides) < SMALLEST_SIDE:
        return f"with a side under {SMALLEST_SIDE:f}"
    most = LARGEST_SIDE[len(sides)]
    return f"with a side over {most:,}" if max(sides) > most else None


def plain(
    sizes: Array,
    *,
    kind: str,
    source: str,
    unit: Unit = Unit.PIXELS,
    classes: Sequence[int] | NDArray[np.int64] | None = None,
    class_names: Sequence[str] = ("object",),
    image_size: Sequence[float] | None = None,
    spacing: Sequence[float] | None = None,
    notes: Sequence[str] = (),
) -> Annotations:
    """Return annotations of sizes alone, all on images of one size, or of none that is known."""
    count, axes = sizes.shape
    there = image_size is not None
    return Annotations(
        kind=kind,
        source=source,
        sizes=sizes,
        classes=np.zeros(count, dtype=np.int64) if classes is None else np.asarray(classes, dtype=np.int64),
        class_names=tuple(class_names),
        images=np.full(count, 0 if there else -1, dtype=np.int64),
        image_sizes=np.asarray([image_size] if there else [], dtype=np.float64).reshape(-1, axes),
        mask_areas=np.full(count, np.nan),
        unit=unit,
        spacings=None if spacing is None else np.asarray([spacing], dtype=np.float64),
        notes=tuple(notes),
    )
