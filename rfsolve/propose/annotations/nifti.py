"""NIfTI masks: volumes whose connected parts of each value are objects, with the size of a voxel from the header.

Axes are depth, height, width: those of the file (x, y, z) the other way round, as SimpleITK and nnU-Net have them.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfsolve.formats.extras import require
from rfsolve.propose.annotations.annotations import Annotations, Unit
from rfsolve.propose.annotations.components import parts_of_classes, parts_of_instances
from rfsolve.propose.annotations.files import counted, files_in
from rfsolve.propose.annotations.reading import Collector, Reading

KIND = "nifti"
ENDINGS = (".nii", ".nii.gz")

AXES = 3
MOST_VALUES = 1_000
MOST_VOXELS = 2_000_000_000


def read(path: Path, reading: Reading) -> Annotations:
    """Return the objects of a folder of volumes, or of one.

    Raises:
        InputError: nibabel or scipy is not installed.

    """
    require("propose", str(path), module="nibabel")
    files = [path] if path.is_file() else files_in(path, ENDINGS, reading.tell)
    found = Collector(KIND, path, axes=AXES, unit=Unit.VOXELS)
    spacings = [
        spacing for file in counted(files, reading.tell) if (spacing := _file(found, file, reading)) is not None
    ]
    taken = found.annotations(reading)
    rows = np.asarray(spacings, dtype=np.float64).reshape(-1, AXES)
    return replace(taken, spacings=rows)


def _file(found: Collector, file: Path, reading: Reading) -> tuple[float, ...] | None:
    """Take the objects of a volume, and return its spacing; None where it is skipped."""
    loaded = _loaded(found, file)
    if loaded is None:
        return None
    labels, spacing = loaded
    number = found.image(str(file), labels.shape)
    for part in parts_of_instances(labels) if reading.instances else parts_of_classes(labels):
        found.add(part.sides, "object" if reading.instances else str(part.value), number, mask=part.pixels)
    return spacing


def _loaded(found: Collector, file: Path) -> tuple[NDArray[np.int64], tuple[float, ...]] | None:
    import nibabel  # noqa: PLC0415 - an extra
    from nibabel.filebasedimages import ImageFileError  # noqa: PLC0415 - as above

    try:
        image: Any = nibabel.load(file)
        shape = tuple(size for size in image.shape[AXES:] if size != 1)
        if len(image.shape) < AXES or shape or np.prod(image.shape) > MOST_VOXELS:
            found.skipped[f"volumes of shape {'x'.join(map(str, image.shape))}"] += 1
            return None
        spacing = tuple(float(one) for one in image.header.get_zooms()[:AXES][::-1])
        data = np.asanyarray(image.dataobj).reshape(image.shape[:AXES]).transpose()
    except (ImageFileError, OSError, ValueError, EOFError):
        found.skipped["files that are no NIfTI volume, or broken"] += 1
        return None
    if not (min(spacing) > 0 and np.isfinite(spacing).all()):
        found.skipped["volumes without a spacing"] += 1
        return None
    labels = _labels(data)
    if labels is None:
        found.skipped["volumes of grey values, no masks"] += 1
        return None
    return labels, spacing


def _labels(data: NDArray[np.generic]) -> NDArray[np.int64] | None:
    """Return the values as whole numbers; None where they are none, or too many: an image and no mask."""
    with np.errstate(invalid="ignore"):
        whole = data.astype(np.int64)
    if not np.array_equal(whole, data) or len(np.unique(whole)) > MOST_VALUES:
        return None
    return whole
