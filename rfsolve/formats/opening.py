"""Opens a network, whatever it is: a file, a layer list typed by hand, a PyTorch factory, an object in Python."""

import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import isroutine
from pathlib import Path

from rfsolve.analysis import Analysis, analyse
from rfsolve.errors import InputError
from rfsolve.formats.extras import require
from rfsolve.formats.layer_lists import is_layer_list, parse_layer_list
from rfsolve.formats.network import Network
from rfsolve.formats.notation import parse_layers
from rfsolve.formats.refused_files import refusal
from rfsolve.formats.resized import resized
from rfsolve.formats.solution_json import read_graph
from rfsolve.graph import LayerGraph
from rfsolve.space.text_file import read_text

READABLE = "expected a design or a graph in JSON, an .onnx or .pt2 file, module:factory, or a layer list (7,2 3x3)"
FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
TEXT_FILES = frozenset({".txt", ".layers"})
"""Endings of files with a layer list in them."""


def open_network(
    model: object,
    input_size: Sequence[int] | None = None,
    *,
    axes: int | None = None,
    in_channels: int = 1,
    rule: str = "same",
) -> Network:
    """Return the network of a file, a layer list, a `module:factory`, an nn.Module, or a LayerGraph.

    `input_size` in pixels per axis, one number for all, takes the place of the size that the
    network states. The other keywords say what a layer list leaves open.

    Raises:
        InputError: it is nothing of these, or it is wrong; names the file, the entry or the word.
        GraphError: its layers do not fit together.

    """
    size = None if input_size is None else tuple(input_size)
    if isinstance(model, Network):
        return resized(model, size)
    if isinstance(model, LayerGraph):
        return resized(Network(graph=model), size)
    if isinstance(model, str | os.PathLike):
        return _named(os.fspath(model), size, axes=axes, in_channels=in_channels, rule=rule)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return _reader("torch", "read_module")(model, size)
    if isinstance(model, type) or isroutine(model):
        kind = "class" if isinstance(model, type) else "function"
        raise InputError(f"{model.__name__} is a {kind} and no network: call it first, and pass what it returns")
    raise InputError(f"a {type(model).__name__} is no network; {READABLE}, a torch.nn.Module or a LayerGraph")


def open_graph(
    model: str,
    *,
    axes: int | None = None,
    in_channels: int = 1,
    input_size: Sequence[int] | None = None,
    rule: str = "same",
) -> LayerGraph:
    """Return the graph of a network; see `open_network`."""
    return open_network(model, input_size, axes=axes, in_channels=in_channels, rule=rule).graph


def analyses(graph: LayerGraph, input_size: Sequence[int] | None = None) -> tuple[Analysis, ...]:
    """Return one analysis for each input of the graph.

    Raises:
        InputError: the graph has no input.
        GraphError: a size or a merge does not fit.

    """
    if not graph.input_nodes:
        raise InputError("the graph has no input layer")
    sized = resized(Network(graph=graph), None if input_size is None else tuple(input_size)).graph
    return tuple(analyse(sized, source=source) for source in sized.input_nodes)


def _named(model: str, size: tuple[int, ...] | None, *, axes: int | None, in_channels: int, rule: str) -> Network:
    if not _exists(model):
        if is_layer_list(model):
            return parse_layer_list(model, axes=axes, in_channels=in_channels, input_size=size)
        if _is_notation(model):
            return _noted(model, size, axes=axes, in_channels=in_channels, rule=rule)
        if FACTORY.fullmatch(model):
            require("torch", model)
            return _reader("torch", "read_factory")(model, size)
    elif Path(model).suffix.lower() in TEXT_FILES:
        return _text_file(model, size, axes=axes, in_channels=in_channels, rule=rule)
    return _file(model, size)


def _file(model: str, size: tuple[int, ...] | None) -> Network:
    path = Path(model)
    there = _exists(model)
    suffix = path.suffix.lower()
    if (why := refusal(model)) is not None:
        raise InputError(f"{model}: {why}")
    if suffix == ".toml" and there:
        raise InputError(f"{model}: a problem is no design, solve it first: rfsolve {model} --json > design.json")
    if not there:
        known = suffix in {".onnx", ".pt2", ".json", ".toml", *TEXT_FILES}
        raise InputError(f"{model}: no such file" + ("" if known else f", and no layer list; {READABLE}"))
    if suffix == ".onnx" and path.is_file():
        require("onnx", model)
        return _reader("onnx", "read_onnx")(path, size)
    if suffix == ".pt2" and path.is_file():
        require("torch", model)
        return _reader("torch", "read_exported")(path, size)
    return resized(Network(graph=read_graph(path)), size)


def _text_file(model: str, size: tuple[int, ...] | None, *, axes: int | None, in_channels: int, rule: str) -> Network:
    """Layers in a file, one to a line or several; what follows a # is a comment."""
    lines = [line.partition("#")[0].strip() for line in read_text(model).splitlines()]
    written = [line for line in lines if line]
    try:
        if is_layer_list("\n".join(written)):
            joined = ";".join(line.rstrip(";") for line in written)
            return parse_layer_list(joined, axes=axes, in_channels=in_channels, input_size=size)
        return _noted(" ".join(written), size, axes=axes, in_channels=in_channels, rule=rule)
    except InputError as error:
        raise InputError(f"{model}: {error}") from None


def _noted(text: str, size: tuple[int, ...] | None, *, axes: int | None, in_channels: int, rule: str) -> Network:
    return Network(graph=parse_layers(text, axes=axes, in_channels=in_channels, input_size=size, rule=rule))


def _reader(package: str, name: str) -> Callable[..., Network]:
    """Return a function of an importer, whose module is imported only now."""
    read: Callable[..., Network] = getattr(import_module(f"rfsolve.formats.{package}.reading"), name)
    return read


def _is_notation(model: str) -> bool:
    """A layer list starts with a digit; several words are one unless they name a file."""
    if len(model.split()) != 1:
        return True
    return model[0].isdigit() and not Path(model).suffix


def names_network(text: str) -> bool:
    """Whether a text is a file or a factory, and no word of a layer list."""
    word = len(text.split()) == 1
    return not (word and _is_notation(text)) and (_exists(text) or FACTORY.fullmatch(text) is not None)


def _exists(model: str) -> bool:
    """Whether there is such a file; none has a name that is too long or that the system refuses."""
    try:
        return Path(model).exists() and bool(model)
    except (OSError, ValueError):
        return False
