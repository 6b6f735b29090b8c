"""What is seen at the exits of a design, and at the places that are only checked."""

from collections.abc import Iterator

from rfsolve.analysis import Tap, analyse
from rfsolve.graph import without_statistics
from rfsolve.report.facts import Fact
from rfsolve.report.footnote import ERF_FOOTNOTE, exceeds_field
from rfsolve.report.wording import HOLES, count_text, field_text, size_text, stride_text
from rfsolve.search.solution import Design
from rfsolve.space.problem import Exit, Problem


def exit_facts(problem: Problem, design: Design) -> Iterator[Fact]:
    """Yield a fact for each exit, in the order of the problem, and a footnote where one is needed."""
    described = []
    for way_out in problem.exits:
        label = f"{'exit' if way_out.output else 'check'} {way_out.name}"
        measured = list(_measured(problem, design, way_out))
        if measured:
            yield label, ", ".join(measured)
        else:
            tap = design.taps[design.ends[way_out.name]]
            described.append(tap)
            yield label, sight(tap)
    if any(map(exceeds_field, described)):
        yield ERF_FOOTNOTE


def _measured(problem: Problem, design: Design, way_out: Exit) -> Iterator[str]:
    """Yield the fields that are asked for in pixels of another node than the input."""
    sources = (requirement.source for requirement in problem.at(way_out.name))
    for source in dict.fromkeys(one for one in sources if one is not None):
        tap = analyse(without_statistics(design.graph), source=design.ends[source]).taps[design.ends[way_out.name]]
        yield f"receptive field {field_text(tap.receptive_field)} from {source}"


def sight(tap: Tap) -> str:
    """Return field, stride, ERF, width and holes of an exit in words."""
    return ", ".join(
        [
            f"receptive field {field_text(tap.receptive_field)}",
            f"stride {stride_text(tap.stride)}",
            f"ERF {size_text(tap.effective_receptive_field)}",
            count_text(tap.shape.channels, "channels"),
            HOLES[tap.hole_free],
        ]
    )
