"""A design as a table: one row for each placed layer, a line for each stack and exit."""

from rfsolve.report.grid import Column, Grid
from rfsolve.report.wording import field_text, size_text, stride_text, vector_text
from rfsolve.search.expand import PlacedLayer
from rfsolve.search.solution import Design
from rfsolve.space.problem import Problem

COLUMNS = (
    Column("#"),
    Column("layer", right=False),
    Column("block", right=False),
    Column("kernel"),
    Column("stride"),
    Column("dilation"),
    Column("width"),
    Column("params"),
    Column("field"),
    Column("jump"),
    Column("ERF"),
)


def design_grid(problem: Problem, design: Design) -> Grid:
    """Return the rows of a design, stack by stack; an exit is marked after the last layer before it."""
    grid = Grid(COLUMNS)
    built = {layer.stack for layer in design.layers}
    number = 0
    _exits(grid, problem, built, None)
    for stack in problem.stacks:
        if stack.name not in built:
            continue
        if len(problem.stacks) > 1:
            grid.section(f"stack {stack.name}")
        for layer in design.layers:
            if layer.stack == stack.name:
                number += 1
                grid.row(str(number), *_cells(design, layer))
        _exits(grid, problem, built, stack.name)
    return grid


def _exits(grid: Grid, problem: Problem, built: set[str], after: str | None) -> None:
    """Add a line for the exits that the last layer of `after` leads to; None: those without any layer."""
    names = [way_out.name for way_out in problem.exits if _last_built(problem, built, way_out.name) == after]
    if names:
        grid.section(f"-> exit{'s' if len(names) > 1 else ''} {', '.join(names)}")


def _last_built(problem: Problem, built: set[str], name: str) -> str | None:
    """Return the last stack with layers on the way to a node; None where there is none."""
    return next((stack.name for stack in reversed(problem.trunk(name)) if stack.name in built), None)


def _cells(design: Design, layer: PlacedLayer) -> list[str]:
    tap = design.taps[layer.result]
    return [
        layer.name,
        layer.block,
        vector_text(layer.choice.kernel),
        vector_text(layer.choice.stride),
        vector_text(layer.choice.dilation),
        str(layer.c_out),
        f"{design.layer_parameters(layer):,}",
        field_text(tap.receptive_field),
        stride_text(tap.stride),
        size_text(tap.effective_receptive_field),
    ]
