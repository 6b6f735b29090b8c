"""Merges of branches that advance by different strides."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from rfsolve.analysis import analyse
from rfsolve.errors import GraphError
from rfsolve.graph import (
    AdaptivePool,
    Add,
    ChannelSlice,
    Concat,
    Conv,
    Flip,
    Global,
    GlobalPool,
    LayerGraph,
    Multiply,
    Pool,
    PoolKind,
    Reach,
    Resize,
    ResizeMode,
)
from rfsolve.windows import Coordinates, Window

CORNERS: dict[str, Any] = {"mode": ResizeMode.LINEAR, "coordinates": Coordinates.ALIGN_CORNERS}


def unet(size: tuple[int | None, ...], depth: int = 2) -> LayerGraph:
    """A U-Net that goes up by bilinear interpolation with align_corners, to the size of the skip."""
    graph, axes = LayerGraph(), len(size)
    last, skips = graph.input("x", channels=2, size=size), []
    for level in range(depth):
        skips.append(graph.add(f"down{level}", Conv.uniform(2, 2, 3, axes=axes, bias=False), [last]))
        last = graph.add(f"pool{level}", Pool(kind=PoolKind.AVG, kernel=(2,) * axes), skips[-1:])
    last = graph.add("middle", Conv.uniform(2, 2, 3, axes=axes, bias=False), [last])
    for level in reversed(range(depth)):
        known = graph.shapes()[skips[level]].size
        extents = tuple(extent or 40 for extent in known)
        up = graph.add(f"up{level}", Resize(output_size=extents, **CORNERS), [last])
        joined = graph.add(f"joined{level}", Concat(), [skips[level], up])
        last = graph.add(f"out{level}", Conv.uniform(4, 2, 3, axes=axes, bias=False), [joined])
    return graph


def merged(size: int | None = 30) -> LayerGraph:
    """A skip of jump 1 and a branch of jump 29/19 at the size of 20."""
    graph = LayerGraph()
    graph.input("x", channels=4, size=(size,))
    graph.add("even", Resize(output_size=(20,), **CORNERS), ["x"])
    graph.add("skip", Conv(in_channels=4, out_channels=4, kernel=(11,)), ["x"])
    graph.add("sum", Add(), ["even", "skip"])
    return graph


@pytest.mark.parametrize("size", [(40,), (37,), (13, 20)])
def test_every_output_of_a_unet_sees_what_has_a_gradient(size: tuple[int, ...]) -> None:
    """At the border too, where convolutions read the padding."""
    pytest.importorskip("torch")
    from tests.oracle.torch_module import gradient, outputs  # noqa: PLC0415 - torch is an extra

    graph = unet(size)
    analysis = analyse(graph)
    uneven = [remark.node for remark in analysis.diagnostics if remark.code == "uneven-merge"]
    assert uneven == ["joined1", "joined0"]
    x, values = outputs(graph)
    for name in ("joined1", "out1", "joined0", "out0"):
        tap = analysis.taps[name]
        for axis, extent in enumerate(tap.shape.size):
            coverage, window = tap.coverage(axis), tap.windows[axis]
            assert coverage is not None
            assert window is not None
            for index in range(extent or 0):
                position = [(one or 0) // 2 for one in tap.shape.size]
                position[axis] = index
                seen = np.flatnonzero(gradient(x, values[name], position, axis)).tolist()
                assert sorted(at for at in coverage.at(index) if 0 <= at < size[axis]) == seen
                assert window.clip(index, size[axis]) == (seen[0], seen[-1])
                assert tap.clipped(position)[axis] == (seen[0], seen[-1])


def test_the_remark_names_the_branches_and_their_strides() -> None:
    (remark,) = analyse(merged()).diagnostics
    assert (remark.code, remark.node) == ("uneven-merge", "sum")
    assert "'even' by 29/19, 'skip' by 1" in remark.message


def test_a_size_is_asked_for_where_it_is_not_known() -> None:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(None,))
    graph.add("fast", Conv(in_channels=4, out_channels=4, kernel=(1,), stride=(2,)), ["x"])
    graph.add("sum", Add(), ["fast", "x"])
    with pytest.raises(GraphError, match=r"advance by 2 and 1 .* or the size of the input"):
        analyse(graph)


def test_the_stride_is_that_of_most_branches_then_the_simplest() -> None:
    graph = merged()
    assert analyse(graph).taps["sum"].stride == (1,)
    graph.add("even again", Resize(output_size=(20,), **CORNERS), ["x"])
    graph.add("most", Concat(), ["skip", "even", "even again"])
    assert analyse(graph).taps["most"].stride == (Fraction(29, 19),)


def test_each_output_is_listed() -> None:
    tap = analyse(merged()).taps["sum"]
    (window,) = tap.windows
    assert window is not None
    assert window.jump == 1
    for index in range(20):
        low, high = index * 29 // 19, -(-index * 29 // 19)
        assert window.at(index) == (min(index, low), max(index + 10, high))
    assert tap.receptive_field == ((11, 11),)


def test_what_lies_beyond_the_outputs_sees_nothing() -> None:
    """A layer at the border must not see the other end's windows."""
    graph = merged()
    graph.add("wide", Conv.uniform(4, 4, 5, axes=1), ["sum"])
    graph.add("beyond", Conv(in_channels=4, out_channels=4, kernel=(1,), padding=((3, 3),)), ["sum"])
    taps = analyse(graph).taps
    wide, beyond, total = (taps[name].windows[0] for name in ("wide", "beyond", "sum"))
    assert total is not None
    assert wide is not None
    assert beyond is not None
    assert wide.at(0) == (total.at(0)[0], total.at(2)[1])  # type: ignore[index]
    assert wide.at(19) == (total.at(17)[0], total.at(19)[1])  # type: ignore[index]
    assert [beyond.at(index) for index in (0, 2, 23, 25)] == [None] * 4
    assert [beyond.at(index) for index in (3, 22)] == [total.at(0), total.at(19)]


def test_a_slice_of_one_branch_stays_on_its_own_grid() -> None:
    graph = merged()
    graph.add("cat", Concat(), ["even", "skip"])
    graph.add("low", ChannelSlice(start=0, stop=4), ["cat"])
    graph.add("high", ChannelSlice(start=4, stop=8), ["cat"])
    analysis = analyse(graph)
    taps = analysis.taps
    assert [taps[name].stride for name in ("low", "high", "cat")] == [(Fraction(29, 19),), (1,), (1,)]
    assert taps["high"].windows == (Window(1, ((0, 10),)),)
    assert [remark.node for remark in analysis.diagnostics] == ["sum", "cat"]


def test_a_slice_across_branches_is_listed() -> None:
    graph = merged()
    graph.add("cat", Concat(), ["even", "skip"])
    graph.add("across", ChannelSlice(start=3, stop=5), ["cat"])
    taps = analyse(graph).taps
    assert taps["across"].windows == taps["sum"].windows


def test_adaptive_pools_of_different_steps_meet() -> None:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(17,))
    graph.add("one", AdaptivePool(kind=PoolKind.AVG, output_size=(5,)), ["x"])
    graph.add("half", Conv(in_channels=4, out_channels=4, kernel=(1,), stride=(2,)), ["x"])
    graph.add("other", AdaptivePool(kind=PoolKind.AVG, output_size=(5,)), ["half"])
    graph.add("sum", Add(), ["one", "other"])
    (window,) = analyse(graph).taps["sum"].windows
    assert window is not None
    assert [window.at(index) for index in range(5)] == [(0, 3), (2, 6), (6, 10), (10, 14), (13, 16)]


def test_a_mirrored_branch_meets_one_that_is_not() -> None:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(9,))
    graph.add("flip", Flip(axes=(0,)), ["x"])
    graph.add("sum", Add(), ["x", "flip"])
    tap = analyse(graph).taps["sum"]
    (window,) = tap.windows
    assert window is not None
    assert [window.at(index) for index in range(9)] == [(min(n, 8 - n), max(n, 8 - n)) for n in range(9)]
    assert tap.stride == (1,)
    assert tap.hole_free is False


def test_a_gate_over_listed_outputs_is_global_on_their_grid() -> None:
    graph = merged()
    graph.add("pooled", GlobalPool(kind=PoolKind.AVG), ["sum"])
    graph.add("gated", Multiply(), ["sum", "pooled"])
    tap = analyse(graph).taps["gated"]
    assert (tap.status, tap.stride) == (Reach.GLOBAL, (1,))


def test_too_many_outputs_to_list_get_a_remark() -> None:
    size = 1 << 17
    graph = LayerGraph()
    graph.input("x", channels=4, size=(size + 1,))
    graph.add("fast", Conv(in_channels=4, out_channels=4, kernel=(1,), stride=(2,)), ["x"])
    graph.add("slow", Conv(in_channels=4, out_channels=4, kernel=(size // 2 + 1,)), ["x"])
    graph.add("sum", Add(), ["fast", "slow"])
    graph.add("next", Conv.uniform(4, 4, 3, axes=1), ["sum"])
    analysis = analyse(graph)
    assert [(remark.code, remark.node) for remark in analysis.diagnostics] == [
        ("long-period", "sum"),
        ("uneven-merge", "sum"),
    ]
    assert (analysis.taps["next"].status, analysis.taps["next"].stride) == (Reach.UNKNOWN, (1,))


def test_a_gate_that_is_broadcast_brings_no_grid() -> None:
    """A squeeze by a pooling whose kernel is the whole axis."""
    graph = LayerGraph()
    graph.input("x", channels=4, size=(16,))
    graph.add("squeezed", Pool(kind=PoolKind.AVG, kernel=(16,)), ["x"])
    graph.add("gated", Multiply(), ["squeezed", "x"])
    analysis = analyse(graph)
    assert analysis.diagnostics == ()
    assert (analysis.taps["gated"].status, analysis.taps["gated"].stride) == (Reach.GLOBAL, (1,))


def test_attention_stays_on_the_grid_of_its_queries() -> None:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(None,))
    graph.add("queries", Conv(in_channels=4, out_channels=4, kernel=(2,), stride=(2,)), ["x"])
    graph.add("keys", Conv(in_channels=4, out_channels=4, kernel=(4,), stride=(4,)), ["x"])
    graph.add("attention", Global(name="attention"), ["queries", "keys"])
    tap = analyse(graph).taps["attention"]
    assert (tap.status, tap.stride) == (Reach.GLOBAL, (2,))
