"""Reads back the graph of a solution document (`rfsolve.solution/1`) or of a graph document."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rfsolve.errors import GraphError, InputError
from rfsolve.formats.node_link import SCHEMA as GRAPH_SCHEMA
from rfsolve.formats.node_link import from_node_link
from rfsolve.graph import LayerGraph
from rfsolve.space.text_file import read_text

SCHEMA = "rfsolve.solution/1"
Taken = TypeVar("Taken")

LARGEST = 64_000_000
"""Bytes of a document: a design of 10,000 layers has about 12 MB."""


def read_graph(path: str | Path) -> LayerGraph:
    """Return the graph in a JSON file.

    Raises:
        InputError: the file cannot be read, is no JSON, holds no design, or its layers make no
            sense; names the file.

    """
    return reading(path, graph_in)


def reading(path: str | Path, take: Callable[[object], Taken]) -> Taken:
    """Return what `take` takes out of the JSON in a file.

    Raises:
        InputError: the file cannot be read, is no JSON, or `take` refuses it; names the file.

    """
    text = read_text(path, largest=LARGEST)
    try:
        return take(json.loads(text))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: no valid JSON: {error}") from None
    except (InputError, GraphError) as error:
        raise InputError(f"{path}: {error}") from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"{path}: cannot be read: {reason}") from None


def graph_in(document: object) -> LayerGraph:
    """Return the graph of a parsed solution document or graph document.

    Raises:
        InputError: it is neither, or has no design.
        GraphError: its layers do not fit together.

    """
    if not isinstance(document, dict):
        raise InputError(f"expected an object with a design or a graph, not {_kind(document)}")
    if "design" not in document:
        return _bare(document)
    design = document["design"]
    if design is None:
        raise InputError(f"holds no design (status {_short(document.get('status'))})")
    if document.get("schema", SCHEMA) != SCHEMA:
        raise InputError(f"schema: must be {SCHEMA!r}, not {_short(document['schema'])}")
    if not isinstance(design, dict) or "graph" not in design:
        raise InputError("design: expected an object with a graph")
    return from_node_link(design["graph"])


def _bare(document: dict[str, object]) -> LayerGraph:
    if document.get("schema", GRAPH_SCHEMA) != GRAPH_SCHEMA:
        raise InputError(
            f"schema: expected {SCHEMA!r} (a solution) or {GRAPH_SCHEMA!r} (a graph), not {_short(document['schema'])}"
        )
    if "nodes" not in document:
        raise InputError("expected a solution document with a design, or a graph document with nodes and edges")
    return from_node_link(document)


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a number")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:56]} ..."  # noqa: PLR2004 - a line on a terminal
