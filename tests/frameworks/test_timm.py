"""The backbone, taken by timm's factory and by the decoders of segmentation_models_pytorch."""

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
if find_spec("timm") is None or find_spec("segmentation_models_pytorch") is None:
    pytest.skip("pip install --no-deps timm segmentation_models_pytorch", allow_module_level=True)

from rfsolve.formats.blueprint import Blueprint  # noqa: E402 - after importorskip
from rfsolve.formats.exports import EXPORTS  # noqa: E402
from rfsolve.graph import LayerGraph  # noqa: E402
from tests.frameworks.designs import designed, solved  # noqa: E402
from tests.imports import torchvision_stub  # noqa: E402

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(autouse=True)
def _torchvision() -> None:
    torchvision_stub.install()


def registered(graph: LayerGraph, path: Path) -> Any:
    """The module of the file, its function registered with timm under its own name."""
    file = path / "backbone.py"
    file.write_text(str(EXPORTS["timm"].write(Blueprint(graph=graph))), encoding="utf-8")
    spec = spec_from_file_location("rfsolve_backbone", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    import timm  # noqa: PLC0415 - optional

    timm.models.register_model(module.designed)
    return module


def test_timm_makes_it_and_reads_what_it_says_of_itself(tmp_path: Path) -> None:
    """`FeatureInfo` of timm itself agrees with the answers, for every feature and for some of them."""
    registered(designed("resnet-residual-trunk"), tmp_path)
    import timm  # noqa: PLC0415 - optional
    from timm.models import FeatureInfo  # noqa: PLC0415 - optional

    for indices in (None, (1, 3), (-2, -1)):
        made = timm.create_model("designed", features_only=True, out_indices=indices)
        info = made.feature_info
        theirs = FeatureInfo(info.info, info.out_indices)
        assert (info.channels(), info.reduction()) == (theirs.channels(), theirs.reduction())
        assert (info.module_name(), info.get_dicts()) == (theirs.module_name(), theirs.get_dicts())
        features = made(torch.randn(1, 3, 64, 96))
        assert [one.shape[1] for one in features] == info.channels()
        assert [64 // one.shape[2] for one in features] == info.reduction()
    assert made.forward_features(torch.randn(1, 3, 64, 64)).shape == (1, 512, 2, 2)
    with pytest.raises(ValueError, match="3 channels, not 1"):
        timm.create_model("designed", in_chans=1)


@pytest.mark.parametrize("decoder", ["Unet", "UnetPlusPlus", "FPN", "Linknet", "Segformer"])
def test_a_segmenter_takes_it_and_trains(decoder: str, tmp_path: Path) -> None:
    """Forward and backward through the decoders of segmentation_models_pytorch; every weight has a gradient."""
    registered(designed("resnet-residual-trunk"), tmp_path)
    import segmentation_models_pytorch as smp  # noqa: PLC0415 - optional

    model = getattr(smp, decoder)("tu-designed", encoder_weights=None, classes=2)
    y = model(torch.randn(2, 3, 64, 64))
    assert y.shape == (2, 2, 64, 64)
    y.square().mean().backward()
    used = [p.grad is not None and bool(p.grad.abs().sum() > 0) for p in model.encoder.parameters()]
    assert all(used)


def test_a_design_of_fewer_stages_is_an_encoder_of_less_depth(tmp_path: Path) -> None:
    """A trunk of stride 8, whose first layers do not stride: timm's features of VGG, from reduction 1 on."""
    graph = solved(exit=[{"receptive_field": 200, "stride": 8}])
    registered(graph, tmp_path)
    import segmentation_models_pytorch as smp  # noqa: PLC0415 - optional

    model = smp.Unet("tu-designed", encoder_weights=None, encoder_depth=3, decoder_channels=(64, 32, 16))
    assert model.encoder.model.feature_info.reduction() == [1, 2, 4, 8]
    model(torch.randn(2, 3, 64, 64)).mean().backward()
