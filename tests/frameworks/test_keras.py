"""The Keras source, run by Keras 3 on its torch backend, against the same network in torch."""

import os
from importlib.util import find_spec
from typing import Any

import pytest

torch = pytest.importorskip("torch")
if find_spec("keras") is None:
    pytest.skip("keras is not installed: pip install keras", allow_module_level=True)

from rfsolve.errors import GraphError  # noqa: E402 - after importorskip
from rfsolve.formats.blueprint import Blueprint  # noqa: E402
from rfsolve.formats.exports import EXPORTS  # noqa: E402
from rfsolve.graph import LayerGraph  # noqa: E402
from tests.frameworks.designs import designed, solved  # noqa: E402
from tests.frameworks.weights import fill, weights  # noqa: E402
from tests.oracle.random_graphs import grow  # noqa: E402
from tests.oracle.torch_module import Built  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def _backend() -> None:
    os.environ["KERAS_BACKEND"] = "torch"
    __import__("keras")


def built(graph: LayerGraph) -> Any:
    """The model that the source builds."""
    source = EXPORTS["keras"].write(Blueprint(graph=graph))
    namespace: dict[str, Any] = {"__name__": "design"}
    exec(compile(source, "design.py", "exec"), namespace)  # noqa: S102 - the source that is tested
    return namespace["build"]()


def fill_keras(model: Any) -> None:
    """Give a Keras model the weights that `fill` gives torch's: kernels have their axes in another order."""
    import numpy as np  # noqa: PLC0415 - only here

    for layer in model.layers:
        for weight in layer.trainable_weights:
            shape = tuple(weight.shape)
            if len(shape) == 1:
                weight.assign(weights(shape))
            elif "depthwise" in type(layer).__name__.lower():
                drawn = weights((shape[-2], shape[-1], *shape[:-2]))
                weight.assign(np.moveaxis(drawn, (0, 1), (-2, -1)))
            else:
                drawn = weights((shape[-1], shape[-2], *shape[:-2]))
                weight.assign(np.moveaxis(drawn, (0, 1), (-1, -2)))


def compare(graph: LayerGraph, size: tuple[int, ...]) -> float:
    """The largest difference at any exit for one input, relative to the largest value there."""
    model, reference = built(graph), Built(graph).eval()
    trainable = sum(weight.value.numel() for weight in model.trainable_weights)
    assert trainable == sum(map(graph.parameters, graph.nodes))
    fill_keras(model)
    fill(reference)
    channels = graph.shapes()[graph.input_nodes[0]].channels
    x = torch.randn(2, channels, *size)
    with torch.no_grad():
        found = model(x.movedim(1, -1), training=False)
        values = reference(x)
    exits = found if isinstance(found, dict) else {graph.outputs[0]: found}
    assert set(exits) == set(graph.outputs)
    worst = 0.0
    for name, value in exits.items():
        there = value.movedim(-1, 1)
        assert there.shape == values[name].shape
        worst = max(worst, float((there - values[name]).abs().max() / values[name].abs().max()))
    return worst


DESIGNS = {
    "satellite-ships": (70, 91),
    "tcn-one-second": (213,),
    "unet-phases": (64, 80),
    "unet-3d-lesion": (16, 32, 48),
    "mobile-inverted-residual": (65, 97),
    "tridentnet": (65, 97),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_the_same_weights_give_the_same_numbers(name: str) -> None:
    assert compare(designed(name), DESIGNS[name]) < 1e-4


def test_a_stride_and_a_dilation_at_once() -> None:
    """Keras refuses both in one layer: the stride becomes a slice."""
    graph = solved(
        defaults={"kernels": [3], "dilations": [2], "strides": [2], "widths": 8},
        guards={"hole_free": False},
        stack=[{"name": "trunk", "layers": 2}],
        exit=[{"after": "trunk", "receptive_field": 5}],
    )
    assert compare(graph, (33, 46)) < 1e-4


SEEDS = [5, 7, 8, 9, 18, 31, 40, 41]
"""Of random graphs that hold nothing but what Keras has; RFSOLVE_KERAS_GRAPHS=400 looks at as many."""


@pytest.mark.parametrize("seed", SEEDS)
def test_random_graphs(seed: int) -> None:
    """Branches, up-sampling, crops, slices and flips."""
    assert _difference(seed) < 1e-4


@pytest.mark.skipif("RFSOLVE_KERAS_GRAPHS" not in os.environ, reason="the long run: RFSOLVE_KERAS_GRAPHS=400")
def test_many_random_graphs() -> None:
    """What Keras has not is refused by name; all else agrees."""
    agreed = 0
    for seed in range(int(os.environ["RFSOLVE_KERAS_GRAPHS"])):
        try:
            assert _difference(seed) < 1e-4, seed
        except GraphError as refusal:
            if "Keras has no layer for" not in str(refusal):
                raise
        else:
            agreed += 1
    assert agreed > 0.1 * int(os.environ["RFSOLVE_KERAS_GRAPHS"])


def _difference(seed: int) -> float:
    graph = grow(seed, layers=8, size=32).graph
    (source,) = graph.input_nodes
    return compare(graph, tuple(int(n or 0) for n in graph.shapes()[source].size))
