"""Random 1-D graphs whose channels do not all see alike, with what the oracle says every node sees."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from rfsolve.graph import (
    Add,
    ChannelShuffle,
    ChannelSlice,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Layer,
    LayerGraph,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PoolKind,
    ShapeError,
    Unfold,
)
from tests.oracle import channel_propagation as oracle

SIZE = 72
MOST_CHANNELS = 24
Draw = Callable[[Any], Any]


@dataclass
class ChannelGraph:
    """A graph under construction."""

    draw: Draw
    graph: LayerGraph = field(default_factory=LayerGraph)
    seen: dict[str, oracle.Seen] = field(default_factory=dict)
    jumps: dict[str, Fraction] = field(default_factory=dict)

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # noqa: FBT001 - hypothesis calls it so
        printer.text("; ".join(f"{n} = {self.graph.layer(n)} of {self.graph.inputs(n)}" for n in self.graph.nodes))

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def add(self, layer: Layer, inputs: list[str], seen: Callable[[int], oracle.Seen], rate: Fraction) -> bool:
        """Add a layer if it fits; `seen` is given the size of its output."""
        shapes = self.graph.shapes()
        try:
            shape = layer.infer([shapes[one] for one in inputs])
        except ShapeError:
            return False
        jump = self.jumps[inputs[0]] * rate
        if shape.channels > MOST_CHANNELS or not 4 <= shape.size[0] <= 2 * SIZE or jump.denominator > 12:
            return False
        name = self.graph.add(f"n{len(self.seen)}", layer, inputs)
        self.seen[name] = seen(shape.size[0])
        self.jumps[name] = jump
        assert self.seen[name].shape[:2] == (shape.channels, *shape.size)
        return True


@st.composite
def channel_graphs(draw: Draw, *, layers: int = 7, unfolds: bool = True) -> ChannelGraph:
    """A graph of up to so many layers, and each channel of its last node taken on its own."""
    grown = ChannelGraph(draw)
    channels = grown.pick(1, 2, 3, 4)
    grown.graph.input("x", channels=channels, size=(SIZE,))
    grown.seen["x"], grown.jumps["x"] = oracle.source(channels, SIZE), Fraction(1)
    kinds = [_convolve, _transpose, _pool, _unshuffle, _shuffle, _concat, _concat, _add, _slice, _interleave]
    for _ in range(layers):
        grown.pick(*kinds, *([_unfold] if unfolds else []))(grown, list(grown.seen)[-1])
    last = list(grown.seen)[-1]
    for channel in range(len(grown.seen[last])):
        take = ChannelSlice(start=channel, stop=channel + 1)
        grown.add(take, [last], lambda _, c=channel: grown.seen[last][c : c + 1], Fraction(1))
    return grown


def _groups(grown: ChannelGraph, channels: int) -> int:
    return grown.pick(*(n for n in range(1, channels + 1) if channels % n == 0))


def _convolve(grown: ChannelGraph, parent: str) -> None:
    seen = grown.seen[parent]
    groups = _groups(grown, len(seen))
    made = groups * grown.pick(1, 2)
    kernel, stride, dilation = grown.pick(1, 2, 3), grown.pick(1, 1, 2), grown.pick(1, 2)
    left = grown.pick(0, 1, 2)
    layer = Conv(
        in_channels=len(seen),
        out_channels=made,
        kernel=(kernel,),
        stride=(stride,),
        dilation=(dilation,),
        padding=((left, 1),),
        groups=groups,
        bias=False,
    )
    grown.add(
        layer,
        [parent],
        lambda size: oracle.mixed(
            oracle.convolved(seen, size, kernel=kernel, stride=stride, dilation=dilation, left=left), groups, made
        ),
        Fraction(stride),
    )


def _transpose(grown: ChannelGraph, parent: str) -> None:
    seen = grown.seen[parent]
    groups = _groups(grown, len(seen))
    kernel, stride, left = grown.pick(1, 2, 3, 4), 2, grown.pick(0, 1)
    layer = ConvTranspose(
        in_channels=len(seen),
        out_channels=groups,
        kernel=(kernel,),
        stride=(stride,),
        padding=((left, 0),),
        groups=groups,
        bias=False,
    )
    grown.add(
        layer,
        [parent],
        lambda size: oracle.mixed(
            oracle.transposed(seen, size, kernel=kernel, stride=stride, left=left), groups, groups
        ),
        Fraction(1, stride),
    )


def _pool(grown: ChannelGraph, parent: str) -> None:
    kernel, stride = grown.pick(2, 3), grown.pick(1, 2)
    grown.add(
        Pool(kind=PoolKind.AVG, kernel=(kernel,), stride=(stride,)),
        [parent],
        lambda size: oracle.convolved(grown.seen[parent], size, kernel=kernel, stride=stride, dilation=1, left=0),
        Fraction(stride),
    )


def _unshuffle(grown: ChannelGraph, parent: str) -> None:
    factor = grown.pick(2, 3)
    layer = PixelUnshuffle(factor=(factor,))
    grown.add(layer, [parent], lambda _: oracle.unshuffled(grown.seen[parent], factor), Fraction(factor))


def _shuffle(grown: ChannelGraph, parent: str) -> None:
    factor = grown.pick(2, 3)
    layer = PixelShuffle(factor=(factor,))
    grown.add(layer, [parent], lambda _: oracle.shuffled(grown.seen[parent], factor), Fraction(1, factor))


def _unfold(grown: ChannelGraph, parent: str) -> None:
    kernel, stride, dilation, left = grown.pick(2, 3), grown.pick(1, 2), grown.pick(1, 2), grown.pick(0, 1)
    layer = Unfold(kernel=(kernel,), stride=(stride,), dilation=(dilation,), padding=((left, left),))
    grown.add(
        layer,
        [parent],
        lambda size: oracle.unfolded(
            grown.seen[parent], size, kernel=kernel, stride=stride, dilation=dilation, left=left
        ),
        Fraction(stride),
    )


def _slice(grown: ChannelGraph, parent: str) -> None:
    channels = len(grown.seen[parent])
    start = grown.draw(st.integers(0, channels - 1))
    stop = grown.draw(st.integers(start + 1, channels))
    layer = ChannelSlice(start=start, stop=stop)
    grown.add(layer, [parent], lambda _: grown.seen[parent][start:stop], Fraction(1))


def _interleave(grown: ChannelGraph, parent: str) -> None:
    groups = _groups(grown, len(grown.seen[parent]))
    layer = ChannelShuffle(groups=groups)
    grown.add(layer, [parent], lambda _: oracle.interleaved(grown.seen[parent], groups), Fraction(1))


def _concat(grown: ChannelGraph, parent: str) -> None:
    branches = _branches(grown, parent)
    if branches:
        one, other = branches
        grown.add(
            Concat(), branches, lambda _: oracle.np.concatenate([grown.seen[one], grown.seen[other]]), Fraction(1)
        )


def _add(grown: ChannelGraph, parent: str) -> None:
    branches = _branches(grown, parent)
    if branches:
        one, other = branches
        grown.add(Add(), branches, lambda _: oracle.added(grown.seen[one], grown.seen[other]), Fraction(1))


def _branches(grown: ChannelGraph, parent: str) -> list[str]:
    """The parent and another node with the same jump, cropped to the same size; none if there is no other."""
    others = [name for name in grown.seen if grown.jumps[name] == grown.jumps[parent] and name != parent]
    if not others:
        return []
    other = grown.pick(*others)
    size = min(grown.seen[parent].shape[1], grown.seen[other].shape[1])
    return [_cropped(grown, one, size) for one in (parent, other)]


def _cropped(grown: ChannelGraph, name: str, size: int) -> str:
    extra = grown.seen[name].shape[1] - size
    if not extra:
        return name
    left = grown.draw(st.integers(0, extra))
    layer = Crop(amounts=((left, extra - left),))
    grown.add(layer, [name], lambda _: grown.seen[name][:, left : left + size], Fraction(1))
    return list(grown.seen)[-1]
