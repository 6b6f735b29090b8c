"""A layer graph as JSON: networkx's node-link layout, one object per layer with its fields."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, asdict, fields
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any, get_type_hints

from rfsolve.errors import GraphError, InputError
from rfsolve.formats.field_values import FieldError, decoded, encoded
from rfsolve.graph import VOCABULARY, Layer, LayerGraph, Stated

SCHEMA = "rfsolve.graph/1"

_OF_THE_NODE = {
    "id",
    "op",
    "parameters",
    "shares_weights_of",
    "stated",
}  # the other keys are the layer's fields


def to_node_link(graph: LayerGraph) -> dict[str, Any]:
    """The graph as plain lists, dicts, strings and numbers.

    An edge's key is the slot it fills. `parameters` is for readers; it is computed anew when the
    graph is read.
    """
    return {
        "schema": SCHEMA,
        "directed": True,
        "multigraph": True,
        "graph": {},
        "nodes": [_node(graph, name) for name in graph.nodes],
        "edges": [
            {"source": source, "target": name, "key": slot}
            for name in graph.nodes
            for slot, source in enumerate(graph.inputs(name))
        ],
    }


def from_node_link(document: object) -> LayerGraph:
    """The graph of a document in the layout of to_node_link, with its nodes in any order.

    Raises InputError, naming the place (`nodes[3].kernel`), for anything that is not as it must be,
    and GraphError, naming the node, for layers that do not fit together.
    """
    top = _mapping(document, "the graph")
    if top.get("schema", SCHEMA) != SCHEMA:
        raise InputError(f"schema: must be {SCHEMA!r}, not {top['schema']!r}")
    nodes = _nodes(top)
    inputs = _inputs(top, nodes)
    graph = LayerGraph()
    for name in _order(nodes, inputs):
        place, node = nodes[name]
        graph.add(
            name,
            _layer(node, place),
            inputs[name],
            shares_weights_of=_owner(node) or None,
            stated=_stated(node, f"{place}.stated"),
        )
    return graph


def _node(graph: LayerGraph, name: str) -> dict[str, Any]:
    layer = graph.layer(name)
    values = {field.name: encoded(getattr(layer, field.name)) for field in fields(layer)}
    stated = {key: value for key, value in asdict(graph.stated(name)).items() if value is not None}
    parameters = stated.get("parameters", layer.parameters)
    node = {"id": name, "op": layer.op, **values, "parameters": parameters}
    if stated:
        node["stated"] = stated
    owner = graph.weights_owner(name)
    return node if owner == name else {**node, "shares_weights_of": owner}


def _nodes(top: Mapping[str, Any]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Place and object of every node, by its id."""
    nodes: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for number, item in enumerate(_sequence(top, "nodes")):
        place = f"nodes[{number}]"
        node = _mapping(item, place)
        name = _string(node, "id", place)
        if name in nodes:
            raise InputError(f"{place}.id: there is a node '{name}' already ({nodes[name][0]})")
        if not isinstance(node.get("shares_weights_of", ""), str):
            raise InputError(f"{place}.shares_weights_of: must be the id of a node")
        nodes[name] = (place, node)
    return nodes


def _owner(node: Mapping[str, Any]) -> str:
    return str(node.get("shares_weights_of", ""))


def _stated(node: Mapping[str, Any], place: str) -> Stated:
    """Return the costs that a node states beside its layer's."""
    given = _mapping(node.get("stated", {}), place)
    costs = {key: _value(value, int, f"{place}.{key}") for key, value in given.items()}
    for key, value in costs.items():
        if key not in {"parameters", "macs"}:
            raise InputError(f"{place}.{key}: expected parameters or macs")
        if not isinstance(value, int) or value < 0:
            raise InputError(f"{place}.{key}: must be at least 0")
    return Stated(**costs)  # type: ignore[arg-type]


def _inputs(top: Mapping[str, Any], nodes: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """What each node reads, in slot order; every slot from 0 on must be filled once."""
    slots: dict[str, dict[int, str]] = {name: {} for name in nodes}
    for number, item in enumerate(_sequence(top, "edges")):
        place = f"edges[{number}]"
        edge = _mapping(item, place)
        source, target = _string(edge, "source", place), _string(edge, "target", place)
        for key, name in (("source", source), ("target", target)):
            if name not in nodes:
                raise InputError(f"{place}.{key}: there is no node '{name}'")
        slot = edge.get("key", 0)
        if isinstance(slot, bool) or not isinstance(slot, int) or slot < 0:
            raise InputError(f"{place}.key: must be the number of an input slot, not {slot!r}")
        if slot in slots[target]:
            raise InputError(f"{place}.key: slot {slot} of '{target}' is filled twice")
        slots[target][slot] = source
    for name, filled in slots.items():
        if filled and max(filled) != len(filled) - 1:
            raise GraphError(name, f"of its input slots only {sorted(filled)} are filled")
    return {name: tuple(filled[n] for n in range(len(filled))) for name, filled in slots.items()}


def _order(nodes: Mapping[str, tuple[str, Mapping[str, Any]]], inputs: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """A topological order with owners of shared weights first; the document's own where that is one."""
    before = {
        name: [*inputs[name], *(owner for owner in [_owner(node)] if owner in nodes)]
        for name, (_, node) in nodes.items()
    }
    place = {name: number for number, name in enumerate(nodes)}
    if all(place[source] < place[name] for name, sources in before.items() for source in sources):
        return tuple(nodes)
    try:
        return tuple(TopologicalSorter(before).static_order())
    except CycleError as error:
        cycle: list[str] = error.args[1]
        raise GraphError(cycle[0], f"is part of a cycle: {' <- '.join(cycle)}") from error


@lru_cache(maxsize=64)
def _fields(kind: type[Layer]) -> dict[str, tuple[Field[Any], Any]]:
    """The fields of a layer, each with its type."""
    hints = get_type_hints(kind)
    return {field.name: (field, hints[field.name]) for field in fields(kind)}


def _layer(node: Mapping[str, Any], place: str) -> Layer:
    kind = VOCABULARY.get(_string(node, "op", place))
    if kind is None:
        known = ", ".join(sorted(VOCABULARY))
        raise InputError(f"{place}.op: there is no operation {node['op']!r}; there are {known}")
    known_fields = _fields(kind)
    for key in node:
        if key not in known_fields and key not in _OF_THE_NODE:
            raise InputError(f"{place}.{key}: {kind.op} has no such field")
    values = {}
    for key, (field, hint) in known_fields.items():
        if key in node:
            values[key] = _value(node[key], hint, f"{place}.{key}")
        elif field.default is MISSING:
            raise InputError(f"{place}.{key}: {kind.op} needs this field")
    try:
        return kind(**values)
    except ValueError as error:
        raise InputError(f"{place}: {kind.op} '{node['id']}': {error}") from error


def _value(value: object, hint: object, place: str) -> object:
    try:
        return decoded(value, hint)
    except FieldError as error:
        raise InputError(f"{place}: {error}") from error


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InputError(f"{place}: must be an object, not {type(value).__name__}")
    return value


def _sequence(top: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = top.get(key)
    if not isinstance(value, list):
        raise InputError(f"{key}: must be a list")
    return value


def _string(item: Mapping[str, Any], key: str, place: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(f"{place}.{key}: must be a string that is not empty, not {value!r}")
    return value
