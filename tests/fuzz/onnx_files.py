"""ONNX files made for tests, byte by byte where no library would write them."""

from collections.abc import Sequence
from math import prod
from typing import Any

import onnx
from onnx import TensorProto, helper


def tensor(name: str, kind: int, shape: Sequence[int]) -> Any:
    """A tensor that claims a shape and holds nothing."""
    made = TensorProto()
    made.name, made.data_type = name, kind
    made.dims.extend(shape)
    return made


def weights(name: str, *shape: int) -> Any:
    """Zeros."""
    return helper.make_tensor(name, TensorProto.FLOAT, shape, bytes(4 * prod(shape)), raw=True)


def model(
    nodes: Sequence[Any], stored: Sequence[Any] = (), *, outputs: Sequence[str] = ("y",), opset: int = 17, **kinds: Any
) -> bytes:
    """The bytes of a model whose input x has 3 channels of 32x32 pixels."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, kinds.get("shape", (1, 3, 32, 32)))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        list(stored),
    )
    return bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]).SerializeToString())


def field(number: int, data: bytes) -> bytes:
    """One field of a protobuf message that holds bytes."""
    return _number(number << 3 | 2) + _number(len(data)) + data


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def nested(depth: int) -> bytes:
    """A graph whose only node is an If with a graph, and so on."""
    inner = onnx.GraphProto(node=[helper.make_node("Identity", ["x"], ["y"])]).SerializeToString()
    for _ in range(depth):
        branch = field(1, b"then_branch") + field(6, inner) + b"\xa0\x01\x05"
        inner = field(1, field(1, b"x") + field(2, b"y") + field(4, b"If") + field(5, branch))
    return bytes(inner)


def whole(graph: bytes) -> bytes:
    """A model of this graph."""
    return b"\x08\x08" + field(7, graph)
