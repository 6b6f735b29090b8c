"""Coverage tables on a terminal: proposals and baselines against the same objects."""

from collections.abc import Sequence

from rfsolve.propose.coverage import CoverageRow, Verdict
from rfsolve.propose.evidence import range_words
from rfsolve.propose.proposals import Comparison, Proposal, Proposals
from rfsolve.report.grid import Column, Grid
from rfsolve.report.wording import axes_text, count_text, gap_text
from rfsolve.search.solution import Design

TITLES = ("level", "objects", "share", "asked", "at", "stride", "cells", "field", "ERF", "in-field", "in-ERF")
LEFT = {"level", "at", "verdict"}


def coverage_grid(found: Proposals) -> Grid:
    """Return a section for each proposal and each baseline, a row for each level."""
    grid = Grid([Column(title, right=title not in LEFT) for title in (*TITLES, "verdict")])
    for proposal in found.proposals:
        grid.section(proposal_title(proposal))
        _rows(grid, proposal.coverage)
    cheapest = found.proposals[0].design if found.proposals else None
    for one in found.baselines:
        grid.section(baseline_title(one, cheapest))
        _rows(grid, one.coverage)
    return grid


def proposal_title(proposal: Proposal) -> str:
    """Return place and costs in a line."""
    design = proposal.design
    costs = [f"{count_text(design.parameters, 'parameters')}, {_proof(proposal)}"]
    costs += [count_text(design.macs, "MACs")] if design.macs is not None else []
    return f"{proposal.place}: {'; '.join(costs)}"


def _proof(proposal: Proposal) -> str:
    gap = proposal.solution.outcome.gap
    if proposal.proven:
        return "proven minimal"
    return "not proven" if gap is None else f"proven to {gap_text(gap)}"


def baseline_title(one: Comparison, cheapest: Design | None) -> str:
    """Return a baseline's name and costs in a line, and how many times those of the cheapest proposal they are."""
    costs = [count_text(one.parameters, "parameters")]
    costs += [count_text(one.macs, "MACs")] if one.macs is not None else []
    if cheapest is not None:
        times = [f"{one.parameters / cheapest.parameters:.3g} x the parameters"] if cheapest.parameters else []
        times += [f"{one.macs / cheapest.macs:.3g} x the MACs"] if one.macs is not None and cheapest.macs else []
        costs += [f"{', '.join(times)} of the cheapest"] if times else []
    return f"baseline {one.name}: {'; '.join(costs)}"


def _rows(grid: Grid, rows: Sequence[CoverageRow]) -> None:
    for row in rows:
        grid.row(
            row.level,
            range_words(row.low, row.high),
            f"{row.share:.1%}",
            axes_text([f"{one:,}" for one in row.target]),
            row.served_by,
            axes_text(["?" if one is None else f"{one:g}" for one in row.stride]),
            "?" if row.cells is None else f"{row.cells:,.1f}",
            axes_text(["all" if one is None else f"{one:,}" for one in row.receptive_field]),
            axes_text(["all" if one is None else f"{one:,.0f}" for one in row.effective_receptive_field]),
            f"{row.contained:.0%}",
            f"{row.effective:.0%}",
            _verdict(row),
        )


WIDE = 8
"""From this ratio of field and largest object on, the verdict says so."""


def _verdict(row: CoverageRow) -> str:
    wide = row.verdict is Verdict.SEEN and row.times is not None and row.times >= WIDE
    return f"{row.verdict}, field {row.times:.0f} x" if wide else row.verdict.value
