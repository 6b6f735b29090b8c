"""The shapes of the results of one operator, as onnx works them out from those of what it reads."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, defs, helper, numpy_helper, shape_inference

from rfsolve.formats.lowering.values import Constant, Tensor
from rfsolve.formats.onnx.folding import LARGEST
from rfsolve.formats.onnx.opening import subgraphs
from rfsolve.formats.onnx.operation import Operation


def result_shapes(node: onnx.NodeProto, op: Operation) -> Mapping[str, tuple[int, ...]]:
    """Return the shapes of a node's results by name: those that onnx knows from the shapes of its inputs alone.

    None for an operator of another domain, for one with graphs of its own, or where a shape depends on numbers.
    """
    if node.domain not in {"", "ai.onnx"} or any(True for _ in subgraphs(node)):
        return {}
    types, known = {}, {}
    for name, value in zip(node.input, op.inputs, strict=False):
        if isinstance(value, Tensor | Constant):
            types[name] = _type(value)
            if isinstance(value, Constant) and (stored := _stored(value)) is not None:
                known[name] = stored
    try:
        schema = defs.get_schema(node.op_type, op.opset, "")
        found = shape_inference.infer_node_outputs(schema, node, types, known)
    except Exception:  # noqa: BLE001 - whatever onnx raises of a node that is not as it should be
        return {}
    shapes = {name: [dim.dim_value for dim in one.tensor_type.shape.dim] for name, one in found.items()}
    return {name: tuple(shape) for name, shape in shapes.items() if shape and all(extent > 0 for extent in shape)}


def _type(value: Tensor | Constant) -> onnx.TypeProto:
    array = value.array if isinstance(value, Constant) else None
    whole = array is not None and np.asarray(array).dtype == np.int64
    return helper.make_tensor_type_proto(TensorProto.INT64 if whole else TensorProto.FLOAT, value.shape)


def _stored(value: Constant) -> Any:
    """The numbers of a constant for onnx to read; None where they are not known."""
    if value.array is None or value.elements > LARGEST:
        return None
    return numpy_helper.from_array(np.ascontiguousarray(value.array))
