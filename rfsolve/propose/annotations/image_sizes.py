"""The sizes of images beside their labels, from the first bytes of each."""

import warnings
from collections.abc import Iterator
from pathlib import Path

from rfsolve.formats.extras import require
from rfsolve.propose.annotations.files import files_in
from rfsolve.propose.annotations.reading import Tell

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
LABELS = frozenset({"labels", "labeltxt", "annotations"})
"""Names of folders of labels that have a folder `images` beside them, by custom."""


class Images:
    """The images of a dataset, found from their labels: in the same folder, or in `images` where that is `labels`."""

    def __init__(self, root: Path, tell: Tell) -> None:
        folders = {root, *(there for there in _beside(root) if there.is_dir())}
        self._paths = {(path.parent, path.stem): path for one in folders for path in files_in(one, IMAGES, tell)}
        self._used: set[Path] = set()

    @property
    def unused(self) -> int:
        """How many images no label has asked for."""
        return len(self._paths) - len(self._used)

    def size_for(self, label: Path) -> tuple[int, int] | None:
        """Return height and width of the image of a label, None where it is not there or no image."""
        for folder in (label.parent, *_beside(label.parent)):
            if (path := self._paths.get((folder, label.stem))) is not None:
                self._used.add(path)
                return size_of(path)
        return None


def _beside(folder: Path) -> Iterator[Path]:
    """Yield the folders of images that belong to a folder of labels, the nearest first."""
    parts = folder.parts
    for n in range(len(parts) - 1, -1, -1):
        if parts[n].lower() in LABELS:
            yield Path(*parts[:n], "images", *parts[n + 1 :])


def size_of(path: Path) -> tuple[int, int] | None:
    """Return height and width of an image, None where it is none.

    Raises:
        InputError: pillow is not installed.

    """
    require("propose", str(path), module="PIL")
    from PIL import Image  # noqa: PLC0415 - pillow is an extra

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(path) as image:
                return image.height, image.width
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
