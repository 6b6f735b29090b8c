"""A design branch by branch: one line for each stack and merge, beside the rails that join them."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from rfsolve.report.branches import Reads, branch_by_branch, exit_words, reads_of
from rfsolve.report.grid import WIDE, Column, Grid, shown
from rfsolve.report.layer_runs import runs_text
from rfsolve.report.rails import rails
from rfsolve.report.wording import field_text, list_text, stride_text
from rfsolve.search.solution import Design
from rfsolve.space.problem import Merge, Problem

COLUMNS = (
    Column("stack", right=False),
    Column("layers", right=False),
    Column("width"),
    Column("field"),
    Column("jump"),
    Column("exit", right=False),
)
LAYERS = 1
"""The column that takes the room that the others leave."""

LEAST = 16
"""Columns of the terminal that it gets even where they leave less."""

RAILS = 0.25
"""Part of the terminal that rails may take; past it, names say what reads what."""

LONGEST = 24
"""Columns of names; the table of the layers has them in full."""

MARKS = {False: ("*", "o"), True: ("\u25cf", "\u25cb")}
"""A stack with layers, and what has none, in plain ASCII and with box characters."""


def branch_picture(problem: Problem, design: Design, width: int, *, box: bool = False) -> Grid:
    """Return the picture for a terminal of `width` columns; `box`: with rails of box characters."""
    parts = branch_by_branch(problem)
    reads = reads_of(problem, parts)
    beside = dict(zip(reads, _rails(reads, design, box=box), strict=True))
    title = ""
    if max(map(len, beside.values())) > RAILS * width:
        beside, title = {name: _cut(list_text(sources, LONGEST)) for name, sources in reads.items()}, "from"
    kinds = {part.name: part.kind.value for part in parts if isinstance(part, Merge)}
    rows = [(name, (beside[name], *_cells(problem, design, name))) for name in reads]
    grid = Grid((Column(title, right=False), *COLUMNS))
    room = _room(grid.columns, [cells for _, cells in rows], width)
    for name, cells in rows:
        layers = [layer for layer in design.layers if layer.stack == name]
        said = "" if name == "input" else kinds.get(name) or runs_text(layers, room)
        grid.row(*cells[: 1 + LAYERS], said, *cells[2 + LAYERS :])
    return grid


def _rails(reads: Reads, design: Design, *, box: bool) -> Iterator[str]:
    built = {layer.stack for layer in design.layers}
    for row in rails(reads):
        filled, hollow = MARKS[box]
        yield row.drawn(filled if row.node in built else hollow, box=box)


def _cells(problem: Problem, design: Design, name: str) -> tuple[str, ...]:
    """Return what stands in a node's columns, that of the layers left open."""
    tap = design.taps[design.ends[name]]
    ways_out = exit_words(problem, name)
    return (
        _cut(name),
        "",
        str(tap.shape.channels),
        field_text(tap.receptive_field),
        stride_text(tap.stride),
        _cut("-> " + "; ".join(ways_out).removeprefix("exit ")) if ways_out else "",
    )


def _room(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> int:
    """Return the columns of the terminal that are left for the layers."""
    titles = [column.title for column in columns]
    taken = sum(max(cell_len(row[i]) for row in (titles, *rows)) for i in range(len(columns)) if i != 1 + LAYERS)
    return max(LEAST, width - taken - WIDE * (len(columns) - 1))


def _cut(text: str) -> str:
    printed = shown(text)
    return printed if len(printed) <= LONGEST else f"{printed[: LONGEST - 2]}.."
