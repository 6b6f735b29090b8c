"""Which taps see an object of a given size: `--object-size 52`."""

from rfsolve.analysis import Analysis
from rfsolve.analysis.object_sight import object_sight
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.tap_names import View
from rfsolve.report.grid import Column, Grid
from rfsolve.report.inspection_grid import shown_view
from rfsolve.report.wording import UNKNOWN, axes_text, fields_text, size_text

ANSWERS = {True: "yes", False: "no", None: UNKNOWN}


def object_grid(found: Inspected, analysis: Analysis) -> Grid:
    """Return a row for each tap shown: whether its field holds the object, whether its 4 sigma do, and cells across."""
    size = found.object_for(analysis) or ()
    wanted = axes_text([str(extent) for extent in size])
    grid = Grid(
        (
            Column("tap", right=False),
            Column("field"),
            Column(f"holds {wanted} px"),
            Column("ERF"),
            Column(f"ERF holds {wanted} px"),
            Column("cells across"),
        )
    )
    for row in found.rows(analysis, shown_view(found, analysis) or View.ALL):
        tap = analysis.taps[row.node]
        sight = object_sight(tap, size)
        grid.row(
            row.name,
            fields_text(tap),
            ANSWERS[sight.contained],
            size_text(tap.effective_receptive_field),
            ANSWERS[sight.effective],
            axes_text(["-" if cells is None else f"{cells:.3g}" for cells in sight.cells]),
        )
    return grid
