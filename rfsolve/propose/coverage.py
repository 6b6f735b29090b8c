"""The coverage table: what the exits of a network see of the objects they serve, by the recurrence alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from rfsolve.analysis import Tap
from rfsolve.propose.aims import Aim

TYPICAL = 0.5
"""Part of the objects whose sides the effective field must hold, for a verdict without a reservation."""
SMALLEST = 5
"""Percentile of size / stride that the cells are those of: one stray annotation is no verdict."""


class Verdict(StrEnum):
    """What is to be said of an exit and the objects it serves, the worst first."""

    COARSE = "too coarse"
    SMALL = "field too small"
    UNKNOWN = "not known"
    RIM = "seen by the rim"
    SEEN = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One level of a network against the objects of one aim; lengths in pixels, per axis.

    `low` to `high` is the long side of the objects, `share` their part of all. `target` is the field asked for,
    `receptive_field` the smallest over the output phases, None on an axis that sees everything.
    `cells` is how many cells the smallest objects (5th percentile) span on their narrowest axis. `contained` and
    `effective` are the parts of the objects that lie whole in the field, and in 4 sigma. `times` is the
    largest ratio of field and largest object over the axes.
    """

    level: str
    served_by: str
    low: float
    high: float
    share: float
    count: int
    target: tuple[int, ...]
    receptive_field: tuple[int | None, ...]
    effective_receptive_field: tuple[float | None, ...]
    stride: tuple[float | None, ...]
    cells: float | None
    contained: float
    effective: float
    times: float | None
    verdict: Verdict


def coverage(aims: Sequence[Aim], taps: Mapping[str, Tap], names: Mapping[str, str] | None = None) -> list[CoverageRow]:
    """Return a row for each aim, served by the tap of its exit; `names` are what exits are called."""
    return [_row(aim, (names or {}).get(aim.exit, aim.exit), taps[aim.exit]) for aim in aims]


def coverage_elsewhere(aims: Sequence[Aim], taps: Mapping[str, Tap]) -> list[CoverageRow]:
    """Return a row for each aim, served by the level of another network that suits it best.

    That is the coarsest level whose stride is at most the aim's, else the finest there is; among those of one
    stride, the one of the smallest field that is large enough, else of the largest.
    """
    return [_row(aim, name := _best(aim, taps), taps[name]) for aim in aims]


def _best(aim: Aim, taps: Mapping[str, Tap]) -> str:
    strides = {name: max(float(stride or 0) for stride in tap.stride) for name, tap in taps.items()}
    fine = [stride for stride in strides.values() if stride <= aim.stride]
    wanted = max(fine) if fine else min(strides.values())
    fields = {name: _field(tap) for name, tap in taps.items() if strides[name] == wanted}
    enough = {name: field for name, field in fields.items() if field >= min(aim.receptive_field)}
    return min(enough, key=lambda name: enough[name]) if enough else max(fields, key=lambda name: fields[name])


def _field(tap: Tap) -> float:
    return min(float("inf") if field is None else field[0] for field in tap.receptive_field)


def _row(aim: Aim, served_by: str, tap: Tap) -> CoverageRow:
    fields = tuple(None if field is None else field[0] for field in tap.receptive_field)
    erfs = tap.effective_receptive_field
    strides = tuple(None if stride is None else float(stride) for stride in tap.stride)
    cells = None if None in strides else _cells(aim.sizes, [stride or 1.0 for stride in strides])
    contained, effective = _inside(aim.sizes, fields), _inside(aim.sizes, erfs)
    largest = aim.sides(1.0)
    ratios = [field / side for field, side in zip(fields, largest, strict=True) if field is not None]
    return CoverageRow(
        level=aim.name,
        served_by=served_by,
        low=float(aim.long.min()),
        high=float(aim.long.max()),
        share=aim.share,
        count=len(aim.sizes),
        target=aim.receptive_field,
        receptive_field=fields,
        effective_receptive_field=erfs,
        stride=strides,
        cells=cells,
        contained=contained,
        effective=effective,
        times=max(ratios, default=None),
        verdict=_verdict(aim, fields, cells, effective),
    )


def _cells(sizes: NDArray[np.float64], strides: Sequence[float]) -> float:
    return float(np.percentile((sizes / np.asarray(strides)).min(axis=1), SMALLEST))


def _inside(sizes: NDArray[np.float64], extents: Sequence[float | None]) -> float:
    """Return the part of the objects that fit into these extents on every axis; None holds everything."""
    room = np.asarray([np.inf if extent is None else extent + 1e-9 for extent in extents])
    return float((sizes <= room).all(axis=1).mean())


def _verdict(aim: Aim, fields: Sequence[int | None], cells: float | None, effective: float) -> Verdict:
    if cells is None:
        return Verdict.UNKNOWN
    if cells < aim.cells - 1e-9:
        return Verdict.COARSE
    if any(field is not None and field < wanted for field, wanted in zip(fields, aim.receptive_field, strict=True)):
        return Verdict.SMALL
    return Verdict.SEEN if effective >= TYPICAL else Verdict.RIM
