"""Random 1-D graphs in which branches with different jumps meet, with what the oracle says every node sees.

Nothing before the merge reads beyond an edge, so that the windows of all outputs are decided.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from rfsolve.graph import (
    AdaptivePool,
    Add,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Cumulative,
    Flip,
    Join,
    Layer,
    LayerGraph,
    PixelShuffle,
    PoolKind,
    Resize,
    ResizeMode,
    Tile,
)
from rfsolve.windows import Coordinates
from tests.oracle import channel_propagation as oracle

WIDTH = 2
Draw = Callable[[Any], Any]


@dataclass
class UnevenGraph:
    """A graph under construction; every node has `WIDTH` channels, all alike."""

    draw: Draw
    size: int
    merge: str = ""
    graph: LayerGraph = field(default_factory=LayerGraph)
    seen: dict[str, oracle.Seen] = field(default_factory=dict)

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # noqa: FBT001 - hypothesis calls it so
        printer.text("; ".join(f"{n} = {self.graph.layer(n)} of {self.graph.inputs(n)}" for n in self.graph.nodes))

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def extent(self, name: str) -> int:
        return int(self.seen[name].shape[1])

    def add(self, layer: Layer, inputs: list[str], seen: Callable[[int], oracle.Seen]) -> str:
        """Add a layer; `seen` is given the size of its output."""
        name = self.graph.add(f"n{len(self.seen)}", layer, inputs)
        self.seen[name] = seen(self.graph.shapes()[name].size[0])
        return name

    def conv(self, parent: str, *, kernel: int, stride: int = 1, dilation: int = 1, left: int = 0) -> str:
        layer = Conv(
            in_channels=self.graph.shapes()[parent].channels,
            out_channels=WIDTH,
            kernel=(kernel,),
            stride=(stride,),
            dilation=(dilation,),
            padding=((left, left),),
            bias=False,
        )
        return self.add(
            layer,
            [parent],
            lambda size: oracle.convolved(
                self.seen[parent], size, kernel=kernel, stride=stride, dilation=dilation, left=left
            )[:1].repeat(WIDTH, 0),
        )

    def corners(self, parent: str, size: int) -> str:
        layer = Resize(mode=ResizeMode.LINEAR, output_size=(size,), coordinates=Coordinates.ALIGN_CORNERS)
        return self.add(layer, [parent], lambda out: oracle.corners(self.seen[parent], out))

    def adaptive(self, parent: str, size: int) -> str:
        layer = AdaptivePool(kind=PoolKind.AVG, output_size=(size,))
        return self.add(layer, [parent], lambda out: oracle.pooled_to(self.seen[parent], out))

    def crop(self, parent: str, left: int, size: int) -> str:
        layer = Crop(amounts=((left, self.extent(parent) - left - size),))
        return self.add(layer, [parent], lambda out: self.seen[parent][:, left : left + out])


@st.composite
def uneven_graphs(draw: Draw) -> UnevenGraph:
    """Two or three branches of a trunk at the same size, merged, and up to three layers after that."""
    grown = UnevenGraph(draw, draw(st.integers(20, 45)))
    grown.graph.input("x", channels=WIDTH, size=(grown.size,))
    grown.seen["x"] = oracle.source(WIDTH, grown.size)
    trunk = grown.conv("x", kernel=grown.pick(1, 3))
    size = draw(st.integers(6, 16))
    branches = [_branch(grown, trunk, size) for _ in range(grown.pick(2, 2, 3))]
    if grown.pick("add", "concat") == "add":
        last = grown.merge = grown.add(Add(), branches, lambda _: _union(grown, branches))
    else:
        grown.merge = grown.add(Concat(), branches, lambda _: _union(grown, branches))
        last = grown.conv(grown.merge, kernel=1)
    for _ in range(grown.pick(1, 2, 3)):
        ways = (_convolve, _convolve, _transpose, _shuffle, _flip, _resize, _skip, _tile, _join, _run)
        last = grown.pick(*ways)(grown, last, trunk)
    return grown


def _union(grown: UnevenGraph, branches: list[str]) -> oracle.Seen:
    return oracle.np.logical_or.reduce([grown.seen[one] for one in branches])


def _branch(grown: UnevenGraph, trunk: str, size: int) -> str:
    kind = grown.pick("corners", "adaptive", "crop", "down")
    if kind == "crop":
        return grown.crop(trunk, grown.draw(st.integers(0, grown.extent(trunk) - size)), size)
    if kind == "adaptive":
        return grown.adaptive(trunk, size)
    if kind == "down":
        trunk = grown.conv(trunk, kernel=grown.pick(2, 3), stride=grown.pick(2, 3))
    return grown.corners(trunk, size)


def _convolve(grown: UnevenGraph, parent: str, _: str) -> str:
    return grown.conv(
        parent, kernel=grown.pick(1, 3), stride=grown.pick(1, 2), dilation=grown.pick(1, 2), left=grown.pick(2, 3)
    )


def _transpose(grown: UnevenGraph, parent: str, _: str) -> str:
    kernel, left = grown.pick(1, 2, 3), grown.pick(0, 1)
    layer = ConvTranspose(
        in_channels=WIDTH,
        out_channels=WIDTH,
        kernel=(kernel,),
        stride=(2,),
        padding=((left, 0),),
        output_padding=(1,),
        bias=False,
    )
    return grown.add(
        layer,
        [parent],
        lambda size: oracle.transposed(grown.seen[parent], size, kernel=kernel, stride=2, left=left),
    )


def _shuffle(grown: UnevenGraph, parent: str, _: str) -> str:
    made = grown.add(PixelShuffle(factor=(2,)), [parent], lambda size: oracle.shuffled(grown.seen[parent], 2)[:, :size])
    return grown.conv(made, kernel=1)


def _flip(grown: UnevenGraph, parent: str, _: str) -> str:
    return grown.add(Flip(axes=(0,)), [parent], lambda _: grown.seen[parent][:, ::-1])


def _resize(grown: UnevenGraph, parent: str, _: str) -> str:
    return grown.pick(grown.corners, grown.adaptive)(parent, grown.draw(st.integers(3, 24)))


def _skip(grown: UnevenGraph, parent: str, trunk: str) -> str:
    """Another merge, with a branch whose outputs are not listed."""
    other = grown.corners(trunk, grown.extent(parent))
    return grown.add(Add(), [parent, other], lambda _: _union(grown, [parent, other]))


def _tile(grown: UnevenGraph, parent: str, _: str) -> str:
    layer = Tile(repeats=(grown.pick(2, 3),))
    return grown.add(layer, [parent], lambda size: oracle.tiled(grown.seen[parent], size))


def _join(grown: UnevenGraph, parent: str, trunk: str) -> str:
    """With a part of itself, or with a branch whose outputs are not listed."""
    half = max(grown.extent(parent) // 2, 1)
    other = grown.pick(trunk, grown.crop(parent, grown.extent(parent) - half, half))
    return grown.add(Join(axis=0), [parent, other], lambda _: oracle.joined(grown.seen[parent], grown.seen[other]))


def _run(grown: UnevenGraph, parent: str, _: str) -> str:
    reverse = grown.draw(st.booleans())
    layer = Cumulative(kind="cumsum", axes=(0,), reverse=reverse)
    return grown.add(layer, [parent], lambda _: oracle.so_far(grown.seen[parent], reverse=reverse))
