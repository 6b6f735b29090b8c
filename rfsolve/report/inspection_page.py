"""What was found of a network, on a terminal: one row for each tap, then the totals."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from rfsolve.analysis import Analysis, Tap
from rfsolve.formats.inspection_json import own_macs, own_parameters
from rfsolve.graph import Conv, ConvTranspose, Layer, Pool, Reach
from rfsolve.report.facts import Fact, facts_text
from rfsolve.report.footnote import ERF_FOOTNOTE, exceeds_field
from rfsolve.report.grid import Column, Grid
from rfsolve.report.wording import axes_text, count_text, field_text, size_text, stride_text, vector_text

QUIET_OPS = frozenset({"input", "norm", "activation", "identity", "dropout", "layer_scale", "output"})
"""The input, and layers that see what their input sees: shown on request.

Their costs are counted with the layer before.
"""

COLUMNS = (
    Column("tap", right=False),
    Column("layer", right=False),
    Column("field"),
    Column("jump"),
    Column("centre"),
    Column("ERF"),
    Column("density"),
    Column("params"),
)


def print_inspection(console: Console, analyses: Sequence[Analysis], *, every_node: bool = False) -> None:
    """Print a table for each input of the network, and the totals."""
    for analysis in analyses:
        console.print(inspection_grid(analysis, every_node=every_node).rendered(console.width), soft_wrap=True)
        console.print()
    facts = list(_facts(analyses))
    if any(exceeds_field(tap) for analysis in analyses for tap in analysis.outputs):
        facts.append(ERF_FOOTNOTE)
    console.print(facts_text(facts, console.width), soft_wrap=True)


def inspection_grid(analysis: Analysis, *, every_node: bool = False) -> Grid:
    """Return the rows of an analysis, without pointwise layers unless every node is asked for."""
    graph = analysis.graph
    taps = shown_taps(analysis, every_node=every_node)
    sums = _sums(analysis, {tap.name for tap in taps})
    sized = all(macs is not None for _, macs in sums.values())
    grid = Grid((*COLUMNS, Column("MACs")) if sized else COLUMNS)
    for tap in taps:
        parameters, macs = sums[tap.name]
        cells = [tap.name, _layer_text(graph.layer(tap.name)), *_cells(tap), f"{parameters:,}"]
        grid.row(*cells, *([f"{macs:,}"] if sized else []))
    return grid


def shown_taps(analysis: Analysis, *, every_node: bool = False) -> list[Tap]:
    """Return the taps that have a row."""
    return [tap for tap in analysis.taps.values() if every_node or tap.op not in QUIET_OPS]


def _sums(analysis: Analysis, shown: set[str]) -> dict[str, tuple[int, int | None]]:
    """Return parameters and MACs of each node shown, with those of the hidden nodes after it."""
    sums: dict[str, tuple[int, int | None]] = {}
    holder: dict[str, str] = {}
    for node in analysis.taps:
        inputs = analysis.graph.inputs(node)
        holder[node] = node if node in shown or not inputs else holder.get(inputs[0], node)
        own = own_parameters(analysis, node), own_macs(analysis, node)
        before = sums.get(holder[node], (0, 0))
        macs = None if before[1] is None or own[1] is None else before[1] + own[1]
        sums[holder[node]] = before[0] + own[0], macs
    return sums


def _layer_text(layer: Layer) -> str:
    if not isinstance(layer, Conv | ConvTranspose | Pool):
        return layer.op
    stride = "" if max(layer.stride) == 1 else f" /{vector_text(layer.stride)}"
    dilation = "" if max(layer.dilation) == 1 else f" d{vector_text(layer.dilation)}"
    op = (
        f"{layer.kind.value} pool"
        if isinstance(layer, Pool)
        else "transposed"
        if isinstance(layer, ConvTranspose)
        else "conv"
    )
    width = "" if isinstance(layer, Pool) else f" :{layer.out_channels}"
    return f"{op} {'x'.join(map(str, layer.kernel))}{stride}{dilation}{width}"


def _cells(tap: Tap) -> list[str]:
    words = [None if reach is Reach.EXACT else reach.value for reach in tap.reach]
    if all(words):
        return [axes_text([word or "" for word in words]), stride_text(tap.stride), "-", "-", "-"]
    field = axes_text([word or field_text([one]) for word, one in zip(words, tap.receptive_field, strict=True)])
    return [
        field,
        stride_text(tap.stride),
        axes_text(["-" if centre is None else f"{centre + 0.0:.6g}" for centre in tap.centre]),
        size_text(tap.effective_receptive_field),
        axes_text(["-" if density is None else f"{density:.3g}" for density in tap.density]),
    ]


def _facts(analyses: Sequence[Analysis]) -> Iterator[Fact]:
    graph = analyses[0].graph
    total = sum(own_parameters(analyses[0], node) for node in graph.nodes)
    macs = [own_macs(analyses[0], node) for node in graph.nodes]
    counts = [count_text(total, "parameters")]
    counts += [count_text(sum(count or 0 for count in macs), "MACs")] if None not in macs else []
    yield "network", ", ".join(counts)
    for analysis in analyses:
        for tap in analysis.outputs:
            source = "" if len(analyses) == 1 else f" of {analysis.source}"
            yield "output", f"{tap.name} sees{source} {_sight(tap)}"
        for remark in analysis.diagnostics:
            yield "note", f"{remark.node}: {remark.message} ({remark.code})"


def _sight(tap: Tap) -> str:
    if tap.status is Reach.GLOBAL:
        return "the whole input"
    if tap.status is Reach.UNKNOWN:
        return "what is not known"
    holes = {True: "hole-free", False: "with holes", None: "holes not known"}[tap.hole_free]
    return (
        f"{field_text(tap.receptive_field)} px, stride {stride_text(tap.stride)}, "
        f"ERF {size_text(tap.effective_receptive_field)}, {holes}"
    )
