"""What was found of a network, as HTML for notebooks: the same rows and lines, every text escaped."""

from collections.abc import Iterator
from html import escape

from rfsolve.formats.inspected import Inspected
from rfsolve.report.grid import Grid
from rfsolve.report.inspection_facts import inspection_facts
from rfsolve.report.inspection_grid import inspection_grid
from rfsolve.report.object_grid import object_grid


def inspection_html(found: Inspected) -> str:
    """Return a fragment of HTML without scripts and without outside references."""
    grids = [inspection_grid(found, analysis) for analysis in found.analyses]
    if found.object_size is not None:
        grids += [object_grid(found, analysis) for analysis in found.analyses]
    facts = "".join(
        f'<tr><th style="text-align:left;vertical-align:top">{escape(label)}</th>'
        f'<td style="text-align:left">{escape(text)}</td></tr>'
        for label, text in inspection_facts(found)
    )
    return f'<div class="rfsolve-inspection">{"".join(map(_table, grids))}<table>{facts}</table></div>'


def _table(grid: Grid) -> str:
    head = "".join(_cell("th", column.title, right=column.right) for column in grid.columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(_rows(grid))}</tbody></table>"


def _rows(grid: Grid) -> Iterator[str]:
    for cells in grid.cells:
        texts = zip(grid.columns, cells, strict=True)
        yield f"<tr>{''.join(_cell('td', text, right=column.right) for column, text in texts)}</tr>"


def _cell(tag: str, text: str, *, right: bool) -> str:
    return f'<{tag} style="padding:0 0.6em;text-align:{"right" if right else "left"}">{escape(text)}</{tag}>'
