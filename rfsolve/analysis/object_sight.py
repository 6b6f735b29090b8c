"""How a tap sees an object of a given size."""

from collections.abc import Sequence
from dataclasses import dataclass

from rfsolve.analysis.tap import Tap
from rfsolve.graph import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSight:
    """Whether a tap sees an object, and how large the object is on its grid.

    `contained`: the receptive field is at least the object on every axis, in every phase.
    `effective`: 4 sigma of the influence is. None where that is not known. `cells` are object /
    jump per axis, None without a grid.
    """

    contained: bool | None
    effective: bool | None
    cells: tuple[float | None, ...]


def object_sight(tap: Tap, size: Sequence[int]) -> ObjectSight:
    """Return how a tap sees an object of `size` pixels per axis; what sees everything contains it."""
    fields = [None if field is None else float(field[0]) for field in tap.receptive_field]
    return ObjectSight(
        contained=_reaches(tap, fields, size),
        effective=None if tap.status is not Reach.EXACT else _reaches(tap, tap.effective_receptive_field, size),
        cells=tuple(
            None if not jump else float(extent / abs(jump)) for extent, jump in zip(size, tap.stride, strict=True)
        ),
    )


def _reaches(tap: Tap, extents: Sequence[float | None], size: Sequence[int]) -> bool | None:
    answers: list[bool | None] = []
    for reach, extent, wanted in zip(tap.reach, extents, size, strict=True):
        if reach is Reach.UNKNOWN:
            answers.append(None)
        else:
            answers.append(reach is Reach.GLOBAL or (extent is not None and extent >= wanted))
    if False in answers:
        return False
    return None if None in answers else True
