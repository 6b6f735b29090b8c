"""A fingerprint on a terminal: measures, a histogram, classes, bands, and what was skipped."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.fingerprint_json import tiles
from rfsolve.propose.levels import Levels
from rfsolve.propose.resizing import Resample, Tiles, Unchanged
from rfsolve.propose.summary import (
    bands,
    bare_images,
    histogram,
    image_sizes,
    meanings,
    measures,
    spread,
)
from rfsolve.report.facts import Fact, facts_text
from rfsolve.report.grid import Column, Grid
from rfsolve.report.levels_grid import levels_facts, levels_grid, percent_text
from rfsolve.report.wording import list_text
from rfsolve.space.assignments import Measure

SHOWN = (1, 5, 25, 50, 75, 95, 99)
"""Percentiles in the table; the JSON has more."""

MOST_CLASSES = 12
BAR = 40
"""Columns of the longest bar."""


def print_fingerprint(console: Console, found: Fingerprint, levels: Levels | None = None) -> None:
    """Print what was found, and the levels that it needs where a policy was named."""
    for n, part in enumerate(fingerprint_parts(found, console.width, levels)):
        if n:
            console.print()
        console.print(part, soft_wrap=True)


def fingerprint_text(found: Fingerprint, width: int) -> str:
    """Return the page without colours."""
    return "\n\n".join(part.plain for part in fingerprint_parts(found, width))


def fingerprint_parts(found: Fingerprint, width: int, levels: Levels | None = None) -> list[Text]:
    """Return the tables and the facts, to be parted by empty lines."""
    grids = [measures_grid(found), histogram_grid(found)]
    if len(found.by_class) > 1:
        grids.append(classes_grid(found))
    parts = [grid.rendered(width) for grid in grids]
    parts += [
        facts_text(facts, width)
        for facts in (tuple(bands_facts(found)), tuple(fingerprint_facts(found, width)))
        if facts
    ]
    if levels is not None:
        parts += [levels_grid(levels).rendered(width), facts_text(levels_facts(levels), width)]
    return parts


def measures_grid(found: Fingerprint) -> Grid:
    """Return a row for each measure of the objects."""
    titles = ["least", *(f"{number} %" for number in SHOWN), "most"]
    grid = Grid((Column(f"{found.unit.value} of the input", right=False), *(Column(title) for title in titles)))
    for name, values in measures(found).items():
        one = spread(values)
        cells = [one.least, *(one.percentiles[number] for number in SHOWN), one.most]
        grid.row(name.replace("_", " "), *(side_text(cell) for cell in cells))
    return grid


def histogram_grid(found: Fingerprint) -> Grid:
    """Return a row for each bin of the mean side, with a bar."""
    counted = histogram(found)
    name = next(iter(measures(found))).replace("_", " ")
    grid = Grid((Column(name), Column("objects"), Column("share"), Column("", right=False)))
    most = max(counted.counts)
    for low, high, count in zip(counted.edges, counted.edges[1:], counted.counts, strict=False):
        bar = "#" * max(round(BAR * count / most), int(count > 0))
        grid.row(f"{side_text(low)}-{side_text(high)}", f"{count:,}", percent_text(count / found.count), bar)
    return grid


def classes_grid(found: Fingerprint) -> Grid:
    """Return a row for each of the most frequent classes."""
    name, values = next(iter(measures(found).items()))
    titles = ("5 %", "median", "95 %")
    head = Column(f"class ({name.replace('_', ' ')})", right=False)
    grid = Grid((head, Column("objects"), Column("share"), *(Column(title) for title in titles)))
    rows = sorted(enumerate(found.by_class.items()), key=lambda item: -item[1][1])
    for n, (kind, count) in rows[:MOST_CLASSES]:
        one = spread(values[found.classes == n]) if count else None
        sides = ["-"] * len(titles) if one is None else [side_text(one.percentiles[number]) for number in (5, 50, 95)]
        grid.row(kind, f"{count:,}", percent_text(count / found.count), *sides)
    if len(rows) > MOST_CLASSES:
        grid.section(f"and {len(rows) - MOST_CLASSES:,} more classes")
    return grid


def bands_facts(found: Fingerprint) -> Iterator[Fact]:
    """Yield the shares of published bands."""
    for one in bands(found):
        shares = [f"{part.name} {percent_text(part.share)}" for part in one.shares]
        rest = [f"none of these {percent_text(one.left)}"] if one.left > 0 else []
        yield f"{one.name} bands", f"{', '.join([*shares, *rest])}; by {one.measure}"


def fingerprint_facts(found: Fingerprint, width: int) -> Iterator[Fact]:
    """Yield what the objects are, what was skipped, and what there is to remark."""
    kinds = f" of {len(found.by_class):,} classes" if len(found.by_class) > 1 else ""
    drawn = "" if found.counted else " drawn from what is published, none counted"
    yield "source", f"{found.source} ({found.annotations.kind})"
    yield "objects", f"{found.count:,}{kinds}{drawn}"
    yield from _images(found, width)
    yield "input", " ".join(_input(found))
    if isinstance(found.resize, Tiles):
        yield "tiles", _tiles(found, found.resize)
    yield from _physical(found)
    for measure, meaning in meanings(found.axes).items():
        yield measure.replace("_", " "), meaning
    for reason, count in found.annotations.skipped.most_common():
        yield "skipped", f"{count:,} {reason}"
    for note in (*found.annotations.notes, *found.notes):
        yield "note", note


def _images(found: Fingerprint, width: int) -> Iterator[Fact]:
    everything = len(found.annotations.image_sizes)
    if not everything or not found.counted:
        return
    sizes = image_sizes(found)
    bare = bare_images(found)
    without = f", {bare:,} without objects" if bare else ""
    yield "images", f"{everything:,}{without}"
    if sizes:
        texts = [f"{'x'.join(map(str, size))} ({count:,})" for size, count in sizes]
        yield "", list_text(texts, max(40, width - 12), total=f"{len(sizes):,} sizes")


def _input(found: Fingerprint) -> Iterator[str]:
    size = found.input_size
    yield "of unknown size" if size is None else f"{'x'.join(map(str, size))} {found.unit.value}"
    if size is not None and isinstance(found.resize, Unchanged):
        yield "(median of the images)" if len(image_sizes(found)) > 1 else ""
    if not isinstance(found.resize, Unchanged | Resample):
        yield f"by {found.resize}"
    if isinstance(found.resize, Resample):
        yield "resampled"
    if found.spacing is not None:
        yield f"at {' x '.join(f'{one:.4g}' for one in found.spacing)} mm"
    if found.annotations.sample_rate is not None:
        yield f"at {found.annotations.sample_rate:,.6g} per second"


def _physical(found: Fingerprint) -> Iterator[Fact]:
    """Yield the sizes in seconds or millimetres, where it is known what a step along an axis is."""
    rate, spacing = found.annotations.sample_rate, found.spacing
    if rate is not None:
        one = spread(found.mean / rate)
        yield "seconds", f"{one.least:.3g} to {one.most:.3g}, median {one.percentiles[50]:.3g}"
    if spacing is not None:
        one = spread(Measure.LONG.of(found.sizes * spacing))
        yield "long side", f"{one.least:.3g} to {one.most:.3g} mm, median {one.percentiles[50]:.3g}"


def _tiles(found: Fingerprint, resize: Tiles) -> str:
    told = tiles(found, resize)
    count = "" if told["tiles"] is None else f"{told['tiles']:,} in all; "
    return (
        f"{count}{percent_text(told['whole_somewhere'])} of the objects are no larger than the overlap of "
        f"{resize.overlap} px, so whole in some tile; {percent_text(told['cut_everywhere'])} are larger than a tile"
    )


def side_text(side: float) -> str:
    """Return a length with one decimal where that says something."""
    return f"{side:,.0f}" if side >= 100 or float(side).is_integer() else f"{side:.3g}"  # noqa: PLR2004 - three digits
