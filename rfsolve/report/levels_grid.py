"""The levels that a dataset's objects need, on a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from rfsolve.propose.levels import Level, Levels, range_text
from rfsolve.report.facts import Fact
from rfsolve.report.grid import Column, Grid
from rfsolve.report.wording import axes_text, count_text

MOST_CLASSES = 8


def levels_grid(found: Levels) -> Grid:
    """Return a row for each level: its grid, the objects it serves, what it must see, and the cells they span."""
    measure = found.assignment.measure.value
    grid = Grid(
        (
            Column("level", right=False),
            Column("stride"),
            Column(f"{measure}, {found.fingerprint.unit.value}"),
            Column("objects"),
            Column("share"),
            Column("field >="),
            Column("ERF >="),
            Column("cells 5 %, median"),
            Column(f">= {found.required_cells:g} cells"),
        )
    )
    for level in found:
        grid.row(
            level.name,
            str(level.stride),
            range_text(level),
            f"{level.count:,}",
            percent_text(level.share),
            _field(level),
            _effective(level),
            f"{level.cells[0]:.3g}, {level.cells[1]:.3g}",
            percent_text(level.fine),
        )
    return grid


def levels_facts(found: Levels) -> Iterator[Fact]:
    """Yield the rules, what the levels leave out, and the classes they serve least."""
    yield "policy", _rule(found.policy.name, found.policy.formula, found.policy.source)
    yield "levels by", _rule(found.assignment.name, found.assignment.formula, found.assignment.source)
    yield "served", f"{percent_text(found.served)} of the objects"
    for dropped in found.dropped:
        yield "dropped", f"{dropped.band.name} (stride {dropped.band.stride}): {dropped.reason}"
    for one in found.unserved:
        span = f"mean sides {one.mean_side[0]:.3g} to {one.mean_side[1]:.3g} {found.fingerprint.unit.value}"
        yield "not served", f"{count_text(one.count, 'objects')} ({percent_text(one.share)}): {one.reason}, {span}"
        if len(one.by_class) > 1:
            yield "not served", _classes(one.by_class)
    if any(level.beyond for level in found):
        counts = ", ".join(f"{level.beyond:,} on {level.name}" for level in found if level.beyond)
        yield (
            "too long",
            f"for the field of their level: {counts} (a field is made for {percent_text(found.covers)} of its objects)",
        )


def percent_text(share: float) -> str:
    """Return a share in percent, with one decimal below ten."""
    percent = 100 * share
    if 0 < percent < 0.1:  # noqa: PLR2004 - what one decimal can show
        return "<0.1 %"
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"  # noqa: PLR2004 - two digits


def _rule(name: str, formula: str, source: str) -> str:
    return f"{name}: {formula}" + (f" ({source})" if source else "")


def _field(level: Level) -> str:
    return "-" if level.receptive_field is None else axes_text([f"{one:,}" for one in level.receptive_field])


def _effective(level: Level) -> str:
    found: Sequence[float] | None = level.effective_receptive_field
    return "-" if found is None else axes_text([f"{one:,.1f}" for one in found])


def _classes(shares: Mapping[str, float]) -> str:
    rows = sorted(shares.items(), key=lambda item: -item[1])
    rows = [(name, share) for name, share in rows if share > 0]
    listed = ", ".join(f"{percent_text(share)} of {name}" for name, share in rows[:MOST_CLASSES])
    return listed + (f", .. ({len(rows)} classes)" if len(rows) > MOST_CLASSES else "")
