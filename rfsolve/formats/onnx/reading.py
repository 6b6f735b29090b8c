"""Networks from ONNX files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from rfsolve.errors import InputError
from rfsolve.formats.layouts import ASSUMED, ASSUMED_TOKENS, UNSTATED, InputLayout, input_layout
from rfsolve.formats.lowering.kernels import settled
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Shapeless, Tensor, Untranslatable, Value
from rfsolve.formats.network import Network
from rfsolve.formats.onnx.folding import LARGEST, folded
from rfsolve.formats.onnx.inference import result_shapes
from rfsolve.formats.onnx.opening import captured, opened, subgraphs
from rfsolve.formats.onnx.operation import Operation
from rfsolve.formats.onnx.operators.kernels import RULES as KERNELS
from rfsolve.formats.onnx.operators.table import RULES

_FOREIGN_OK = {"", "ai.onnx", "com.microsoft", "ai.onnx.ml"}
_PLAIN = {getattr(onnx.AttributeProto, kind) for kind in ("INT", "FLOAT", "STRING", "INTS", "FLOATS", "STRINGS")}
_WHOLE = {onnx.TensorProto.INT64, onnx.TensorProto.INT32}
_LITERALS = {"value_int", "value_ints", "value_float", "value_floats"}
_FEW = 16  # entries of a float constant that may be a scale or a size


def read_onnx(path: Path, input_size: Sequence[int] | None = None) -> Network:
    """Return the network of an ONNX file; a node is called as the tensor that it makes.

    `input_size`, in pixels per axis, takes the place of the size that the inputs state. Sizes that
    nobody says are assumed, with a remark. The batch is one item.

    Raises:
        InputError: the file is no ONNX model, or its graph is none.

    """
    model = opened(path)
    return _Translation.begun(model, path, input_size).finished()


@dataclass(slots=True)
class _Translation:
    """A graph on its way: the value of each tensor so far."""

    path: Path
    graph: onnx.GraphProto
    site: Site
    opset: int
    shapes: Mapping[str, tuple[int, ...]]
    values: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def begun(cls, model: onnx.ModelProto, path: Path, input_size: Sequence[int] | None) -> "_Translation":
        graph = model.graph
        constants = {initialiser.name: _initialiser(initialiser) for initialiser in graph.initializer}
        written = {node.output[0]: _literal(node) for node in graph.node if node.op_type == "Constant" and node.output}
        sizes = {name: one.elements for name, one in (*constants.items(), *written.items()) if one.weights}
        known = [one for one in graph.input if one.name not in constants]
        inputs = {one.name: _shape_of(one, path) for one in known if one.type.HasField("tensor_type")}
        if not inputs:
            raise InputError(f"{path}: it has no input")
        layouts, assumed = _layouts(graph, inputs, constants, input_size, path)
        site = Site(axes=max(layout.axes for layout in layouts.values()), sizes=sizes)
        begun = cls(path, graph, site, _opset(model), _stated(graph), dict(constants))
        for name, layout in layouts.items():
            begun.values[name] = layout.placed(site, name)
        for name in assumed:
            text = "x".join(str(layouts[name].shape[place]) for place in layouts[name].spatial)
            site.remark("assumed-size", name, f"the size of '{name}' is not stated; {text} is assumed")
        return begun

    def finished(self) -> Network:
        for node in self.graph.node:
            self._do(node)
        outputs = {}
        for output in self.graph.output:
            if output.name not in self.values:
                raise InputError(f"{self.path}: its output '{output.name}' is made by no node")
            outputs[output.name] = settled(self.site, self.values[output.name])
            self.site.finish(output.name, None)
        try:
            return self.site.network(outputs)
        except InputError as error:
            raise InputError(f"{self.path}: {error}") from error

    def _do(self, node: onnx.NodeProto) -> None:
        inputs = [self._input(node, name) for name in node.input]
        inputs += [self.values[name] for name in captured(node) if name in self.values]
        names = list(node.output)
        operation = Operation(
            operator=node.op_type,
            inputs=inputs,
            attributes=_attributes(node),
            outputs=len(names),
            opset=self.opset,
        )
        results = self._results(node, operation)
        made = next((value for value in results if isinstance(value, Tensor | Shapeless)), None)
        called = next((name for name in names if name), node.name or node.op_type)
        shape = made.shape if isinstance(made, Tensor) else None
        self.site.finish(called, None if made is None else made.node, shape=shape)
        for name, value in zip(names, results, strict=False):
            if name and name in self.values:
                raise InputError(
                    f"{self.path}: node '{node.name or node.op_type}' makes '{name}', which there is already"
                )
            if name and value is not None:
                self.values[name] = value
                if isinstance(value, Tensor | Shapeless) and name != called:
                    self.site.alias(name, value.node)

    def _input(self, node: onnx.NodeProto, name: str) -> Value | None:
        if not name:
            return None
        if name not in self.values:
            where = f"node '{node.name or node.op_type}' reads '{name}'"
            raise InputError(f"{self.path}: {where}, which no node before it makes (a cycle, or a missing node)")
        return self.values[name]

    def _results(self, node: onnx.NodeProto, op: Operation) -> Sequence[Value | None]:
        if op.operator == "Constant":
            return [_literal(node)]
        if op.operator in {"Shape", "Size"} and isinstance(op.value(0), Tensor):
            op = Operation(operator=op.operator, inputs=[Constant(op.tensor().shape)], attributes=op.attributes)
        nested = any(True for _ in subgraphs(node))
        if op.inputs and not nested and all(value is None or isinstance(value, Constant) for value in op.inputs):
            return self._constants(node, op)
        shapes = [self.shapes.get(name) for name in node.output]
        unknown = f"{node.domain}.{node.op_type}" if node.domain not in _FOREIGN_OK else node.op_type
        if any(isinstance(value, Shapeless) for value in op.inputs):
            return self.site.unknown(unknown, op.inputs, shapes, "the shape of what it reads is not known")
        rule = RULES.get(op.operator, _no_rule) if node.domain in _FOREIGN_OK else _no_rule
        try:
            result = rule(self.site, op)
        except Untranslatable as reason:
            why: str | Untranslatable = reason
        except (IndexError, ValueError, ZeroDivisionError, TypeError, OverflowError) as error:
            why = f"its attributes do not fit its inputs ({error})"
        else:
            return [result] if isinstance(result, Tensor | Shapeless | Constant) else result
        self.site.discard()
        self.site.use(*op.inputs)
        if None in shapes:
            found = result_shapes(node, op)
            shapes = [stated or found.get(name) for name, stated in zip(node.output, shapes, strict=True)]
        return self.site.unknown(unknown, op.inputs, shapes, why)

    def _constants(self, node: onnx.NodeProto, op: Operation) -> Sequence[Value | None]:
        results = folded(op)
        if results is not None:
            return results
        weights = frozenset().union(*(value.weights for value in op.inputs if isinstance(value, Constant)))
        return [Constant(self.shapes.get(name, ()), None, weights) for name in node.output]


def _no_rule(site: Site, op: Operation) -> Value:  # noqa: ARG001 - every rule has this signature
    raise Untranslatable("rfsolve does not know this operator")


def _initialiser(proto: onnx.TensorProto) -> Constant:
    """A stored tensor; its numbers where they are few and in the file."""
    shape = tuple(int(extent) for extent in proto.dims)
    if any(extent < 0 for extent in shape):
        return Constant((), None)
    integer = proto.data_type in {onnx.TensorProto.INT64, onnx.TensorProto.BOOL}
    weights = frozenset() if integer or not shape else frozenset([proto.name])
    count = prod(shape)
    if proto.data_location == onnx.TensorProto.EXTERNAL or count > (LARGEST if integer else _FEW):
        return Constant(shape, None, weights)
    return Constant(shape, _numbers(proto), weights)


def _numbers(proto: onnx.TensorProto) -> Any:
    """The numbers of a stored tensor; None where they are broken."""
    try:
        return numpy_helper.to_array(proto)
    except Exception:  # noqa: BLE001 - a broken tensor raises what numpy or protobuf raise
        return None


def _literal(node: onnx.NodeProto) -> Constant:
    """The constant of a Constant node, in whichever attribute it lies. A tensor is a parameter as a stored one is."""
    for attribute in node.attribute:
        if attribute.name == "value" and attribute.type == onnx.AttributeProto.TENSOR:
            stored = onnx.TensorProto()
            stored.CopyFrom(attribute.t)
            stored.name = node.output[0]
            return _initialiser(stored)
        if attribute.name in _LITERALS:
            row = np.asarray(onnx.helper.get_attribute_value(attribute))
            return Constant(tuple(row.shape), row if row.size <= LARGEST else None)
    return Constant(())


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {attribute.name: _attribute(attribute) for attribute in node.attribute}


def _attribute(attribute: onnx.AttributeProto) -> Any:
    if attribute.type == onnx.AttributeProto.TENSOR:
        return _tensor(attribute.t)
    return onnx.helper.get_attribute_value(attribute) if attribute.type in _PLAIN else None


def _tensor(proto: onnx.TensorProto) -> Any:
    if proto.data_location == onnx.TensorProto.EXTERNAL:
        return None
    found = _numbers(proto)
    return (
        np.broadcast_to(np.float32(0), tuple(proto.dims))
        if found is None and min(proto.dims, default=0) >= 0
        else found
    )


def _opset(model: onnx.ModelProto) -> int:
    return max((entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"}), default=1)


def _shape_of(value: onnx.ValueInfoProto, path: Path) -> tuple[int | None, ...]:
    """The shape of an input; None for an extent that is not stated."""
    if not value.type.tensor_type.HasField("shape"):
        raise InputError(f"{path}: its input '{value.name}' has no shape")
    return tuple(
        dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None
        for dim in value.type.tensor_type.shape.dim
    )


def _stated(graph: onnx.GraphProto) -> dict[str, tuple[int, ...]]:
    """The shapes of tensors that the file states in full, for a batch of one."""
    found = {}
    for value in (*graph.value_info, *graph.output):
        if value.type.HasField("tensor_type") and value.type.tensor_type.HasField("shape"):
            dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            if dims and all(extent > 0 for extent in dims[1:]):
                found[value.name] = (1 if dims[0] == 0 else dims[0], *dims[1:])
    return found


def _layouts(
    graph: onnx.GraphProto,
    inputs: Mapping[str, tuple[int | None, ...]],
    constants: Mapping[str, Constant],
    input_size: Sequence[int] | None,
    path: Path,
) -> tuple[dict[str, InputLayout], list[str]]:
    """How each input lies, with the size given or assumed where none is stated; and whose size is assumed."""
    layouts, assumed = {}, []
    whole = {one.name for one in graph.input if one.type.tensor_type.elem_type in _WHOLE}
    for name, shape in inputs.items():
        slid_over = any(node.op_type in KERNELS for node in _readers(graph, name))
        full = [1 if place == 0 and len(shape) > 1 else extent for place, extent in enumerate(shape)]
        try:
            layout = input_layout([extent or UNSTATED for extent in full], may_end_in_colours=not slid_over)
        except InputError as error:
            raise InputError(f"{path}: '{name}' is {error}") from error
        size = _size(input_size, layout.spatial, name, path)
        for at, place in enumerate(layout.spatial):
            if size is not None:
                full[place] = size[at]
            elif full[place] is None:
                axes = len(layout.spatial)
                full[place] = ASSUMED_TOKENS if axes == 1 and name in whole else ASSUMED.get(axes, 1)
                assumed += [name] if name not in assumed else []
        sizes = [_channels(graph, name, constants) if extent is None else extent for extent in full]
        layouts[name] = replace(layout, shape=tuple(sizes))
    return layouts, assumed


def _size(input_size: Sequence[int] | None, spatial: Sequence[int], name: str, path: Path) -> list[int] | None:
    if input_size is None or not spatial:
        return None
    size = list(input_size)
    if len(size) == 1:
        size *= len(spatial)
    if len(size) != len(spatial):
        text = "x".join(map(str, input_size))
        raise InputError(f"{path}: input size {text} has {len(size)} axes, '{name}' has {len(spatial)}")
    return size


def _channels(graph: onnx.GraphProto, name: str, constants: Mapping[str, Constant]) -> int:
    """The channels that the first convolution of an input takes; 3 where none reads it."""
    for node in _readers(graph, name):
        if node.op_type == "Conv" and len(node.input) > 1 and node.input[1] in constants:
            shape = constants[node.input[1]].shape
            groups = next((attribute.i for attribute in node.attribute if attribute.name == "group"), 1)
            if len(shape) > 1:
                return shape[1] * max(groups, 1)
    return 3


def _readers(graph: onnx.GraphProto, name: str) -> Iterator[onnx.NodeProto]:
    return (node for node in graph.node if name in node.input)
