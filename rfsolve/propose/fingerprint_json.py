"""A fingerprint as one JSON document, `rfsolve.fingerprint/1`, and its objects as a table that can be read again."""

import csv
import io
from math import inf
from typing import Any

import numpy as np

from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.levels import Level, Levels
from rfsolve.propose.resizing import Tiles
from rfsolve.propose.summary import Spread, bands, bare_images, histogram, image_sizes, meanings, measures, spread

SCHEMA = "rfsolve.fingerprint/1"

MOST_SIZES = 100


def fingerprint_document(found: Fingerprint, levels: Levels | None = None) -> dict[str, Any]:
    """Return a fingerprint as plain lists, dicts and numbers; lengths in `unit` of the network's input.

    `counted` is false where sizes are drawn from published percentiles. An end that is open is null.
    """
    names = measures(found)
    main = next(iter(names))
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "source": found.source,
        "format": found.annotations.kind,
        "counted": found.counted,
        "unit": found.unit.value,
        "axes": found.axes,
        "resize": str(found.resize),
        "input_size": None if found.input_size is None else list(found.input_size),
        "spacing": None if found.spacing is None else list(found.spacing),
        "sample_rate": found.annotations.sample_rate,
        "objects": found.count,
        "images": _images(found),
        "measures": {
            name: {"is": meanings(found.axes).get(name, name.replace("_", " "))} | _spread(spread(values))
            for name, values in names.items()
        },
        "classes": [
            {"name": name, "objects": count, "share": count / found.count}
            | ({main: _spread(spread(names[main][found.classes == n]))} if count else {})
            for n, (name, count) in enumerate(found.by_class.items())
        ],
        "bands": [
            {
                "name": one.name,
                "measure": one.measure,
                "source": one.source,
                "shares": [
                    {"name": part.name, "from": part.low, "below": _open(part.high), "objects": part.count}
                    | {"share": part.share}
                    for part in one.shares
                ],
                "in_none": one.left,
            }
            for one in bands(found)
        ],
        "histogram": _histogram(found, main),
        "skipped": dict(sorted(found.annotations.skipped.items())),
        "notes": [*found.annotations.notes, *found.notes],
    }
    if isinstance(found.resize, Tiles):
        document["tiles"] = tiles(found, found.resize)
    return document if levels is None else document | {"levels": levels_document(levels)}


def levels_document(found: Levels) -> dict[str, Any]:
    """Return levels as plain lists, dicts and numbers; an end that is open is null."""
    return {
        "policy": {"name": found.policy.name, "formula": found.policy.formula, "source": found.policy.source},
        "assignment": {
            "name": found.assignment.name,
            "formula": found.assignment.formula,
            "source": found.assignment.source,
        },
        "required_cells": found.required_cells,
        "served": found.served,
        "levels": [_level(level) for level in found],
        "dropped": [{"name": one.band.name, "stride": one.band.stride, "reason": one.reason} for one in found.dropped],
        "unserved": [
            {
                "reason": one.reason,
                "objects": one.count,
                "share": one.share,
                "by_class": dict(one.by_class),
                "mean_side": list(one.mean_side),
            }
            for one in found.unserved
        ],
    }


def sizes_csv(found: Fingerprint) -> str:
    """Return a row for each object, as the format `sizes` reads them; sides as the network gets them."""
    heads = {1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"]}[found.axes]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    size = found.input_size
    writer.writerow([*heads, "class", *([] if size is None else [f"image_{head}" for head in heads])])
    names = found.class_names
    for sides, kind in zip(found.sizes.tolist(), found.classes.tolist(), strict=True):
        writer.writerow([*(f"{side:.6g}" for side in sides), names[kind], *(size or ())])
    return text.getvalue()


def tiles(found: Fingerprint, resize: Tiles) -> dict[str, Any]:
    """Return what tiling does: tiles in all, and the objects that a tile may cut, and that every tile cuts."""
    sides = found.annotations.sizes
    whole = resize.whole(sides)
    larger = (sides > np.asarray(resize.size)).any(axis=1)
    return {
        "tiles": int(resize.pieces(found.image_sizes).sum()) if len(found.image_sizes) else None,
        "whole_somewhere": float(whole.mean()),
        "cut_everywhere": float(larger.mean()),
    }


def _images(found: Fingerprint) -> dict[str, Any]:
    sizes = image_sizes(found)
    everything = len(found.annotations.image_sizes)
    return {
        "count": everything,
        "without_objects": bare_images(found),
        "of_unknown_size": everything - sum(count for _, count in sizes),
        "sizes": [{"size": list(size), "images": count} for size, count in sizes[:MOST_SIZES]],
        "further_sizes": max(0, len(sizes) - MOST_SIZES),
    }


def _spread(found: Spread) -> dict[str, Any]:
    percentiles = {f"p{number}": value for number, value in found.percentiles.items()}
    return {"min": found.least, **percentiles, "max": found.most, "mean": found.mean}


def _histogram(found: Fingerprint, measure: str) -> dict[str, Any]:
    counted = histogram(found)
    return {"measure": measure, "edges": list(counted.edges), "counts": list(counted.counts)}


def _level(level: Level) -> dict[str, Any]:
    return {
        "name": level.name,
        "stride": level.stride,
        "measure": level.measure.value,
        "from": level.low,
        "below": _open(level.high),
        "receptive_field": None if level.receptive_field is None else list(level.receptive_field),
        "effective_receptive_field": (
            None if level.effective_receptive_field is None else list(level.effective_receptive_field)
        ),
        "max_stride": level.need.max_stride,
        "objects": level.count,
        "share": level.share,
        "by_class": dict(level.by_class),
        "short_side": list(level.short_side),
        "long_side": list(level.long_side),
        "cells": {"p5": level.cells[0], "p50": level.cells[1]},
        "spanning_required_cells": level.fine,
        "longer_than_field": level.beyond,
    }


def _open(high: float) -> float | None:
    return None if high == inf else high
