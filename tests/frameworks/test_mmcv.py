"""The MMEngine fragment, read by MMEngine and built by its registry with the modules of mmcv."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
if find_spec("mmcv") is None or find_spec("mmengine") is None:
    pytest.skip("pip install --no-deps mmengine mmcv_lite", allow_module_level=True)

from rfsolve.formats.blueprint import Blueprint  # noqa: E402 - after importorskip
from rfsolve.formats.exports import EXPORTS  # noqa: E402
from rfsolve.graph import LayerGraph  # noqa: E402
from tests.frameworks.designs import designed, solved  # noqa: E402
from tests.frameworks.weights import fill  # noqa: E402
from tests.imports import torchvision_stub  # noqa: E402
from tests.oracle.torch_module import Built  # noqa: E402

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("ignore")]

SIZES = {
    "satellite-ships": (70, 91),
    "wavenet-causal": (213,),
    "keyword-spotting": (199,),
    "vgg-stride-32": (129, 97),
    "ct-lesions": (16, 33, 34),
    "mobile-separable-macs": (65, 97),
}


def built(graph: LayerGraph, path: Path) -> Any:
    """What MMEngine makes of the file."""
    torchvision_stub.install()
    import mmcv.cnn  # noqa: F401, PLC0415 - registers its modules
    from mmengine.config import Config  # noqa: PLC0415 - optional
    from mmengine.registry import MODELS  # noqa: PLC0415 - optional

    file = path / "design.py"
    file.write_text(str(EXPORTS["mmcv"].write(Blueprint(graph=graph))), encoding="utf-8")
    return MODELS.build(Config.fromfile(str(file)).backbone)


@pytest.mark.parametrize("name", SIZES)
def test_its_registry_makes_the_same_network(name: str, tmp_path: Path) -> None:
    """Parameters to the last one, and the same numbers out of the same weights."""
    _same(designed(name), SIZES[name], tmp_path)


def test_even_kernels_are_padded_first(tmp_path: Path) -> None:
    graph = solved(
        defaults={"kernels": [4], "strides": [1, 2], "dilations": [1], "widths": 8},
        guards={"odd_kernels": False},
        exit=[{"receptive_field": 20}],
    )
    _same(graph, (33, 46), tmp_path)


def test_a_config_names_the_backbone_of_a_design_with_branches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no list can say: the file that `--to timm` writes, by its path, as any custom module."""
    graph = designed("resnet-residual-trunk")
    (tmp_path / "ships_backbone.py").write_text(str(EXPORTS["timm"].write(Blueprint(graph=graph))), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    torchvision_stub.install()
    from mmengine.registry import MODELS  # noqa: PLC0415 - optional

    made = MODELS.build({"type": "ships_backbone.designed", "out_indices": (1, 2, 3, 4)})
    assert [one.shape[1] for one in made(torch.randn(1, 3, 64, 64))] == [64, 128, 256, 512]


def _same(graph: LayerGraph, size: tuple[int, ...], path: Path) -> None:
    made, reference = built(graph, path), Built(graph).eval()
    assert sum(p.numel() for p in made.parameters()) == sum(map(graph.parameters, graph.nodes))
    fill(made)
    fill(reference)
    x = torch.randn(2, graph.shapes()[graph.input_nodes[0]].channels, *size)
    with torch.no_grad():
        found, expected = made.eval()(x), reference(x)[graph.outputs[-1]]
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
