"""Takes a fingerprint: of annotations in files, of a preset, of an array of sizes."""

from pathlib import Path

import numpy as np

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import Annotations
from rfsolve.propose.annotations.opening import read_annotations
from rfsolve.propose.annotations.reading import Reading
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.presets import PRESETS, preset
from rfsolve.propose.resizing import Resample, Resize, Unchanged, parse_resize


def take(
    source: str | Path,
    *,
    kind: str | None = None,
    resize: str | Resize | None = None,
    reading: Reading | None = None,
) -> Fingerprint:
    """Return the fingerprint of a file or folder of annotations, or of a preset by its name.

    `kind` is the format, told from the files by default. Volumes whose voxels differ in size are
    brought to the median spacing, axis by axis, unless a `resize` is given.

    Raises:
        InputError: they cannot be read, or hold no objects.

    """
    if str(source) in PRESETS and kind is None and not Path(source).exists():
        if reading is not None and reading.image_size is not None:
            size = "x".join(map(str, PRESETS[str(source)].image_size))
            text = f"has images of {size}, expected a resize (--resize) and no image size (--image-size)"
            raise InputError(f"{source}: {text}")
        return preset(str(source), _resize(resize, 2))
    found = read_annotations(Path(source), reading or Reading(), kind)
    wanted = _resize(resize, found.sizes.shape[1])
    if wanted is not None:
        return Fingerprint(annotations=found, resize=wanted)
    return Fingerprint(annotations=found, resize=_usual(found))


def _resize(resize: str | Resize | None, axes: int) -> Resize | None:
    return parse_resize(resize, axes) if isinstance(resize, str) else resize


def _usual(found: Annotations) -> Resize:
    """Return what makes voxels comparable: the median spacing, where volumes differ; else nothing."""
    if found.spacings is None or not len(found.spacings):
        return Unchanged()
    if (found.spacings == found.spacings[0]).all():
        return Unchanged()
    median = tuple(float(one) for one in np.median(found.spacings, axis=0))
    return Resample(median, tuple(map(tuple, found.spacings.tolist())))
