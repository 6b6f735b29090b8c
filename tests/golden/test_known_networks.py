"""Receptive fields of known networks: each number is published or was measured.

See FACTS for the source.
"""

from fractions import Fraction

import pytest

from rfsolve.analysis import Analysis, Tap, analyse
from rfsolve.graph import (
    Add,
    Concat,
    Conv,
    LayerGraph,
    Linear,
    Reach,
    Unknown,
    activation_memory,
    macs,
    parameters,
)
from tests.golden import networks


def rf(tap: Tap) -> int | tuple[int, int]:
    """The receptive field, alike on all axes; one number where it is the same for every output."""
    (field,) = set(tap.receptive_field)
    assert field is not None
    return field[0] if field[0] == field[1] else field


def along(analysis: Analysis, names: list[str]) -> list[int | tuple[int, int]]:
    return [rf(analysis.taps[name]) for name in names]


def test_three_3x3_see_as_one_7x7_with_27_weights_for_49() -> None:
    three, one = networks.dilated([1, 1, 1]), networks.Sketch(4)
    one.conv("conv", 4, 7)
    analysis = analyse(three)
    assert rf(analysis.taps["conv2"]) == rf(analyse(one.graph).taps["conv"]) == 7
    assert analysis.taps["conv2"].stride == (1, 1)
    assert (parameters(three), parameters(one.graph)) == (27 * 16, 49 * 16)


def test_the_strided_example_of_the_seed_is_7_by_its_own_recurrence() -> None:
    sketch = networks.Sketch(3)
    sketch.conv("a", 4, 3, 2)
    sketch.conv("b", 4, 3)
    tap = analyse(sketch.graph).taps["b"]
    assert (rf(tap), tap.stride) == (7, (2, 2))


def test_vgg16() -> None:
    """Araujo, Norris & Sim, Distill 2019."""
    analysis = analyse(networks.vgg16())
    assert along(analysis, ["conv3_3", "conv4_3", "conv5_3"]) == [40, 92, 196]
    pools = [analysis.taps[f"pool{n}"] for n in range(1, 6)]
    assert [rf(tap) for tap in pools] == [6, 16, 44, 100, 212]
    assert [tap.stride[0] for tap in pools] == [2, 4, 8, 16, 32]
    assert [-tap.windows[0].at(0)[0] for tap in pools] == [2, 6, 18, 42, 90]


def test_alexnet_v2() -> None:
    """Distill 2019; its padding of 64 is that of the valid first layer and pools."""
    analysis = analyse(networks.alexnet_v2())
    names = ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"]
    assert along(analysis, names) == [11, 19, 51, 67, 99, 131, 163, 195]
    assert analysis.taps["pool5"].stride == (32, 32)
    assert analysis.taps["pool5"].windows[0].at(0)[0] == -64


def test_mobilenet_v1() -> None:
    graph = networks.mobilenet_v1()
    analysis = analyse(graph)
    fields = [7, 11, 19, 27, 43, 59, 91, 123, 155, 187, 219, 251, 315]
    assert along(analysis, [f"pointwise{n}" for n in range(1, 14)]) == fields
    assert analysis.taps["pointwise13"].stride == (32, 32)
    assert analysis.taps["logits"].status is Reach.GLOBAL
    assert parameters(graph) == 4_231_976
    assert macs(graph) == 568_740_352  # the paper rounds to 569 million
    assert activation_memory(graph).peak == 112 * 112 * (32 + 64)  # pointwise1, as its paper's table says


def test_a_depthwise_separable_unit_costs_a_ninth() -> None:
    sketch = networks.Sketch(512)
    sketch.conv("depthwise", 512, 3, groups=512)
    sketch.conv("pointwise", 512, 1)
    plain = networks.Sketch(512)
    plain.conv("conv", 512, 3)
    assert (parameters(sketch.graph), parameters(plain.graph)) == (266_752, 2_359_296)


@pytest.mark.parametrize(("units", "field"), [((3, 4, 6, 3), 483), ((3, 4, 23, 3), 1027), ((3, 8, 36, 3), 1507)])
def test_resnets_with_the_stride_in_the_last_unit(units: tuple[int, ...], field: int) -> None:
    """TF-Slim's ResNet v1 50/101/152, Distill 2019."""
    graph = networks.resnet(units, bottleneck=True, stride_last=True)
    assert rf(analyse(graph).outputs[0]) == field


@pytest.mark.parametrize(
    ("units", "bottleneck", "field"),
    [
        ((2, 2, 2, 2), False, 435),
        ((3, 4, 6, 3), False, 899),
        ((3, 4, 6, 3), True, 427),
        ((3, 4, 23, 3), True, 971),
        ((3, 8, 36, 3), True, 1451),
    ],
)
def test_resnets_with_the_stride_in_the_first_unit(units: tuple[int, ...], field: int, *, bottleneck: bool) -> None:
    """Torchvision's ResNet 18/34/50/101/152. Shortcuts counted in series would give 1963 for 50."""
    tap = analyse(networks.resnet(units, bottleneck=bottleneck)).outputs[0]
    assert rf(tap) == field
    assert tap.stride == (32, 32)


def test_resnet50_levels() -> None:
    analysis = analyse(networks.resnet((3, 4, 6, 3), bottleneck=True))
    names = ["layer1.2", "layer2.3", "layer3.5", "layer4.2"]
    assert along(analysis, names) == [35, 91, 267, 427]
    assert parameters(analysis.graph) == 25_557_032 - 2_049_000  # torchvision's, without its classifier


def test_wavenet() -> None:
    """Ten layers, causal: the last sample seen is the present one."""
    tap = analyse(networks.wavenet()).outputs[0]
    assert rf(tap) == 1024
    assert tap.windows[0].at(0) == (-1023, 0)
    assert tap.hole_free


@pytest.mark.parametrize(("kernel", "levels", "field"), [(7, 8, 3061), (8, 8, 3571), (3, 4, 61)])
def test_tcn(kernel: int, levels: int, field: int) -> None:
    assert rf(analyse(networks.tcn(kernel, levels)).outputs[0]) == field


def test_context_module() -> None:
    """Yu & Koltun, ICLR 2016."""
    assert rf(analyse(networks.dilated([1, 1, 2, 4, 8, 16, 1])).outputs[0]) == 67


def test_aspp_on_resnet101() -> None:
    analysis = analyse(networks.aspp_resnet101())
    assert along(analysis, ["layer4.2", "aspp6", "aspp12", "aspp18"]) == [1003, 1195, 1387, 1579]
    assert rf(analysis.taps["aspp"]) == 1579
    assert analysis.taps["aspp"].stride == (16, 16)


def test_lffd() -> None:
    """Eight branches: fields, strides and centres as published; 1,920,896 parameters."""
    graph = networks.lffd()
    taps = analyse(graph).outputs
    assert [rf(tap) for tap in taps] == [55, 71, 111, 143, 223, 383, 511, 639]
    assert [tap.stride[0] for tap in taps] == [4, 4, 8, 8, 16, 32, 32, 32]
    assert [tap.centre[0] for tap in taps] == [3, 3, 7, 7, 15, 31, 31, 31]
    assert parameters(graph) == 1_920_896


@pytest.mark.parametrize(("depth", "fields"), [(3, {92, 100}), (4, {188, 204}), (5, {380, 412})])
def test_unets_depend_on_the_output_pixel(depth: int, fields: set[int]) -> None:
    """Not 572: a transposed convolution divides the jump. Not one number either."""
    tap = analyse(networks.unet(depth)).outputs[0]
    window = tap.windows[0]
    assert {span[1] - span[0] + 1 for span in window.phases if span} == fields
    assert tap.receptive_field == ((min(fields), max(fields)),) * 2
    assert tap.stride == (1, 1)


def test_misaligned_branches_unite_to_7_with_a_diagnostic() -> None:
    graph = LayerGraph()
    graph.input("x", channels=1, size=(64,))
    for name, padding in (("a", (3, 0)), ("b", (0, 3))):
        conv = Conv(in_channels=1, out_channels=1, kernel=(4,), padding=(padding,))
        graph.add(name, conv, ["x"])
    graph.add("sum", Add(), ["a", "b"])
    analysis = analyse(graph)
    assert rf(analysis.taps["sum"]) == 7
    assert [(d.code, d.node) for d in analysis.diagnostics] == [("misaligned-merge", "sum")]


def test_axes_are_height_then_width() -> None:
    graph = LayerGraph()
    graph.input("x", channels=1, size=(None, None))
    graph.add("a", Conv(in_channels=1, out_channels=1, kernel=(1, 7)), ["x"])
    assert analyse(graph).taps["a"].receptive_field == ((1, 1), (7, 7))
    graph.add("b", Conv(in_channels=1, out_channels=1, kernel=(7, 1)), ["a"])
    assert rf(analyse(graph).taps["b"]) == 7


def test_a_1x1_stride_2_touches_a_quarter_of_the_pixels() -> None:
    """Behind it even a 3x3 sees 9 of 25."""
    sketch = networks.Sketch(1)
    sketch.conv("a", 1, 1, 2)
    sketch.conv("b", 1, 3)
    tap = analyse(sketch.graph).taps["b"]
    assert (rf(tap), tap.hole_free, tap.density) == (5, False, (0.6, 0.6))


@pytest.mark.parametrize(
    ("dilations", "field", "touched"),
    [([2, 2, 2], 13, 7), ([1, 2, 3], 13, 13), ([1, 2, 5], 17, 17), ([1, 2, 9], 25, 21)],
)
def test_hybrid_dilated_convolution(dilations: list[int], field: int, touched: int) -> None:
    """Wang et al., WACV 2018."""
    tap = analyse(networks.dilated(dilations)).outputs[0]
    assert rf(tap) == field
    assert len(tap.coverage(0).at(0)) == touched
    assert tap.hole_free == (field == touched)


def test_long_stacks_do_not_underflow() -> None:
    """400 convolutions: float32 gradients vanish at the rim and show 445 for 801."""
    tap = analyse(networks.dilated([1] * 400)).outputs[0]
    assert rf(tap) == 801
    assert tap.sigma[0] == pytest.approx((400 * 8 / 12) ** 0.5)


def test_the_influence_of_a_path_is_the_sum_of_its_variances() -> None:
    """sigma^2 = sum (k^2 - 1) / 12 (d j)^2, whether from moments or from the distribution."""
    sketch = networks.Sketch(1)
    sketch.conv("a", 1, 7, 2)
    sketch.conv("b", 1, 3, dilation=2)
    sketch.conv("c", 1, 5)
    tap = analyse(sketch.graph).taps["c"]
    variance = 48 / 12 + 8 / 12 * 16 + 24 / 12 * 4
    assert tap.sigma[0] == pytest.approx(variance**0.5)
    density = tap.influence(0).at(0)
    assert density.sigma == pytest.approx(variance**0.5)
    assert tap.effective_receptive_field[0] == pytest.approx(4 * variance**0.5)
    assert density.central_window() == 19  # 0.924 in 17, 0.962 in 19


def test_a_concat_shows_all_its_branches() -> None:
    sketch = networks.Sketch(2)
    small = sketch.conv("small", 1, 1, source="x")
    large = sketch.conv("large", 3, 9, source="x", source_width=2)
    sketch.graph.add("cat", Concat(), [small, large])
    tap = analyse(sketch.graph).taps["cat"]
    assert rf(tap) == 9
    assert tap.sigma[0] == pytest.approx((0.75 * 80 / 12) ** 0.5)


def test_unknown_operations_are_never_silent() -> None:
    sketch = networks.Sketch(2)
    sketch.graph.add("what", Unknown(name="Mystery"), ["x"])
    sketch.at = "what"
    sketch.conv("after", 2, 3)
    analysis = analyse(sketch.graph)
    assert analysis.taps["after"].status is Reach.UNKNOWN
    assert analysis.taps["after"].receptive_field == (None, None)
    assert analysis.diagnostics[0].code == "unknown-operation"


def test_linear_is_global() -> None:
    sketch = networks.Sketch(2, size=8)
    sketch.graph.add("fc", Linear(in_features=128, out_features=5), ["x"])
    tap = analyse(sketch.graph).taps["fc"]
    assert (tap.status, tap.stride, tap.clipped((0, 0))) == (
        Reach.GLOBAL,
        (None, None),
        ((0, 7), (0, 7)),
    )


def test_a_nearest_upsampling_gives_back_the_stride() -> None:
    sketch = networks.Sketch(2)
    sketch.conv("down", 2, 3, 2)
    assert analyse(sketch.graph).taps["down"].stride == (Fraction(2), Fraction(2))
