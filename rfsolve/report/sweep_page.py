"""A sweep in the terminal: what is to be done, what came of it, its rows, and rows arranged by two columns."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console

from rfsolve.report.facts import Fact, facts_text
from rfsolve.report.grid import Column
from rfsolve.report.grid import Grid as Lines
from rfsolve.report.wording import count_text
from rfsolve.sweep.estimating import Estimate
from rfsolve.sweep.grid import Grid, value_text
from rfsolve.sweep.planning import Plan
from rfsolve.sweep.reading import Pivot, Rows, Value
from rfsolve.sweep.rows import Row, RowStatus
from rfsolve.sweep.tally import Tally

USUAL = ("status", "objective", "receptive_field", "stride", "layers", "implied_by")
"""Columns of the table of rows, behind the axes."""

MARKS = {
    RowStatus.INFEASIBLE: "none",
    RowStatus.UNKNOWN: "time",
    RowStatus.FAILED: "failed",
}
"""What a cell says where there is no design."""

LONGEST = 12
"""Values of an axis that a fact lists."""


def print_facts(console: Console, facts: Sequence[Fact]) -> None:
    """Print facts, a label and a text each."""
    console.print(facts_text(facts, console.width))


def plan_facts(grid: Grid, plan: Plan, expected: Estimate) -> list[Fact]:
    """Return what a sweep would do."""
    count = sum(map(len, plan.chains))
    dropped = grid.size - len(plan.points)
    facts = [("axis", f"{axis.name}: {_values(axis.values)}") for axis in grid.axes]
    size = f"{count:,}" if count == len(plan.points) else f"{count:,} of {len(plan.points):,}"
    facts.append(("points", size + (f", {dropped:,} dropped" if dropped else "")))
    unstated = sum(one.question is None for chain in plan.chains for one in chain)
    if unstated:
        facts.append(("", f"{unstated:,} cannot be stated and will be rows that failed"))
    facts.append(("chains", f"{len(plan.chains):,}; inside a chain one answer may settle others"))
    facts.append(("solves", f"{expected.fewest:,} at the least, {expected.most:,} at the most"))
    facts.append(
        ("time", f"{expected.seconds:,.1f} s at the most ({expected.each:.3f} s each, the mean of {expected.tried})")
    )
    return facts


def _values(values: Sequence[Value]) -> str:
    texts = [value_text(value) for value in values]
    if len(texts) <= LONGEST:
        return ", ".join(texts)
    return f"{', '.join(texts[:4])}, ... {texts[-1]} ({len(texts):,})"


def tally_facts(rows: Rows, tally: Tally, store: str) -> list[Fact]:
    """Return what came of a sweep: counts, what is impossible and why, where the rows are."""
    facts = [
        ("points", f"{tally.done:,}: {tally.proven:,} proven, of them {tally.count(RowStatus.INFEASIBLE):,} impossible")
    ]
    open_ = {
        RowStatus.FEASIBLE: "have a design that is not proven best",
        RowStatus.UNKNOWN: "ran out of time",
        RowStatus.FAILED: "failed",
    }
    facts += [("", f"{tally.count(status):,} {said}") for status, said in open_.items() if tally.count(status)]
    facts.append(("solves", f"{tally.solved:,} run, {tally.implied:,} points implied by them"))
    facts += [("impossible", text) for text in _reasons(rows)]
    facts += [("failed", text) for text in _failures(rows)]
    facts.append(("rows", f"{store}; read them with: rfsolve sweep show {store}"))
    facts.append(("time", f"{tally.seconds:.2f} s ({tally.rate:,.1f} points/s)"))
    return facts


def _reasons(rows: Rows) -> Iterator[str]:
    """Yield what cannot hold together, most frequent first, with one point as an example."""
    impossible = [row for row in rows.rows if row.conflicts]
    found = Counter(_grouped(row.conflicts[0]) for row in impossible)
    for words, count in found.most_common(3):
        row = next(row for row in impossible if _grouped(row.conflicts[0]) == words)
        nearest = f"; there, {row.relaxations[0]} would do" if row.relaxations else ""
        yield f"{count_text(count, 'points')}, such as {_words(row)}: {words} cannot hold together{nearest}"


def _grouped(names: Sequence[str]) -> str:
    """Return the names of requirements, those that differ in a number only as one: `stack[..].layers (7)`."""
    plain = [name.removeprefix("--vary ").removeprefix("--set ") for name in names]
    groups = Counter(re.sub(r"\[[0-9]+\]", "[..]", name) for name in plain)
    single = {re.sub(r"\[[0-9]+\]", "[..]", name): name for name in plain}
    return ", ".join(single[group] if number == 1 else f"{group} ({number})" for group, number in groups.items())


def _failures(rows: Rows) -> Iterator[str]:
    """Yield what went wrong, most frequent first, with one point as an example; numbers make no difference."""
    failed = [(re.sub(r"[0-9][0-9.,]*", "..", row.error), row) for row in rows.rows if row.error is not None]
    for words, count in Counter(words for words, _ in failed).most_common(3):
        row = next(row for key, row in failed if key == words)
        yield f"{count_text(count, 'points')}, such as {_words(row)}: {row.error}"


def _words(row: Row) -> str:
    return ", ".join(f"{name}={value_text(value)}" for name, value in row.varied.items())


# rows -----------------------------------------------------------------------------------------------------------------


def print_rows(console: Console, rows: Rows, *, of: Rows, asked: Sequence[str], most: int) -> None:
    """Print rows as a table, `most` at most; `asked` are columns to show besides the usual ones."""
    names = list(dict.fromkeys([*rows.axes, *USUAL, *(rows.column(name) for name in asked if rows.rows)]))
    right = {name: any(isinstance(rows.value(row, name), int | float) for row in rows.rows) for name in names}
    lines = Lines([Column(name, right=right[name]) for name in names])
    for row in rows.rows[:most]:
        lines.row(*(cell_text(rows.value(row, name)) for name in names))
    console.print(lines.rendered(console.width), soft_wrap=True)
    console.print()
    console.print(facts_text(_summary(rows, of, most), console.width))


def _summary(rows: Rows, of: Rows, most: int) -> list[Fact]:
    shown = min(most, len(rows.rows))
    counts = Counter(row.status.value for row in of.rows)
    solved = sum(row.implied_by is None and row.status is not RowStatus.FAILED for row in of.rows)
    total = of.rows[0].points
    points = f"{len(of.rows):,}" if len(of.rows) == total else f"{len(of.rows):,} of {total:,}, the rest is not done"
    facts = [("points", f"{points}: {', '.join(f'{count:,} {status}' for status, count in counts.items())}")]
    facts.append(("solves", f"{solved:,}"))
    if shown < len(rows.rows):
        facts.append(("shown", f"{shown:,} of {len(rows.rows):,}; --rows N shows more, --csv all"))
    return facts


def cell_text(value: Value) -> str:
    """Return a value in a table: thousands apart, four digits of fractions, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 10_000 else _text(value)  # noqa: PLR2004


def _text(value: Value) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


def print_pivot(console: Console, rows: Rows, pivot: Pivot, value: str) -> None:
    """Print a column arranged by two others; what is not proven has a mark."""
    lines = Lines([Column(f"{pivot.down} \\ {pivot.across}"), *(Column(cell_text(name)) for name in pivot.columns)])
    for down in pivot.rows:
        cells = [_cell(rows, pivot.cells.get((down, across), ()), value) for across in pivot.columns]
        lines.row(cell_text(down), *cells)
    console.print(lines.rendered(console.width), soft_wrap=True)
    console.print()
    legend = "none: impossible, proven; time: out of time; ?: not proven"
    several = any(len(cell) > 1 for cell in pivot.cells.values())
    more = "; of several points, the best" if several else ""
    console.print(facts_text([("cells", f"{value}{more}"), ("", legend)], console.width))


def _cell(rows: Rows, found: Sequence[Row], value: str) -> str:
    """Return what a cell shows: of several rows, the best with a design."""
    if not found:
        return ""
    chosen = Rows(tuple(found)).best([]).rows
    row = chosen[0] if chosen else found[0]
    text = cell_text(rows.value(row, value))
    if not chosen and value not in {"status", "why", "seconds", "implied_by", "because"}:
        return MARKS.get(row.status, "")
    return text + ("?" if row.status is RowStatus.FEASIBLE else "")
