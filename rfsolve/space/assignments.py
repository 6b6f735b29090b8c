"""Assignments: from an object's size to the levels of a network that serve it, as published."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from math import inf

import numpy as np
from numpy.typing import NDArray

from rfsolve.space.policies import Need

Sizes = NDArray[np.float64]
"""Objects by axes (height, width; depth first), in pixels of the network's input."""


class Measure(StrEnum):
    """One number for an object of several sides."""

    SHORT = "short side"
    LONG = "long side"
    MEAN = "mean side"

    def of(self, sizes: Sizes) -> NDArray[np.float64]:
        """Return the measure of each object; the mean side is the geometric mean: sqrt(area) of a box."""
        match self:
            case Measure.SHORT:
                return np.asarray(sizes.min(axis=1))
            case Measure.LONG:
                return np.asarray(sizes.max(axis=1))
            case Measure.MEAN:
                root = {1: np.abs, 2: np.sqrt, 3: np.cbrt}[sizes.shape[1]]  # exact for squares and cubes
                return np.asarray(root(sizes.prod(axis=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The objects that one level serves: low <= measure < high, in pixels, on a grid of `stride`.

    `need` is what the source's own network has there; where it is None, a policy says.
    """

    name: str
    stride: int
    low: float = 0.0
    high: float = inf
    need: Need | None = None


Serves = Callable[[Band, Sizes], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A rule from an object's size to the levels that serve it, with its formula, source and prediction.

    Bands may overlap: several levels serve an object then. `rule` takes the place of low <= measure
    < high where a source asks something else.
    """

    name: str
    formula: str
    bands: tuple[Band, ...]
    measure: Measure = Measure.MEAN
    source: str = ""
    predicts: str = ""
    rule: Serves | None = None

    def serves(self, band: Band, sizes: Sizes) -> NDArray[np.bool_]:
        """Return which objects a level serves."""
        if self.rule is not None:
            return self.rule(band, sizes)
        measured = self.measure.of(sizes)
        return np.asarray((band.low <= measured) & (measured < band.high))

    def bands_for(self, size: float, axes: int = 2) -> tuple[Band, ...]:
        """Return the levels that serve a square (or cube) of this side in pixels."""
        sizes = np.full((1, axes), float(size))
        return tuple(band for band in self.bands if self.serves(band, sizes)[0])


def octaves(cells: float, first: int, last: int) -> Assignment:
    """Return a level for each stride from `first` to `last`, doubling: each object on the coarsest that it spans.

    An object's short side spans at least `cells` cells of its level, and less than twice as many
    but on the last.
    """
    strides = [first]
    while strides[-1] * 2 <= last:
        strides.append(strides[-1] * 2)
    ends = [*(cells * stride for stride in strides[1:]), inf]
    bands = tuple(
        Band(name=f"s{stride}", stride=stride, low=cells * stride, high=high)
        for stride, high in zip(strides, ends, strict=True)
    )
    return Assignment(
        name="octaves",
        formula=f"the largest stride, a power of two, with short side / stride >= {cells:g}",
        bands=bands,
        measure=Measure.SHORT,
        predicts="every object on the coarsest grid on which it still has cells",
    )


def _published(fields: tuple[int, ...], edges: tuple[float, ...], strides: tuple[int, ...]) -> tuple[Band, ...]:
    return tuple(
        Band(
            name=f"b{n}",
            stride=stride,
            low=edges[n],
            high=edges[n + 1],
            need=Need(receptive_field=field, max_stride=stride),
        )
        for n, (field, stride) in enumerate(zip(fields, strides, strict=True))
    )


def _pyramid(names: str, strides: tuple[int, ...], edges: tuple[float, ...]) -> tuple[Band, ...]:
    rows = zip(names.split(), strides, edges, edges[1:], strict=False)
    return tuple(Band(name=name, stride=stride, low=low, high=high) for name, stride, low, high in rows)


RETINANET_SCALES = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))
RETINANET_ASPECTS = (0.5, 1.0, 2.0)
RETINANET_OVERLAP = 0.5
RETINANET_ANCHOR = 4
"""Side of the smallest anchor, in strides: 32 px on P3."""


def _retinanet(band: Band, sizes: Sizes) -> NDArray[np.bool_]:
    """Return which boxes overlap some anchor of the level by half, both centred alike (IoU >= 0.5)."""
    found = np.zeros(len(sizes), dtype=np.bool_)
    height, width = sizes[:, 0], sizes[:, -1]
    for scale, aspect in product(RETINANET_SCALES, RETINANET_ASPECTS):
        side = RETINANET_ANCHOR * band.stride * scale
        tall, wide = side * aspect**0.5, side / aspect**0.5
        common = np.minimum(height, tall) * np.minimum(width, wide)
        found |= common >= RETINANET_OVERLAP * (height * width + side * side - common)
    return found


def _retinanet_bands() -> tuple[Band, ...]:
    """Return P3 to P7, each with the squares that its anchors overlap by half."""
    least, most = RETINANET_OVERLAP**0.5, RETINANET_SCALES[-1] / RETINANET_OVERLAP**0.5
    return tuple(
        Band(
            name=f"P{n}",
            stride=2**n,
            low=RETINANET_ANCHOR * 2**n * least,
            high=RETINANET_ANCHOR * 2**n * most,
        )
        for n in range(3, 8)
    )


S3FD_EDGES = tuple(16 * 2.0 ** (n - 0.5) for n in range(7))
"""Half an octave below and above each anchor of 16 to 512 px."""

ASSIGNMENTS: dict[str, Assignment] = {
    one.name: one
    for one in (
        Assignment(
            name="lffd",
            formula="bands of the long side 10-15-20-40-70-110-250-400-560 px on strides 4, 4, 8, 8, 16, 32, 32, 32",
            source="He et al., LFFD, 2019",
            predicts="one exit of a trunk for each band of sizes, without anchors",
            measure=Measure.LONG,
            bands=_published(
                (55, 71, 111, 143, 223, 383, 511, 639),
                (10, 15, 20, 40, 70, 110, 250, 400, 560),
                (4, 4, 8, 8, 16, 32, 32, 32),
            ),
        ),
        Assignment(
            name="s3fd",
            formula="the anchor of 16, 32, .. 512 px that is nearest in octaves to the mean side; anchor = 4 x stride",
            source="Zhang et al., S3FD, ICCV 2017",
            predicts="equal density of anchors for every size",
            bands=_published((48, 108, 228, 340, 468, 724), S3FD_EDGES, (4, 8, 16, 32, 64, 128)),
        ),
        Assignment(
            name="fpn",
            formula="level floor(4 + log2(sqrt(area) / 224)), from P2 (stride 4) to P5 (stride 32)",
            source="Lin et al., FPN, CVPR 2017",
            predicts="which level an object's features are pooled from",
            bands=_pyramid("P2 P3 P4 P5", (4, 8, 16, 32), (0, 112, 224, 448, inf)),
        ),
        Assignment(
            name="fcos",
            formula="max(l, t, r, b) from an object's centre (half its long side) in 0-64-128-256-512-inf px, on P3 "
            "(stride 8) to P7 (stride 128)",
            source="Tian et al., FCOS, ICCV 2019",
            predicts="which level regresses an object; places near its rim may fall on the next level",
            measure=Measure.LONG,
            bands=_pyramid("P3 P4 P5 P6 P7", (8, 16, 32, 64, 128), (0, 128, 256, 512, 1024, inf)),
        ),
        Assignment(
            name="retinanet",
            formula="IoU >= 0.5 with an anchor of 4 x stride x (1, 2^(1/3), 2^(2/3)), aspect 1:2, 1:1 or 2:1, centred "
            "on the object, on P3 (stride 8) to P7 (stride 128)",
            source="Lin et al., Focal loss, ICCV 2017",
            predicts="which levels have a positive anchor for an object",
            bands=_retinanet_bands(),
            rule=_retinanet,
        ),
        Assignment(
            name="trident",
            formula="sqrt(area) in 0-90, 30-160, 90-inf px for the branches of dilation 1, 2, 3, all at stride 16",
            source="Li et al., TridentNet, ICCV 2019",
            predicts="which branch is trained on an object; ranges overlap",
            bands=(
                Band(name="d1", stride=16, low=0, high=90),
                Band(name="d2", stride=16, low=30, high=160),
                Band(name="d3", stride=16, low=90),
            ),
        ),
    )
}
"""Every published assignment by its name."""
