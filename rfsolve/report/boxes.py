"""Which input pixels an output reads: `--at 17,23`."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from rfsolve.analysis import Analysis, Tap
from rfsolve.errors import InputError
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.tap_names import View
from rfsolve.graph import Reach
from rfsolve.report.grid import Column, Grid

Span = tuple[int, int] | None


def boxes(found: Inspected, index: Sequence[int]) -> list[dict[str, Any]]:
    """Return, for each tap asked for (else each output), the box of input pixels that one of its outputs reads.

    `window` is on the infinite grid, `inside` what is read of the input, exactly: padding reads nothing, or the pixels
    that it shows once more, and what is rolled comes round. Both [lowest, highest] per axis, null where nothing is read
    or it is not known. `exists` says whether the tap has such an output, null where its size is not known.

    Raises:
        InputError: the index has another number of axes than a tap, or no tap has such an output.

    """
    listed = [
        {
            "tap": name,
            "input": analysis.source,
            "output": list(at),
            "exists": _exists(tap, at),
            "window": [
                None if window is None else _listed(window.at(n)) for window, n in zip(tap.windows, at, strict=True)
            ],
            "inside": [_listed(span) for span in _inside(analysis, tap, at)],
        }
        for analysis, name, tap in _taps(found)
        for at in [_spread(index, tap)]
    ]
    if listed and all(box["exists"] is False for box in listed):
        raise InputError(_outside(index, [tap for _, _, tap in _taps(found)]))
    return listed


def box_grid(found: Inspected, index: Sequence[int]) -> Grid:
    """Return the boxes as a table."""
    several = len(found.analyses) > 1
    titles = ["tap", *(["input"] if several else []), "output", "window", "reads of the input"]
    grid = Grid([Column(title, right=False) for title in titles])
    for (_, _, tap), box in zip(_taps(found), boxes(found, index), strict=True):
        sizes = "x".join(map(str, tap.shape.size))
        output = ",".join(map(str, box["output"]))
        if box["exists"] is False:
            output += f" (there are {sizes})"
        words = [None if reach is Reach.EXACT else reach.value for reach in tap.reach]
        cells = [box["tap"], *([box["input"]] if several else []), output]
        grid.row(*cells, _box_text(box["window"], words), _box_text(box["inside"], words))
    return grid


def _inside(analysis: Analysis, tap: Tap, at: Sequence[int]) -> Sequence[Span]:
    """What an output reads of the input; where no such output exists, or a size is not known, its window cut to it."""
    exact = analysis.seen(tap.name, at) if _exists(tap, at) and min(at) >= 0 else None
    return tap.clipped(at) if exact is None else exact


def _taps(found: Inspected) -> Iterator[tuple[Analysis, str, Tap]]:
    for analysis in found.analyses:
        if found.asked:
            rows = found.rows(analysis, View.ALL)
            yield from ((analysis, row.name, analysis.taps[row.node]) for row in rows)
        else:
            yield from ((analysis, tap.name, tap) for tap in analysis.outputs)


def _spread(index: Sequence[int], tap: Tap) -> tuple[int, ...]:
    axes = len(tap.reach)
    if len(index) not in {1, axes}:
        raise InputError(f"--at {','.join(map(str, index))}: {len(index)} axes, '{tap.name}' has {axes}")
    return tuple(index) if len(index) == axes else tuple(index) * axes


def _outside(index: Sequence[int], taps: Sequence[Tap]) -> str:
    """What is wrong with an index that no tap has."""
    largest = max(taps, key=lambda tap: prod(size or 1 for size in tap.shape.size))
    sizes = [size or 1 for size in largest.shape.size]
    last = ",".join(str(size - 1) for size in sizes)
    return f"--at {','.join(map(str, index))}: '{largest.name}' has {'x'.join(map(str, sizes))} outputs, up to {last}"


def _exists(tap: Tap, at: Sequence[int]) -> bool | None:
    known = [None if size is None else n < size for n, size in zip(at, tap.shape.size, strict=False)]
    if False in known:
        return False
    return None if None in known else True


def _listed(span: Span) -> list[int] | None:
    return None if span is None else list(span)


def _box_text(spans: Sequence[list[int] | None], words: Sequence[str | None]) -> str:
    texts = [f"{span[0]}..{span[1]}" if span else (word or "nothing") for span, word in zip(spans, words, strict=True)]
    return " x ".join(texts)
