"""ONNX files opened with care: bounded in size, no external data, clear words where one is broken."""

from collections.abc import Iterable
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx.inliner import inline_local_functions

from rfsolve.errors import InputError

LARGEST_FILE = (1 << 31) - 1  # bytes; protobuf has no larger messages, ONNX keeps larger weights in other files
MOST_NODES = 200_000
DEEPEST = 16  # subgraphs within subgraphs


def opened(path: Path) -> onnx.ModelProto:
    """Return the model of a file, local functions spelt out. Its external data stays closed.

    Raises:
        InputError: it cannot be read, is no ONNX model, or is larger than any sensible one.

    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise InputError(
                f"{path}: {size} bytes; an ONNX file has at most {LARGEST_FILE}, larger weights lie beside it"
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: no ONNX model, or a truncated one: {_said(error)}") from error
    if not model.graph.node and not model.graph.output:
        raise InputError(f"{path}: no ONNX model: it has no graph")
    count = _count(model.graph, path, 0)
    if count > MOST_NODES:
        raise InputError(f"{path}: {count} nodes; at most {MOST_NODES} are read")
    return _without_functions(model, path) if model.functions else model


def _without_functions(model: onnx.ModelProto, path: Path) -> onnx.ModelProto:
    try:
        return inline_local_functions(model)
    except Exception as error:
        raise InputError(f"{path}: its functions cannot be spelt out: {_said(error)}") from error


def _count(graph: onnx.GraphProto, path: Path, depth: int) -> int:
    """How many nodes there are, those of subgraphs included."""
    if depth > DEEPEST:
        raise InputError(f"{path}: subgraphs within subgraphs, over {DEEPEST} deep")
    return len(graph.node) + sum(_count(inner, path, depth + 1) for node in graph.node for inner in subgraphs(node))


def subgraphs(node: onnx.NodeProto) -> Iterable[onnx.GraphProto]:
    """Return the graphs among the attributes of a node."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def captured(node: onnx.NodeProto) -> list[str]:
    """Return the names that the subgraphs of a node read and do not make: tensors of the graph around it."""
    found: dict[str, None] = {}
    for graph in subgraphs(node):
        made = {value.name for value in (*graph.input, *graph.initializer)}
        for inner in graph.node:
            found |= dict.fromkeys(name for name in (*inner.input, *captured(inner)) if name and name not in made)
            made |= set(inner.output)
        found |= dict.fromkeys(value.name for value in graph.output if value.name not in made)
    return list(found)


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
