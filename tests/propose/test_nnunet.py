"""The planner's rule against plans that are published, and the lint of a plan."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.analysis import analyse
from rfsolve.errors import InputError
from rfsolve.propose.nnunet_file import configurations
from rfsolve.propose.nnunet_plan import Severity, plan_findings
from rfsolve.propose.nnunet_rule import nnunet_plan, topology
from rfsolve.propose.volume import planned_baseline

PLANS = [
    ((1, 1, 1), (36, 50, 35), (40, 56, 40), (3, 3, 3), (3, 3, 3)),
    ((5, 1.5625, 1.5625), (18, 237, 208), (20, 256, 224), (2, 5, 5), (1, 3, 3)),
    ((1.245, 0.785, 0.785), (252, 512, 512), (80, 192, 160), (4, 5, 5), (3, 3, 3)),
    ((1.545, 0.8067, 0.8067), (138.83, 497.09, 497.09), (56, 224, 192), (3, 5, 5), (3, 3, 3)),
    ((2.473, 1.898, 1.898), (195, 207, 207), (128, 128, 128), (5, 5, 5), (3, 3, 3)),
]
"""Spacing, median shape, patch, pools, first kernel of plans that users of nnU-Net have posted."""


@pytest.mark.parametrize(("spacing", "shape", "patch", "pools", "kernel"), PLANS)
def test_the_rule_plans_what_is_published(
    spacing: tuple[float, ...], shape: tuple[float, ...], patch: tuple[int, ...], pools: object, kernel: object
) -> None:
    plan = nnunet_plan(spacing, shape)
    assert (plan.patch, plan.topology.pools, plan.topology.kernels[0]) == (patch, pools, kernel)


@pytest.mark.parametrize(("plan", "field"), [(PLANS[0], 47), (PLANS[1], 55)])
def test_the_bottleneck_sees_so_many_voxels_of_the_thin_axis(plan: tuple[Any, ...], field: int) -> None:
    found = planned_baseline(nnunet_plan(plan[0], plan[1]), channels=1)
    deepest = max(int(name[3]) for name in found.graph.nodes if name.startswith("enc"))
    assert analyse(found.graph).taps[f"enc{deepest}.1"].receptive_field[0] == (field, field)


@given(
    spacing=st.lists(st.floats(0.3, 8), min_size=3, max_size=3),
    patch=st.lists(st.integers(8, 300), min_size=3, max_size=3),
)
def test_a_topology_keeps_cells_and_brings_voxels_closer_to_cubes(spacing: list[float], patch: list[int]) -> None:
    """Four cells are left on every halved axis, kernels never shrink, and strides are one or two."""
    found = topology(spacing, patch)
    for extent, divisor in zip(patch, found.divisor, strict=True):
        assert divisor == 1 or -(-extent // divisor) >= 4
    for before, after in zip(found.kernels, found.kernels[1:], strict=False):
        assert all(b <= a for b, a in zip(before, after, strict=True))
    assert len(found.kernels) == len(found.strides)
    assert {step for stride in found.strides for step in stride} <= {1, 2}


@given(memory=st.floats(2, 32))
def test_more_memory_never_plans_fewer_elements_than_fit_and_stays_within(memory: float) -> None:
    plan = nnunet_plan((1.0, 0.8, 0.8), (200, 512, 512), memory_gb=memory)
    assert plan.elements <= 560_000_000 * memory / 8
    assert all(extent % divisor == 0 for extent, divisor in zip(plan.patch, plan.topology.divisor, strict=True))


PLAN: dict[str, Any] = {
    "plans_name": "nnUNetPlans",
    "configurations": {
        "3d_fullres": {
            "patch_size": [20, 256, 224],
            "spacing": [5.0, 1.5625, 1.5625],
            "architecture": {
                "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
                "arch_kwargs": {
                    "n_stages": 6,
                    "features_per_stage": [32, 64, 128, 256, 320, 320],
                    "kernel_sizes": [[1, 3, 3], *[[3, 3, 3]] * 5],
                    "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2], [2, 2, 2], [1, 2, 2], [1, 2, 2]],
                    "n_conv_per_stage": [2] * 6,
                    "n_conv_per_stage_decoder": [2] * 5,
                },
            },
        },
        "3d_cascade_fullres": {"inherits_from": "3d_fullres"},
    },
}


def _edited(**changes: Any) -> dict[str, Any]:
    plan = deepcopy(PLAN)
    table = plan["configurations"]["3d_fullres"]
    for key, value in changes.items():
        holder = table["architecture"]["arch_kwargs"] if key in table["architecture"]["arch_kwargs"] else table
        holder[key] = value
    return plan


def _codes(plan: dict[str, Any], **more: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in plan_findings(plan, **more):
        found.setdefault(finding.configuration, set()).add(finding.code)
    return found


def test_what_nnunet_plans_itself_has_no_warning() -> None:
    assert all(finding.severity is Severity.NOTE for finding in plan_findings(PLAN))
    assert set(_codes(PLAN)) == {"3d_fullres", "3d_cascade_fullres"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"patch_size": [18, 256, 224]}, "divisibility"),
        ({"patch_size": [8, 256, 224]}, "bottleneck-size"),
        ({"patch_size": [8, 256, 224]}, "padding-kernel"),
        ({"kernel_sizes": [[3, 3, 3]] * 6}, "topology"),
        ({"spacing": [1.0, 1.0, 1.0]}, "topology"),
    ],
)
def test_an_edit_is_found(changes: dict[str, Any], code: str) -> None:
    assert code in _codes(_edited(**changes))["3d_fullres"]
    assert code not in _codes(PLAN)["3d_fullres"]


def test_lesions_are_held_against_the_field_in_voxels() -> None:
    """99 voxels of 5 mm hold 495 mm of depth: a lesion just below is held, one just above is not."""
    assert "lesion-field" not in _codes(PLAN, lesions=[[495, 50, 50]])["3d_fullres"]
    assert "lesion-field" in _codes(PLAN, lesions=[[496, 50, 50]])["3d_fullres"]
    assert "lesion-patch" in _codes(PLAN, lesions=[[101, 50, 50]])["3d_fullres"]


def test_the_first_layout_of_version_2_and_residual_encoders_are_read() -> None:
    first = {
        "plans_name": "nnUNetPlans",
        "configurations": {
            "2d": {
                "patch_size": [256, 224],
                "spacing": [1.5625, 1.5625],
                "UNet_class_name": "PlainConvUNet",
                "UNet_base_num_features": 32,
                "unet_max_num_features": 512,
                "pool_op_kernel_sizes": [[1, 1], *[[2, 2]] * 5],
                "conv_kernel_sizes": [[3, 3]] * 6,
                "n_conv_per_stage_encoder": [2] * 6,
                "n_conv_per_stage_decoder": [2] * 5,
            }
        },
    }
    (found,) = configurations(first)
    assert found.widths == (32, 64, 128, 256, 512, 512)
    assert configurations(_residual([1, 3, 4, 6, 6, 6]))[0].encoder == (2, 6, 8, 12, 12, 12)


def _residual(blocks: list[int]) -> dict[str, Any]:
    plan = deepcopy(PLAN)
    architecture = plan["configurations"]["3d_fullres"]["architecture"]
    architecture["network_class_name"] = "dynamic_network_architectures.architectures.unet.ResidualEncoderUNet"
    architecture["arch_kwargs"]["n_blocks_per_stage"] = blocks
    del architecture["arch_kwargs"]["n_conv_per_stage"]
    return plan


def test_a_residual_encoder_has_a_stem_before_its_stages() -> None:
    """1 + (kernel - 1) x jump of the stem, then of two convolutions a block; the first of a stage has its stride."""
    blocks = [1, 3, 4, 6, 6, 6]
    plan = _residual(blocks)
    said = plan["configurations"]["3d_fullres"]["architecture"]["arch_kwargs"]
    expected = []
    for axis in range(3):
        jump, field = 1, said["kernel_sizes"][0][axis]
        for kernel, stride, count in zip(said["kernel_sizes"], said["strides"], blocks, strict=True):
            field += (kernel[axis] - 1) * (jump + (2 * count - 1) * jump * stride[axis])
            jump *= stride[axis]
        expected.append(field)
    assert expected == [327, 1377, 1377]
    (text,) = (one.text for one in plan_findings(plan) if (one.configuration, one.code) == ("3d_fullres", "fields"))
    assert "the bottleneck 327x1377x1377," in text


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({}, "no plan of nnU-Net"),
        ({"plans_name": "x", "configurations": []}, "expected a table"),
        ({"plans_name": "x", "configurations": {"a": {"inherits_from": "b"}, "b": {"inherits_from": "a"}}}, "a circle"),
        ({"plans_name": "x", "configurations": {"a": {"inherits_from": "b"}}}, "no table 'b'"),
        (_edited(patch_size=[20, 256]), "spacing"),
        (_edited(patch_size=[20, 256, 0]), "whole numbers of voxels"),
        (_edited(patch_size="big"), "whole numbers of voxels"),
        (_edited(spacing=[5.0, float("nan"), 1.0]), "positive numbers"),
        (_edited(strides=[[1, 1, 1], [2, 2]]), r"strides\[1\]"),
        (_edited(kernel_sizes=[[3, 3, 3]] * 4), "4 stages, expected 6"),
        (_edited(n_conv_per_stage=[2, 2]), "6 numbers of convolutions"),
        (_edited(features_per_stage=None), "features_per_stage: missing"),
        (_edited(architecture={"network_class_name": "a.Transformer", "arch_kwargs": {}}), "not known"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(plan: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as refusal:
        plan_findings(plan, place="p.json")
    assert str(refusal.value).startswith("p.json: ")
    assert "\n" not in str(refusal.value)


def test_elements_are_those_of_the_layers_that_write() -> None:
    """The rule's count of elements, layer by layer of the graph: convolutions, what rises, the logits of each level."""
    plan = nnunet_plan((1, 1, 1), (36, 50, 35))
    found = planned_baseline(plan, channels=1)
    shapes = found.graph.shapes()
    kinds = {"conv", "conv_transpose"}
    written = [shapes[node].elements or 0 for node in found.graph.nodes if found.graph.layer(node).op in kinds]
    coarser = [2 * int(np.prod([extent // 2**level for extent in plan.patch])) for level in (1, 2)]
    assert plan.elements == sum(written) + sum(coarser)
