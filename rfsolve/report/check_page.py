"""A checked design on a terminal: a row for each requirement and each measurement, then whether all of them hold."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from rfsolve.report.checked import Checked
from rfsolve.report.exit_facts import sight
from rfsolve.report.facts import Fact, facts_text
from rfsolve.report.grid import Column, Grid
from rfsolve.report.judged import Judged
from rfsolve.report.stated import figures
from rfsolve.report.wording import count_text
from rfsolve.space.problem import Quantity

HOLDS = "holds"


def print_checked(console: Console, found: Checked) -> None:
    """Print the tables and the summary."""
    for title, rows in (("requirement", found.requirements), ("measured", found.measurements)):
        if rows:
            console.print(_grid(title, rows).rendered(console.width), soft_wrap=True)
            console.print()
    console.print(facts_text(_facts(found), console.width), soft_wrap=True)


def _grid(title: str, rows: Sequence[Judged]) -> Grid:
    grid = Grid([Column(title, right=False), *(Column(name, right=False) for name in ("asked", "found", "verdict"))])
    for row in rows:
        grid.row(row.name, row.asked, row.found, _verdict(row))
    return grid


def _verdict(row: Judged) -> str:
    if row.missed is None:
        return HOLDS
    return f"missed {row.missed}" if row.missed.startswith("by ") else f"missed: {row.missed}"


def _facts(found: Checked) -> Iterator[Fact]:
    design = found.design
    costs = [count_text(value, Quantity(name).words) for name, value in figures(design).items() if value is not None]
    yield "design", ", ".join(costs)
    for name in design.graph.outputs:
        if name in design.taps:
            yield f"exit {name}", sight(design.taps[name])
    for text in found.remarks:
        yield "note", text
    for text in () if found.measured is None else found.measured.unmeasured:
        yield "not measured", text
    missed = [one.name for one in (*found.requirements, *found.measurements) if not one.holds]
    count = len(found.requirements) + len(found.measurements)
    if missed:
        result = f"{len(missed)} of {count} do not hold: {', '.join(missed)}"
    else:
        result = f"all {count} hold" if count else "nothing is asked of the design"
    false = sum(not row.holds for row in found.stated)
    yield "result", result + (f"; the file states {false} of {len(found.stated)} figures falsely" if false else "")
