"""What was found of a network as flat rows, one for each tap, input and axis: for CSV and data frames."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from rfsolve.analysis import Analysis
from rfsolve.analysis.object_sight import object_sight
from rfsolve.analysis.totals import own_macs
from rfsolve.formats.drawing import visible
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.numbers import ratio
from rfsolve.formats.tap_names import Selected, View

Row = dict[str, Any]

FORMULAS = frozenset("=+-@\t\r")
"""What a cell begins with that a spreadsheet computes."""


def inspection_rows(found: Inspected) -> list[Row]:
    """Return a row for each tap, input and axis, with the same keys in every row; None where there is no value.

    Lengths are in input pixels, `density` is the touched part of the window; `parameters` and `macs`
    are the node's own, the totals those of all that it depends on.
    """
    return [
        row
        for analysis in found.analyses
        for selected in found.rows(analysis, View.ALL)
        for row in _rows(found, analysis, selected)
    ]


def inspection_csv(found: Inspected) -> str:
    """Return the rows as CSV with a header line; empty cells where there is no value.

    A name is on one line, and with an apostrophe before it where a spreadsheet would take it for a formula.
    """
    rows = inspection_rows(found)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["tap"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    if not isinstance(value, str):
        return value
    return f"'{visible(value)}" if value[:1] in FORMULAS else visible(value)


def _rows(found: Inspected, analysis: Analysis, selected: Selected) -> Iterator[Row]:
    tap = analysis.taps[selected.node]
    total = found.totals[tap.name]
    size = found.object_for(analysis)
    sight = None if size is None else object_sight(tap, size)
    for axis, reach in enumerate(tap.reach):
        field = tap.receptive_field[axis]
        row: Row = {
            "tap": selected.name,
            "node": tap.name,
            "op": tap.op,
            "input": analysis.source,
            "axis": axis,
            "status": reach.value,
            "field_min": None if field is None else field[0],
            "field_max": None if field is None else field[1],
            "jump": None if (jump := tap.stride[axis]) is None else ratio(jump),
            "centre": tap.centre[axis],
            "erf": tap.effective_receptive_field[axis],
            "density": tap.density[axis],
            "hole_free": tap.hole_free,
            "gridding": found.gridding_of(analysis, tap.name),
            "channels": tap.shape.channels,
            "size": tap.shape.size[axis] if axis < len(tap.shape.size) else None,
            "activations": tap.shape.elements,
            "parameters": found.graph.parameters(tap.name),
            "macs": own_macs(found.graph, tap.name, analysis.shapes),
            "total_parameters": total.parameters,
            "total_macs": total.macs,
        }
        if size is not None and sight is not None:
            row |= {
                "object": size[axis],
                "object_contained": sight.contained,
                "object_effective": sight.effective,
                "object_cells": sight.cells[axis],
            }
        yield row
