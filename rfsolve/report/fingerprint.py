"""`rfsolve.fingerprint` and `rfsolve.levels`: objects read, measured, and shown as tables wherever they are printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from rfsolve.propose import levels as levelling
from rfsolve.propose.annotations.annotations import Unit
from rfsolve.propose.annotations.reading import Reading, Tell, silent
from rfsolve.propose.fingerprint import Fingerprint, rows_of_sides
from rfsolve.propose.fingerprint_json import fingerprint_document, levels_document
from rfsolve.propose.levels import Levels
from rfsolve.propose.resizing import Resize, Unchanged, parse_resize
from rfsolve.propose.taking import take
from rfsolve.report.facts import facts_text
from rfsolve.report.fingerprint_page import fingerprint_text
from rfsolve.report.levels_grid import levels_facts, levels_grid
from rfsolve.space.assignments import Assignment
from rfsolve.space.policies import Need, Policy

WIDTH = 100
"""Columns of a table that is printed from Python."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DatasetFingerprint(Fingerprint):
    """The fingerprint of a dataset; printed, it is the table."""

    def __repr__(self) -> str:
        return fingerprint_text(self, WIDTH)

    def to_dict(self) -> dict[str, Any]:
        """Return the document that `rfsolve fingerprint --json` prints (`rfsolve.fingerprint/1`)."""
        return fingerprint_document(self)

    def levels(
        self,
        policy: str | Policy | Callable[[float], Need] = "contains",
        *,
        assignment: str | Assignment | None = None,
        cells: float | None = None,
        coarsest: int = levelling.COARSEST,
        tail: float = levelling.TAIL,
        covers: float = levelling.COVERS,
    ) -> "DatasetLevels":
        """Return the levels that the objects need; see `rfsolve.propose.levels.levels`."""
        found = levelling.levels(
            self, policy, assignment=assignment, cells=cells, coarsest=coarsest, tail=tail, covers=covers
        )
        return DatasetLevels(**{field.name: getattr(found, field.name) for field in fields(found)})


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DatasetLevels(Levels):
    """The levels that a dataset needs; printed, they are the table."""

    def __repr__(self) -> str:
        return f"{levels_grid(self).rendered(WIDTH).plain}\n\n{facts_text(levels_facts(self), WIDTH).plain}"

    def to_dict(self) -> dict[str, Any]:
        """Return what `rfsolve fingerprint --policy --json` has under `levels`."""
        return levels_document(self)


def fingerprint(
    source: str | Path | ArrayLike,
    *,
    format: str | None = None,  # noqa: A002 - the word that the command line has
    resize: str | Resize | None = None,
    image_size: int | Sequence[int] | None = None,
    sample_rate: float | None = None,
    instances: bool | None = None,
    classes: Sequence[str] | None = None,
    tell: Tell = silent,
) -> DatasetFingerprint:
    """Return how large the objects of a dataset are on a network's input.

    `source` is a file or folder of annotations, a preset (`coco`, `wider-face`, `ai-tod`), or an
    array with a row of sides for each object. `resize` is what is done to images before training:
    `letterbox:640x640`, `shortest:800:1333`, `stretch:640x640`, `tile:512x512:64`, or a `Resize`.
    `image_size`, height and width, holds for images whose size is not known; `sample_rate` for
    events; `instances` says whether the values of masks are objects; `classes` names the class of
    each row of an array. `tell` is called with lines that say how far the reading is.

    Raises:
        InputError: it cannot be read, or holds no objects.

    """
    if isinstance(source, str | Path):
        size = None if image_size is None else per_axis(image_size, 2)
        reading = Reading(image_size=size, sample_rate=sample_rate, instances=instances, tell=tell)
        found = take(source, kind=format, resize=resize, reading=reading)
    else:
        sides = rows_of_sides(source)
        axes = sides.shape[-1] if sides.ndim > 1 else 2
        wanted = parse_resize(resize, axes) if isinstance(resize, str) else resize or Unchanged()
        unit = {1: Unit.SAMPLES, 2: Unit.PIXELS}.get(axes, Unit.VOXELS)
        size = None if image_size is None else per_axis(image_size, axes)
        found = Fingerprint.of_sizes(sides, classes=classes, image_size=size, unit=unit, resize=wanted)
    return DatasetFingerprint(**{field.name: getattr(found, field.name) for field in fields(found)})


def per_axis(size: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """Return a size along each axis; one number is that of all."""
    return (size,) * axes if isinstance(size, int) else tuple(size)
