"""The table of taps: what every layer, or every stage, sees and costs."""

from collections.abc import Sequence

from rfsolve.analysis import Analysis, Tap
from rfsolve.analysis.totals import own_macs
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.tap_names import Selected, View, usual_view, view_of
from rfsolve.graph import Conv, ConvTranspose, Global, Layer, Pool, Reach, Unknown
from rfsolve.report.grid import Column, Grid
from rfsolve.report.wording import UNKNOWN, axes_text, fields_text, size_text, stride_text, vector_text

SIGHT = (
    Column("tap", right=False),
    Column("layer", right=False),
    Column("field"),
    Column("jump"),
    Column("centre"),
    Column("ERF"),
    Column("density"),
)
OWN = (Column("params"), Column("MACs"))
SHAPE = Column("shape")
TOTAL = (Column("total params"), Column("total MACs"))


def inspection_grid(found: Inspected, analysis: Analysis) -> Grid:
    """Return the rows of an analysis.

    A table of layers says what each costs, together with the layers after it that are not shown; a
    table of stages or of taps asked for says what it costs to compute each, and its shape.
    """
    view = shown_view(found, analysis)
    rows = found.rows(analysis, view or View.ALL)
    return _layers(found, analysis, rows) if view in {View.ALL, View.LAYERS} else _stages(found, analysis, rows)


def shown_view(found: Inspected, analysis: Analysis) -> View | None:
    """Return the view that is shown; None where taps were asked for by name."""
    return view_of(found.asked, found.network) if found.asked else usual_view(found.network, analysis)


def _layers(found: Inspected, analysis: Analysis, rows: Sequence[Selected]) -> Grid:
    sums = _sums(analysis, {row.node for row in rows})
    sized = all(macs is not None for _, macs in sums.values())
    grid = Grid((*SIGHT, *(OWN if sized else OWN[:1])))
    for row in rows:
        parameters, macs = sums[row.node]
        cells = [*_sight(found, analysis, row), f"{parameters:,}"]
        grid.row(*cells, *([f"{macs:,}"] if sized else []))
    return grid


def _stages(found: Inspected, analysis: Analysis, rows: Sequence[Selected]) -> Grid:
    sized = any(found.totals[row.node].macs is not None for row in rows)
    shaped = any(analysis.shapes[row.node].elements is not None for row in rows)
    grid = Grid((*SIGHT, *((SHAPE,) if shaped else ()), *(TOTAL if sized else TOTAL[:1])))
    for row in rows:
        total = found.totals[row.node]
        shape = "x".join(UNKNOWN if n is None else str(n) for n in found.shape(analysis, row.node)[1:])
        macs = UNKNOWN if total.macs is None else f"{total.macs:,}"
        cells = [*_sight(found, analysis, row), *((shape,) if shaped else ()), f"{total.parameters:,}"]
        grid.row(*cells, *((macs,) if sized else ()))
    return grid


def _sums(analysis: Analysis, shown: set[str]) -> dict[str, tuple[int, int | None]]:
    """Return parameters and MACs of each node shown, with those of the hidden nodes after it."""
    sums: dict[str, tuple[int, int | None]] = {}
    holder: dict[str, str] = {}
    for node in analysis.taps:
        inputs = analysis.graph.inputs(node)
        holder[node] = node if node in shown or not inputs else holder.get(inputs[0], node)
        own = own_macs(analysis.graph, node, analysis.shapes)
        before = sums.get(holder[node], (0, 0))
        macs = None if before[1] is None or own is None else before[1] + own
        sums[holder[node]] = before[0] + analysis.graph.parameters(node), macs
    return sums


def layer_text(layer: Layer) -> str:
    """Return what a layer is in a few words: `conv 3x3 /2 d4 :64`."""
    if isinstance(layer, Unknown | Global):
        return f"{layer.op} {layer.name}"
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


def _sight(found: Inspected, analysis: Analysis, row: Selected) -> list[str]:
    return [row.name, layer_text(found.graph.layer(row.node)), *sight_cells(analysis.taps[row.node])]


def sight_cells(tap: Tap) -> list[str]:
    """Return field, jump, centre, ERF and density of a tap; words where there is no number."""
    words = [None if reach is Reach.EXACT else reach.value for reach in tap.reach]
    if all(words):
        return [axes_text([word or "" for word in words]), stride_text(tap.stride), "-", "-", "-"]
    return [
        fields_text(tap),
        stride_text(tap.stride),
        axes_text(["-" if centre is None else f"{centre + 0.0:.6g}" for centre in tap.centre]),
        size_text(tap.effective_receptive_field),
        axes_text(["-" if density is None else f"{density:.3g}" for density in tap.density]),
    ]
