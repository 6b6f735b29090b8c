"""A design as a table: one row for each placed layer, a line for each stack and exit."""

from rfsolve.report.grid import Column, Grid
from rfsolve.report.wording import field_text, size_text, stride_text, vector_text
from rfsolve.search.expand import PlacedLayer
from rfsolve.search.solution import Design
from rfsolve.space.problem import Problem

COLUMNS = (
    Column("#", "#"),
    Column("layer", "layer", right=False),
    Column("block", "block", right=False),
    Column("kernel", "kernel"),
    Column("stride", "stride"),
    Column("dilation", "dil"),
    Column("width", "width"),
    Column("parameters", "params"),
    Column("receptive field", "field"),
    Column("jump", "jump"),
    Column("ERF", "ERF"),
)

FLAT = 2
"""Axes up to which an ERF is shown with a decimal; three of those make a row too wide."""


def design_grid(problem: Problem, design: Design) -> Grid:
    """Return the rows of a design, stack by stack; an exit is marked where it leaves."""
    grid = Grid(COLUMNS)
    number = 0
    for stack in problem.stacks:
        if len(problem.stacks) > 1:
            grid.section(f"stack {stack.name}")
        for layer in design.layers:
            if layer.stack == stack.name:
                number += 1
                grid.row(str(number), *_cells(design, layer))
        for way_out in problem.exits:
            if problem.before(way_out.name) == stack.name:
                grid.section(f"-> exit {way_out.name}")
    return grid


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
        size_text(tap.effective_receptive_field, digits=0 if len(tap.stride) > FLAT else 1),
    ]
