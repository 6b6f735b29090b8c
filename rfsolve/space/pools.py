"""The layers that pool and resize units stand for, in a design as in a layer list."""

from fractions import Fraction

from rfsolve.graph import ConvTranspose, Pool, PoolKind, Resize, ResizeMode
from rfsolve.space.blocks import Choice, Unit, UnitKind, padding


def pool(choice: Choice, rule: str) -> Pool:
    """Return a max pool; under `same`, one that tiles its input is not padded, and its last window may be cut."""
    tiled = _tiles(choice, rule)
    return Pool(
        kind=PoolKind.MAX,
        kernel=choice.kernel,
        stride=choice.stride,
        dilation=choice.dilation,
        padding=((0, 0),) * len(choice.kernel) if tiled else padding(rule, choice),
        ceil_mode=tiled,
    )


def _tiles(choice: Choice, rule: str) -> bool:
    return choice.kernel == choice.stride and max(choice.dilation) == 1 and rule == "same"


def left_padding(unit: Unit, rule: str, axis: int) -> int:
    """Return the cells of padding on the left of a convolution or pool along one axis."""
    if unit.kind is UnitKind.POOL and _tiles(unit.choice, rule):
        return 0
    return padding(rule, unit.choice)[axis][0]


def resize(unit: Unit) -> Resize:
    """Return the interpolation of an up-sampling unit: nearest, or linear between the centres of pixels."""
    mode = ResizeMode.NEAREST if unit.kind is UnitKind.NEAREST else ResizeMode.LINEAR
    return Resize(mode=mode, scale=tuple(map(Fraction, unit.choice.stride)))


def transposed(unit: Unit, *, bias: bool) -> ConvTranspose:
    """Return the transposed convolution of a unit, which makes exactly n * stride cells of n."""
    choice = unit.choice
    trims = ((k - s) // 2 for k, s in zip(choice.kernel, choice.stride, strict=True))
    return ConvTranspose(
        in_channels=unit.c_in,
        out_channels=unit.c_out,
        kernel=choice.kernel,
        stride=choice.stride,
        padding=tuple((trim, trim) for trim in trims),
        groups=unit.groups,
        bias=bias,
    )
