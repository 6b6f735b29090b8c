"""Exported programs in files, opened so that nothing in them is executed.

torch.export.load unpickles what an archive marks as pickled, loads compiled libraries, and evaluates its symbolic sizes
as Python. Programs that torch.export.save writes for ordinary networks need none of that, so an archive that does is
refused before torch sees it, and pickles of tensors are loaded as weights only.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import torch
from torch.export import ExportedProgram

from rfsolve.errors import InputError
from rfsolve.formats.torch.said import said

_MODELS = re.compile(r"[^/]+/models/[^/]+\.json|serialized_exported_program\.json")
_PAYLOADS = re.compile(r"[^/]+/data/(weights|constants)/[^/]+_config\.json")
_COMPILED = re.compile(r"[^/]+/data/aotinductor/.*|.*\.(so|dll|dylib|py|pyc|cubin|ptx)")
_TARGET = re.compile(r"torch\.ops(\.\w+)+|(_operator|math)\.\w+")
_QUOTED = re.compile(r"'[A-Za-z]\w*'")
_WORD = re.compile(r"[A-Za-z_]\w*")
_PLAIN_WORD = re.compile(r"[A-Z][A-Za-z]*|[a-z]+\d+")  # a class of sympy, a symbol
_ASSUMPTIONS = {"positive", "integer", "nonnegative", "negative", "real", "finite", "even", "odd", "zero"}
_EXPRESSION = re.compile(r"[\w\s(),=+\-*/]*")
_DEEPEST = 200


def loaded(path: Path) -> ExportedProgram:
    """Return the program of a file that torch.export.save wrote.

    Raises:
        InputError: the file is no exported program, or loading it could run code.

    """
    try:
        with ZipFile(path) as archive:
            _refuse_code(path, archive)
        with _weights_only():
            return torch.export.load(path)
    except InputError:
        raise
    except BadZipFile as error:
        raise InputError(f"{path}: no exported program: it is no archive, or a truncated one") from error
    except Exception as error:
        raise InputError(f"{path}: no exported program: {said(error)}") from error


@contextmanager
def _weights_only() -> Iterator[None]:
    """Pickles are tensors and nothing else; torch logs no traceback of what it cannot read, the error says it."""
    logger, load = logging.getLogger("torch.export"), torch.load
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    torch.load = lambda *given, **options: load(*given, **{**options, "weights_only": True})
    try:
        yield
    finally:
        torch.load = load
        logger.setLevel(level)


def _refuse_code(path: Path, archive: ZipFile) -> None:
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise InputError(f"{path}: no exported program: two of its members have one name")
    for member in archive.infolist():
        if member.compress_type != ZIP_STORED:
            raise InputError(f"{path}: no exported program: '{member.filename}' is compressed")
        if _COMPILED.fullmatch(member.filename):
            raise _refused(path, member.filename, "is compiled code")
    for name in filter(_PAYLOADS.fullmatch, names):
        _refuse_pickles(path, name, json.loads(archive.read(name)))
    for name in filter(_MODELS.fullmatch, names):
        _refuse_calls(path, name, json.loads(archive.read(name)))


def _refuse_calls(path: Path, name: str, document: Any) -> None:
    for key, text in _texts(document, 0):
        if key == "target" and not _TARGET.fullmatch(text):
            raise _refused(path, name, f"calls '{text}'")
        if key == "expr_str" and not is_plain(text):
            raise _refused(path, name, f"has a size of '{text}'")


def _refuse_pickles(path: Path, name: str, document: Any) -> None:
    for key, value in document.get("config", {}).items():
        if value.get("use_pickle") or not str(value.get("path_name", "")).startswith(("weight_", "tensor_")):
            raise _refused(path, name, f"holds '{key}' as a pickle")


def _refused(path: Path, member: str, why: str) -> InputError:
    return InputError(f"{path}: its '{member}' {why}, which can run when it is loaded, so it is not opened")


def _texts(document: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Every text of a document that has a key, with the key."""
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(document, dict):
        for key, value in document.items():
            if isinstance(value, str):
                yield key, value
            yield from _texts(value, depth + 1)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value, depth + 1)


def is_plain(expression: str) -> bool:
    """Whether a symbolic size is arithmetic of sympy's classes on symbols: "Add(Symbol('s16', integer=True), 2)"."""
    bare = _QUOTED.sub("", expression)
    words = _WORD.findall(bare)
    return bool(_EXPRESSION.fullmatch(bare)) and all(_PLAIN_WORD.fullmatch(w) or w in _ASSUMPTIONS for w in words)
