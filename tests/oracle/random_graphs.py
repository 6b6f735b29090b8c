"""Random layer graphs, each with the oracle's own account of what its nodes see along each axis."""

import random
from dataclasses import dataclass, field
from fractions import Fraction

from rfsolve.graph import (
    Add,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Flip,
    Layer,
    LayerGraph,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PoolKind,
    Resize,
    ResizeMode,
    Slice,
)
from tests.oracle import propagation as oracle

CHANNELS = 4


@dataclass
class Grown:
    """A graph under construction: nodes of equal jumps can be merged after a crop."""

    draw: random.Random
    axes: int
    size: int
    graph: LayerGraph = field(default_factory=LayerGraph)
    grids: dict[str, list[oracle.Grid]] = field(default_factory=dict)
    jumps: dict[str, tuple[Fraction, ...]] = field(default_factory=dict)


def grow(seed: int, *, layers: int = 7, size: int = 96, flips: bool = True) -> Grown:
    """A random connected graph of that many layers; merges whenever two nodes fit."""
    draw = random.Random(seed)  # noqa: S311 - a test needs no secret
    axes = 1 if draw.random() < 0.8 else 2
    grown = Grown(draw, axes, size)
    grown.graph.input("x", channels=CHANNELS, size=(size,) * axes)
    grown.grids["x"] = [oracle.source() for _ in range(axes)]
    grown.jumps["x"] = (Fraction(1),) * axes
    names = ["x"]
    for number in range(layers):
        name = f"n{number}"
        parent = names[-1] if draw.random() < 0.7 else draw.choice(names)
        if draw.random() < 0.35 and _merge(grown, name, parent, names):
            continue
        made = _grow_one(grown, name, parent, flips=flips)
        if made is not None:
            names.append(made)
    return grown


def _merge(grown: Grown, name: str, parent: str, names: list[str]) -> bool:
    """Merge `parent` with another node of the same jumps, cropped to the same size."""
    fitting = [other for other in names if grown.jumps[other] == grown.jumps[parent] and other != parent]
    if not fitting:
        return False
    other = grown.draw.choice(fitting)
    shapes = grown.graph.shapes()
    sizes = [min(a, b) for a, b in zip(shapes[parent].size, shapes[other].size, strict=True)]
    branches = [_cropped(grown, f"{name}_{n}", one, sizes) for n, one in enumerate((parent, other))]
    layer: Layer = Add() if grown.draw.random() < 0.6 else Concat()
    grown.graph.add(name, layer, branches)
    if isinstance(layer, Concat):
        grown.graph.add(f"{name}_mix", _mix(grown.axes), [name])
    merged = [oracle.united(*pair) for pair in zip(*(grown.grids[one] for one in branches), strict=True)]
    for made in (name, f"{name}_mix") if isinstance(layer, Concat) else (name,):
        grown.grids[made], grown.jumps[made] = merged, grown.jumps[parent]
    names.append(f"{name}_mix" if isinstance(layer, Concat) else name)
    return True


def _mix(axes: int) -> Conv:
    return Conv(in_channels=2 * CHANNELS, out_channels=CHANNELS, kernel=(1,) * axes, bias=False)


def _cropped(grown: Grown, name: str, parent: str, sizes: list[int]) -> str:
    extents = grown.graph.shapes()[parent].size
    if list(extents) == sizes:
        return parent
    lefts = [grown.draw.randint(0, extent - size) for extent, size in zip(extents, sizes, strict=True)]
    amounts = tuple((left, extent - size - left) for left, extent, size in zip(lefts, extents, sizes, strict=True))
    grown.graph.add(name, Crop(amounts=amounts), [parent])
    grown.grids[name] = [oracle.moved(grid, left) for grid, left in zip(grown.grids[parent], lefts, strict=True)]
    grown.jumps[name] = grown.jumps[parent]
    return name


def _grow_one(grown: Grown, name: str, parent: str, *, flips: bool) -> str | None:
    """Add one layer, different on each axis; None if its output would be out of bounds."""
    kinds = [_conv, _conv, _conv, _pool, _transposed, _resize, _shift, _slice, _shuffle, _unshuffle]
    if flips:
        kinds.append(_flip)
    layer, grids, rates = grown.draw.choice(kinds)(grown, parent)
    jumps = tuple(j * rate for j, rate in zip(grown.jumps[parent], rates, strict=True))
    if any(not Fraction(1, 8) <= abs(jump) <= 24 or jump.denominator > 12 for jump in jumps):
        return None
    try:
        shape = layer.infer([grown.graph.shapes()[parent]])
    except ValueError:
        return None
    if min(shape.size) < 6 or max(shape.size) > 400:
        return None
    grown.graph.add(name, layer, [parent])
    if shape.channels != CHANNELS:
        fix = Conv(
            in_channels=shape.channels,
            out_channels=CHANNELS,
            kernel=(1,) * grown.axes,
            bias=False,
        )
        grown.grids[name], grown.jumps[name] = grids, jumps
        grown.graph.add(f"{name}_fix", fix, [name])
        grown.grids[f"{name}_fix"], grown.jumps[f"{name}_fix"] = grids, jumps
        return f"{name}_fix"
    grown.grids[name], grown.jumps[name] = grids, jumps
    return name


Made = tuple[Layer, list[oracle.Grid], list[Fraction]]


def _window(grown: Grown, *, kernels: list[int], strides: list[int]) -> list[tuple[int, ...]]:
    draw = grown.draw
    return [
        (
            draw.choice(kernels),
            draw.choice(strides),
            draw.choice([1, 1, 2, 3]),
            draw.randint(0, 4),
            draw.randint(0, 4),
        )
        for _ in range(grown.axes)
    ]


def _conv(grown: Grown, parent: str) -> Made:
    window = _window(grown, kernels=[1, 2, 3, 4, 5], strides=[1, 1, 2, 3])
    layer = Conv(
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        kernel=tuple(w[0] for w in window),
        stride=tuple(w[1] for w in window),
        dilation=tuple(w[2] for w in window),
        padding=tuple((w[3], w[4]) for w in window),
        groups=grown.draw.choice([1, 1, CHANNELS]),
        bias=False,
    )
    return layer, _convolved(grown, parent, window), [Fraction(w[1]) for w in window]


def _pool(grown: Grown, parent: str) -> Made:
    window = [
        (k, s, 1, min(left, k // 2), min(left, k // 2))
        for k, s, _, left, _ in _window(grown, kernels=[2, 3], strides=[1, 2])
    ]
    layer = Pool(
        kind=PoolKind.AVG,
        kernel=tuple(w[0] for w in window),
        stride=tuple(w[1] for w in window),
        padding=tuple((w[3], w[4]) for w in window),
    )
    return layer, _convolved(grown, parent, window), [Fraction(w[1]) for w in window]


def _convolved(grown: Grown, parent: str, window: list[tuple[int, ...]]) -> list[oracle.Grid]:
    return [
        oracle.convolved(grid, k, s, d, left)
        for grid, (k, s, d, left, _) in zip(grown.grids[parent], window, strict=True)
    ]


def _transposed(grown: Grown, parent: str) -> Made:
    window = _window(grown, kernels=[1, 2, 3, 4, 5], strides=[1, 2, 2, 3])
    layer = ConvTranspose(
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        kernel=tuple(w[0] for w in window),
        stride=tuple(w[1] for w in window),
        dilation=tuple(w[2] for w in window),
        padding=tuple((w[3], w[3]) for w in window),
        bias=False,
    )
    grids = [
        oracle.transposed(grid, k, s, d, left)
        for grid, (k, s, d, left, _) in zip(grown.grids[parent], window, strict=True)
    ]
    return layer, grids, [Fraction(1, w[1]) for w in window]


def _resize(grown: Grown, parent: str) -> Made:
    scales = [
        grown.draw.choice([Fraction(2), Fraction(1, 2), Fraction(3, 2), Fraction(2, 3), Fraction(3)])
        for _ in range(grown.axes)
    ]
    plain = grown.draw.random() < 0.5
    layer = Resize(mode=ResizeMode.NEAREST if plain else ResizeMode.LINEAR, scale=tuple(scales))
    resized = oracle.nearest if plain else oracle.linear
    grids = [resized(g, s) for g, s in zip(grown.grids[parent], scales, strict=True)]
    return layer, grids, [1 / s for s in scales]


def _shift(grown: Grown, parent: str) -> Made:
    amounts = tuple((grown.draw.randint(0, 5), grown.draw.randint(0, 5)) for _ in range(grown.axes))
    crop = grown.draw.random() < 0.5
    layer: Layer = Crop(amounts=amounts) if crop else Pad(amounts=amounts)
    grids = [
        oracle.moved(grid, left if crop else -left)
        for grid, (left, _) in zip(grown.grids[parent], amounts, strict=True)
    ]
    return layer, grids, [Fraction(1)] * grown.axes


def _slice(grown: Grown, parent: str) -> Made:
    starts = tuple(grown.draw.randint(0, 3) for _ in range(grown.axes))
    steps = tuple(grown.draw.choice([1, 2, 3]) for _ in range(grown.axes))
    grids = [
        oracle.sliced(grid, start, step) for grid, start, step in zip(grown.grids[parent], starts, steps, strict=True)
    ]
    return Slice(start=starts, step=steps), grids, [Fraction(step) for step in steps]


def _shuffle(grown: Grown, parent: str) -> Made:
    factors = (2,) * grown.axes
    grids = [oracle.shuffled(grid, 2) for grid in grown.grids[parent]]
    return PixelShuffle(factor=factors), grids, [Fraction(1, 2)] * grown.axes


def _unshuffle(grown: Grown, parent: str) -> Made:
    factors = (2,) * grown.axes
    grids = [oracle.unshuffled(grid, 2) for grid in grown.grids[parent]]
    return PixelUnshuffle(factor=factors), grids, [Fraction(2)] * grown.axes


def _flip(grown: Grown, parent: str) -> Made:
    axes = tuple(axis for axis in range(grown.axes) if grown.draw.random() < 0.7)
    size = grown.graph.shapes()[parent].size
    grids = [
        oracle.flipped(grid, size[axis]) if axis in axes else grid for axis, grid in enumerate(grown.grids[parent])
    ]
    rates = [Fraction(-1 if axis in axes else 1) for axis in range(grown.axes)]
    return Flip(axes=axes), grids, rates
