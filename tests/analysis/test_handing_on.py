"""Layers that hand on what they read, pixel by pixel: nodes behind them know what the nodes before them do."""

from collections.abc import Mapping
from typing import Any

import pytest

from rfsolve.analysis import Analysis, analyse
from rfsolve.errors import GraphError
from rfsolve.graph import (
    Activation,
    Add,
    ChannelSlice,
    Concat,
    Conv,
    Dropout,
    Layer,
    LayerGraph,
    Norm,
    NormKind,
    Output,
    PixelUnshuffle,
    Resize,
    ResizeMode,
    Unknown,
)
from rfsolve.windows import IDENTITY, Coordinates, convolution
from tests.oracle.random_graphs import grow

CORNERS: dict[str, Any] = {"mode": ResizeMode.LINEAR, "coordinates": Coordinates.ALIGN_CORNERS}


def handing_on(channels: int) -> tuple[Layer, ...]:
    """Layers that change no window."""
    return Activation(kind="relu"), Norm(kind=NormKind.BATCH, channels=channels), Dropout(), Output()


def interleaved(graph: LayerGraph) -> tuple[LayerGraph, Mapping[str, str]]:
    """The same graph with such a layer behind every node, and the name of each node's."""
    made, behind, shapes = LayerGraph(), {}, graph.shapes()
    for number, (name, layer, sources) in enumerate(graph.wired()):
        made.add(name, layer, [behind[source] for source in sources])
        layers = handing_on(shapes[name].channels)
        behind[name] = made.add(f"{name}.on", layers[number % len(layers)], [name])
    return made, behind


def seen(analysis: Analysis, name: str) -> list[Any]:
    """All that is known of a node along its axes, the influence pixel by pixel."""
    tap = analysis.taps[name]
    known: list[Any] = [tap.reach, tap.windows, tap.moments, tap.stride, tap.grids, tap.density]
    for axis in range(len(tap.reach)):
        influence = tap.influence(axis)
        known.append(tap.coverage(axis))
        known.append(influence and [(one.offset, one.values.tolist()) for one in influence.phases])
    return known


@pytest.mark.parametrize("seed", range(150))
def test_layers_in_between_change_nothing(seed: int) -> None:
    graph = grow(seed, layers=9).graph
    plain = analyse(graph)
    made, behind = interleaved(graph)
    analysis = analyse(made)
    for name in graph.nodes:
        assert seen(analysis, name) == seen(analysis, behind[name]) == seen(plain, name), name
    assert len(analysis.diagnostics) == len(plain.diagnostics)


def test_channels_that_see_differently_are_handed_on_one_by_one() -> None:
    graph = LayerGraph()
    graph.input("x", channels=2, size=(32,))
    graph.add("parted", PixelUnshuffle(factor=(2,)), ["x"])
    made, behind = interleaved(graph)
    made.add("first", ChannelSlice(start=0, stop=1), [behind["parted"]])
    made.add("second", ChannelSlice(start=1, stop=2), [behind["parted"]])
    taps = analyse(made).taps
    assert [taps[name].windows[0].phases for name in ("first", "second")] == [((0, 0),), ((1, 1),)]


def test_a_convolution_by_one_pixel_reads_the_pixel_alone() -> None:
    assert convolution(kernel=1, dilation=3) is IDENTITY
    assert convolution(kernel=1, padding_left=1) != IDENTITY
    assert convolution(kernel=1, stride=2) != IDENTITY


def skipped(size: int | None = 30, *, reads: Layer | None = None) -> LayerGraph:
    """A skip of jump 1 and a branch of jump 29/19 that meet behind activations."""
    graph = LayerGraph()
    graph.input("x", channels=4, size=(size,))
    graph.add("even", reads or Resize(output_size=(20,), **CORNERS), ["x"])
    graph.add("even.relu", Activation(kind="relu"), ["even"])
    graph.add("skip", Conv(in_channels=4, out_channels=4, kernel=(11,)), ["x"])
    graph.add("skip.relu", Activation(kind="relu"), ["skip"])
    graph.add("sum", Add(), ["even.relu", "skip.relu"])
    return graph


def test_remarks_on_merges_name_the_nodes_that_the_merge_reads() -> None:
    (remark,) = analyse(skipped()).diagnostics
    assert (remark.code, remark.node) == ("uneven-merge", "sum")
    assert "'even.relu' by 29/19, 'skip.relu' by 1" in remark.message
    graph = skipped(reads=Conv(in_channels=4, out_channels=4, kernel=(14,), padding=((3, 0),)))
    (remark,) = analyse(graph).diagnostics
    assert (remark.code, remark.node) == ("misaligned-merge", "sum")
    assert "'even.relu' at 3.5, 'skip.relu' at 5" in remark.message


def test_an_error_of_a_merge_names_the_nodes_that_the_merge_reads() -> None:
    graph = skipped(None, reads=Conv(in_channels=4, out_channels=4, kernel=(1,), stride=(2,)))
    with pytest.raises(GraphError, match=r"'sum'.*'even.relu' and 'skip.relu' advance by 2 and 1"):
        analyse(graph)


def test_an_error_of_a_long_window_names_the_node_asked_for() -> None:
    graph = LayerGraph()
    graph.input("x", channels=1, size=(None,))
    graph.add("long", Conv(in_channels=1, out_channels=1, kernel=(2,), dilation=(1 << 24,)), ["x"])
    graph.add("relu", Activation(kind="relu"), ["long"])
    for name in ("long", "relu"):
        with pytest.raises(GraphError, match=f"layer '{name}': its window is too long"):
            analyse(graph).taps[name].coverage(0)


def test_a_loss_is_remarked_on_once() -> None:
    """At the layer that is not known, not at those that hand on what it makes."""
    graph = LayerGraph()
    graph.input("x", channels=1, size=(8,))
    graph.add("warp", Unknown(name="warp"), ["x"])
    graph.add("relu", Activation(kind="relu"), ["warp"])
    assert [remark.node for remark in analyse(graph).diagnostics] == ["warp"]


def test_outputs_beyond_a_listed_end_see_nothing() -> None:
    """A kernel of one pixel that pads on the right reads each pixel alone, and hands on another size."""
    graph = skipped()
    graph.add("padded", Conv(in_channels=4, out_channels=4, kernel=(1,), padding=((0, 3),)), ["sum"])
    tap = analyse(graph).taps["padded"]
    assert [tap.windows[0].at(index) for index in (18, 19, 20, 22)] == [(18, 28), (19, 29), None, None]
    assert tap.grids[0].listing.outputs == 23


def test_the_source_and_what_follows_are_apart_from_the_rest() -> None:
    graph = LayerGraph()
    graph.input("x", channels=2, size=(8,))
    graph.add("relu", Activation(kind="relu"), ["x"])
    graph.add("beside", Activation(kind="relu"), ["x"])
    graph.add("both", Concat(), ["relu", "beside"])
    analysis = analyse(graph, source="relu")
    assert list(analysis.taps) == ["relu", "both"]
    assert analysis.taps["both"].moments[0].phases[0].mass == 0.5
