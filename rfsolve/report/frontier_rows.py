"""The points of a frontier as flat rows: its axes first, then what else a point is worth."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from rfsolve.report.solution_json import number
from rfsolve.search.frontier import Point
from rfsolve.space.problem import Objective

MORE = ("parameters", "macs", "activations", "layers", "receptive_field", "effective_receptive_field", "stride")
"""What is told of every point; fields and stride are those of the last output, the least over its axes and phases."""

Row = dict[str, Any]


def row_of(axes: Sequence[Objective], point: Point) -> Row:
    """Return a point's values, the axes first; None where the input has no size to count with."""
    design = point.design
    last = design.exits[-1]
    found: dict[str, float | None] = {
        "parameters": design.parameters,
        "macs": design.macs,
        "activations": design.activations,
        "layers": len(design.layers),
        "receptive_field": min(low for low, _ in last.receptive_field),
        "effective_receptive_field": min(last.effective_receptive_field),
        "stride": float(max(last.stride)),
    }
    return {name: number(found[name]) for name in titles(axes)}


def titles(axes: Sequence[Objective]) -> list[str]:
    """Return the names of the columns."""
    return list(dict.fromkeys([*(aim.quantity.value for aim in axes), *MORE]))


def csv_line(axes: Sequence[Objective], point: Point | None) -> str:
    """Return a point as a line of CSV, the header line for None."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=titles(axes), lineterminator="")
    if point is None:
        writer.writeheader()
    else:
        writer.writerow(row_of(axes, point))
    return text.getvalue()
