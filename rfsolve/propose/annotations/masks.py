"""Folders of masks as images: a value is a class, whose connected parts are objects; or a value is an object.

16-bit masks hold objects, others classes, unless `instances` says which. Colours are classes.
"""

import warnings
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rfsolve.formats.extras import require
from rfsolve.propose.annotations.annotations import Annotations
from rfsolve.propose.annotations.components import parts_of_classes, parts_of_instances
from rfsolve.propose.annotations.files import counted, files_in
from rfsolve.propose.annotations.reading import Collector, Reading

if TYPE_CHECKING:
    from PIL.Image import Image

KIND = "masks"
ENDINGS = (".png", ".bmp", ".tif", ".tiff")

VOID = 255
MOST_COLOURS = 256
MOST_PIXELS = 200_000_000
DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L"})
FLAT_MODES = frozenset({"1", "L", "P"})


def read(path: Path, reading: Reading) -> Annotations:
    """Return the objects of a folder of masks, or of one.

    Raises:
        InputError: pillow or scipy is not installed.

    """
    require("propose", str(path), module="PIL")
    files = [path] if path.is_file() else files_in(path, ENDINGS, reading.tell)
    return _Reader(path, reading).read(files)


class _Reader:
    """Masks on their way to annotations."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self._reading = reading
        self._found = Collector(KIND, path)
        self._coloured: set[str] = set()
        self._deep = 0
        self._flat: set[int] = set()

    def read(self, files: list[Path]) -> Annotations:
        for file in counted(files, self._reading.tell):
            self._file(file)
        if self._coloured:
            self._found.notes.append(
                f"RGB colour codes: {len(self._coloured)} colours, each taken as a class, black as the background"
            )
        if self._deep and self._reading.instances is None:
            self._found.notes.append(
                f"{self._deep:,} masks have 16 bits: each value taken as one object (--masks classes for classes)"
            )
        return self._without_void(self._found.annotations(self._reading))

    def _without_void(self, found: Annotations) -> Annotations:
        """255 is the only value of a binary mask, and the border that nobody labelled of others."""
        if str(VOID) not in found.class_names or self._flat <= {VOID}:
            return found
        void = found.class_names.index(str(VOID))
        kept = found.only(found.classes != void, f"parts of value {VOID}, the border that is not labelled")
        return replace(
            kept,
            classes=np.where(kept.classes > void, kept.classes - 1, kept.classes),
            class_names=tuple(name for name in found.class_names if name != str(VOID)),
        )

    def _file(self, file: Path) -> None:
        from PIL import Image  # noqa: PLC0415 - an extra

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            try:
                with Image.open(file) as image:
                    self._mask(file, image)
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                self._found.skipped["files that are no image, or broken"] += 1

    def _mask(self, file: Path, image: "Image") -> None:
        if image.height * image.width > MOST_PIXELS:
            self._found.skipped[f"masks of more than {MOST_PIXELS // 10**6} megapixels"] += 1
        elif image.mode in FLAT_MODES:
            values = np.asarray(image, dtype=np.uint8)
            self._flat.update(np.unique(values).tolist())
            self._flat.discard(0)
            self._take(file, values, instances=bool(self._reading.instances))
        elif image.mode in DEEP_MODES:
            self._deep += 1
            self._take(file, np.asarray(image, dtype=np.int64), instances=self._reading.instances is not False)
        elif image.mode in {"RGB", "RGBA", "LA"}:
            self._colours(file, image)
        else:
            self._found.skipped[f"masks of mode {image.mode}"] += 1

    def _take(self, file: Path, values: NDArray[np.integer], *, instances: bool) -> None:
        number = self._found.image(str(file), values.shape)
        for part in parts_of_instances(values) if instances else parts_of_classes(values):
            kind: Hashable = "object" if instances else str(part.value)
            self._found.add(part.sides, kind, number, mask=part.pixels)

    def _colours(self, file: Path, image: "Image") -> None:
        """A colour is a class; more colours than any scheme has are a photograph, or a mask that was blurred."""
        pixels = np.asarray(image.convert("RGBA"), dtype=np.uint8)
        codes = pixels.view(">u4")[..., 0] >> 8
        codes = np.where(pixels[..., 3] > 0, codes, 0).astype(np.int32)
        values = np.unique(codes)
        if len(values) > MOST_COLOURS:
            self._found.skipped[
                f"images of more than {MOST_COLOURS} colours: photographs, or masks that were blurred"
            ] += 1
            return
        number = self._found.image(str(file), codes.shape)
        instances = bool(self._reading.instances)
        self._coloured.update(f"#{value:06x}" for value in values.tolist() if value)
        for part in parts_of_instances(codes) if instances else parts_of_classes(codes):
            self._found.add(part.sides, f"#{part.value:06x}", number, mask=part.pixels)
