"""The fingerprint of a dataset: how large its objects are on the network's input, and nothing that is not counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import (
    LARGEST_SIDE,
    SMALLEST_SIDE,
    UNKNOWN_IMAGE,
    Annotations,
    Unit,
    plain,
    why_no_sides,
)
from rfsolve.propose.resizing import Resample, Resize, Tiles, Unchanged
from rfsolve.space.assignments import Measure

Array = NDArray[np.float64]

PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)

TWO = 2
MOST_AXES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The objects of a published band of sizes: low <= measure < high, in pixels."""

    name: str
    low: float
    high: float
    count: int
    share: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Fingerprint:
    """Objects as a network gets to see them: `sizes` in pixels of its input, per axis, after the resize.

    `annotations` are the objects as they are in the files, but for those that the resize cannot be applied to;
    everything here follows from them and the `resize`. `counted` is false for presets, which are drawn from
    published percentiles.
    """

    annotations: Annotations
    resize: Resize = field(default_factory=Unchanged)
    counted: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Skip objects whose image has no size where the resize needs one; refuse where none is left."""
        if self.count == 0:
            raise InputError(f"{self.source}: no objects{skipped_text(self.annotations.skipped)}")
        known = self.annotations.on_known_images
        if not self.resize.needs_images or known.all():
            return
        if not known.any():
            raise InputError(
                f"{self.source}: all {self.count:,} objects are on images of unknown size, which resize {self.resize} "
                "needs; expected the images' sizes in the annotations, or image_size (--image-size)"
            )
        object.__setattr__(self, "annotations", self.annotations.only(known, UNKNOWN_IMAGE))

    @staticmethod
    def of_sizes(
        sizes: ArrayLike,
        *,
        axes: int | None = None,
        classes: Sequence[str] | None = None,
        image_size: Sequence[float] | None = None,
        unit: Unit = Unit.PIXELS,
        spacing: Sequence[float] | None = None,
        resize: Resize | None = None,
        source: str = "sizes",
    ) -> "Fingerprint":
        """Return the fingerprint of sizes: rows of (height, width), or one number for each object.

        One number is a side of a square, or of a cube with `axes=3`, or a length with `axes=1`.
        `classes` names the class of each object.

        Raises:
            InputError: no sizes, or sizes that are no positive numbers.

        """
        array = rows_of_sides(sizes, source)
        if array.ndim <= 1:
            array = np.repeat(array.reshape(-1, 1), axes or TWO, axis=1)
        if array.ndim != TWO or not 1 <= array.shape[1] <= MOST_AXES:
            raise InputError(
                f"{source}: an array of shape {array.shape}, expected a row of 1 to 3 sides for each object"
            )
        sane = (array >= SMALLEST_SIDE) & (array <= LARGEST_SIDE[array.shape[1]])
        for row in array[~sane.all(axis=1)][:1].tolist():
            shown = "x".join(f"{side:g}" for side in row)
            raise InputError(f"{source}: {shown}: {why_no_sides(row)}, expected positive numbers of pixels")
        if image_size is not None and len(image_size) != array.shape[1]:
            raise InputError(f"{source}: an image of {len(image_size)} axes, expected {array.shape[1]}")
        if classes is not None and len(classes) != len(array):
            raise InputError(f"{source}: {len(classes)} classes, expected one for each of {len(array)} objects")
        names = sorted(set(classes)) if classes is not None else ["object"]
        found = plain(
            array,
            kind="sizes",
            source=source,
            unit=unit,
            classes=None if classes is None else [names.index(name) for name in classes],
            class_names=names,
            image_size=image_size,
            spacing=spacing,
        )
        return Fingerprint(annotations=found, resize=resize or Unchanged())

    # what it is about -------------------------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """Where the objects come from."""
        return self.annotations.source

    @property
    def unit(self) -> Unit:
        """The unit of all lengths: pixels of an image, samples of a signal, voxels of a volume."""
        return self.annotations.unit

    @property
    def count(self) -> int:
        """How many objects there are."""
        return len(self.annotations.sizes)

    @property
    def axes(self) -> int:
        """1 for signals, 2 for images, 3 for volumes."""
        return int(self.annotations.sizes.shape[1])

    @property
    def classes(self) -> NDArray[np.int64]:
        """The class of each object, a place in `class_names`."""
        return self.annotations.classes

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.annotations.class_names

    @cached_property
    def by_class(self) -> Mapping[str, int]:
        """How many objects each class has."""
        counts = np.bincount(self.classes, minlength=len(self.class_names))
        return {name: int(count) for name, count in zip(self.class_names, counts, strict=True)}

    # sizes on the input -----------------------------------------------------------------------------------------------

    @cached_property
    def scales(self) -> Array:
        """By how much each object is scaled along each axis."""
        if not self.resize.needs_images:
            return np.ones((self.count, self.axes))
        return np.asarray(self.resize.scales(self.annotations.image_sizes)[self.annotations.images])

    @cached_property
    def sizes(self) -> Array:
        """The sides of each object on the network's input, per axis."""
        return self.resize.clip(np.asarray(self.annotations.sizes * self.scales))

    @cached_property
    def short(self) -> Array:
        """The short side of each object."""
        return Measure.SHORT.of(self.sizes)

    @cached_property
    def long(self) -> Array:
        """The long side of each object."""
        return Measure.LONG.of(self.sizes)

    @cached_property
    def mean(self) -> Array:
        """The geometric mean of the sides of each object: sqrt(area) of its box, the cube root of its volume."""
        return Measure.MEAN.of(self.sizes)

    @cached_property
    def aspect(self) -> Array:
        """Width / height of each object; of a volume, long side / short side."""
        if self.axes == TWO:
            return np.asarray(self.sizes[:, 1] / self.sizes[:, 0])
        return np.asarray(self.long / self.short)

    @cached_property
    def areas(self) -> Array:
        """The pixels that each object covers: its mask's where there is one, else its box's."""
        boxes = self.sizes.prod(axis=1)
        masks = self.annotations.mask_areas * self.scales.prod(axis=1)
        masks = np.minimum(masks, boxes) if isinstance(self.resize, Tiles) else masks
        return np.asarray(np.where(np.isfinite(masks), masks, boxes))

    def measured(self, measure: Measure) -> Array:
        """Return one measure of each object."""
        return {Measure.SHORT: self.short, Measure.LONG: self.long, Measure.MEAN: self.mean}[measure]

    def percentile(self, measure: Measure, q: float) -> float:
        """Return the q-th percentile of a measure, in pixels, linear between objects."""
        return float(np.percentile(self.measured(measure), q))

    # images -----------------------------------------------------------------------------------------------------------

    @cached_property
    def image_sizes(self) -> Array:
        """The sizes of the images that are known, as they are in the files."""
        return self.annotations.image_sizes[np.isfinite(self.annotations.image_sizes).all(axis=1)]

    @cached_property
    def input_size(self) -> tuple[int, ...] | None:
        """The size of the network's input per axis: the median over the images; None where none is known."""
        images = self.annotations.image_sizes
        if isinstance(self.resize, Tiles):
            return self.resize.size
        inputs = self.resize.inputs(images)
        known = inputs[np.isfinite(inputs).all(axis=1)]
        return tuple(round(float(one)) for one in np.median(known, axis=0)) if len(known) else None

    @cached_property
    def spacing(self) -> tuple[float, ...] | None:
        """The size of a voxel of the input along each axis, in the unit of the files; None where none is stated."""
        if isinstance(self.resize, Resample):
            return self.resize.spacing
        spacings = self.annotations.spacings
        return None if spacings is None else tuple(float(one) for one in np.median(spacings, axis=0))

    def resized(self, resize: Resize) -> "Fingerprint":
        """Return the fingerprint of the same objects after another resize."""
        return Fingerprint(annotations=self.annotations, resize=resize, counted=self.counted, notes=self.notes)

    def shares(self, bands: Sequence[tuple[str, float, float]], measured: Array) -> tuple[Share, ...]:
        """Return how many objects fall into each band of a measure."""
        counts = [int(((low <= measured) & (measured < high)).sum()) for _, low, high in bands]
        return tuple(
            Share(name=name, low=low, high=high, count=count, share=count / self.count)
            for (name, low, high), count in zip(bands, counts, strict=True)
        )


def rows_of_sides(sizes: ArrayLike, source: str = "sizes") -> Array:
    """Return sizes as an array.

    Raises:
        InputError: they are no numbers, or rows of different lengths.

    """
    try:
        return np.asarray(sizes, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{source}: no array of numbers, expected as many sides for each object") from None


def skipped_text(skipped: Mapping[str, int]) -> str:
    """Return what was skipped and why, to follow a sentence; nothing where nothing was."""
    reasons = [f"{count:,} {reason}" for reason, count in sorted(skipped.items(), key=lambda item: (-item[1], item[0]))]
    return f"; skipped {', '.join(reasons)}" if reasons else ""
