"""Anchors and regression ranges for the levels of a detector, in the convention of a framework."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np

from rfsolve.propose.aims import Aim, Array

SCALES = (1 / 6, 3 / 6, 5 / 6)
"""Parts of a level's objects whose mean sides are the anchors: the middles of three equal shares."""
ASPECTS = (0.1, 0.5, 0.9)
FAR = 100_000_000
"""No limit, as FCOS writes it."""
GRAIN = 129
"""Quantiles of each level's lengths at which an edge may lie."""
NOTHING = 1e-9
"""What stands for no object in a product of parts."""

Row = dict[str, Any]


def _sides(aim: Aim) -> list[float]:
    means = np.exp(np.log(aim.sizes).mean(axis=1))
    return list(dict.fromkeys(round(float(np.quantile(means, part)), 1) for part in SCALES))


def _aspects(aims: Sequence[Aim]) -> list[float]:
    """Return height / width of all objects at the 10th, 50th and 90th percentile, equal ones once."""
    sizes = np.concatenate([aim.sizes for aim in aims])
    ratios = sizes[:, 0] / sizes[:, 1]
    return list(dict.fromkeys(round(float(np.quantile(ratios, part)), 2) for part in ASPECTS))


def torchvision(aims: Sequence[Aim]) -> Row:
    """AnchorGenerator of torchvision: sizes in pixels and aspect_ratios (height / width), a tuple for each level."""
    ratios = tuple(_aspects(aims))
    return {
        "torchvision.models.detection.anchor_utils.AnchorGenerator": {
            "sizes": tuple(tuple(round(side) for side in _sides(aim)) for aim in aims),
            "aspect_ratios": (ratios,) * len(aims),
        }
    }


def mmdetection(aims: Sequence[Aim]) -> Row:
    """AnchorGenerator of MMDetection: base_sizes times scales, ratios (height / width), strides."""
    middles = [float(np.median(_sides(aim))) for aim in aims]
    spread = [side / middle for aim, middle in zip(aims, middles, strict=True) for side in _sides(aim)]
    scales = sorted({1.0, round(min(spread), 2), round(max(spread), 2)})
    return {
        "anchor_generator": {
            "type": "AnchorGenerator",
            "base_sizes": [round(middle, 1) for middle in middles],
            "scales": scales,
            "ratios": _aspects(aims),
            "strides": [aim.stride for aim in aims],
        }
    }


def yolo(aims: Sequence[Aim]) -> Row:
    """Anchors of YOLOv5 and v7: width and height in pixels, three pairs for each level, with its stride."""
    shape = float(np.median(np.concatenate([aim.sizes[:, 0] / aim.sizes[:, 1] for aim in aims])))
    return {
        "anchors": [
            [number for side in _sides(aim) for number in (round(side / sqrt(shape)), round(side * sqrt(shape)))]
            for aim in aims
        ],
        "stride": [aim.stride for aim in aims],
    }


def fcos(aims: Sequence[Aim]) -> Row:
    """regress_ranges of FCOS (MMDetection): max(l, t, r, b) from a level's centre, half a long side, in pixels.

    Levels that are not told apart by the long side have objects beyond each other's. The edges rise, and are those with
    the largest product of the parts of each level's objects in its range: no level is left without, where that can be.
    """
    return {
        "regress_ranges": tuple(pairwise([-1, *_edges([aim.long / 2 for aim in aims]), FAR])),
        "strides": [aim.stride for aim in aims],
    }


def _edges(levels: Sequence[Array]) -> list[int]:
    """Return the edges between the lengths of these levels, by dynamic programming; of equally good ones the least."""
    if len(levels) <= 1:
        return []
    spots = [np.quantile(lengths, np.linspace(0, 1, GRAIN), method="higher") for lengths in levels]
    edges = np.unique([*range(1, len(levels)), *np.ceil(np.concatenate(spots).round(6)).astype(int)])
    below = [np.searchsorted(np.sort(lengths), edges, side="right") / len(lengths) for lengths in levels]
    rising = np.triu(np.ones((len(edges), len(edges)), dtype=np.bool_), 1)
    best, before = _score(below[0]), []
    for part in below[1:-1]:
        totals = np.where(rising, best[:, None] + _score(part - part[:, None]), -np.inf)
        before.append(totals.argmax(axis=0))
        best = totals.max(axis=0)
    at = [int((best + _score(1 - below[-1])).argmax())]
    for chosen in reversed(before):
        at.append(int(chosen[at[-1]]))
    return [int(edges[i]) for i in reversed(at)]


def _score(parts: Array) -> Array:
    """Return the logarithm of parts; that of none is a large loss, but finite."""
    return np.log(np.maximum(parts, NOTHING))


CONVENTIONS: dict[str, Callable[[Sequence[Aim]], Row]] = {
    "torchvision": torchvision,
    "mmdetection": mmdetection,
    "yolo": yolo,
    "fcos": fcos,
}
"""Every convention by the framework that has it."""
