"""The elements of the large arrays of a JSON file, one at a time, with a buffer of a few megabytes."""

import codecs
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from rfsolve.errors import InputError

CHUNK = 1 << 20
LARGEST = 1 << 26
"""Characters that one element may have: a mask of a large image is long, a file without structure is longer."""

GOING_ON = ("", *"0123456789.eE+-")
"""What may stand behind a number that goes on in the next chunk: `1` of `1.5e-3`, and nothing at all."""

DECODER = json.JSONDecoder()


def elements(path: Path, saw: Callable[[int], None], keys: list[str] | None = None) -> Iterator[tuple[str, Any]]:
    """Yield (key, element) for the arrays of the top-level object, (key, value) for its other values.

    A top-level array yields its elements under the key "". `keys` gets the keys as they are met.
    `saw` is told how many bytes have been read. NaN and Infinity, which JSON forbids and Python
    writes, are floats here.

    Raises:
        InputError: it is no UTF-8 or broken JSON; says after which element, and near which character.

    """
    try:
        with path.open("rb") as file:
            yield from _Text(path, file, saw, [] if keys is None else keys).elements()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: no UTF-8 text ({error.reason}), expected JSON") from None


class _Text:
    """The part of a file that is being read."""

    def __init__(self, path: Path, file: BinaryIO, saw: Callable[[int], None], keys: list[str]) -> None:
        self._path, self._file, self._saw, self._keys = path, file, saw, keys
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer, self._at, self._before, self._bytes = "", 0, 0, 0
        self._ended = False
        self._place = ""

    def elements(self) -> Iterator[tuple[str, Any]]:
        match self._peek():
            case "[":
                self._keys.append("")
                yield from self._array("")
            case "{":
                yield from self._object()
            case "":
                raise InputError(f"{self._path}: empty, expected JSON")
            case _:
                raise self._broken("expected an object or an array")
        if self._peek():
            raise self._broken("more text after the end")

    def _object(self) -> Iterator[tuple[str, Any]]:
        for n in self._items("}"):
            self._place = f"key {n + 1}"
            key = self._value()
            if not isinstance(key, str) or self._peek() != ":":
                raise self._broken("expected a key and a colon")
            self._at += 1
            self._keys.append(key)
            if self._peek() == "[":
                yield from self._array(key)
            else:
                self._place = key
                yield key, self._value()

    def _array(self, key: str) -> Iterator[tuple[str, Any]]:
        for n in self._items("]"):
            self._place = f"{key}[{n}]"
            yield key, self._value()

    def _items(self, end: str) -> Iterator[int]:
        """Yield 0, 1, ... where an item starts, and pass over the marks between them."""
        self._at += 1
        n = 0
        if self._peek() == end:
            self._at += 1
            return
        while True:
            yield n
            n += 1
            match self._peek():
                case ",":
                    self._at += 1
                    self._peek()
                case mark if mark == end:
                    self._at += 1
                    return
                case "":
                    raise self._broken("the file ends here")
                case _:
                    raise self._broken(f"expected a comma or {end}")

    def _value(self) -> Any:  # noqa: ANN401 - any JSON
        wanted = CHUNK
        while True:
            try:
                value, end = DECODER.raw_decode(self._buffer, self._at)
                if self._ended or self._buffer[end : end + 1] not in GOING_ON:
                    self._at = end
                    return value
            except json.JSONDecodeError as error:
                if self._ended or len(self._buffer) - self._at > LARGEST:
                    cut = self._ended and error.pos >= len(self._buffer)
                    raise self._broken("the file ends here" if cut else error.msg, error.pos) from None
            except RecursionError:
                raise self._broken("nested too deeply") from None
            except ValueError as error:  # a whole number of thousands of digits
                raise self._broken(str(error)) from None
            self._more(wanted)
            wanted *= 2

    def _peek(self) -> str:
        """Return the next character that is no blank, "" at the end."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in " \t\n\r":
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._ended:
                return ""
            self._more(CHUNK)

    def _more(self, wanted: int) -> None:
        chunk = self._file.read(wanted)
        self._ended = not chunk
        self._bytes += len(chunk)
        self._before += self._at
        self._buffer = self._buffer[self._at :] + self._decoder.decode(chunk, final=self._ended)
        self._at = 0
        self._saw(self._bytes)

    def _broken(self, reason: str, at: int | None = None) -> InputError:
        where = self._before + (self._at if at is None else at)
        place = f"{self._place}: " if self._place else ""
        return InputError(f"{self._path}: {place}broken JSON near character {where:,}: {reason}")
