"""Pascal VOC: one XML file for each image, `object` with `name` and `bndbox`, in pixels.

A side is max - min. Entities are refused: VOC needs none, and a file of a few hundred bytes can grow to
gigabytes by them.
"""

from collections.abc import Iterator, Mapping
from math import nan
from pathlib import Path
from xml.parsers import expat

from rfsolve.propose.annotations.annotations import Annotations
from rfsolve.propose.annotations.files import bytes_of, counted, files_in
from rfsolve.propose.annotations.reading import Collector, Reading

KIND = "voc"

DEEPEST = 64


class _RefusedError(Exception):
    """What the file says is not taken; the reason is counted."""


def read(path: Path, reading: Reading) -> Annotations:
    """Return the objects of a folder of XML files, or of one."""
    found = Collector(KIND, path)
    files = [path] if path.is_file() else files_in(path, [".xml"], reading.tell)
    for file in counted(files, reading.tell):
        _read_file(found, file)
    return found.annotations(reading)


def is_voc(content: bytes) -> bool:
    """Return whether the bytes begin as such a file does."""
    return b"<annotation" in content[:4096]


def _read_file(found: Collector, file: Path) -> None:
    content = bytes_of(file)
    if content is None:
        found.skipped["files that are too large or cannot be read"] += 1
        return
    page = _Page()
    try:
        page.parse(content)
    except _RefusedError as error:
        found.skipped[str(error)] += 1
        return
    except expat.ExpatError:
        found.skipped["files that are no valid XML"] += 1
        return
    if page.root != "annotation":
        found.skipped["files that are no VOC annotation"] += 1
        return
    height, width = page.size
    image = found.image(str(file), (height, width) if height > 0 and width > 0 else None)
    for kind, box in page.boxes():
        if box is None:
            found.skipped["objects without a bndbox"] += 1
        else:
            left, top, right, bottom = box
            relative = all(0 <= one <= 1 for one in box) and (bottom - top) * (right - left) < 1
            found.add((bottom - top, right - left), kind, image, relative=relative)


class _Page:
    """The few elements of a file that matter, by their path from the root."""

    def __init__(self) -> None:
        self.root = ""
        self._path: list[str] = []
        self._text = ""
        self._values: dict[str, str] = {}
        self._objects: list[dict[str, str]] = []

    def parse(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.Parse(content, True)  # noqa: FBT003 - expat's signature

    @property
    def size(self) -> tuple[float, float]:
        return _number(self._values, "size/height"), _number(self._values, "size/width")

    def boxes(self) -> Iterator[tuple[str, tuple[float, ...] | None]]:
        """Yield the class of each object with xmin, ymin, xmax and ymax, None where it has no box."""
        for one in self._objects:
            there = any(key.startswith("bndbox/") for key in one)
            corners = tuple(_number(one, f"bndbox/{key}") for key in ("xmin", "ymin", "xmax", "ymax"))
            yield one.get("name", "object"), corners if there else None

    def _start(self, name: str, _: Mapping[str, str]) -> None:
        self.root = self.root or name
        self._path.append(name)
        self._text = ""
        if len(self._path) > DEEPEST:
            raise _RefusedError("files that are nested too deeply")
        if self._path[1:] == ["object"]:
            self._objects.append({})

    def _end(self, _: str) -> None:
        inner, text = self._path[1:], self._text.strip()
        self._path.pop()
        self._text = ""
        if inner and inner[0] == "object" and self._objects:
            self._objects[-1].setdefault("/".join(inner[1:]), text)
        else:
            self._values.setdefault("/".join(inner), text)

    def _data(self, text: str) -> None:
        self._text += text

    def _refuse(self, *_: object) -> int:
        raise _RefusedError("files that declare XML entities")


def _number(values: Mapping[str, str], key: str) -> float:
    try:
        return float(values.get(key, "nan"))
    except ValueError:
        return nan
