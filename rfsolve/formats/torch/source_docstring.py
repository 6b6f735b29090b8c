"""What generated code says of itself: how it was made, and what its parts see."""

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.code import comment_text
from rfsolve.formats.field_table import TITLES, exit_rows, field_rows
from rfsolve.formats.torch.class_source import first_line
from rfsolve.graph import costs, reads_statistics


def docstring(blueprint: Blueprint) -> str:
    """Return the docstring of the file."""
    origin = blueprint.origin
    made = [
        f"Written by rfsolve {comment_text(origin.version)}".strip()
        + (f": {comment_text(origin.proof)}." if origin.proof else ".")
    ]
    if origin.problem:
        made.append(f"The problem's SHA-256 is\n{comment_text(origin.problem, 70)}.")
    parts, exits = [row.cells for row in field_rows(blueprint)], [row.cells for row in exit_rows(blueprint)]
    rows = [tuple(comment_text(cell, 30) for cell in row) for row in [*parts, *exits]]
    widths = [max(len(row[at]) for row in [TITLES, *rows]) for at in range(len(TITLES))]
    table = [_line(TITLES, widths), "  ".join("-" * width for width in widths)]
    table += [_line(row, widths) for row in rows[: len(parts)]]
    table += ["  ".join("-" * width for width in widths)] if exits else []
    table += [_line(row, widths) for row in rows[len(parts) :]]
    total = costs.parameters(blueprint.graph)
    lines = [
        first_line(blueprint),
        "",
        *made,
        "",
        "What its parts see, in pixels of the input, and below the line its outputs (with",
        f"all that they need); {total:,} parameters in all.",
        *_statistics(blueprint),
        "",
        *table,
        "",
        "Weights are drawn anew (see initialise). Run this file to check it.",
    ]
    return '"""' + "\n".join(lines) + '\n"""'


def _statistics(blueprint: Blueprint) -> list[str]:
    if not reads_statistics(blueprint.graph):
        return []
    return ["Besides, normalisations read the mean and variance of the whole map."]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    name, *others = cells
    return "  ".join(
        [name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
    )
