"""Channels of one node that do not see alike."""

import pytest

from rfsolve.analysis import Analysis, analyse
from rfsolve.analysis.layout import MOST_CHANNELS
from rfsolve.graph import (
    Activation,
    Add,
    ChannelShuffle,
    ChannelSlice,
    Concat,
    Conv,
    GlobalPool,
    Layer,
    LayerGraph,
    Multiply,
    Norm,
    NormKind,
    PixelShuffle,
    PixelUnshuffle,
    PoolKind,
    Reach,
    Unfold,
)
from rfsolve.windows import Window


def two_branches(axes: int = 2) -> LayerGraph:
    """Four channels that see a pixel, then four that see five."""
    graph = LayerGraph()
    graph.input("x", channels=4, size=(24,) * axes)
    graph.add("wide", Conv.uniform(4, 4, 5, axes=axes), ["x"])
    graph.add("cat", Concat(), ["x", "wide"])
    return graph


def extents(graph: LayerGraph, source: str, *channels: int) -> list[int]:
    """The field of single channels of a node along its first axis."""
    for channel in channels:
        graph.add(f"{source}.{channel}", ChannelSlice(start=channel, stop=channel + 1), [source])
    taps = analyse(graph).taps
    fields = [taps[f"{source}.{channel}"].receptive_field[0] for channel in channels]
    return [field[1] for field in fields if field is not None]


def test_a_slice_of_a_concatenation_sees_what_its_channels_see() -> None:
    graph = two_branches()
    graph.add("low", ChannelSlice(start=0, stop=4), ["cat"])
    graph.add("high", ChannelSlice(start=4, stop=8), ["cat"])
    graph.add("across", ChannelSlice(start=3, stop=5), ["cat"])
    analysis = analyse(graph)
    fields = [analysis.taps[name].receptive_field for name in ("cat", "low", "high", "across")]
    assert fields == [((5, 5),) * 2, ((1, 1),) * 2, ((5, 5),) * 2, ((5, 5),) * 2]
    assert analysis.taps["low"].coverage(0) == analysis.taps["x"].coverage(0)
    assert analysis.diagnostics == ()


def test_influence_weighs_the_channels_taken() -> None:
    """One channel that sees the pixel alone, and one that sees five with a fifth of the weight each."""
    graph = two_branches(axes=1)
    graph.add("across", ChannelSlice(start=3, stop=5), ["cat"])
    influence = analyse(graph).taps["across"].influence(0)
    assert influence is not None
    assert influence.at(0).values.tolist() == pytest.approx([0.1, 0.1, 0.6, 0.1, 0.1])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (ChannelShuffle(groups=2), [1, 5, 1, 5, 1, 5, 1, 5]),
        (ChannelShuffle(groups=4), [1, 1, 5, 5, 1, 1, 5, 5]),
        (Conv.uniform(8, 8, 1, groups=8), [1, 1, 1, 1, 5, 5, 5, 5]),
        (Conv.uniform(8, 8, 3, groups=4), [3, 3, 3, 3, 7, 7, 7, 7]),
        (Conv.uniform(8, 8, 3, groups=1), [7] * 8),
        (Norm(kind=NormKind.BATCH, channels=8), [1, 1, 1, 1, 5, 5, 5, 5]),
        (Norm(kind=NormKind.LAYER_CHANNELS, channels=8), [5] * 8),
        (Activation(kind="relu"), [1, 1, 1, 1, 5, 5, 5, 5]),
    ],
)
def test_layers_mix_the_channels_they_mix(layer: Layer, expected: list[int]) -> None:
    graph = two_branches()
    graph.add("y", layer, ["cat"])
    assert extents(graph, "y", *range(8)) == expected


def test_a_group_of_three_channels_reaches_over_the_seam() -> None:
    graph = two_branches()
    graph.add("one", ChannelSlice(start=0, stop=1), ["cat"])
    graph.add("nine", Concat(), ["cat", "one"])
    graph.add("y", Conv.uniform(9, 3, 1, groups=3), ["nine"])
    assert extents(graph, "y", 0, 1, 2) == [1, 5, 5]


def test_one_channel_is_broadcast_over_all() -> None:
    graph = two_branches()
    graph.add("far", Conv.uniform(4, 1, 9), ["x"])
    graph.add("sum", Add(), ["cat", "far"])
    graph.add("product", Multiply(), ["cat", "cat"])
    assert extents(graph, "sum", 0, 7) == [9, 9]
    assert extents(graph, "product", 0, 7) == [1, 5]


def test_shuffled_units_keep_the_channels_that_pass_by() -> None:
    """ShuffleNet v2 (Ma et al., ECCV 2018): half of the channels skip each unit."""
    graph = LayerGraph()
    last = graph.input("x", channels=8, size=(24, 24))
    for unit in range(3):
        kept = graph.add(f"kept{unit}", ChannelSlice(start=0, stop=4), [last])
        taken = graph.add(f"taken{unit}", ChannelSlice(start=4, stop=8), [last])
        made = graph.add(f"made{unit}", Conv.uniform(4, 4, 3), [taken])
        joined = graph.add(f"joined{unit}", Concat(), [kept, made])
        last = graph.add(f"shuffled{unit}", ChannelShuffle(groups=2), [joined])
    assert extents(graph, last, *range(8)) == [1, 7, 5, 7, 3, 7, 5, 7]


def test_each_channel_of_a_pixel_unshuffle_sees_its_own_pixel() -> None:
    """Along both axes: channel c * 6 + 3 m + n sees row 2 i + m and column 3 i + n."""
    graph = LayerGraph()
    graph.input("x", channels=2, size=(12, 12))
    graph.add("deep", PixelUnshuffle(factor=(2, 3)), ["x"])
    for channel in range(12):
        graph.add(f"c{channel}", ChannelSlice(start=channel, stop=channel + 1), ["deep"])
    taps = analyse(graph).taps
    for channel in range(12):
        row, column = divmod(channel % 6, 3)
        assert taps[f"c{channel}"].windows == (Window(2, ((row, row),)), Window(3, ((column, column),)))
    assert taps["deep"].receptive_field == ((2, 2), (3, 3))


@pytest.mark.parametrize("factor", [(2,), (2, 3), (1, 2, 2)])
def test_a_pixel_shuffle_undoes_a_pixel_unshuffle(factor: tuple[int, ...]) -> None:
    graph = LayerGraph()
    graph.input("x", channels=2, size=(12,) * len(factor))
    graph.add("deep", PixelUnshuffle(factor=factor), ["x"])
    graph.add("act", Activation(kind="relu"), ["deep"])
    graph.add("back", PixelShuffle(factor=factor), ["act"])
    analysis = analyse(graph)
    assert analysis.diagnostics == ()
    source, back = analysis.taps["x"], analysis.taps["back"]
    for axis in range(len(factor)):
        influence, moments = back.influence(axis), back.moments[axis]
        assert influence is not None
        assert moments is not None
        assert (back.windows[axis], back.coverage(axis)) == (source.windows[axis], source.coverage(axis))
        assert [density.values.tolist() for density in influence.phases] == [[1.0]] * influence.period
        assert [moment.mass for moment in moments.phases] == pytest.approx([1.0] * moments.period)
    assert extents(graph, "back", 0, 1) == [1, 1]


def test_each_channel_of_an_unfold_sees_one_pixel() -> None:
    graph = LayerGraph()
    graph.input("x", channels=1, size=(12, 12))
    graph.add("columns", Unfold(kernel=(3, 2), dilation=(2, 1), padding=((2, 2), (0, 0))), ["x"])
    graph.add("last", ChannelSlice(start=5, stop=6), ["columns"])
    assert analyse(graph).taps["last"].windows == (Window(1, ((2, 2),)), Window(1, ((1, 1),)))


def test_channels_that_see_everything_leave_the_others_exact() -> None:
    graph = two_branches()
    graph.add("norm", Norm(kind=NormKind.INSTANCE, channels=4), ["wide"])
    graph.add("both", Concat(), ["x", "norm"])
    graph.add("low", ChannelSlice(start=0, stop=4), ["both"])
    graph.add("high", ChannelSlice(start=4, stop=6), ["both"])
    taps = analyse(graph).taps
    assert [taps[name].status for name in ("both", "low", "high")] == [Reach.GLOBAL, Reach.EXACT, Reach.GLOBAL]


def test_channels_from_elsewhere_do_not_depend_on_the_source() -> None:
    graph = two_branches()
    graph.input("z", channels=2, size=(24, 24))
    graph.add("both", Concat(), ["z", "wide"])
    graph.add("elsewhere", ChannelSlice(start=0, stop=2), ["both"])
    graph.add("across", ChannelSlice(start=1, stop=3), ["both"])
    graph.add("grouped", Conv.uniform(6, 6, 3, groups=3), ["both"])
    graph.add("alone", ChannelSlice(start=0, stop=2), ["grouped"])
    taps = analyse(graph, source="x").taps
    assert "elsewhere" not in taps
    assert "alone" not in taps
    assert taps["across"].moments[0] is not None
    assert taps["across"].moments[0].at(0).mass == pytest.approx(0.5)
    assert taps["grouped"].receptive_field == ((7, 7),) * 2


def too_many() -> LayerGraph:
    graph = LayerGraph()
    graph.input("x", channels=1, size=(24, 24))
    graph.add("columns", Unfold(kernel=(9, 9)), ["x"])
    return graph


def test_too_many_different_channels_get_a_remark_where_some_are_taken() -> None:
    """The union is reported, an upper bound."""
    graph = too_many()
    graph.add("act", Activation(kind="relu"), ["columns"])
    graph.add("some", ChannelSlice(start=0, stop=9), ["act"])
    analysis = analyse(graph)
    assert [(remark.code, remark.node) for remark in analysis.diagnostics] == [("mixed-channels", "some")]
    assert analysis.taps["some"].receptive_field == ((9, 9),) * 2


def test_too_many_different_channels_do_not_matter_once_mixed() -> None:
    graph = too_many()
    graph.add("mixed", Conv.uniform(81, 4, 1), ["columns"])
    graph.add("some", ChannelSlice(start=0, stop=2), ["mixed"])
    assert analyse(graph).diagnostics == ()


def test_a_gate_reaches_the_channels_it_gates() -> None:
    graph = two_branches()
    graph.add("pooled", GlobalPool(kind=PoolKind.AVG), ["wide"])
    graph.add("gated", Multiply(), ["wide", "pooled"])
    graph.add("both", Concat(), ["gated", "x"])
    graph.add("split", ChannelSlice(start=4, stop=8), ["both"])
    analysis: Analysis = analyse(graph)
    assert (analysis.taps["both"].status, analysis.taps["split"].status) == (Reach.GLOBAL, Reach.EXACT)


def in_a_row(concatenations: int) -> LayerGraph:
    """Concatenations of concatenations, the first channel last: each adds a channel that sees two pixels more."""
    graph = LayerGraph()
    graph.input("x", channels=1, size=(24,))
    branch = last = "x"
    for number in range(concatenations):
        branch = graph.add(f"wider{number}", Conv.uniform(1, 1, 3, axes=1), [branch])
        last = graph.add(f"cat{number}", Concat(), [branch, last])
    return graph


def test_channels_are_told_apart_through_concatenations_of_concatenations() -> None:
    graph = in_a_row(40)
    assert extents(graph, "cat39", 0, 1, 39, 40) == [81, 79, 3, 1]
    assert analyse(graph).diagnostics == ()


def test_concatenations_may_be_as_many_as_they_like() -> None:
    graph = in_a_row(2000)
    graph.add("taken", ChannelSlice(start=2000, stop=2001), ["cat1999"])
    (remark,) = analyse(graph).diagnostics
    assert (remark.code, remark.node) == ("mixed-channels", "taken")


def test_a_million_channels_that_are_alike_are_no_reason_for_a_remark() -> None:
    graph = LayerGraph()
    graph.input("x", channels=MOST_CHANNELS + 8, size=(8,))
    graph.add("many", ChannelSlice(start=0, stop=MOST_CHANNELS + 4), ["x"])
    graph.add("few", ChannelSlice(start=0, stop=4), ["many"])
    assert analyse(graph).diagnostics == ()
