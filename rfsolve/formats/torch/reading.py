"""Networks from PyTorch, however they are given: a module, a factory by name, an exported program."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from rfsolve.analysis import Diagnostic
from rfsolve.errors import InputError
from rfsolve.formats.layouts import ASSUMED
from rfsolve.formats.network import Network
from rfsolve.formats.torch.exporting import exported, program_of
from rfsolve.formats.torch.program import Program
from rfsolve.formats.torch.recording import recorded
from rfsolve.formats.torch.translation import translated

_COLOURS = 4  # channels of an image, at most
_CHANNELS = {torch.nn.Conv1d: 1, torch.nn.Conv2d: 2, torch.nn.Conv3d: 3}


def read_module(module: torch.nn.Module, input_size: Sequence[int] | None = None, *, name: str = "") -> Network:
    """Return the network that a module computes in evaluation mode.

    `input_size` is in pixels per axis, channels are those of its first convolution; or it is the
    whole shape of one item, channels first. The module runs once, on zeros; its mode and gradients
    are as before afterwards.

    Raises:
        InputError: it does not run on such an input.

    """
    examples, remarks = _examples(module, input_size)
    mode = module.training
    module.eval()
    try:
        program, more = _program(module, examples, name or type(module).__name__)
    finally:
        module.train(mode)
    network = translated(program)
    return _remarked(network, [*remarks, *more])


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
        found: Any = importlib.import_module(where)
    except Exception as error:
        raise InputError(f"{text}: cannot import '{where}': {_said(error)}") from error
    for part in what.split("."):
        if not hasattr(found, part):
            raise InputError(f"{text}: module '{where}' has no '{what}'")
        found = getattr(found, part)
    if not isinstance(found, torch.nn.Module):
        try:
            found = found()
        except Exception as error:
            raise InputError(f"{text}: calling '{what}' failed: {_said(error)}") from error
    if not isinstance(found, torch.nn.Module):
        raise InputError(f"{text}: expected a torch.nn.Module or a function that makes one, not {type(found).__name__}")
    return read_module(found, input_size, name=text)


def read_exported(path: Path, input_size: Sequence[int] | None = None) -> Network:
    """Return the network of a file that torch.export.save wrote; its input has the size it was exported with.

    Raises:
        InputError: the file is no exported program, or the size is another.

    """
    try:
        program = torch.export.load(path)
    except Exception as error:
        raise InputError(f"{path}: no exported program: {_said(error)}") from error
    with torch.no_grad():
        read = program_of(program)
    sizes = {shape for _, shape in read.inputs.values()}
    if input_size is not None and not any(_fits(shape, input_size) for shape in sizes):
        shapes = ", ".join(str(list(shape)) for shape in sizes)
        raise InputError(f"{path}: it was exported for inputs of shape {shapes}; export it again for another size")
    return translated(read)


def _fits(shape: Sequence[int], size: Sequence[int]) -> bool:
    return tuple(shape[len(shape) - len(size) :]) == tuple(size) or (
        len(size) == 1 and all(extent == size[0] for extent in shape[2:])
    )


def _program(module: torch.nn.Module, examples: Sequence[torch.Tensor], name: str) -> tuple[Program, list[Diagnostic]]:
    """The program by torch.export, or by running the module where that fails."""
    try:
        return exported(module, examples), []
    except Exception as error:  # noqa: BLE001 - torch.export raises whatever the module or the tracer does
        reason = _said(error)
    try:
        program = recorded(module, examples)
    except Exception as error:
        shapes = ", ".join("x".join(map(str, example.shape)) for example in examples)
        raise InputError(f"{name}: it does not run on an input of {shapes}: {_said(error)}") from error
    remark = f"torch.export cannot trace it ({reason}); one run of it was recorded instead"
    return program, [Diagnostic(code="recorded-run", node="", message=remark)]


def _examples(
    module: torch.nn.Module, input_size: Sequence[int] | None
) -> tuple[list[torch.Tensor], list[Diagnostic]]:
    """Zeros of the shape that the module's first convolution takes."""
    convolutions = [one for one in module.modules() if type(one) in _CHANNELS]
    axes = _CHANNELS[type(convolutions[0])] if convolutions else 2
    channels = _channels([one.in_channels for one in convolutions])
    remarks = []
    if input_size is None:
        input_size = [ASSUMED[axes]] * axes
        text = "x".join(map(str, input_size))
        remarks.append(Diagnostic(code="assumed-size", node="", message=f"no input size was given; {text} is assumed"))
    size = list(input_size)
    if len(size) == 1:
        size *= axes
    shape = size if len(size) > axes else [channels, *size]
    count = _required(module)
    return [torch.zeros(1, *shape) for _ in range(count)], remarks


def _channels(taken: Sequence[int]) -> int:
    """How many channels a network takes whose convolutions take these: the first's, unless that is no first one."""
    if not taken or (taken[0] > _COLOURS and _COLOURS - 1 in taken):
        return _COLOURS - 1
    return taken[0]


def _required(module: torch.nn.Module) -> int:
    """How many inputs a module must be given."""
    import inspect

    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = [p for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    return max(1, sum(p.default is p.empty for p in positional))


def _remarked(network: Network, remarks: Sequence[Diagnostic]) -> Network:
    from dataclasses import replace

    return replace(network, remarks=(*remarks, *network.remarks))


def _said(error: BaseException) -> str:
    """The first line of what an error says."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
