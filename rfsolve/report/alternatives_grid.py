"""Several designs as a table: one row for each, the best first."""

from collections.abc import Iterator

from rfsolve.report.facts import Fact
from rfsolve.report.grid import Column, Grid
from rfsolve.report.layer_runs import runs_text
from rfsolve.report.wording import count_text, field_text, stride_text
from rfsolve.search.solution import Alternative, Alternatives, Design, Kind
from rfsolve.space.problem import Objective, Problem, Quantity

ROOM = 60
"""Columns that the layers of a design get at the least."""


def alternatives_grid(problem: Problem, alternatives: Alternatives, width: int) -> Grid:
    """Return a row for each design: values, how much worse than the first, depth, and what it is made of."""
    names = [objective.quantity.words for objective in problem.objectives]
    spread = alternatives.kind is Kind.DIVERSE
    others = [
        (title, text)
        for title, text in (("params", _parameters), ("layers", _layers), ("field", _field), ("stride", _stride))
        if title not in names and not (title == "params" and Quantity.PARAMETERS.words in names)
    ]
    titles = [*names, "more", *(["apart"] if spread else []), *(title for title, _ in others)]
    columns = (Column("#"), *map(Column, titles), Column("made of", right=False))
    grid = Grid(columns)
    first = alternatives.listed[0]
    for number, one in enumerate(alternatives.listed, start=1):
        values = [_value(objective, value) for objective, value in zip(problem.objectives, one.values, strict=True)]
        apart = ["-" if one.distance is None else str(one.distance)] if spread else []
        cells = [*values, _more(first, one), *apart, *(text(one.design) for _, text in others)]
        room = max(ROOM, width - 10 * len(titles))
        grid.row(str(number), *cells, made_of(problem, one.design, room))
    return grid


def made_of(problem: Problem, design: Design, room: int) -> str:
    """Return the layers of a design in one line, stack by stack where there are several."""
    texts = []
    for stack in problem.stacks:
        own = [layer for layer in design.layers if layer.stack == stack.name]
        if own:
            name = f"{stack.name}: " if len(problem.stacks) > 1 else ""
            texts.append(name + runs_text(own, room))
    return "; ".join(texts)


def alternatives_facts(alternatives: Alternatives) -> Iterator[Fact]:
    """Yield what is listed, and what of it is proven."""
    found = len(alternatives.listed)
    number = count_text(found, "designs")
    match alternatives.kind:
        case Kind.TOP if not alternatives.more:
            text = f"{number}, and no others: that is all" if alternatives.complete else number
        case Kind.TOP:
            text = f"the best {number}: no other is better than the last, proven" if alternatives.complete else number
        case Kind.ALL_OPTIMAL:
            text = f"{number} as good as the best: all, proven" if alternatives.complete else f"{number}, and more"
        case Kind.DIVERSE:
            text = f"{number} within {100 * (alternatives.tolerance or 0):.3g} % of the best"
            text += ", each proven to differ as much as it can from those above it" if alternatives.complete else ""
            if found < (alternatives.asked or 0) and alternatives.complete:
                text += "; no other differs in kernels, dilations or depth"
    if not alternatives.complete and not (alternatives.kind is Kind.ALL_OPTIMAL and alternatives.more):
        text += ", not proven in time"
    yield "listed", text


def _value(objective: Objective, value: float) -> str:
    whole = objective.quantity not in {Quantity.ENTROPY, Quantity.EFFECTIVE_RECEPTIVE_FIELD}
    return f"{round(value):,}" if whole else f"{value:,.1f}"


def _more(first: Alternative, one: Alternative) -> str:
    """Return by how much the first objective is worse than the best, in percent."""
    best, value = first.values[0], one.values[0]
    share = abs(value - best) / max(abs(best), 1.0)
    return f"{100 * share:.2f} %"


def _parameters(design: Design) -> str:
    return f"{design.parameters:,}"


def _layers(design: Design) -> str:
    return str(len(design.layers))


def _field(design: Design) -> str:
    return ", ".join(field_text(report.receptive_field) for report in design.exits)


def _stride(design: Design) -> str:
    return ", ".join(stride_text(report.stride) for report in design.exits)
