"""What a network costs: parameters, multiply-accumulates, activation memory; and its entropy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, prod

from rfsolve.errors import GraphError
from rfsolve.graph.convolution import Conv
from rfsolve.graph.layer_graph import LayerGraph
from rfsolve.graph.shape import TensorShape


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationMemory:
    """Elements (not bytes) held for one item of a batch."""

    total: int
    peak: int


def parameters(graph: LayerGraph) -> int:
    """sum(p.numel() for p in module.parameters()) of the PyTorch module.

    Shared weights once, buffers not.
    """
    return sum(graph.parameters(name) for name in graph.nodes)


def macs(graph: LayerGraph, input_size: Sequence[int] | None = None) -> int:
    """Multiply-accumulates for one item of a batch, summed over the nodes.

    Convolution: elements of the output * in / groups * product of the kernel; transposed: elements
    of the input * out / groups * product of the kernel; linear: in * out. Biases, norms, poolings,
    interpolations and activations count 0. Raises GraphError where a size is needed and not known.
    """
    shapes = graph.shapes(input_size)
    return sum(node_macs(graph, name, shapes) for name in graph.nodes)


def node_macs(graph: LayerGraph, name: str, shapes: Mapping[str, TensorShape]) -> int:
    """Multiply-accumulates of one node, given the shapes of the graph.

    GraphError where a size is not known.
    """
    if (stated := graph.stated(name).macs) is not None:
        return stated
    inputs = [shapes[source] for source in graph.inputs(name)]
    for shape in (*inputs, shapes[name]):
        _elements(name, shape)
    return graph.layer(name).macs(inputs, shapes[name])


def activation_memory(graph: LayerGraph, input_size: Sequence[int] | None = None) -> ActivationMemory:
    """Activation memory in elements, in total and at the peak of an execution in the graph's order.

    total = sum of the elements of every node that owns its tensor. Normalisation, activation,
    identity, dropout and output write over their input and own none. peak = max over the steps of
    the execution of the sum of the tensors alive then: a tensor lives from the step that makes it
    to the last step that reads it (or what was written over it), the tensors of `graph.outputs` to
    the end. Raises GraphError where a size is not known.
    """
    shapes = graph.shapes(input_size)
    owners = _owners(graph)
    elements = {name: _elements(name, shapes[name]) for name, owner in owners.items() if name == owner}
    last = _last_uses(graph, owners)
    alive = peak = 0
    ending: dict[int, int] = {}
    for moment, name in enumerate(graph.nodes):
        if owners[name] == name:
            alive += elements[name]
            ending[last[name]] = ending.get(last[name], 0) + elements[name]
        peak = max(peak, alive)
        alive -= ending.pop(moment, 0)
    return ActivationMemory(total=sum(elements.values()), peak=peak)


def entropy(graph: LayerGraph, input_size: Sequence[int] | None = None, *, output: str | None = None) -> float:
    """The DeepMAD entropy of the function up to `output` (Shen et al., CVPR 2023).

    log(c_out * product of sizes) * sum of log(c_in * product of kernel / groups): c_out and the
    sizes are the output's, the sum is over the convolutions it depends on; natural logarithms.
    `output` may be left out where the graph has one only. Raises GraphError for several outputs, or
    where a size is not known.
    """
    if output is None:
        if len(graph.outputs) != 1:
            raise GraphError(", ".join(graph.outputs), "several outputs: say the entropy of which")
        (output,) = graph.outputs
    volume = _elements(output, graph.shapes(input_size)[output])
    layers = [graph.layer(name) for name in sorted(graph.ancestors(output))]
    return log(volume) * sum(
        log(layer.in_channels * prod(layer.kernel) / layer.groups) for layer in layers if isinstance(layer, Conv)
    )


def _elements(name: str, shape: TensorShape) -> int:
    if shape.elements is None:
        raise GraphError(name, f"its size is not known ({shape}); give the size of the input")
    return shape.elements


def _owners(graph: LayerGraph) -> dict[str, str]:
    """For each node the node whose tensor it writes on."""
    owners: dict[str, str] = {}
    for name in graph.nodes:
        in_place = graph.layer(name).in_place
        owners[name] = owners[graph.inputs(name)[0]] if in_place else name
    return owners


def _last_uses(graph: LayerGraph, owners: Mapping[str, str]) -> dict[str, int]:
    """For each tensor by its owner, the last step that makes or reads it; the end for outputs."""
    last: dict[str, int] = {}
    for moment, name in enumerate(graph.nodes):
        for used in (name, *graph.inputs(name)):
            last[owners[used]] = moment
    for name in graph.outputs:
        last[owners[name]] = len(graph)
    return last
