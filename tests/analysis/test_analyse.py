"""The analysis of graphs that are more than a path."""

from fractions import Fraction

import pytest

from rfsolve.analysis import analyse
from rfsolve.errors import GraphError
from rfsolve.graph import (
    Activation,
    AdaptivePool,
    Add,
    Conv,
    ConvTranspose,
    Flip,
    GlobalPool,
    Layer,
    LayerGraph,
    Multiply,
    Norm,
    NormKind,
    PixelShuffle,
    PoolKind,
    Reach,
    Resize,
    ResizeMode,
)


def start(size: int | None = None, axes: int = 2, channels: int = 4) -> LayerGraph:
    graph = LayerGraph()
    graph.input("x", channels=channels, size=(size,) * axes)
    return graph


def conv(graph: LayerGraph, name: str, source: str, kernel: int = 3, **more: int) -> str:
    axes = graph.shapes()[source].axes
    return graph.add(name, Conv.uniform(4, 4, kernel, axes=axes, **more), [source])


def test_squeeze_excite_is_global_on_the_grid_of_what_it_gates() -> None:
    graph = start()
    conv(graph, "a", "x", stride=2)
    graph.add("pooled", GlobalPool(kind=PoolKind.AVG), ["a"])
    graph.add("gate", Activation(kind="sigmoid"), ["pooled"])
    graph.add("gated", Multiply(), ["a", "gate"])
    conv(graph, "b", "gated", stride=2)
    taps = analyse(graph).taps
    assert taps["pooled"].stride == (None, None)
    assert [taps[n].status for n in ("gated", "b")] == [Reach.GLOBAL] * 2
    assert taps["b"].stride == (4, 4)
    assert taps["b"].receptive_field == (None, None)
    assert (taps["b"].hole_free, taps["b"].density, taps["b"].sigma) == (None, *[(None, None)] * 2)
    assert taps["b"].coverage(0) is taps["b"].influence(1) is None
    assert taps["b"].clipped((0, 0)) == (None, None)
    assert taps["b"].clipped((0, 0), (9, 7)) == ((0, 8), (0, 6))


def test_a_mean_over_width_is_global_along_width_only() -> None:
    graph = start()
    conv(graph, "a", "x")
    graph.add("mean", GlobalPool(kind=PoolKind.AVG, axes=(1,)), ["a"])
    tap = analyse(graph).taps["mean"]
    assert tap.reach == (Reach.EXACT, Reach.GLOBAL)
    assert (tap.status, tap.receptive_field, tap.stride) == (
        Reach.GLOBAL,
        ((3, 3), None),
        (1, None),
    )


@pytest.mark.parametrize("kind", [NormKind.INSTANCE, NormKind.GROUP, NormKind.LAYER])
def test_norms_over_space_are_global_and_keep_the_grid(kind: NormKind) -> None:
    graph = start()
    conv(graph, "a", "x", stride=2)
    graph.add("n", Norm(kind=kind, channels=4), ["a"])
    tap = analyse(graph).taps["n"]
    assert (tap.status, tap.stride) == (Reach.GLOBAL, (2, 2))


def test_branches_with_different_strides_are_named() -> None:
    """Their sizes may agree by accident, or not be known."""
    graph = start(axes=1)
    conv(graph, "fast", "x", stride=2)
    conv(graph, "slow", "x")
    graph.add("sum", Add(), ["fast", "slow"])
    with pytest.raises(GraphError, match="layer 'sum': its branches 'fast' and 'slow' advance by 2 and 1"):
        analyse(graph)


def test_several_inputs_need_a_named_source() -> None:
    graph = start()
    graph.input("z", channels=4, size=(None, None))
    conv(graph, "a", "x", 5)
    graph.add("sum", Add(), ["a", "z"])
    with pytest.raises(GraphError, match="a source must be named"):
        analyse(graph)
    from_x, from_z = analyse(graph, source="x").taps, analyse(graph, source="z").taps
    assert list(from_z) == ["z", "sum"]
    assert from_x["sum"].receptive_field == ((5, 5),) * 2
    assert from_z["sum"].receptive_field == ((1, 1),) * 2
    assert from_x["sum"].influence(0).at(0).mass == pytest.approx(0.5)
    with pytest.raises(GraphError, match="'nobody': there is no such layer"):
        analyse(graph, source="nobody")


def test_any_node_can_be_the_source() -> None:
    graph = start()
    conv(graph, "a", "x", stride=2)
    conv(graph, "b", "a")
    conv(graph, "aside", "x")
    taps = analyse(graph, source="a").taps
    assert list(taps) == ["a", "b"]
    assert (taps["b"].receptive_field, taps["b"].stride) == (((3, 3),) * 2, (1, 1))


@pytest.mark.parametrize(
    "layer",
    [
        AdaptivePool(kind=PoolKind.AVG, output_size=(3, 3)),
        Flip(axes=(0, 1)),
        Resize(mode=ResizeMode.LINEAR, output_size=(5, 5)),
    ],
)
def test_layers_that_depend_on_the_size_say_so(layer: AdaptivePool | Flip | Resize) -> None:
    graph = start()
    graph.add("y", layer, ["x"])
    analysis = analyse(graph)
    assert analysis.taps["y"].status is Reach.UNKNOWN
    assert [d.code for d in analysis.diagnostics] == ["size-needed"]
    sized = analyse(graph, input_size=(12, 10))
    assert sized.taps["y"].status is Reach.EXACT
    assert sized.diagnostics == ()


def test_unknown_is_worse_than_global() -> None:
    graph = start()
    graph.add("flip", Flip(axes=(0,)), ["x"])
    graph.add("pool", GlobalPool(kind=PoolKind.AVG), ["flip"])
    assert analyse(graph).taps["pool"].reach == (Reach.UNKNOWN, Reach.GLOBAL)


def test_windows_are_clipped_to_the_input() -> None:
    graph = start(size=10, axes=1)
    conv(graph, "a", "x", 7)
    tap = analyse(graph).taps["a"]
    assert [tap.clipped((i,)) for i in (0, 5, 9)] == [((0, 3),), ((2, 8),), ((6, 9),)]


def test_a_pattern_that_repeats_too_rarely_gets_a_remark() -> None:
    graph = start(axes=1)
    for name, source, scale in (("a", "x", Fraction(997, 991)), ("b", "a", Fraction(1009, 1013))):
        graph.add(name, Resize(mode=ResizeMode.LINEAR, scale=(scale,)), [source])
    analysis = analyse(graph)
    assert analysis.taps["b"].status is Reach.UNKNOWN
    assert [(d.code, d.node) for d in analysis.diagnostics] == [("long-period", "b")]


def test_windows_too_long_to_list_are_still_windows() -> None:
    graph = start(axes=1)
    conv(graph, "a", "x", 10**8 + 1)
    tap = analyse(graph).taps["a"]
    assert tap.receptive_field == ((10**8 + 1,) * 2,)
    assert (tap.hole_free, tap.density) == (None, (None,))
    with pytest.raises(GraphError, match="layer 'a': its window is too long to be listed"):
        tap.coverage(0)


def test_holes_of_a_branch_can_be_filled_by_another() -> None:
    graph = start(axes=1)
    conv(graph, "wide", "x", 3, dilation=2)
    conv(graph, "near", "x", 3)
    graph.add("sum", Add(), ["wide", "near"])
    taps = analyse(graph).taps
    assert (taps["wide"].hole_free, taps["sum"].hole_free) == (False, True)


HUGE = 2**31 - 1


@pytest.mark.parametrize(
    ("layer", "jump"),
    [
        (ConvTranspose(in_channels=4, out_channels=4, kernel=(3,), stride=(HUGE,)), Fraction(1, HUGE)),
        (PixelShuffle(factor=(1 << 17,)), Fraction(1, 1 << 17)),
        (AdaptivePool(kind=PoolKind.AVG, output_size=(HUGE,)), Fraction(1 << 17, HUGE)),
        *(
            (Resize(mode=mode, scale=(Fraction(HUGE),)), Fraction(1, HUGE))
            for mode in (ResizeMode.NEAREST, ResizeMode.LINEAR, ResizeMode.CUBIC)
        ),
    ],
)
def test_a_layer_with_too_many_phases_gets_a_remark(layer: Layer, jump: Fraction) -> None:
    """Without its phases ever being made."""
    graph = start(axes=1, channels=1 << 17 if isinstance(layer, PixelShuffle) else 4, size=1 << 17)
    graph.add("y", layer, ["x"])
    analysis = analyse(graph)
    assert (analysis.taps["y"].status, analysis.taps["y"].stride) == (Reach.UNKNOWN, (jump,))
    assert [(d.code, d.node) for d in analysis.diagnostics] == [("long-period", "y")]


def test_a_layer_after_one_too_long_to_list_is_not_listed_either() -> None:
    graph = start(axes=1)
    conv(graph, "wide", "x", 301)
    graph.add("up", Resize(mode=ResizeMode.NEAREST, scale=(Fraction(60_000),)), ["wide"])
    conv(graph, "down", "up", 1, stride=60_000)
    tap = analyse(graph).taps["down"]
    assert tap.windows[0] is not None
    assert tap.windows[0].receptive_field[1] < 400
    assert (tap.hole_free, tap.density) == (None, (None,))
    with pytest.raises(GraphError, match="layer 'down': an earlier layer's window is too long to be listed"):
        tap.coverage(0)


def test_a_kernel_over_a_long_pattern_gets_a_remark() -> None:
    """60,000 phases of 60,000 runs each would be made otherwise."""
    graph = start(axes=1)
    graph.add("up", Resize(mode=ResizeMode.NEAREST, scale=(Fraction(60_000),)), ["x"])
    conv(graph, "wide", "up", 65_535)
    analysis = analyse(graph)
    assert [(d.code, d.node) for d in analysis.diagnostics] == [("long-period", "wide")]
