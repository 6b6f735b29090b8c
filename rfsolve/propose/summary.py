"""What a fingerprint says in numbers: percentiles, a histogram, shares of published bands, images by size."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, inf, log2

import numpy as np
from numpy.typing import NDArray

from rfsolve.propose.fingerprint import PERCENTILES, TWO, Fingerprint, Share

Array = NDArray[np.float64]

MOST_BINS = 20

PUBLISHED = {
    "COCO": ("Lin et al., 2014", (("small", 0.0, 32.0), ("medium", 32.0, 96.0), ("large", 96.0, inf))),
    "AI-TOD": (
        "Wang et al., 2020",
        (("very tiny", 2.0, 8.0), ("tiny", 8.0, 16.0), ("small", 16.0, 32.0), ("medium", 32.0, 64.0)),
    ),
    "WIDER FACE": ("Yang et al., 2016", (("small", 10.0, 50.0), ("medium", 50.0, 300.0), ("large", 300.0, inf))),
}
"""Published divisions of sizes: source, then name, low and high in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The distribution of one measure: least, mean, most, and percentiles by their number."""

    least: float
    mean: float
    most: float
    percentiles: Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts of the mean side between edges, whose logarithms are evenly spaced."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """A published division of sizes, and how the objects fall into it; `left` are in none of its bands."""

    name: str
    measure: str
    source: str
    shares: tuple[Share, ...]
    left: float


def spread(values: Array) -> Spread:
    """Return the distribution; percentiles are linear between objects, as numpy has them."""
    found = np.percentile(values, PERCENTILES)
    return Spread(
        least=float(values.min()),
        mean=float(values.mean()),
        most=float(values.max()),
        percentiles=dict(zip(PERCENTILES, map(float, found), strict=True)),
    )


def measures(found: Fingerprint) -> dict[str, Array]:
    """Return every measure of the objects by its name; a signal has a length alone."""
    if found.axes == 1:
        return {"length": found.mean}
    names = ("height", "width") if found.axes == TWO else ("depth", "height", "width")
    sides = {name: found.sizes[:, n] for n, name in enumerate(names)}
    return {
        "mean_side": found.mean,
        "short_side": found.short,
        "long_side": found.long,
        **sides,
        "aspect": found.aspect,
    }


def meanings(axes: int) -> dict[str, str]:
    """Return what the measures are, where the name does not say it."""
    if axes == 1:
        return {"length": "offset - onset"}
    if axes == TWO:
        return {"mean_side": "sqrt(height x width), of the box", "aspect": "width / height"}
    return {"mean_side": "cube root of depth x height x width, of the box", "aspect": "long side / short side"}


def histogram(found: Fingerprint) -> Histogram:
    """Return the counts of the mean side, in half octaves, or in octaves where that makes too many."""
    low, high = float(found.mean.min()), float(found.mean.max())
    per_octave = 2 if 2 * (log2(high) - log2(low)) < MOST_BINS else 1
    first, last = floor(per_octave * log2(low) + 1e-9), max(ceil(per_octave * log2(high) - 1e-9), 1)
    last = max(last, first + 1)
    edges = [2 ** (n / per_octave) for n in range(first, last + 1)]
    places = np.clip(np.searchsorted(edges, found.mean, side="right") - 1, 0, len(edges) - 2)
    counts = np.bincount(places, minlength=len(edges) - 1)
    return Histogram(edges=tuple(edges), counts=tuple(int(count) for count in counts))


def bands(found: Fingerprint) -> tuple[Bands, ...]:
    """Return the shares of the published bands, in pixels of the input; none but for images."""
    if found.axes != TWO:
        return ()
    roots = np.sqrt(found.areas)
    masks = bool(np.isfinite(found.annotations.mask_areas).any())
    area = "sqrt(area) of the mask" if masks else "sqrt(area) of the box"
    measured = {
        "COCO": (area, roots),
        "AI-TOD": ("sqrt(area) of the box", found.mean),
        "WIDER FACE": ("height", found.sizes[:, 0]),
    }
    return tuple(_bands(found, name, *measured[name]) for name in PUBLISHED)


def _bands(found: Fingerprint, name: str, measure: str, values: Array) -> Bands:
    source, rows = PUBLISHED[name]
    shares = found.shares(rows, values)
    left = 1.0 - sum(one.count for one in shares) / found.count
    return Bands(name=name, measure=measure, source=source, shares=shares, left=left)


def image_sizes(found: Fingerprint) -> list[tuple[tuple[int, ...], int]]:
    """Return the sizes of images as they are in the files, with how many there are of each, most frequent first."""
    counts = Counter(tuple(int(side) for side in row) for row in found.image_sizes)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def bare_images(found: Fingerprint) -> int:
    """Return how many images have no object."""
    images = len(found.annotations.image_sizes)
    return images - len(np.unique(found.annotations.images[found.annotations.images >= 0]))
