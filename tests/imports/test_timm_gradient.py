"""The timm lane's own witness against float64 gradients: feature maps of some architectures, nothing replaced."""

from importlib.util import find_spec
from typing import Any

import pytest

torch = pytest.importorskip("torch")
if find_spec("timm") is None:
    pytest.skip("timm is not installed: pip install --no-deps timm", allow_module_level=True)

from tests.imports import torchvision_stub  # noqa: E402 - after importorskip
from tests.oracle.measured import measure  # noqa: E402
from tests.oracle.measured_gradient import gradient_spans  # noqa: E402

pytestmark = [pytest.mark.timm, pytest.mark.filterwarnings("ignore")]
NAMES = ["resnet18", "resnetblur18", "dla34", "hrnet_w18_small", "ghostnet_050", "densenet121", "poolformer_s12"]
NAMES += ["convnext_atto", "lcnet_050", "repvgg_a0", "hardcorenas_a", "res2net50_26w_4s"]
SIZE = (3, 128, 96)


def _within(inner: Any, outer: Any) -> bool:
    return inner is None or (outer is not None and outer[0] <= inner[0] and inner[1] <= outer[1])


@pytest.mark.parametrize("name", NAMES)
def test_no_gradient_lies_outside_what_was_measured(name: str) -> None:
    """At a corner and in the middle of every feature map; and most ends are the very same."""
    torchvision_stub.install()
    import timm  # noqa: PLC0415 - after the stub

    module = timm.create_model(name, pretrained=False, features_only=True)
    truth = measure(module, SIZE)
    maps = [one for one in truth if one.startswith("output:")]
    equal = total = 0
    for number, tap in enumerate(maps):
        height, width = truth[tap].shape[1:]
        positions = [(0, 0), (height // 2, width // 2)]
        gradients = gradient_spans(module, SIZE, positions, output=number, draws=2)
        for position, spans in zip(positions, gradients, strict=True):
            for axis, span in enumerate(spans):
                measured = truth[tap].at(axis, position)
                assert _within(span, measured), (tap, position, axis)
                equal, total = equal + (span == measured), total + 1
    assert equal > total // 2
