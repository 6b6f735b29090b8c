"""Draws docs/img/ from real results: `python docs/pictures.py`."""
# ruff: noqa: INP001 - a script beside the pages, not a package

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from rfsolve import inspect, problem_from, solve
from rfsolve.analysis import Tap
from rfsolve.report.solution_page import print_solution

HERE = Path(__file__).parent / "img"
COLUMNS = 80
COMMAND = "rfsolve --target-rf 200 --output-stride 8 --max-params"
PROBLEM = {"exit": [{"receptive_field": {"min": 200}, "stride": {"exact": 8}}]}

FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts that a viewer would have to fetch from elsewhere; any fixed-width font will do."""

CELL, PANEL = 14, 18
INK, PAPER, TOUCHED, HOLE = "#24292f", "#ffffff", "#1f6feb", "#eaeef2"
STACKS = {"dilations 2, 2, 2": "3,1,2 3,1,2 3,1,2", "dilations 1, 2, 3": "3,1,1 3,1,2 3,1,3"}


def solution_picture() -> str:
    """A terminal with the answer to COMMAND."""
    problem = problem_from(PROBLEM)
    console = Console(
        file=io.StringIO(), record=True, width=COLUMNS, highlight=False, markup=False, emoji=False, color_system=None
    )
    console.print(Text(f"$ {COMMAND}\n"))
    print_solution(console, problem, solve(problem))
    return FONTS.sub("", console.export_svg(title="rfsolve", unique_id="rfsolve"))


def holes_picture() -> str:
    """Two stacks of three 3x3 layers with the same receptive field, and the pixels that each touches."""
    parts, left = [], 0
    for title, layers in STACKS.items():
        tap = inspect(layers).outputs[0]
        field = tap.receptive_field[0]
        assert field is not None  # noqa: S101 - nothing global in a layer list
        parts += [*_grid(tap, left), _caption(title, _share(tap), left, field[1])]
        left += PANEL * CELL
        height = field[1] * CELL
    size = f'width="{left}" height="{height + 44}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    background = f'<rect width="100%" height="100%" fill="{PAPER}"/>'
    return "\n".join([head, background, *parts, "</svg>"]) + "\n"


def _touched(tap: Tap, axis: int) -> tuple[int, set[int]]:
    coverage = tap.coverage(axis)
    assert coverage is not None  # noqa: S101 - as above
    touched = set(coverage.at(0))
    return min(touched), touched


def _grid(tap: Tap, left: int) -> Iterator[str]:
    """One square a pixel; a pixel is touched where its row and its column are."""
    (top, rows), (start, columns) = _touched(tap, 0), _touched(tap, 1)
    for row in range(top, max(rows) + 1):
        for column in range(start, max(columns) + 1):
            colour = TOUCHED if row in rows and column in columns else HOLE
            place = f'x="{left + (column - start) * CELL + 1}" y="{(row - top) * CELL + 1}"'
            yield f'<rect {place} width="{CELL - 1}" height="{CELL - 1}" fill="{colour}"/>'


def _share(tap: Tap) -> str:
    (top, rows), (start, columns) = _touched(tap, 0), _touched(tap, 1)
    pixels = (max(rows) - top + 1) * (max(columns) - start + 1)
    return f"{100 * len(rows) * len(columns) / pixels:.0f} % touched"


def _caption(title: str, share: str, left: int, field: int) -> str:
    texts = (title, f"{field} x {field} pixels, {share}")
    lines = [
        f'<text x="{left + 1}" y="{field * CELL + 18 + 17 * i}" fill="{INK}">{text}</text>'
        for i, text in enumerate(texts)
    ]
    return "\n".join(lines)


PICTURES: dict[str, Callable[[], str]] = {"solve.svg": solution_picture, "holes.svg": holes_picture}
"""Every picture by its file."""

if __name__ == "__main__":
    for name, picture in PICTURES.items():
        (HERE / name).write_text(picture(), encoding="utf-8")
