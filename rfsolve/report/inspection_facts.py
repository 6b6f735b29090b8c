"""The lines under the table of taps: totals, outputs, tiles, and what may be wrong."""

from collections.abc import Iterator, Sequence

from rfsolve.analysis import Analysis, Diagnostic, Tap
from rfsolve.analysis.lints import RULES, Severity
from rfsolve.analysis.tiling import Untileable, margins
from rfsolve.analysis.totals import own_macs
from rfsolve.formats.inspected import Inspected
from rfsolve.graph import Reach, Unknown, activation_memory, costs
from rfsolve.report.facts import Fact
from rfsolve.report.footnote import ERF_FOOTNOTE, exceeds_field
from rfsolve.report.inspection_grid import shown_view
from rfsolve.report.wording import axes_text, count_text, fields_text, size_text, stride_text

MOST_OUTPUTS = 12
"""Outputs with a line of their own; `--taps` shows the others."""

MOST_NAMES = 3
"""Nodes that a grouped remark names."""


def inspection_facts(found: Inspected) -> Iterator[Fact]:
    """Yield the totals, a line for each output, the tiles, and the remarks, each rule once."""
    yield "network", ", ".join(_costs(found))
    for analysis in found.analyses:
        yield from _outputs(found, analysis)
    yield from _tiles(found)
    yield from _lints(found)
    yield from _remarks(found.diagnostics)
    yield from _left_out(found)
    if any(exceeds_field(tap) for tap in found.outputs):
        yield ERF_FOOTNOTE


def sight_text(tap: Tap) -> str:
    """Return what a tap sees, in words."""
    if set(tap.reach) == {Reach.GLOBAL}:
        return "the whole input"
    if Reach.EXACT not in tap.reach:
        return "what is not known"
    holes = {True: "hole-free", False: "with holes", None: "holes not known"}[tap.hole_free]
    return (
        f"{fields_text(tap)} px, stride {stride_text(tap.stride)}, "
        f"ERF {size_text(tap.effective_receptive_field)}, {holes}"
    )


def names_text(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _costs(found: Inspected) -> Iterator[str]:
    graph, shapes = found.graph, found.analyses[0].shapes
    yield count_text(costs.parameters(graph), "parameters")
    macs = [own_macs(graph, node, shapes) for node in graph.nodes]
    if None not in macs:
        unknown = any(isinstance(graph.layer(node), Unknown) for node in graph.nodes)
        rest = " without those of unknown operations" if unknown else ""
        yield count_text(sum(count or 0 for count in macs), "MACs") + rest
    if all(shape.elements is not None for shape in shapes.values()):
        yield f"{count_text(activation_memory(graph).peak, 'activations')} at the peak"


def _outputs(found: Inspected, analysis: Analysis) -> Iterator[Fact]:
    for tap in analysis.outputs[:MOST_OUTPUTS]:
        source = "" if len(found.analyses) == 1 else f" of {analysis.source}"
        lost = found.metrics(analysis, tap.name)["receptive_field"].reason
        yield "output", f"{tap.name} sees{source} {sight_text(tap)}" + (f": {lost}" if lost else "")
    if (rest := len(analysis.outputs) - MOST_OUTPUTS) > 0:
        yield "output", f"{rest} more, which --taps shows"


def _tiles(found: Inspected) -> Iterator[Fact]:
    for analysis in found.analyses:
        for tap in analysis.outputs[:MOST_OUTPUTS]:
            if tap.status is Reach.EXACT:
                several = len(analysis.outputs) > 1 or len(found.analyses) > 1
                yield "tiles", (f"{tap.name}: " if several else "") + _tile_text(found, analysis, tap)


def _tile_text(inspected: Inspected, analysis: Analysis, tap: Tap) -> str:
    sizes = inspected.smallest_inputs(analysis, tap.name)
    whole = axes_text(["?" if size is None else f"{size:,}" for size in sizes])
    fill = "" if None in sizes else f"an input of {whole} px holds one whole field"
    found = margins(analysis, tap.name)
    if isinstance(found, Untileable):
        return f"none: {found.reason}" + (f"; {fill}" if fill else "")
    overlap = axes_text([f"{one.overlap:,}" for one in found])
    return f"overlap {overlap} px on a grid of {axes_text([f'{one.grid:,}' for one in found])}; {fill}"


def _lints(found: Inspected) -> Iterator[Fact]:
    for group in found.lints:
        label = "warning" if group.severity is Severity.WARNING else "note"
        yield label, f"{names_text(group.nodes)}: {group.message}; {group.advice} ({group.code})"


def _remarks(diagnostics: Sequence[Diagnostic]) -> Iterator[Fact]:
    rules = {rule.code for rule in RULES}
    groups: dict[tuple[str, str], list[str]] = {}
    for remark in diagnostics:
        if remark.code not in rules:
            groups.setdefault((remark.code, remark.message), []).append(remark.node)
    shown: dict[str, int] = {}
    for (code, message), nodes in groups.items():
        shown[code] = shown.get(code, 0) + 1
        if shown[code] <= MOST_NAMES:
            yield "note", f"{': '.join(filter(None, (names_text(nodes), message)))} ({code})"
    for code, number in shown.items():
        if number > MOST_NAMES:
            yield "note", f"{number - MOST_NAMES} more remarks like it, which --json lists ({code})"


def _left_out(found: Inspected) -> Iterator[Fact]:
    """What a table of stages does not say of a long network, and how to have it said."""
    analysis = found.analyses[0]
    if found.asked or shown_view(found, analysis) != "stages":
        return
    yield "shown", f"where stages end, of {len(analysis.taps)} taps; --taps layers or all shows the others"
    needing = [one.code for one in found.unchecked if "object" not in one.reason]
    if needing:
        yield "unchecked", f"{', '.join(needing)}: {found.unchecked[-1].reason} (--input-size)"
