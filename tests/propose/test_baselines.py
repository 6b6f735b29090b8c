"""Baselines against the numbers published of them, and against the networks that other tests are built on."""

import pytest

from rfsolve.analysis import analyse
from rfsolve.errors import InputError
from rfsolve.graph import costs
from rfsolve.propose.baselines import BASELINES, baseline
from rfsolve.propose.baselines.deeplab import deeplab_v3
from rfsolve.propose.baselines.sketch import Sketch
from tests.golden import networks

PARAMETERS = {
    "resnet18": 11_176_512,
    "resnet50": 23_508_032,
    "mobilenet-v2": 2_223_872,
    "csp-s": 3_520 + 18_560 + 18_816 + 73_984 + 115_712 + 295_424 + 625_152 + 1_180_672 + 1_182_720 + 656_896,
    "resnet50-fpn": 23_508_032 + 3_344_384,
    "unet": 31_037_698 - (64 * 2 + 2),
}
"""torchvision's trunks without classifiers and its pyramid of 256 channels; the rows of YOLOv5s; Pytorch-UNet
without its two classes."""

FIELDS = {
    "resnet18": {"C2": 43, "C3": 99, "C4": 211, "C5": 435},
    "resnet50": {"C2": 35, "C3": 91, "C4": 267, "C5": 427},
    "mobilenet-v2": {"P5": 491},
    "deeplab-v3-resnet101": {"point": 1003, "rate 6": 1195, "rate 12": 1387, "rate 18": 1579},
    "unet": {"output": (188, 204)},
    "tcn": {"output": 3061},
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_the_published_ones(name: str) -> None:
    assert costs.parameters(baseline(name, channels=3, size=(224, 224)).graph) == PARAMETERS[name]


@pytest.mark.parametrize("name", FIELDS)
def test_fields_are_the_published_ones(name: str) -> None:
    axes = BASELINES[name].axes[0]
    found = baseline(name, channels=3, size=(None,) * axes)
    taps = analyse(found.graph).taps
    for level, field in FIELDS[name].items():
        expected = field if isinstance(field, tuple) else (field, field)
        assert taps[found.levels[level]].receptive_field == (expected,) * axes


@pytest.mark.parametrize(
    ("name", "depth", "deep"), [("resnet18", (2, 2, 2, 2), False), ("resnet50", (3, 4, 6, 3), True)]
)
def test_a_residual_trunk_is_the_golden_one(name: str, depth: tuple[int, ...], *, deep: bool) -> None:
    """Costs at one size, and field, stride and influence at its end."""
    mine = baseline(name, channels=3, size=(224, 224))
    theirs = networks.resnet(depth, bottleneck=deep)
    assert costs.macs(mine.graph) == costs.macs(theirs)
    assert costs.parameters(mine.graph) == costs.parameters(theirs)
    tap, other = analyse(mine.graph).taps[mine.levels["C5"]], analyse(theirs).outputs[0]
    assert (tap.receptive_field, tap.stride, tap.centre) == (other.receptive_field, other.stride, other.centre)
    assert tap.effective_receptive_field == pytest.approx(other.effective_receptive_field)


def test_every_baseline_has_levels_finest_first_on_every_number_of_axes_it_is_for() -> None:
    for name, entry in BASELINES.items():
        for axes in entry.axes:
            found = baseline(name, channels=2, size=(64,) * axes)
            taps = analyse(found.graph).taps
            strides = [taps[node].stride[0] for node in found.levels.values()]
            assert strides == sorted(strides)
            assert len(found.graph.outputs) == len(found.levels)


def test_the_pooled_branch_of_deeplab_sees_everything() -> None:
    """With image pooling the projection is global; without, its field is the widest branch's."""
    pooled, plain = Sketch(3, (128, 128)), Sketch(3, (128, 128))
    deeplab_v3(pooled, 50, pooled=True)
    deeplab_v3(plain, 50)
    assert analyse(pooled.graph).taps["aspp"].status.value == "global"
    assert analyse(plain.graph).taps["aspp"].receptive_field == ((1035, 1035),) * 2
    shared = 2048 * 256 + 2 * 256 + 256 * 256  # the branch, and its part of the projection
    assert costs.parameters(pooled.graph) - costs.parameters(plain.graph) == shared


@pytest.mark.parametrize(
    ("name", "axes", "words"), [("resnet", 2, "no baseline"), ("tcn", 2, "not for inputs of 2 axes")]
)
def test_a_baseline_that_is_none_is_refused(name: str, axes: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        baseline(name, channels=3, size=(64,) * axes)
