"""A directory of proven answers: one small JSON file each, named for the question.

Data alone: nothing that is read is executed, so that whoever can write there can at worst propose a design, which is
checked like any other. A file is written beside its place and renamed, so that any number of processes can share a
directory without locks: each of them sees an answer whole or not at all, and two that write the same one agree. A
directory that cannot be used, or a file that makes no sense, costs one warning, and the search goes on without it.
"""

import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

SCHEMA = "rfsolve.answer/1"
DAMAGED = "damaged, or no answer of rfsolve"
VARIABLE = "RFSOLVE_CACHE_DIR"
NOWHERE = "none"
"""The value of the variable that goes without a cache."""

LARGEST = 4_000_000
"""Bytes of an answer: 10,000 layers have half a megabyte."""

MOST_IN_A_FOLDER = 1_000
"""Answers in each of the 256 folders; the oldest go first. A quarter of a million answers have about 0.5 GB."""

Document = dict[str, Any]


class CacheWarning(UserWarning):
    """A cache that cannot be used, or that holds what makes no sense."""


def default_directory() -> Path | None:
    """Return where answers are kept: $RFSOLVE_CACHE_DIR, else the user's cache; None for `none`, or without a home."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return None if named in {"", NOWHERE} else Path(named)
    caches = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    try:
        return (Path(caches) if caches else Path.home() / ".cache") / "rfsolve"
    except RuntimeError:  # nobody's home
        return None


class Cache:
    """Answers by question; `directory` None for the default one. `warn` is called once, with a sentence."""

    def __init__(self, directory: str | Path | None = None, *, warn: Callable[[str], None] | None = None) -> None:
        self.directory = default_directory() if directory is None else Path(directory)
        self._warn = warn or _warn
        self._warned = False

    def get(self, question: Mapping[str, object]) -> Document | None:
        """Return the answer to a question, None where there is none that makes sense."""
        path = self._path(question)
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
            document = _document(content)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self.complain(path, _reason(error))
            return None
        return document["answer"] if document["question"] == _asked(question) else None

    def put(self, question: Mapping[str, object], answer: Document) -> None:
        """Keep an answer; another one to the same question is replaced."""
        path = self._path(question)
        if path is None:
            return
        document = {"schema": SCHEMA, "question": _asked(question), "answer": answer, "sum": _sum(answer)}
        beside = path.with_name(f".{path.name}.{os.getpid()}.{id(self)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(document), encoding="utf-8")
            beside.replace(path)
            _make_room(path.parent)
        except (OSError, ValueError) as error:
            with suppress(OSError, ValueError):
                beside.unlink(missing_ok=True)
            self.complain(path, _reason(error))

    def complain(self, path: Path, reason: str) -> None:
        """Warn of what cannot be used, the first time."""
        self.warn(f"cache: {path}: {reason}; going on without it")

    def warn(self, text: str) -> None:
        """Warn the first time, be it of what another process has met in the same directory."""
        if not self._warned:
            self._warned = True
            self._warn(text)

    def refuse(self, question: Mapping[str, object], reason: str) -> None:
        """Warn of an answer that fails its check; the one that will be found takes its place."""
        path = self._path(question)
        if path is not None:
            self.complain(path, reason)

    def _path(self, question: Mapping[str, object]) -> Path | None:
        if self.directory is None:
            return None
        name = sha256(json.dumps(_asked(question), sort_keys=True).encode()).hexdigest()
        return self.directory / name[:2] / f"{name}.json"


def _asked(question: Mapping[str, object]) -> Document:
    """Return the question with what else an answer depends on: the versions of rfsolve and OR-tools."""
    return {**question, "rfsolve": _own_version(), "ortools": version("ortools")}


def _own_version() -> str:
    """Return rfsolve's version as its code states it, which a package's metadata may lag behind."""
    return str(sys.modules["rfsolve"].__version__)  # importing the package from here would turn the layers around


def _document(content: bytes) -> Document:
    """Return the document in a file; ValueError where it is damaged."""
    if len(content) > LARGEST:
        raise ValueError(f"larger than {LARGEST // 10**6} MB")
    try:
        document: Document = json.loads(content.decode("utf-8"))
        whole = document["schema"] == SCHEMA and document["sum"] == _sum(document["answer"])
        if whole and isinstance(document["question"], dict) and isinstance(document["answer"], dict):
            return document
    except (ValueError, RecursionError, KeyError, TypeError):
        pass
    raise ValueError(DAMAGED)


def _sum(answer: object) -> str:
    return sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:16]


def _make_room(folder: Path) -> None:
    """Delete the oldest answers of a folder that has too many; another process may have been quicker."""
    there = list(folder.glob("*.json"))
    if len(there) <= MOST_IN_A_FOLDER:
        return
    ages = {}
    for path in there:
        with suppress(OSError):
            ages[path] = path.stat().st_mtime
    for path in sorted(ages, key=ages.__getitem__)[: len(there) - MOST_IN_A_FOLDER * 9 // 10]:
        with suppress(OSError):
            path.unlink()


def _reason(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or str(error) or type(error).__name__


def _warn(text: str) -> None:
    warnings.warn(text, CacheWarning, stacklevel=5)
