"""Tile overlap and the smallest input that holds a field, against cutting tiles and looking."""

from itertools import count
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfsolve import open_graph
from rfsolve.analysis import Analysis, Tap, analyse
from rfsolve.analysis.borders import border_share, padded_share, smallest_filling_input
from rfsolve.analysis.tiling import Margin, Untileable, margins
from rfsolve.errors import GraphError
from rfsolve.formats.network import Network
from rfsolve.formats.resized import resized
from rfsolve.graph import Conv, Flip, GlobalPool, LayerGraph, PoolKind, Unknown
from rfsolve.windows import Window
from tests.oracle.random_graphs import grow

WORDS = st.lists(
    st.sampled_from(["3", "5", "3,2", "2,2p", "3,2p", "3,1,2", "1,2", "7,3", "2,2t", "4,2t"]), min_size=1, max_size=6
)
UNET = "3 3 2p 3 3 2p 3 3 2,2t 3 3 2,2t 3 3"


def margin_of(analysis: Analysis, tap: Tap) -> Margin | None:
    """The margin on the first axis; None where there are no tiles."""
    found = margins(analysis, tap.name)
    return None if isinstance(found, Untileable) else found[0]


def tile(margin: Margin, kept: tuple[int, int], size: int) -> tuple[int, int]:
    """The tile whose outputs over the kept pixels are the untiled ones, cut at the ends of the input."""
    left = ceil(margin.left / margin.grid) * margin.grid
    right = ceil(margin.right / margin.grid) * margin.grid
    return max(0, kept[0] - left), min(size, kept[1] + right)


def outputs_over(window: Window, kept: tuple[int, int]) -> range:
    """The outputs on the kept pixels, whose ends lie on the grid."""
    first, last = (int(edge / window.jump) for edge in kept)
    return range(first, last)


@settings(max_examples=150, deadline=None)
@given(WORDS, st.sampled_from(["same", "valid", "causal"]), st.integers(1, 4), st.integers(1, 3))
def test_a_tile_holds_all_that_its_kept_outputs_read(words: list[str], rule: str, start: int, length: int) -> None:
    """Every kept output's window lies in the tile, or leaves it only where the input itself ends."""
    graph = open_graph(" ".join(words), axes=1, rule=rule)
    analysis = analyse(graph)
    tap = analysis.outputs[0]
    margin, window = margin_of(analysis, tap), tap.windows[0]
    assert margin is not None
    assert window is not None
    kept = (start * margin.grid, (start + length) * margin.grid)
    size = kept[1] + (start + 1) * margin.grid
    low, high = tile(margin, kept, size)
    assert low % margin.grid == high % margin.grid == 0
    for index in outputs_over(window, kept):
        span = window.at(index)
        if span is not None:
            assert span[0] >= low or low == 0
            assert span[1] < high or high == size


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000))
def test_a_tile_is_the_same_network_moved(seed: int) -> None:
    """On random graphs: an output of a tile sees the pixels that the untiled output sees, and it exists."""
    graph = grow(seed, flips=False).graph
    analysis = analyse(graph)
    for tap in analysis.outputs:
        margin, window = margin_of(analysis, tap), tap.windows[0]
        if margin is None or window is None or margin.grid > 64:
            continue
        kept = (2 * margin.grid, 4 * margin.grid)
        low, high = tile(margin, kept, 10**6)
        try:
            cut = analyse(resized(Network(graph=graph), (high - low,) * tap.shape.axes).graph)
        except GraphError:
            continue
        local = cut.taps[tap.name].windows[0]
        assert local is not None
        shift = int(low / window.jump)
        for index in outputs_over(window, kept):
            here, there = local.at(index - shift), window.at(index)
            assert (here is None) == (there is None)
            if here is not None and there is not None:
                assert (here[0] + low, here[1] + low) == there


@pytest.mark.parametrize("words", [UNET, "7,2 3,2p 3 3,2 3,1,2", "3 2,2p 5,3 3"])
def test_tiles_of_a_torch_network_give_the_untiled_outputs(words: str) -> None:
    """Random positive weights, float64: kept outputs are equal; with one grid step less they are not."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    graph = open_graph(words, axes=1, input_size=(480,))
    analysis = analyse(graph)
    tap = analysis.outputs[0]
    margin, window = margin_of(analysis, tap), tap.windows[0]
    assert margin is not None
    assert window is not None
    net = [_torch_layer(torch, graph, name) for name in graph.nodes[1:]]
    signal = torch.randn(1, 1, 480, dtype=torch.float64)
    whole = _run(net, signal)
    grid = margin.grid
    kept = (10 * grid, 14 * grid)
    places = outputs_over(window, kept)

    def differs(low: int, high: int) -> bool:
        shift = int(low / window.jump)
        part = _run(net, signal[..., low:high])
        there, here = whole[..., places.start : places.stop], part[..., places.start - shift :][..., : len(places)]
        return bool((there - here).abs().max() > 1e-11 * there.abs().max())

    low, high = tile(margin, kept, 480)
    assert not differs(low, high)
    if margin.left:
        assert differs(low + grid, high)
    if margin.right:
        assert differs(low, high - grid)


def _run(net: list, signal: object) -> object:
    for layer in net:
        signal = layer(signal)
    return signal


def _torch_layer(torch: object, graph: LayerGraph, name: str) -> object:
    layer = graph.layer(name)
    if layer.op == "pool":
        return torch.nn.AvgPool1d(layer.kernel, layer.stride, layer.padding[0][0], ceil_mode=layer.ceil_mode)
    kind = torch.nn.ConvTranspose1d if layer.op == "conv_transpose" else torch.nn.Conv1d
    left, right = layer.padding[0]
    assert left == right
    made = kind(1, 1, layer.kernel, layer.stride, left, dilation=layer.dilation, bias=False).double()
    torch.nn.init.uniform_(made.weight, 0.5, 1.5)
    return made


def test_the_margins_of_a_chain() -> None:
    """Three 3x3 at stride 1 need 3 pixels on each side; a stride moves the tile to its grid."""
    assert margin_of(*_last("3 3 3")) == Margin(grid=1, left=3, right=3)
    assert margin_of(*_last("3,2 3,2")) == Margin(grid=4, left=3, right=0)
    assert Margin(grid=4, left=3, right=0).overlap == 4
    assert Margin(grid=8, left=9, right=8).overlap == 24


def _last(words: str) -> tuple[Analysis, Tap]:
    analysis = analyse(open_graph(words, axes=1))
    return analysis, analysis.outputs[0]


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (GlobalPool(kind=PoolKind.AVG), "'y' sees the whole input"),
        (Unknown(name="Mystery"), "it is not known what 'y' reads"),
        (Flip(axes=(0,)), "what 'y' (flip) reads depends on the input's size"),
    ],
)
def test_what_cannot_be_tiled_says_why(layer: object, why: str) -> None:
    graph = LayerGraph()
    graph.input("x", channels=1, size=(8,))
    graph.add("y", layer, ["x"])
    assert margins(analyse(graph), "y") == Untileable(why)


@settings(max_examples=150, deadline=None)
@given(WORDS, st.sampled_from(["same", "valid", "causal"]))
def test_the_smallest_input_that_holds_a_field(words: list[str], rule: str) -> None:
    """One pixel less holds no whole window; this many hold one, at an output that exists."""
    graph = open_graph(" ".join(words), axes=1, rule=rule)
    window = analyse(graph).outputs[0].windows[0]
    assert window is not None
    least = smallest_filling_input(window)
    assert least is not None

    def holds(size: int) -> bool:
        spans = [
            window.at(index)
            for index in range(ceil(2 * (size + window.receptive_field[1]) / window.jump) + window.period)
        ]
        return any(span is not None and span[0] >= 0 and span[1] < size for span in spans)

    assert holds(least)
    assert not holds(least - 1)
    outputs = open_graph(" ".join(words), axes=1, rule=rule, input_size=(least,)).shapes()
    size = outputs[list(outputs)[-1]].size[0]
    assert any((span := window.at(i)) is not None and span[0] >= 0 and span[1] < least for i in range(size or 0))


@settings(max_examples=150, deadline=None)
@given(WORDS, st.sampled_from(["same", "valid", "causal"]), st.integers(20, 90))
def test_the_border_share_counts_windows(words: list[str], rule: str, size: int) -> None:
    """The closed form is what counting every output gives."""
    try:
        tap = analyse(open_graph(" ".join(words), axes=1, rule=rule, input_size=(size,))).outputs[0]
    except GraphError:
        return
    window, outputs = tap.windows[0], tap.shape.size[0]
    assert window is not None
    assert outputs is not None
    spans = [window.at(index) for index in range(outputs)]
    over = sum(1 for span in spans if span is not None and (span[0] < 0 or span[1] >= size))
    assert border_share(window, size, outputs) * outputs == over
    assert padded_share(tap) == pytest.approx(over / outputs)


def test_behind_a_flip() -> None:
    """A mirrored axis: borders are counted alike, and no smallest input is claimed."""
    graph = LayerGraph()
    graph.input("x", channels=1, size=(9,))
    graph.add("c", Conv.uniform(1, 1, 3, stride=2, axes=1), "x")
    graph.add("f", Flip(axes=(0,)), "c")
    analysis = analyse(graph)
    windows = [analysis.taps[name].windows[0] for name in ("c", "f")]
    assert border_share(windows[0], 9, 5) == border_share(windows[1], 9, 5)
    assert smallest_filling_input(windows[1]) is None
    assert next(size for size in count(1) if smallest_filling_input(windows[0]) == size) == 4
