"""Opens a network, whatever it is written as: a JSON document, or a layer list typed by hand."""

import re
from collections.abc import Sequence
from pathlib import Path

from rfsolve.analysis import Analysis, analyse
from rfsolve.errors import InputError
from rfsolve.formats.notation import is_notation, parse_layers
from rfsolve.formats.solution_json import read_graph
from rfsolve.graph import LayerGraph

FOREIGN = {
    ".onnx": "ONNX files",
    ".pt2": "PyTorch files",
    ".pt": "PyTorch files",
    ".pth": "PyTorch files",
    ".safetensors": "files of weights",
    ".tflite": "TensorFlow Lite files",
    ".h5": "Keras files",
    ".keras": "Keras files",
}
"""Formats that are known by their ending, and cannot be read yet."""

READABLE = "expected a design or a graph in JSON, or a layer list such as '7,2 3,2p 3x3'"
FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def open_graph(
    model: str,
    *,
    axes: int | None = None,
    in_channels: int = 1,
    input_size: Sequence[int] | None = None,
    rule: str = "same",
) -> LayerGraph:
    """Return the graph of a file, or of a layer list; the keywords say what a list leaves open.

    Raises:
        InputError: it is neither, or it is wrong; names the file or the word.
        GraphError: its layers do not fit together.

    """
    if _is_list(model):
        return parse_layers(model, axes=axes, in_channels=in_channels, input_size=input_size, rule=rule)
    path = Path(model)
    there = _exists(path)
    if FACTORY.fullmatch(model) and not there:
        raise InputError(f"{model}: PyTorch factories are not supported yet, {READABLE}")
    if (foreign := FOREIGN.get(path.suffix.lower())) is not None:
        raise InputError(f"{path}: {foreign} are not supported yet, {READABLE}")
    if path.suffix == ".toml" and there:
        raise InputError(f"{path}: a problem is no design, solve it first: rfsolve {path} --json > design.json")
    if not there:
        raise InputError(f"{model}: no such file, and no layer list; {READABLE}")
    return read_graph(path)


def inspect(model: str | LayerGraph, *, input_size: Sequence[int] | None = None) -> Analysis:
    """Return what every node of a network sees of its one input.

    `model` is a graph, a JSON file or a layer list; `input_size` in pixels per axis (one number for
    all) takes the place of the size that the network states.

    Raises:
        RfsolveError: the network cannot be read or its layers do not fit together.

    """
    graph = open_graph(model) if isinstance(model, str) else model
    (analysis,) = analyses(graph, input_size)
    return analysis


def analyses(graph: LayerGraph, input_size: Sequence[int] | None = None) -> tuple[Analysis, ...]:
    """Return one analysis for each input of the graph.

    Raises:
        InputError: the graph has no input.
        GraphError: a size or a merge does not fit.

    """
    sources = graph.input_nodes
    if not sources:
        raise InputError("the graph has no input layer")
    size = None if input_size is None else _spread(input_size, len(graph.shapes()[sources[0]].size))
    return tuple(analyse(graph, source=source, input_size=size) for source in sources)


def _spread(size: Sequence[int], axes: int) -> tuple[int, ...]:
    if len(size) not in {1, axes}:
        raise InputError(f"input size {'x'.join(map(str, size))} has {len(size)} axes, expected {axes}")
    return tuple(size) if len(size) == axes else tuple(size) * axes


def _is_list(model: str) -> bool:
    """A layer list starts with a digit, and is no file; several words are one unless they name a file."""
    if len(model.split()) != 1:
        return is_notation(model) or not _exists(Path(model))
    return model[0].isdigit() and not Path(model).suffix and not _exists(Path(model))


def _exists(path: Path) -> bool:
    """Whether there is such a file; none has a name that is too long or that the system refuses."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
