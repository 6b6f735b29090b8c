"""An Ultralytics model YAML: rows of `[from, repeats, module, args]`, as its parser (`parse_model`) reads them."""

from collections import Counter
from collections.abc import Iterator

from rfsolve.errors import InputError
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.drawing import visible
from rfsolve.formats.preface import preface
from rfsolve.formats.ultralytics.modules import activation_class, is_own, write_unit
from rfsolve.formats.ultralytics.rows import Rows
from rfsolve.formats.units import Units, refuse_shared_weights, units_of
from rfsolve.graph import Activation, LayerGraph

PLANE = 2
"""Axes of an image."""

CLASSES = 80
"""Of COCO, on which Ultralytics' own models are trained; to be changed with the data."""


def export(blueprint: Blueprint) -> str:
    """Return the model YAML of a blueprint.

    Raises:
        GraphError: a layer for which Ultralytics has no module; names it.
        InputError: the network has not one image as its input.

    """
    graph = blueprint.graph
    _refuse_other_inputs(graph)
    refuse_shared_weights(graph, "an Ultralytics YAML")
    units = units_of(graph)
    rows = _rows(graph, units)
    return "\n".join(_lines(blueprint, units, rows)) + "\n"


def _refuse_other_inputs(graph: LayerGraph) -> None:
    axes = [graph.shapes()[name].axes for name in graph.input_nodes]
    if axes != [PLANE]:
        found = f"{len(axes)} inputs" if len(axes) != 1 else f"an input of {axes[0]} axes"
        raise InputError(f"--to ultralytics: the network has {found}, expected one image of {PLANE}")


def _rows(graph: LayerGraph, units: Units) -> Rows:
    """Write all units; the last row is the last exit, since that is what the model returns."""
    rows = Rows(graph, _usual_activation(units))
    (source,) = graph.input_nodes
    if not _starts_with_one(units, source):
        rows.put("nn.Identity", [], source)
        rows.keep(source)
    for unit in units.units:
        write_unit(unit, rows)
    last = units.outputs[-1][1]
    if rows.number(last) != len(rows.rows) - 1:
        rows.put("nn.Identity", [], last, [last])
        rows.keep(last)
    return rows


def _starts_with_one(units: Units, source: str) -> bool:
    """Whether one unit alone reads the input, and first: no row can say that it reads the input but the first."""
    is_output = any(result == source for _, result in units.outputs)
    return not is_output and [unit.inputs for unit in units.readers(source)] == [(source,)]


def _usual_activation(units: Units) -> Activation | None:
    """The activation that most of the units have that are `Conv`; None where those have none."""
    found = [unit.activation for unit in units.units if is_own(unit) and unit.activation is not None]
    counted = Counter(activation for activation in found if activation_class(activation) is not None)
    return counted.most_common(1)[0][0] if counted else None


def _lines(blueprint: Blueprint, units: Units, rows: Rows) -> Iterator[str]:
    graph = blueprint.graph
    (source,) = graph.input_nodes
    yield "# A model for Ultralytics, written by rfsolve. What it returns are the features of its last row."
    for line in preface(blueprint):
        yield f"# {line}"
    yield f"# It takes images of {graph.shapes()[source].channels} channels, as the YAML of the data says them."
    if any(row.module == "nn.Unflatten" for row in rows.rows):
        yield "# nn.Unflatten and Index tell the parser the channels of a module of torch.nn; with CBFuse they add."
    yield f"nc: {CLASSES}"
    if rows.activation is not None:
        yield f"activation: {activation_class(rows.activation)}()"
    yield "backbone: # [from, repeats, module, args] # row: layer"
    for number, row in enumerate(rows.rows):
        yield f"  - {row.text} # {number}: {visible(row.name)}"
    yield "# To train a detector, put the row below under `head:` in place of []."
    yield f"#  - [{[rows.number(result) for _, result in units.outputs]}, 1, Detect, [nc]]"
    yield "head: []"
