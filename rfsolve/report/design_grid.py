"""A design as a table: one row for each placed layer, a line for each stack, merge and exit."""

from collections.abc import Iterable

from rfsolve.report.branches import branch_by_branch, exit_words, is_chain
from rfsolve.report.grid import Column, Grid
from rfsolve.report.layer_runs import NONE
from rfsolve.report.wording import count_text, field_text, size_text, stride_text, vector_text
from rfsolve.search.expand import PlacedLayer
from rfsolve.search.solution import Design
from rfsolve.space.problem import Merge, Problem, Stack

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
    """Return the rows of a design, stack by stack; an exit is marked after what it reads."""
    table = _Table(design)
    if is_chain(problem):
        _add_chain(table, problem)
    else:
        _add_graph(table, problem, design)
    return table.grid


class _Table:
    """Adds the layers of one stack after another, numbered from 1."""

    def __init__(self, design: Design) -> None:
        self.grid = Grid(COLUMNS)
        self._design = design
        self._number = 0

    @property
    def built(self) -> set[str]:
        """The stacks with layers."""
        return {layer.stack for layer in self._design.layers}

    def add_layers(self, stack: Stack) -> None:
        for layer in self._design.layers:
            if layer.stack == stack.name:
                self._number += 1
                self.grid.row(str(self._number), *_cells(self._design, layer))

    def add_exits(self, words: Iterable[str]) -> None:
        for ways_out in words:
            self.grid.section(f"-> {ways_out}")


def _add_chain(table: _Table, problem: Problem) -> None:
    """Add stack after stack; empty ones are left out, and their exits stand after the last layer before them."""
    table.add_exits(exit_words(problem, *_empty_after("input", problem, table.built)))
    for stack in problem.stacks:
        if stack.name not in table.built:
            continue
        if len(problem.stacks) > 1:
            table.grid.section(f"stack {stack.name}")
        table.add_layers(stack)
        table.add_exits(exit_words(problem, *_empty_after(stack.name, problem, table.built)))


def _empty_after(node: str, problem: Problem, built: set[str]) -> list[str]:
    """Return the node and the empty stacks right behind it."""
    chain = ["input", *(stack.name for stack in problem.stacks)]
    here = [node]
    for name in chain[chain.index(node) + 1 :]:
        if name in built:
            break
        here.append(name)
    return here


def _add_graph(table: _Table, problem: Problem, design: Design) -> None:
    """Add branch by branch; each stack says what it follows, each merge what it makes."""
    table.add_exits(exit_words(problem, "input"))
    for part in branch_by_branch(problem):
        if isinstance(part, Merge):
            table.grid.section(_merge_text(part, design))
        else:
            table.grid.section(_stack_text(problem, part, empty=part.name not in table.built))
            table.add_layers(part)
        table.add_exits(exit_words(problem, part.name))


def _stack_text(problem: Problem, stack: Stack, *, empty: bool) -> str:
    notes = [NONE] if empty else []
    if stack.tie is not None:
        notes.append(f"{'weights' if stack.tie.weights else 'layers'} of {stack.tie.to}")
    return f"stack {stack.name}  from {problem.before(stack.name)}" + (f": {', '.join(notes)}" if notes else "")


def _merge_text(merge: Merge, design: Design) -> str:
    """Return e.g. `skip2 = concat(enc2, up2): 192 channels, field 60-64, jump 2`."""
    tap = design.taps[design.ends[merge.name]]
    made = [
        count_text(tap.shape.channels, "channels"),
        f"field {field_text(tap.receptive_field)}",
        f"jump {stride_text(tap.stride)}",
    ]
    return f"{merge.name} = {merge.kind.value}({', '.join(merge.branches)}): {', '.join(made)}"


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
