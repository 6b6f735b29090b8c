"""Blocks: weights counted by hand, widths that fit, paddings that keep the size."""

from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.space.blocks import BLOCKS, KEEPING, RISING, BlockSpec, Choice, Recipe, UnitKind, padding

THREE = Choice((3, 3), (1, 1), (1, 1))
STRIDED = Choice((3, 3), (2, 2), (1, 1))


@pytest.mark.parametrize(
    ("kind", "choice", "c_in", "c_out", "weights"),
    [
        ("conv", THREE, 3, 8, 9 * 3 * 8),
        ("conv", Choice((1, 7), (1, 1), (1, 1)), 4, 5, 7 * 4 * 5),
        ("conv", Choice((3, 3, 3), (1, 1, 1), (2, 2, 2)), 2, 3, 27 * 2 * 3),
        ("conv", Choice((5,), (1,), (8,)), 2, 3, 5 * 2 * 3),
        ("pool", STRIDED, 8, 8, 0),
        ("separable", THREE, 8, 16, 9 * 8 + 8 * 16),
        ("residual", THREE, 8, 8, 2 * 9 * 64),
        ("residual", THREE, 8, 16, 9 * 8 * 16 + 9 * 16 * 16 + 8 * 16),
        ("residual", STRIDED, 8, 8, 2 * 9 * 64 + 64),
        ("bottleneck", THREE, 64, 64, 64 * 16 + 9 * 16 * 16 + 16 * 64),
        ("bottleneck", STRIDED, 32, 64, 32 * 16 + 9 * 16 * 16 + 16 * 64 + 32 * 64),
        ("bottleneck", THREE, 2, 2, 2 * 1 + 9 * 1 + 1 * 2),
        ("inverted", THREE, 8, 8, 8 * 48 + 9 * 48 + 48 * 8),
        ("inverted", STRIDED, 8, 16, 8 * 48 + 9 * 48 + 48 * 16),
        ("depthwise", THREE, 8, 8, 9 * 8),
        ("depthwise", Choice((5,), (1,), (4,)), 3, 3, 5 * 3),
        ("convnext", THREE, 8, 8, 9 * 8 + 8 * 48 + 48 * 8),
        ("convnext", STRIDED, 8, 16, 9 * 8 + 8 * 96 + 96 * 16),
        ("upsample", STRIDED, 8, 8, 0),
        ("transposed", STRIDED, 8, 4, 9 * 8 * 4),
        ("transposed", Choice((4,), (2,), (1,)), 3, 2, 4 * 3 * 2),
    ],
)
def test_weights_by_hand(kind: str, choice: Choice, c_in: int, c_out: int, weights: int) -> None:
    recipe = BlockSpec(kind=kind).recipe(choice, c_in, c_out)
    assert recipe is not None
    assert sum(unit.weights for unit in recipe.units) == weights


def test_an_expansion_of_one_has_no_pointwise_before() -> None:
    """The first block of MobileNetV2."""
    recipe = BlockSpec(kind="inverted", expansion=1).recipe(THREE, 32, 16)
    assert recipe is not None
    assert [unit.weights for unit in recipe.units] == [9 * 32, 32 * 16]


def test_a_reduction_sets_the_inner_width() -> None:
    recipe = BlockSpec(kind="bottleneck", reduction=2).recipe(THREE, 64, 64)
    assert recipe is not None
    assert [unit.c_out for unit in recipe.main] == [32, 32, 64]


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_blocks_that_keep_their_width_cannot_be_built_for_another(kind: str) -> None:
    for choice in (THREE, STRIDED):
        assert BlockSpec(kind=kind).recipe(choice, 8, 8) is not None
        assert (BlockSpec(kind=kind).recipe(choice, 8, 16) is None) == (kind in {"pool", "depthwise", "upsample"})


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_two_blocks_up_sample(kind: str) -> None:
    """Both in one unit, whose stride divides the jump."""
    units = built(kind, STRIDED, 8, 8).units
    assert any(unit.kind.rises for unit in units) == BlockSpec(kind=kind).rises == (kind in {"upsample", "transposed"})
    assert len(units) == 1 or kind not in RISING


@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_the_mode_of_an_interpolation(mode: str) -> None:
    recipe = BlockSpec(kind="upsample", mode=mode).recipe(STRIDED, 8, 8)
    assert recipe is not None
    assert [unit.kind for unit in recipe.main] == [UnitKind(mode)]


@pytest.mark.parametrize("kind", ["conv", "depthwise", "pool", "separable", "transposed", "upsample"])
def test_plain_blocks_add_nothing(kind: str) -> None:
    assert built(kind, THREE, 8, 8).shortcut is None


@pytest.mark.parametrize("kind", ["residual", "bottleneck"])
def test_the_shortcut_is_projected_where_it_must(kind: str) -> None:
    assert built(kind, THREE, 8, 8).shortcut == ()
    for choice, c_out in ((THREE, 16), (STRIDED, 8), (STRIDED, 16)):
        (projection,) = built(kind, choice, 8, c_out).shortcut or ()
        assert projection.choice == Choice((1, 1), choice.stride, (1, 1))
        assert (projection.c_in, projection.c_out, projection.activated) == (8, c_out, False)


@pytest.mark.parametrize("kind", ["inverted", "convnext"])
def test_an_inverted_block_adds_only_what_fits(kind: str) -> None:
    assert built(kind, THREE, 8, 8).shortcut == ()
    assert built(kind, THREE, 8, 16).shortcut is None
    assert built(kind, STRIDED, 8, 8).shortcut is None


def test_a_convnext_block_is_normed_and_activated_once() -> None:
    """Norm after the depthwise convolution, activation between the pointwise ones (Liu et al., CVPR 2022)."""
    main = built("convnext", THREE, 8, 8).main
    assert [(unit.normed, unit.activated) for unit in main] == [(True, False), (False, True), (False, False)]
    assert [unit.groups for unit in main] == [8, 1, 1]


def built(kind: str, choice: Choice, c_in: int, c_out: int, *, expansion: int = 6, reduction: int = 4) -> Recipe:
    recipe = BlockSpec(kind=kind, expansion=expansion, reduction=reduction).recipe(choice, c_in, c_out)
    assert recipe is not None
    return recipe


AXES = st.integers(1, 3)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    axes = draw(AXES)
    numbers = [draw(st.tuples(*[st.integers(1, most)] * axes)) for most in (7, 4, 5)]
    return Choice(*numbers)


@given(
    kind=st.sampled_from(sorted(BLOCKS)),
    choice=choices(),
    widths=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    expansion=st.integers(1, 6),
    reduction=st.integers(1, 8),
)
def test_widths_and_strides_fit_along_both_ways(
    kind: str, choice: Choice, widths: tuple[int, int], expansion: int, reduction: int
) -> None:
    """Each unit takes what the one before hands over; both ways start and end alike, and stride alike."""
    c_in, c_out = widths if kind not in KEEPING else (widths[0], widths[0])
    recipe = built(kind, choice, c_in, c_out, expansion=expansion, reduction=reduction)
    for way in (recipe.main, recipe.shortcut or ()):
        if not way:
            continue
        assert (way[0].c_in, way[-1].c_out) == (c_in, c_out)
        assert all(first.c_out == second.c_in for first, second in pairwise(way))
        strides = [unit.choice.stride for unit in way if max(unit.choice.stride) > 1]
        assert strides == ([choice.stride] if max(choice.stride) > 1 else [])
    if recipe.shortcut == ():
        assert c_in == c_out
        assert max(choice.stride) == 1
    for unit in recipe.units:
        assert unit.c_in % unit.groups == unit.c_out % unit.groups == 0
        assert (unit.weights == 0) == (kind in {"pool", "upsample"})


def outputs(size: int, kernel: int, stride: int, dilation: int, pads: tuple[int, int]) -> int:
    return (size + sum(pads) - dilation * (kernel - 1) - 1) // stride + 1


@given(choices(), st.sampled_from(["same", "causal"]), st.integers(1, 200))
def test_padding_makes_ceil_of_n_over_stride_cells(choice: Choice, rule: str, size: int) -> None:
    pads = padding(rule, choice)
    for kernel, stride, dilation, pair in zip(choice.kernel, choice.stride, choice.dilation, pads, strict=True):
        assert outputs(size, kernel, stride, dilation, pair) == ceil(size / stride)


@given(choices())
def test_what_each_rule_pads(choice: Choice) -> None:
    spans = [(k - 1) * d for k, d in zip(choice.kernel, choice.dilation, strict=True)]
    assert padding("valid", choice) == ((0, 0),) * len(spans)
    assert padding("causal", choice) == tuple((span, 0) for span in spans)
    for (left, right), span, dilation in zip(padding("same", choice), spans, choice.dilation, strict=True):
        assert left + right == span
        assert right - left in (0, dilation)
        assert left % dilation == 0
