"""Fingerprints without annotations: sizes drawn from what has been published of a dataset."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import plain
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.resizing import Resize, Unchanged

Array = NDArray[np.float64]

POINTS = 10_000
"""Objects drawn, at even steps of the distribution: no random numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What is published of a dataset's objects: their sides in pixels on images of a size."""

    name: str
    title: str
    sides: Callable[[], Array]
    image_size: tuple[int, int]
    published: str
    assumed: str
    source: str


def _steps() -> Array:
    return np.asarray((np.arange(POINTS) + 0.5) / POINTS)


def _lognormal(median: float, spread: float) -> Array:
    """Return sizes whose logarithms are normal, at even steps of the distribution."""
    normal = NormalDist(log(median), spread)
    return np.exp([normal.inv_cdf(step) for step in _steps()])


COCO_IMAGE = (480, 640)
COCO_MEDIAN, COCO_LOW, COCO_HIGH = 0.106, 0.024, 0.472
"""sqrt(area) / image of COCO's objects: median, 10th and 90th percentile (Singh and Davis, SNIP, CVPR 2018)."""


def _coco() -> Array:
    """Return sides through the three percentiles; the image's side is sqrt(height x width)."""
    height, width = COCO_IMAGE
    spread = log(COCO_HIGH / COCO_LOW) / (2 * NormalDist().inv_cdf(0.9))
    return np.asarray(np.minimum(_lognormal(COCO_MEDIAN, spread), 1.0) * sqrt(height * width))


WIDER_SMALLEST, WIDER_LARGEST = 10.0, 560.0


def _wider_face() -> Array:
    """Return sides at even steps of their logarithm."""
    return np.asarray(WIDER_SMALLEST * (WIDER_LARGEST / WIDER_SMALLEST) ** _steps())


AI_TOD_MEAN, AI_TOD_DEVIATION = 12.8, 5.9


def _ai_tod() -> Array:
    """Return sides of this mean and standard deviation."""
    variance = log(1 + (AI_TOD_DEVIATION / AI_TOD_MEAN) ** 2)
    return _lognormal(AI_TOD_MEAN / sqrt(1 + (AI_TOD_DEVIATION / AI_TOD_MEAN) ** 2), sqrt(variance))


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="coco",
            title="COCO",
            sides=_coco,
            image_size=COCO_IMAGE,
            published="sqrt(area) / image: median 0.106, 10th percentile 0.024, 90th 0.472; of the masks, about 41 % "
            "are under 32^2 px, 34 % under 96^2, 24 % above",
            assumed="a log-normal distribution through the three percentiles, squares, images of 480x640",
            source="Lin et al., COCO, 2014; Singh and Davis, SNIP, CVPR 2018",
        ),
        Preset(
            name="wider-face",
            title="WIDER FACE",
            sides=_wider_face,
            image_size=(768, 1024),
            published="heights of 10-50, 50-300 and above 300 px; detectors are made for 10 to 560 px",
            assumed="as many faces in each octave, squares, images of 768x1024: the range is published, the shares "
            "are not",
            source="Yang et al., WIDER FACE, CVPR 2016; He et al., LFFD, 2019",
        ),
        Preset(
            name="ai-tod",
            title="AI-TOD",
            sides=_ai_tod,
            image_size=(800, 800),
            published="mean size 12.8 px, standard deviation 5.9",
            assumed="a log-normal distribution of that mean and deviation, squares",
            source="Wang et al., Tiny object detection in aerial images, ICPR 2020",
        ),
    )
}
"""Every preset by its name."""


def preset(name: str, resize: Resize | None = None) -> Fingerprint:
    """Return the fingerprint of a dataset as it is published; `counted` is false for it.

    Raises:
        InputError: there is no such preset.

    """
    if name not in PRESETS:
        raise InputError(f"unknown preset '{name}', expected one of {', '.join(PRESETS)}")
    known = PRESETS[name]
    sides = known.sides()
    found = plain(
        np.column_stack([sides, sides]),
        kind="preset",
        source=known.title,
        image_size=known.image_size,
        notes=(f"published: {known.published} ({known.source})", f"assumed: {known.assumed}"),
    )
    return Fingerprint(annotations=found, resize=resize or Unchanged(), counted=False)
