"""Networks from PyTorch, however they are given: a module, a factory by name, an exported program."""

import importlib
import inspect
import io
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from rfsolve.analysis import Diagnostic
from rfsolve.errors import InputError
from rfsolve.formats.layouts import ASSUMED, ASSUMED_TOKENS
from rfsolve.formats.network import Network
from rfsolve.formats.torch.archive import loaded
from rfsolve.formats.torch.exporting import exported, program_of
from rfsolve.formats.torch.program import Program
from rfsolve.formats.torch.recording import recorded
from rfsolve.formats.torch.said import said
from rfsolve.formats.torch.translation import translated

_COLOURS = 4  # channels of an image, at most
_POWER = 256  # pixels, where the size that is assumed does not fit
_FEW_TOKENS = 16  # rows of a table of kinds of tokens, at most
_CONVOLUTIONS = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)


def read_module(module: torch.nn.Module, input_size: Sequence[int] | None = None, *, name: str = "") -> Network:
    """Return the network that a module computes in evaluation mode.

    `input_size` is in pixels per axis, channels are those of its first convolution; or it is the
    whole shape of one item, channels first. The module runs once, on zeros; its mode and gradients
    are as before afterwards.

    Raises:
        InputError: it does not run on such an input.

    """
    tries = _examples(module, input_size)
    modes = [(one, one.training) for one in module.modules()]
    module.eval()
    try:
        with _aside():
            program, more = _program(module, tries, name or type(module).__name__)
    finally:
        for one, training in modes:
            one.training = training
    network = _translated(program, name or type(module).__name__)
    remarks = [] if input_size is not None else [_assumed(program)]
    return replace(network, remarks=(*remarks, *more, *network.remarks))


def read_factory(text: str, input_size: Sequence[int] | None = None) -> Network:
    """Return the network of `module:factory`: what the factory, called without arguments, makes.

    The current folder is looked into first, as `python -m` does.

    Raises:
        InputError: there is no such module or factory, or it makes no nn.Module, or that does not run.

    """
    where, _, what = text.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        with _aside():
            found: Any = importlib.import_module(where)
    except (Exception, SystemExit) as error:
        raise InputError(f"{text}: cannot import '{where}': {said(error)}") from error
    for part in what.split("."):
        if not hasattr(found, part):
            raise InputError(f"{text}: module '{where}' has no '{what}'")
        found = getattr(found, part)
    if not isinstance(found, torch.nn.Module):
        try:
            with _aside():
                found = found()
        except (Exception, SystemExit) as error:
            raise InputError(f"{text}: calling '{what}' failed: {said(error)}") from error
    if not isinstance(found, torch.nn.Module):
        raise InputError(f"{text}: expected a torch.nn.Module or a function that makes one, not {type(found).__name__}")
    return read_module(found, input_size, name=text)


def read_exported(path: Path, input_size: Sequence[int] | None = None) -> Network:
    """Return the network of a file that torch.export.save wrote; its input has the size it was exported with.

    Raises:
        InputError: the file is no exported program, loading it could run code, or the size is another.

    """
    program = loaded(path)
    with torch.no_grad():
        read = program_of(program)
    sizes = {shape for _, shape in read.inputs.values()}
    if input_size is not None and not any(_fits(shape, input_size) for shape in sizes):
        shapes = ", ".join(str(list(shape)) for shape in sizes)
        raise InputError(f"{path}: it was exported for inputs of shape {shapes}; export it again for another size")
    return _translated(read, str(path))


@contextmanager
def _aside() -> Iterator[None]:
    """Lets a module of the user's print, on stderr: stdout is for the result. What torch logs is said in one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _translated(program: Program, name: str) -> Network:
    try:
        return translated(program)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def _fits(shape: Sequence[int], size: Sequence[int]) -> bool:
    return tuple(shape[len(shape) - len(size) :]) == tuple(size) or (
        len(size) == 1 and all(extent == size[0] for extent in shape[2:])
    )


def _program(
    module: torch.nn.Module, tries: Sequence[Sequence[torch.Tensor]], name: str
) -> tuple[Program, list[Diagnostic]]:
    """The program for the first of the inputs that the module takes: by torch.export, or by running it."""
    reasons: list[BaseException] = []
    for examples in tries:
        try:
            with redirect_stderr(io.StringIO()):  # it prints whole graphs of what it cannot trace
                return exported(module, examples), []
        except (Exception, SystemExit) as error:  # noqa: BLE001 - torch.export raises whatever the module or the tracer does
            reason = said(error)
        try:
            program = recorded(module, examples)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the module raises
            reasons.append(error)
            continue
        remark = f"torch.export cannot trace it ({reason}); one run of it was recorded instead"
        return program, [Diagnostic(code="recorded-run", node="", message=remark)]
    shapes = ", ".join("x".join(map(str, example.shape)) for example in tries[0])
    raise InputError(f"{name}: it does not run on an input of {shapes}: {said(reasons[0])}") from reasons[0]


def _examples(module: torch.nn.Module, input_size: Sequence[int] | None) -> list[list[torch.Tensor]]:
    """What the module may take, the likeliest first: numbers of tokens where its first weights are an embedding."""
    pixels, tokens = _pixels(module, input_size), _tokens(module, input_size)
    first = next((one for one in module.modules() if any(True for _ in one.parameters(recurse=False))), None)
    return [*tokens, *pixels] if isinstance(first, torch.nn.Embedding) else [*pixels, *tokens]


def _tokens(module: torch.nn.Module, input_size: Sequence[int] | None) -> list[list[torch.Tensor]]:
    """A row of tokens 0, where the module has an embedding; the size is how many.

    Where nobody says, no more than any table has rows, but for tables of a few kinds: one may be that of the positions.
    """
    rows = [one.num_embeddings for one in module.modules() if isinstance(one, torch.nn.Embedding)]
    if not rows:
        return []
    most = min([ASSUMED_TOKENS, *(count for count in rows if count >= _FEW_TOKENS)])
    shape = [most] if input_size is None else list(input_size)
    return [[torch.zeros(1, *shape, dtype=torch.long) for _ in range(_required(module))]]


def _pixels(module: torch.nn.Module, input_size: Sequence[int] | None) -> list[list[torch.Tensor]]:
    """Zeros of the shape that the module's first convolution takes; then of those of an image.

    Where no size is given, first of the size that is assumed, then of a power of two: networks with a stride of 64
    take no 224 pixels.
    """
    convolutions = [one for one in module.modules() if isinstance(one, _CONVOLUTIONS)]
    axes = len(convolutions[0].kernel_size) if convolutions else 2
    channels = _channels([one.in_channels for one in convolutions])
    given = [[ASSUMED[axes]], [_POWER]] if input_size is None else [list(input_size)]
    shapes: list[list[int]] = []
    for size in (one * axes if len(one) == 1 else one for one in given):
        counts = () if len(size) > axes else dict.fromkeys((channels, _COLOURS - 1, 1))
        shapes += [[count, *size] for count in counts] or [size]
    return [[torch.zeros(1, *shape) for _ in range(_required(module))] for shape in shapes]


def _assumed(program: Program) -> Diagnostic:
    (_, shape), *_ = program.inputs.values()
    text = "x".join(map(str, shape[2:] or shape[1:]))
    return Diagnostic(code="assumed-size", node="", message=f"no input size was given; {text} is assumed")


def _channels(taken: Sequence[int]) -> int:
    """How many channels a network takes whose convolutions take these: the first's, unless that is no first one."""
    if not taken or (taken[0] > _COLOURS and _COLOURS - 1 in taken):
        return _COLOURS - 1
    return taken[0]


def _required(module: torch.nn.Module) -> int:
    """How many inputs a module must be given."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = [p for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    return max(1, sum(p.default is p.empty for p in positional))
