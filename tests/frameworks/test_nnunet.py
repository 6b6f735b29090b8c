"""The plans entry, built by nnU-Net's own function."""

import json
from importlib.util import find_spec
from typing import Any

import pytest

torch = pytest.importorskip("torch")
if any(find_spec(name) is None for name in ("nnunetv2", "dynamic_network_architectures", "batchgenerators")):
    pytest.skip("pip install --no-deps nnunetv2 dynamic_network_architectures batchgenerators", allow_module_level=True)

from rfsolve.formats.blueprint import Blueprint  # noqa: E402 - after importorskip
from rfsolve.formats.exports import EXPORTS  # noqa: E402
from rfsolve.graph import LayerGraph  # noqa: E402
from tests.frameworks.designs import solved  # noqa: E402
from tests.frameworks.unets import nnunet_table  # noqa: E402
from tests.frameworks.weights import fill  # noqa: E402
from tests.oracle.torch_module import Built  # noqa: E402

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("ignore")]

CLASSES = 3


def built(graph: LayerGraph, *, deep_supervision: bool = False) -> Any:
    """The network that nnU-Net makes of the entry."""
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans  # noqa: PLC0415 - optional

    entry = json.loads(str(EXPORTS["nnunet"].write(Blueprint(graph=graph))))["architecture"]
    return get_network_from_plans(
        entry["network_class_name"],
        entry["arch_kwargs"],
        entry["_kw_requires_import"],
        graph.shapes()[graph.input_nodes[0]].channels,
        CLASSES,
        deep_supervision=deep_supervision,
    )


@pytest.mark.parametrize(("axes", "bias", "norm"), [(2, False, "batch"), (3, True, "batch"), (2, True, "none")])
def test_nnunet_makes_the_same_network(axes: int, bias: bool, norm: str) -> None:  # noqa: FBT001 - parameters
    """Parameters but for the convolutions to the classes, and the same features out of the same weights."""
    graph = solved(**nnunet_table(axes=axes, bias=bias, norm=norm, field=40))
    made, reference = built(graph), Built(graph).eval()
    heads = made.decoder.seg_layers
    classed = sum(p.numel() for p in heads.parameters())
    # its decoder holds the encoder a second time, under the same parameters
    assert sum(p.numel() for p in made.parameters()) - classed == sum(map(graph.parameters, graph.nodes))
    fill(made)
    fill(reference)
    x = torch.randn(1, 1, *(32, 48, 16)[:axes])
    seen: list[Any] = []
    heads[-1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        made.eval()(x)
        expected = reference(x)[graph.outputs[0]]
    torch.testing.assert_close(seen[0], expected, rtol=1e-4, atol=1e-4)


def test_it_trains_with_deep_supervision() -> None:
    graph = solved(**nnunet_table())
    outputs = built(graph, deep_supervision=True)(torch.randn(2, 1, 32, 32))
    assert [tuple(one.shape) for one in outputs] == [(2, CLASSES, 32, 32), (2, CLASSES, 16, 16)]
    sum(one.sum() for one in outputs).backward()
