"""A layer graph as an ONNX model: a tensor for each layer, named as the layer, with its shape and what it sees.

Weights have the names that they have in the PyTorch module (`trunk.1.conv.weight`), so that either can be loaded into
the other. Where none are given they are drawn as the module draws them, from a seed.
"""

from collections.abc import Mapping
from importlib import import_module
from math import prod, sqrt
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from rfsolve.analysis import Tap
from rfsolve.errors import GraphError
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.onnx.operators_of import Emitter, emit
from rfsolve.graph import Conv, ConvTranspose, Input, Layer, LayerScale, Linear, TensorShape, costs

OPSET = 20
IR_VERSION = 9
LARGEST = 2**31 - 1
"""Bytes of a model: protobuf has no larger message."""

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""What the axes of an input are called whose size is left open."""

Weights = Mapping[str, np.ndarray[Any, np.dtype[np.float32]]]


def export(blueprint: Blueprint) -> bytes:
    """Return the model with weights drawn from seed 0.

    Raises:
        GraphError: ONNX has no operator for a layer; names it.

    """
    model: bytes = to_onnx(blueprint).SerializeToString()
    return model


def to_onnx(blueprint: Blueprint, weights: Weights | None = None) -> onnx.ModelProto:
    """Return the model, with these weights by the names of the PyTorch module's, or with others of its own.

    Raises:
        GraphError: ONNX has no operator for a layer, or a model of this size is not possible; names it.

    """
    graph = blueprint.graph
    if 4 * costs.parameters(graph) > LARGEST:
        raise GraphError(graph.nodes[-1], "more weights than an ONNX file holds (2 GB)")
    for name in graph.nodes:
        if not name or "\x00" in name or name != _said(name):
            raise GraphError(name, "its name is no text that an ONNX file can hold")
    emitter = Emitter(plan=blueprint.plan, weights=dict(weights or drawn(blueprint)))
    for name in graph.nodes:
        if not isinstance(graph.layer(name), Input):
            emit(emitter, name)
    shapes = graph.shapes()
    made = helper.make_graph(
        emitter.nodes,
        "network",
        [_value(name, shapes[name], is_input=True) for name in graph.input_nodes],
        [_value(name, shapes[name]) for name in graph.outputs],
        initializer=emitter.constants,
        value_info=[
            _value(name, shapes[name])
            for name in graph.nodes
            if not isinstance(graph.layer(name), Input) and name not in graph.outputs
        ],
    )
    for node in made.node:
        if (tap := _tap(blueprint, node.name)) is not None:
            node.doc_string = _sight(tap)
    version = import_module("rfsolve").__version__
    model = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="rfsolve",
        producer_version=version,
        doc_string=_said(blueprint.origin.title),
    )
    model.ir_version = IR_VERSION
    helper.set_model_props(model, _metadata(blueprint))
    onnx.checker.check_model(model, full_check=True)
    return model


def drawn(blueprint: Blueprint, seed: int = 0) -> Weights:
    """Return weights for every layer that has its own: normal with variance 2 / inputs; scales are 1, shifts are 0."""
    generator = np.random.default_rng(seed)
    graph, found = blueprint.graph, {}
    for name, path in blueprint.plan.paths.items():
        layer = graph.layer(name)
        if graph.weights_owner(name) != name:
            continue
        for key, shape in weight_shapes(layer):
            if len(shape) > 1:
                values = generator.normal(0, sqrt(2 / _inputs(layer)), shape)
            else:
                values = np.full(shape, _plain(layer, key))
            found[f"{path}.{key}"] = values.astype(np.float32)
    return found


def _plain(layer: Layer, key: str) -> float:
    if isinstance(layer, LayerScale):
        return 1e-6
    if key == "weight" and getattr(layer, "kind", "") == "prelu":
        return 0.25
    return 0.0 if key == "bias" else 1.0


def _inputs(layer: Layer) -> float:
    """Values that one output reads."""
    if isinstance(layer, Linear):
        return layer.in_features
    if isinstance(layer, ConvTranspose):
        return layer.in_channels // layer.groups * prod(layer.kernel) / prod(layer.stride)
    return layer.in_channels // layer.groups * prod(layer.kernel) if isinstance(layer, Conv) else 1


def weight_shapes(layer: Layer) -> list[tuple[str, tuple[int, ...]]]:
    """Return the names and shapes of a layer's parameters, as its PyTorch module has them."""
    if isinstance(layer, Conv):
        shape: tuple[int, ...] = (layer.out_channels, layer.in_channels // layer.groups, *layer.kernel)
        return [("weight", shape), *([("bias", (layer.out_channels,))] if layer.bias else [])]
    if isinstance(layer, ConvTranspose):
        shape = (layer.in_channels, layer.out_channels // layer.groups, *layer.kernel)
        return [("weight", shape), *([("bias", (layer.out_channels,))] if layer.bias else [])]
    if isinstance(layer, Linear):
        shape = (layer.out_features, layer.in_features)
        return [("weight", shape), *([("bias", (layer.out_features,))] if layer.bias else [])]
    if not layer.parameters:
        return []
    channels = getattr(layer, "channels", layer.parameters)
    if layer.parameters == channels:
        return [("weight", (channels,))]
    return [("weight", (layer.parameters // 2,)), ("bias", (layer.parameters // 2,))]


def _value(name: str, shape: TensorShape, *, is_input: bool = False) -> onnx.ValueInfoProto:
    """A tensor; the axes of an input have names where their size is open, which those of other tensors have not."""
    names = AXES[shape.axes]
    sizes = [
        (names[axis] if is_input else None) if extent is None else extent for axis, extent in enumerate(shape.size)
    ]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", shape.channels, *sizes])


def _tap(blueprint: Blueprint, name: str) -> Tap | None:
    return blueprint.analyses[0].taps.get(name) if blueprint.analyses else None


def _sight(tap: Tap) -> str:
    fields = " x ".join("?" if one is None else f"{one[0]}-{one[1]}" for one in tap.receptive_field)
    strides = " x ".join("?" if one is None else f"{float(one):g}" for one in tap.stride)
    return f"field {fields} px, stride {strides}"


def _metadata(blueprint: Blueprint) -> dict[str, str]:
    origin = blueprint.origin
    facts = {
        "title": origin.title,
        "proof": origin.proof,
        "problem_sha256": origin.problem,
        "rfsolve": origin.version,
        "parameters": str(costs.parameters(blueprint.graph)),
    }
    for name in blueprint.graph.outputs:
        if (tap := _tap(blueprint, name)) is not None:
            facts[f"exit {name}"] = _sight(tap)
    return {key: _said(value) for key, value in facts.items() if value}


def _said(text: str) -> str:
    """The text, with what UTF-8 has no bytes for written out."""
    return text.encode("utf-8", "backslashreplace").decode()
