"""Proposals on a terminal: what was asked, the coverage of proposals and baselines, and what else there is to know."""

import json
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from rfsolve.propose.proposals import Proposals, SpareLevel
from rfsolve.report.coverage_grid import coverage_grid
from rfsolve.report.facts import Fact, facts_text
from rfsolve.report.grid import Column, Grid
from rfsolve.report.solution_page import solution_facts
from rfsolve.report.wording import count_text


def print_proposals(console: Console, found: Proposals) -> None:
    """Print the proposals, or why there is none."""
    console.print(proposals_text(found, console.width), soft_wrap=True)


def proposals_text(found: Proposals, width: int) -> Text:
    """Return the page in `width` columns."""
    parts = [facts_text(_asked(found), width)]
    if found.proposals or found.baselines:
        parts.append(coverage_grid(found).rendered(width))
    if found.spare:
        parts.append(_spare(found.spare).rendered(width))
    parts.append(facts_text([*_answers(found), ("time", f"{found.seconds:.2f} s")], width))
    return Text("\n\n").join(parts)


def _asked(found: Proposals) -> Iterator[Fact]:
    fingerprint = found.fingerprint
    counted = "" if fingerprint.counted else ", as published, not counted"
    yield "objects", f"{fingerprint.count:,} of {fingerprint.source}{counted}; resize {fingerprint.resize}"
    yield "rule", found.policy
    yield from found.facts


def _answers(found: Proposals) -> Iterator[Fact]:
    for proposal in found.proposals:
        yield str(proposal.place), proposal.words
        parts = [f"{name} {count:,}" for name, count in proposal.parts.items() if count]
        yield (
            str(proposal.place),
            f"{count_text(len(proposal.design.layers), 'layers')}; parameters: {', '.join(parts)}",
        )
        for label, text in proposal.facts:
            yield str(proposal.place), f"{label}: {text}"
    if found.refusal is not None and found.refused is not None:
        yield from solution_facts(found.refused, found.refusal)
    for convention, value in found.conventions.items():
        yield "anchors", f"{convention} = {_value(value)}"
    for note in found.notes:
        yield "note", note


def _value(value: object) -> str:
    """Return a convention's value as its framework writes it: Python where it is a tuple, else JSON."""
    return repr(value) if "(" in repr(value) else json.dumps(value)


def _spare(levels: tuple[SpareLevel, ...]) -> Grid:
    """Return a row for each level that no proposal has."""
    titles = ("level", "stride", "for objects px", "in its range", "would add parameters", "proven")
    grid = Grid([Column(title, right=title not in {"level", "proven"}) for title in titles])
    for level in levels:
        added = ("no design" if level.proven else "not settled in time") if level.parameters is None else ""
        added = added or f"{level.parameters:+,}"
        grid.row(level.level, str(level.stride), level.sizes, _in_range(level), added, "yes" if level.proven else "no")
    return grid


def _in_range(level: SpareLevel) -> str:
    counted = count_text(level.count, "objects")
    if not level.count:
        return counted
    return f"{counted}, now on {' and '.join(level.served_by)}" if level.served_by else f"{counted}, not served"
