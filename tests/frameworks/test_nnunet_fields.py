"""The fields that the lint of a plan states, against the gradient of the networks that nnU-Net makes of it."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

torch = pytest.importorskip("torch")
unets: Any = pytest.importorskip(
    "dynamic_network_architectures.architectures.unet",
    reason="pip install --no-deps dynamic_network_architectures",
)

from rfsolve.propose.nnunet_file import configurations  # noqa: E402 - after importorskip
from rfsolve.propose.nnunet_plan import fields  # noqa: E402

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("ignore")]

PATCH = (128, 112)
KERNELS = [[1, 3], [3, 3], [3, 3]]
STRIDES = [[1, 1], [1, 2], [2, 2]]
WIDTHS = [2, 2, 2]
DIVISOR = (2, 4)


def entry(network: str) -> dict[str, Any]:
    """Return a plan of three stages."""
    counts = "n_blocks_per_stage" if network == "ResidualEncoderUNet" else "n_conv_per_stage"
    said = {
        "n_stages": 3,
        "features_per_stage": WIDTHS,
        "kernel_sizes": KERNELS,
        "strides": STRIDES,
        counts: [1, 2, 1],
        "n_conv_per_stage_decoder": [2, 1],
    }
    architecture = {"network_class_name": f"a.{network}", "arch_kwargs": said}
    one = {"patch_size": list(PATCH), "spacing": [2.0, 1.0], "architecture": architecture}
    return {"plans_name": "p", "configurations": {"2d": one}}


def seen(tensor: Any, x: Any, cell: Sequence[int]) -> list[int]:
    """Return how many pixels lie between the first and the last that a cell reads, per axis."""
    (gradient,) = torch.autograd.grad(tensor[0, :, *cell].sum(), x, retain_graph=True)
    read = gradient[0, 0].abs() > 0
    found = [read.any(dim=1 - axis).nonzero().flatten().tolist() for axis in range(2)]
    return [axis[-1] - axis[0] + 1 for axis in found]


@pytest.mark.parametrize("network", ["PlainConvUNet", "ResidualEncoderUNet"])
def test_the_gradient_reaches_as_far_as_the_lint_says(network: str) -> None:
    """Positive weights, no norm and no activation, so that nothing cancels; the smallest field of all phases."""
    plan = entry(network)
    said = plan["configurations"]["2d"]["architecture"]["arch_kwargs"]
    made = getattr(unets, network)(input_channels=1, num_classes=1, conv_op=torch.nn.Conv2d, **said).double()
    for parameter in made.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    x = torch.ones(1, 1, *PATCH, dtype=torch.float64, requires_grad=True)
    bottleneck = made.encoder(x)[-1]
    output = made(x)
    middle = [extent // 2 for extent in bottleneck.shape[2:]]
    start = [extent // 2 // step * step for extent, step in zip(PATCH, DIVISOR, strict=True)]
    phases = [seen(output, x, [a + start[0], b + start[1]]) for a, b in product(*map(range, DIVISOR))]
    expected = (tuple(seen(bottleneck, x, middle)), tuple(map(min, zip(*phases, strict=True))))
    assert max(expected[1]) < min(PATCH)
    assert fields(configurations(plan)[0]) == expected
