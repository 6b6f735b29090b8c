"""What the document of a design states, held against what its graph has."""

from collections.abc import Iterator, Mapping, Sequence

from rfsolve.formats.design_file import DesignFile
from rfsolve.formats.numbers import ratio
from rfsolve.report.judged import Judged, by, number_text
from rfsolve.report.wording import HOLES, axes_text, count_text
from rfsolve.search.solution import Design, ExitReport
from rfsolve.space.problem import Quantity

SAME = 1e-9
"""Relative difference that is let pass of what is not whole: machines round differently in the last digits."""

Numbers = tuple[float, ...]
KNOWN_HOLES = {True: "none", False: "holes", None: "an unknown number"}


def figures(design: Design) -> Mapping[str, int | None]:
    """Return the costs of a design by their names."""
    return {
        "parameters": design.parameters,
        "macs": design.macs,
        "activations": design.activations,
        "layers": len(design.layers),
    }


def stated_rows(file: DesignFile, design: Design) -> Iterator[Judged]:
    """Yield a row for each number that the document states of the design, as far as the graph has it."""
    found = figures(design)
    for key, stated in file.stated.items():
        if (value := found[key]) is not None:
            yield Judged(
                name=key,
                asked=count_text(stated, Quantity(key).words),
                found=f"{value:,}",
                missed=by(abs(stated - value), stated != value),
            )
    reports = {report.name: report for report in design.exits}
    for one in file.exits:
        if one.name in reports:
            yield from _exit_rows(one.name, one.numbers, _numbers(reports[one.name]))
            yield from _hole_row(one.name, one.hole_free, design)
        else:
            yield Judged(name=one.name, asked=f"an exit {one.name!r}", found="none", missed="no such exit")


def sentence(row: Judged) -> str:
    """Return what is false in words: what the file states, what its graph has, and the difference."""
    off = f", off {row.missed}" if row.missed is not None and row.missed.startswith("by ") else ""
    return f"the file states {row.asked}, its graph has {row.found}{off}"


def _numbers(report: ExitReport) -> dict[str, Numbers]:
    """What is found at an exit, in the words and the order of its document."""
    return {
        "receptive_field": tuple(end for field in report.receptive_field for end in field),
        "stride": tuple(map(ratio, report.stride)),
        "centre": report.centre,
        "effective_receptive_field": report.effective_receptive_field,
        "channels": (report.channels,),
    }


def _exit_rows(name: str, stated: Mapping[str, Numbers], found: Mapping[str, Numbers]) -> Iterator[Judged]:
    for key, values in stated.items():
        known = found[key]
        if len(known) == len(values):
            missed = by(max(abs(a - b) for a, b in zip(values, known, strict=True)), not _same(values, known))
        else:
            missed = "other axes"
        yield Judged(
            name=f"{key} at {name}",
            asked=f"{_named(key, values)} at {name}",
            found=_text(key, known),
            missed=missed,
        )


def _hole_row(name: str, stated: bool | None, design: Design) -> Iterator[Judged]:  # noqa: FBT001 - it is what is stated
    """A document states holes too where it is not known whether there are any."""
    found = design.taps[name].hole_free
    if stated is not None:
        yield Judged(
            name=f"hole_free at {name}",
            asked=f"{'no holes' if stated else 'holes'} at {name}",
            found=KNOWN_HOLES[found],
            missed=None if stated == bool(found) else HOLES[found],
        )


def _same(stated: Numbers, found: Numbers) -> bool:
    return all(
        abs(a - b) <= (0 if isinstance(b, int) else SAME * max(1.0, abs(b))) for a, b in zip(stated, found, strict=True)
    )


def _named(key: str, values: Numbers) -> str:
    return count_text(values[0], key) if key == "channels" else f"{key.replace('_', ' ')} {_text(key, values)}"


def _text(key: str, values: Sequence[float]) -> str:
    """The values of the axes; both ends of a field where the phases of an output differ."""
    texts = list(map(number_text, values))
    if key == "receptive_field":
        pairs = zip(texts[::2], texts[1::2], strict=True)
        texts = [low if low == high else f"{low}-{high}" for low, high in pairs]
    return axes_text(texts)
