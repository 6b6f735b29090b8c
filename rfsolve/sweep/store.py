"""The store of a sweep: one row a line, appended and synced, and the designs beside it by their digest.

A store outlives a kill at any moment. What is in the file up to the last full line is whole; a torn last line is cut
off when the store is opened again. One process writes at a time.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rfsolve.errors import InputError
from rfsolve.sweep.rows import Row, row_from

with contextlib.suppress(ImportError):  # Windows has no such module; there nothing keeps a second writer out
    import fcntl


class Store:
    """A file of rows that is open for appending; use it in a `with`."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.designs = designs_of(self.path)
        self.rows: dict[int, Row] = {}
        self.recovered = 0
        """Bytes of a torn line that were cut off."""
        self._file: IO[bytes] | None = None
        self._is_new = False

    def __enter__(self) -> Self:
        """Open the file, keep other writers out, and read what is there.

        Raises:
            InputError: it cannot be opened or written, is in use, or holds something else.

        """
        with contextlib.ExitStack() as closing:
            try:
                self._is_new = not self.path.exists()
                self._file = closing.enter_context(self._opened())
                self._lock(self._file)
                self._recover(self._file)
            except OSError as error:
                raise self._unwritable(error) from None
            self.rows = {row.point: row for row in read_rows(self.path)}
            closing.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # what is unwritten was refused already
                if self._is_new and not self.rows and not self.path.stat().st_size:
                    self.path.unlink()  # a sweep that was refused leaves nothing behind
                self._file.close()

    def append(self, rows: Iterable[Row], graphs: Mapping[str, str] | None = None) -> None:
        """Write rows, their designs first; they are on the disk when this returns.

        Raises:
            InputError: the disk is full, or the file has gone; what was written before is kept.

        """
        assert self._file is not None  # noqa: S101 - used in a with
        kept = list(rows)
        try:
            for digest, graph in (graphs or {}).items():
                self._keep(digest, graph)
            lines = "".join(json.dumps(row.to_dict(), allow_nan=False) + "\n" for row in kept)
            self._file.write(lines.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._unwritable(error) from None
        self.rows |= {row.point: row for row in kept}

    def _keep(self, digest: str, graph: str) -> None:
        """Write a design under its digest, whole or not at all."""
        path = self.designs / f"{digest}.json"
        if path.exists():
            return
        self.designs.mkdir(exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        try:
            with beside.open("wb") as file:
                file.write(graph.encode())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)

    def _opened(self) -> IO[bytes]:
        if self.path.exists() and not self.path.is_file():
            raise InputError(f"{self.path}: no regular file, expected a file of rows or a new one")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.path.open("ab+")

    def _lock(self, file: IO[bytes]) -> None:
        if "fcntl" not in globals():
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{self.path}: in use by another sweep, expected a file of its own") from None

    def _recover(self, file: IO[bytes]) -> None:
        """Cut off what a kill left of a last line."""
        file.seek(0)
        content = file.read()
        whole = content.rfind(b"\n") + 1
        self.recovered = len(content) - whole
        if self.recovered and not content[whole:].lstrip().startswith(b"{"):
            raise InputError(f"{self.path}: no store of a sweep, expected a file of rows or a new one")
        if self.recovered:
            file.truncate(whole)
            os.fsync(file.fileno())

    def _unwritable(self, error: OSError) -> InputError:
        kept = f"; {len(self.rows):,} points are kept" if self.rows else ""
        return InputError(f"{self.path}: cannot be written: {error.strerror or error}{kept}")


def designs_of(path: Path) -> Path:
    """Return the folder of the designs of a store."""
    return path.with_name(f"{path.stem}.designs")


def read_rows(path: str | Path) -> Iterator[Row]:
    """Yield the rows of a store in the order they were written; a torn last line is left out.

    Raises:
        InputError: the file cannot be read, or a line is no row; names the line.

    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    return
                yield _row(line, f"{path}: line {number}")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _row(line: bytes, place: str) -> Row:
    try:
        return row_from(json.loads(line))
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{place}: no row of a sweep, expected one JSON object a line") from None


def latest(rows: Iterable[Row]) -> list[Row]:
    """Return one row for each point, the last one written, in the order of the points."""
    kept = {row.point: row for row in rows}
    return [kept[number] for number in sorted(kept)]
