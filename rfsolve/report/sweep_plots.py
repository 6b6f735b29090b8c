"""Plots of a sweep: the frontier, how each point ended, what it costs, and the cost along an axis.

One self-contained page, or one plot as SVG or PNG; none needs a browser or the network. What colour says is said by a
sign, a shape, a dash or a number too, and the colours differ in lightness.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from rfsolve.errors import InputError
from rfsolve.sweep.reading import UNITS, Rows, Value
from rfsolve.sweep.rows import RowStatus

FEW = 8
"""Series or facets that a plot can hold apart."""
CELLS = 400
"""Cells of a heat map that have room for a text."""
SCALE = 2
"""Pixels of a PNG for each unit of the plot."""

SIGNS = {
    RowStatus.OPTIMAL: ("o proven", "#d5e8f7"),
    RowStatus.FEASIBLE: ("? not proven", "#f0c862"),
    RowStatus.INFEASIBLE: ("x impossible", "#3b4a59"),
    RowStatus.UNKNOWN: ("t out of time", "#c98a3a"),
    RowStatus.FAILED: ("! failed", "#8c2d19"),
}
"""What a status is called, its sign first, and its colour: from light to dark, so that grey tells them apart."""

DARK = ["x impossible", "! failed"]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 4], [1, 3], [10, 4], [3, 1]]
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#000000", "#cc79a7", "#56b4e9", "#e69f00", "#666666"]
"""Okabe and Ito's colours, which those who see few colours can tell apart."""

Chart = Any
"""An altair.Chart: altair is imported when a plot is drawn."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which axis lies across, which one down, which one parts the series, and what parts the facets."""

    across: str
    down: str | None
    facets: tuple[str, ...]


def layout_of(rows: Rows) -> Layout:
    """Return the layout of a sweep: the target or the longest axis across, the next longest down, the rest apart."""
    lengths = {name: len({str(rows.value(row, name)) for row in rows.rows}) for name in rows.axes}
    moving = [name for name in rows.axes if lengths[name] > 1] or list(rows.axes)
    ranked = sorted(moving, key=lambda name: (name != "target_rf", not _is_number(rows, name), -lengths[name]))
    rest = sorted(ranked[1:], key=lambda name: -lengths[name])
    return Layout(ranked[0], rest[0] if rest else None, tuple(rest[1:]))


def _is_number(rows: Rows, name: str) -> bool:
    return all(isinstance(rows.value(row, name), int | float) for row in rows.rows)


def frontier(rows: Rows) -> Chart:
    """Return the plot of cost against receptive field; the designs that none beats are joined by a line."""
    alt = _altair()
    goal = _goal(rows)
    front = {row.point for row in rows.pareto(["objective", "receptive_field"]).rows}
    data = [{**one, "on the front": one["point"] in front} for one in _records(rows.designs())]
    layout = layout_of(rows)
    x = alt.X("receptive_field:Q", title=_titled("receptive field, the smallest over the phases", "receptive_field"))
    y = alt.Y("objective:Q", title=_titled(goal, goal), axis=alt.Axis(format="~s"))
    line = (
        alt.Chart(_values([one for one in data if one["on the front"]]))
        .mark_line(interpolate="step-before", color="#444444", strokeWidth=1)
        .encode(x=x, y=y)
    )
    series = layout.down if layout.down is not None and _count(data, layout.down) <= FEW else None
    marks = alt.Chart(_values(data)).mark_point(size=45, filled=False, strokeWidth=1.5)
    marks = marks.encode(x=x, y=y, tooltip=_tooltip(rows), **_apart(alt, rows, series, data))
    title = f"{_spaced(goal).capitalize()} against receptive field; the line joins the designs that none beats"
    return (line + marks).properties(width=560, height=320, title=title)


def status(rows: Rows) -> Chart:
    """Return the heat map of how each point ended."""
    alt = _altair()
    order = [sign for sign, _ in SIGNS.values()]
    colour = alt.Color(
        "ended:N",
        title="ended",
        sort=order,
        scale=alt.Scale(domain=order, range=[colour for _, colour in SIGNS.values()]),
    )
    return _heat(rows, colour, "sign:N", "How each point ended", alt.FieldOneOfPredicate(field="ended", oneOf=DARK))


def cost(rows: Rows) -> Chart:
    """Return the heat map of what each point costs at the least."""
    alt = _altair()
    goal = _goal(rows)
    colour = alt.condition(
        "datum.objective === null",
        alt.value("#ffffff"),
        alt.Color("objective:Q", title=_titled(goal, goal), scale=alt.Scale(scheme="viridis", reverse=True)),
    )
    values = [row.objective.value for row in rows.designs().rows if row.objective and row.objective.value is not None]
    middle = (min(values) + max(values)) / 2 if values else 0
    dark = alt.FieldGTPredicate(field="objective", gt=middle)
    return _heat(rows, colour, "cost:N", f"Least {_spaced(goal)}; x, or white, is impossible", dark)


def curve(rows: Rows) -> Chart:
    """Return the plot of the cost along the longest axis, a line for each value of the next."""
    alt = _altair()
    goal, layout = _goal(rows), layout_of(rows)
    data = _records(rows.designs())
    if not _is_number(rows, layout.across):
        x = alt.X(f"{_field(layout.across)}:O", title=_axis_title(layout.across), sort=_order(rows, layout.across))
    else:
        x = alt.X(f"{_field(layout.across)}:Q", title=_axis_title(layout.across))
    y = alt.Y("objective:Q", title=_titled(goal, goal), axis=alt.Axis(format="~s"))
    series = layout.down if layout.down is not None and _count(data, layout.down) <= FEW else None
    apart = _apart(alt, rows, series, data)
    dashes = {} if series is None else {"strokeDash": _dash(alt, rows, series)}
    lines = alt.Chart().mark_line(strokeWidth=1.5).encode(x=x, y=y, **{k: v for k, v in apart.items() if k == "color"})
    lines = lines.encode(**dashes)
    points = alt.Chart().mark_point(size=40, filled=False).encode(x=x, y=y, tooltip=_tooltip(rows), **apart)
    detail = [f"{_field(name)}:N" for name in (layout.down,) if name is not None and series is None]
    if detail:
        lines = lines.encode(detail=detail)
    title = f"Least {_spaced(goal)} by {_spaced(layout.across)}"
    return _faceted(rows, data, lines + points, layout, title, width=420, height=240)


KINDS: dict[str, Callable[[Rows], Chart]] = {"frontier": frontier, "status": status, "cost": cost, "curve": curve}
"""Every plot by its name on the command line."""


def write_plot(rows: Rows, file: str, kind: str | None = None) -> None:
    """Write all plots as a page (`.html`), or one of them as `.svg` or `.png`, whole or not at all.

    Raises:
        InputError: the ending or the kind is unknown, altair is not installed, or the file cannot be written.

    """
    path = Path(file)
    if kind is not None and kind not in KINDS:
        raise InputError(f"--kind {kind}: no plot, expected one of {', '.join(KINDS)}")
    if path.suffix not in {".html", ".svg", ".png"}:
        raise InputError(f"{file}: no such plot, expected a file that ends in .html, .svg or .png")
    _altair()
    if path.suffix == ".html":
        content = page(rows).encode()
    else:
        convert = import_module("vl_convert")
        spec = json.dumps(KINDS[kind or "frontier"](rows).to_dict())
        content = (
            convert.vegalite_to_svg(spec).encode()
            if path.suffix == ".svg"
            else convert.vegalite_to_png(spec, scale=SCALE)
        )
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from None


PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b2733; }}
figure {{ margin: 2.5rem 0; overflow-x: auto; }}
</style>
<script>
{bundle}
</script>
</head>
<body>
<h1>{title}</h1>
<p>{summary}</p>
{figures}
</body>
</html>
"""

FIGURE = """<figure id="{name}"></figure>
<script>
vegaEmbed("#{name}", {spec}, {{ mode: "vega-lite", actions: {{ export: true, source: false, editor: false }} }});
</script>"""


def page(rows: Rows) -> str:
    """Return a page with all plots, which needs nothing from anywhere else."""
    bundle = import_module("vl_convert").javascript_bundle()
    figures = (FIGURE.format(name=name, spec=_script(chart(rows).to_dict())) for name, chart in KINDS.items())
    titles = list(dict.fromkeys(row.title for row in rows.rows))
    counts = {sign: sum(row.status is one for row in rows.rows) for one, (sign, _) in SIGNS.items()}
    said = ", ".join(f"{count:,} {sign[2:]}" for sign, count in counts.items() if count)
    solved = sum(row.implied_by is None and row.status is not RowStatus.FAILED for row in rows.rows)
    summary = f"{len(rows.rows):,} points over {', '.join(map(_spaced, rows.axes))}: {said}; {solved:,} solves."
    title = titles[0] if len(titles) == 1 else "A sweep"
    return PAGE.format(title=escape(title), summary=escape(summary), bundle=bundle, figures="\n".join(figures))


def _script(spec: dict[str, Any]) -> str:
    """Return the plot as JSON that no text in it can end the script with."""
    return json.dumps(spec).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


# parts ----------------------------------------------------------------------------------------------------------------


def _altair() -> Any:  # noqa: ANN401 - altair is imported when a plot is drawn
    try:
        import_module("vl_convert")
        return import_module("altair")
    except ImportError:
        raise InputError("plots need altair and vl-convert, install them: pip install 'rfsolve[report]'") from None


def _heat(rows: Rows, colour: Chart, text: str, title: str, dark: Chart) -> Chart:
    alt = _altair()
    layout = layout_of(rows)
    x = alt.X(f"{_field(layout.across)}:O", title=_axis_title(layout.across), sort=_order(rows, layout.across))
    y = {}
    if layout.down is not None:
        order = _order(rows, layout.down)
        y = {"y": alt.Y(f"{_field(layout.down)}:O", title=_axis_title(layout.down), sort=order)}
    data = _records(rows)
    wide = len(_order(rows, layout.across))
    tall = len(_order(rows, layout.down)) if layout.down is not None else 1
    cells = (
        alt.Chart().mark_rect(stroke="#9aa5b1", strokeWidth=0.5).encode(x=x, **y, color=colour, tooltip=_tooltip(rows))
    )
    if wide * tall <= CELLS and wide <= 2 * FEW:
        shade = alt.condition(dark, alt.value("#ffffff"), alt.value("#1b2733"))
        cells = cells + alt.Chart().mark_text(fontSize=11).encode(x=x, **y, text=text, color=shade)
    width, height = max(300, min(900, 46 * wide)), max(40, min(600, 30 * tall))
    return _faceted(rows, data, cells, layout, title, width=width, height=height)


def _faceted(
    rows: Rows,
    data: list[dict[str, Value]],
    chart: Chart,
    layout: Layout,
    title: str,
    *,
    width: int,
    height: int,
) -> Chart:
    """Return a chart for each combination of the axes that are left, the first few of them."""
    alt = _altair()
    chart = chart.properties(width=width, height=height)
    if not layout.facets:
        return chart.properties(data=_values(data), title=title)
    order = list(dict.fromkeys(one["facet"] for one in _records(rows)))
    shown = order[:FEW]
    more = f" (the first {FEW} of {len(order)})" if len(order) > FEW else ""
    facet = alt.Facet("facet:N", title=None, sort=shown, header=alt.Header(labelFontSize=12))
    held = [one for one in data if one["facet"] in shown]
    columns = 2 if width <= 460 else 1  # noqa: PLR2004 - two fit on a page
    return chart.properties(data=_values(held)).facet(facet=facet, columns=columns).properties(title=title + more)


def _records(rows: Rows) -> list[dict[str, Value]]:
    facets = layout_of(rows).facets
    return [
        {
            **{_field(name): rows.value(row, name) for name in rows.axes},
            **{name: rows.value(row, name) for name in ("point", "objective", "receptive_field", "stride", "layers")},
            "ended": SIGNS[row.status][0],
            "sign": SIGNS[row.status][0][0],
            "cost": _short(rows.value(row, "objective"), SIGNS[row.status][0][0]),
            "facet": ", ".join(f"{_spaced(name)} {rows.value(row, name)}" for name in facets),
        }
        for row in rows.rows
    ]


def _short(value: Value, sign: str) -> str:
    if not isinstance(value, int | float):
        return sign
    for unit, factor in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if value >= factor:
            return f"{value / factor:.3g}{unit}"
    return f"{value:.4g}"


def _values(data: list[dict[str, Value]]) -> Any:  # noqa: ANN401 - altair is imported when a plot is drawn
    return _altair().InlineData(values=data)


def _field(name: str) -> str:
    """Return a name without what Vega-Lite reads as a path."""
    return "axis " + "".join(c if c.isalnum() or c in "_ " else " " for c in name)


def _tooltip(rows: Rows) -> list[Any]:
    alt = _altair()
    axes = [alt.Tooltip(f"{_field(name)}:N", title=name) for name in rows.axes]
    return [
        *axes,
        alt.Tooltip("objective:Q", title=_goal(rows), format=","),
        alt.Tooltip("receptive_field:Q", title="receptive field"),
        alt.Tooltip("ended:N", title="ended"),
        alt.Tooltip("point:Q", title="point"),
    ]


def _apart(alt: Any, rows: Rows, series: str | None, data: list[dict[str, Value]]) -> dict[str, Any]:  # noqa: ANN401
    if series is None or not data:
        return {"color": alt.value(COLOURS[0])}
    order = _order(rows, series)
    title = _axis_title(series)
    return {
        "color": alt.Color(
            f"{_field(series)}:N", title=title, sort=order, scale=alt.Scale(domain=order, range=COLOURS)
        ),
        "shape": alt.Shape(f"{_field(series)}:N", title=title, sort=order, scale=alt.Scale(domain=order)),
    }


def _dash(alt: Any, rows: Rows, series: str) -> Any:  # noqa: ANN401 - altair is imported when a plot is drawn
    order = _order(rows, series)
    return alt.StrokeDash(f"{_field(series)}:N", legend=None, sort=order, scale=alt.Scale(domain=order, range=DASHES))


def _order(rows: Rows, name: str) -> list[Value]:
    values = list(dict.fromkeys(rows.value(row, name) for row in rows.rows))
    return sorted(values) if all(isinstance(value, int | float) for value in values) else values


def _count(data: Sequence[dict[str, Value]], name: str) -> int:
    return len({str(one[_field(name)]) for one in data})


def _goal(rows: Rows) -> str:
    return next((row.objective.name for row in rows.rows if row.objective is not None), "objective")


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _axis_title(name: str) -> str:
    return _titled(name, name)


def _titled(text: str, column: str) -> str:
    unit = UNITS.get(column) or UNITS.get(column.rpartition(".")[2])
    return _spaced(text) if unit is None or unit == _spaced(text) else f"{_spaced(text)} ({unit})"
