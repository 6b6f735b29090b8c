"""Blocks: what one placed layer is made of.

A block turns a choice (kernel, stride, dilation) and two widths into a `Recipe`: the units of its main path and its
shortcut. Everything else follows from the recipe: parameters, MACs, field, influence, and the layers of the graph. A
new block is one function here and one row in `BLOCKS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import NamedTuple

Axes = tuple[int, ...]


class Choice(NamedTuple):
    """Kernel, stride and dilation of a layer, one number per axis."""

    kernel: Axes
    stride: Axes
    dilation: Axes


class UnitKind(StrEnum):
    """What a unit computes before its normalisation and activation."""

    CONV = "conv"
    POOL = "pool"
    NEAREST = "nearest"
    LINEAR = "linear"
    TRANSPOSED = "transposed"

    @property
    def rises(self) -> bool:
        """Whether the unit up-samples: its stride divides the jump."""
        return self in {UnitKind.NEAREST, UnitKind.LINEAR, UnitKind.TRANSPOSED}

    @property
    def weighs(self) -> bool:
        """Whether the unit has weights."""
        return self in {UnitKind.CONV, UnitKind.TRANSPOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One convolution or pooling of a block, with what follows it."""

    kind: UnitKind = UnitKind.CONV
    choice: Choice
    c_in: int
    c_out: int
    groups: int = 1
    activated: bool = True
    normed: bool = True

    @property
    def weights(self) -> int:
        """Number of weights: prod(kernel) * c_in * c_out / groups; none in a pool or an interpolation."""
        if not self.kind.weighs:
            return 0
        return prod(self.choice.kernel) * self.c_in * self.c_out // self.groups


@dataclass(frozen=True, slots=True)
class Recipe:
    """The units of a block: a main path, and a shortcut where there is one.

    `shortcut` None: no addition. `()`: the identity is added. `(unit,)`: a projection is added.
    """

    main: tuple[Unit, ...]
    shortcut: tuple[Unit, ...] | None = None
    activated: bool = False
    """Whether an activation follows the addition."""

    @property
    def units(self) -> tuple[Unit, ...]:
        """All units, the shortcut's last."""
        return self.main + (self.shortcut or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSpec:
    """A block with its settings, as a problem file names them."""

    kind: str = "conv"
    norm: str = "batch"
    activation: str = "relu"
    bias: bool = False
    expansion: int = 6
    reduction: int = 4
    padding: str = "same"
    mode: str = "nearest"

    @property
    def rises(self) -> bool:
        """Whether the block up-samples."""
        return self.kind in RISING

    def biased(self, unit: Unit) -> bool:
        """Return whether a unit's convolution has a bias: as set, or where no normalisation follows it."""
        return self.bias or not unit.normed

    def recipe(self, choice: Choice, c_in: int, c_out: int) -> Recipe | None:
        """Return the units for this choice and these widths, or None where the block cannot be built so."""
        return BLOCKS[self.kind](self, choice, c_in, c_out)


def _point(axes: int, stride: Axes | None = None) -> Choice:
    ones = (1,) * axes
    return Choice(ones, stride or ones, ones)


def _conv(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe:  # noqa: ARG001 - the signature of a block
    """A convolution."""
    return Recipe((Unit(choice=choice, c_in=c_in, c_out=c_out),))


def _pool(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe | None:  # noqa: ARG001 - as above
    """A max pool; the width stays."""
    if c_in != c_out:
        return None
    return Recipe((Unit(kind=UnitKind.POOL, choice=choice, c_in=c_in, c_out=c_out),))


def _separable(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe:  # noqa: ARG001 - as above
    """A depthwise convolution, then a pointwise one (Howard 2017)."""
    depthwise = Unit(choice=choice, c_in=c_in, c_out=c_in, groups=c_in)
    return Recipe((depthwise, Unit(choice=_point(len(choice.kernel)), c_in=c_in, c_out=c_out)))


def _again(choice: Choice) -> Choice:
    return Choice(choice.kernel, (1,) * len(choice.kernel), choice.dilation)


def _projection(choice: Choice, c_in: int, c_out: int) -> tuple[Unit, ...]:
    if c_in == c_out and max(choice.stride) == 1:
        return ()
    point = _point(len(choice.kernel), choice.stride)
    return (Unit(choice=point, c_in=c_in, c_out=c_out, activated=False),)


def _residual(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe:  # noqa: ARG001 - as above
    """Two convolutions beside a shortcut, the stride in the first: the basic block (He 2016)."""
    first = Unit(choice=choice, c_in=c_in, c_out=c_out)
    second = Unit(choice=_again(choice), c_in=c_out, c_out=c_out, activated=False)
    return Recipe((first, second), _projection(choice, c_in, c_out), activated=True)


def _bottleneck(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe:
    """Pointwise down, convolution, pointwise up beside a shortcut; stride in the middle (He 2016, torchvision)."""
    inner = max(1, c_out // spec.reduction)
    point = _point(len(choice.kernel))
    main = (
        Unit(choice=point, c_in=c_in, c_out=inner),
        Unit(choice=choice, c_in=inner, c_out=inner),
        Unit(choice=point, c_in=inner, c_out=c_out, activated=False),
    )
    return Recipe(main, _projection(choice, c_in, c_out), activated=True)


def _inverted(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe:
    """Pointwise up, depthwise, linear pointwise down; a shortcut where the shape stays (Sandler 2018)."""
    inner = c_in * spec.expansion
    point = _point(len(choice.kernel))
    expand = (Unit(choice=point, c_in=c_in, c_out=inner),) if inner != c_in else ()
    main = (
        *expand,
        Unit(choice=choice, c_in=inner, c_out=inner, groups=inner),
        Unit(choice=point, c_in=inner, c_out=c_out, activated=False),
    )
    same = c_in == c_out and max(choice.stride) == 1
    return Recipe(main, () if same else None)


def _depthwise(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe | None:  # noqa: ARG001 - as above
    """A depthwise convolution; the width stays."""
    return Recipe((Unit(choice=choice, c_in=c_in, c_out=c_out, groups=c_in),)) if c_in == c_out else None


def _convnext(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe:
    """Depthwise with norm, pointwise up, pointwise down; a shortcut where the shape stays (Liu 2022)."""
    inner = c_out * spec.expansion
    point = _point(len(choice.kernel))
    main = (
        Unit(choice=choice, c_in=c_in, c_out=c_in, groups=c_in, activated=False),
        Unit(choice=point, c_in=c_in, c_out=inner, normed=False),
        Unit(choice=point, c_in=inner, c_out=c_out, normed=False, activated=False),
    )
    same = c_in == c_out and max(choice.stride) == 1
    return Recipe(main, () if same else None)


def _upsample(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe | None:
    """Up-sampling by interpolation, `mode` nearest or linear; its strides are the factors; the width stays."""
    if c_in != c_out:
        return None
    return Recipe((Unit(kind=UnitKind(spec.mode), choice=choice, c_in=c_in, c_out=c_out),))


def _transposed(spec: BlockSpec, choice: Choice, c_in: int, c_out: int) -> Recipe:  # noqa: ARG001 - as above
    """A transposed convolution; its strides are the factors of up-sampling, its kernels the strides by default."""
    return Recipe((Unit(kind=UnitKind.TRANSPOSED, choice=choice, c_in=c_in, c_out=c_out),))


Block = Callable[[BlockSpec, Choice, int, int], Recipe | None]

BLOCKS: dict[str, Block] = {
    "conv": _conv,
    "separable": _separable,
    "pool": _pool,
    "residual": _residual,
    "bottleneck": _bottleneck,
    "inverted": _inverted,
    "depthwise": _depthwise,
    "convnext": _convnext,
    "upsample": _upsample,
    "transposed": _transposed,
}
"""Every block by its name in a problem file; a block's docstring is its row in docs/reference/problem-file.md."""

RESIDUAL = frozenset({"residual", "bottleneck", "inverted", "convnext"})
"""Blocks that add a shortcut, which needs a padding that keeps the size."""

CONDITIONAL = frozenset({"inverted", "convnext"})
"""Those of them that do so only where the shape stays."""

KEEPING = frozenset({"pool", "depthwise", "upsample"})
"""Blocks whose width stays, whatever the width plan says."""

WEIGHTLESS = frozenset({"pool", "upsample"})

RISING = frozenset({"upsample", "transposed"})
"""Blocks that up-sample: a stride divides the jump."""


def padding(rule: str, choice: Choice) -> tuple[tuple[int, int], ...]:
    """Return the (left, right) padding per axis in cells of the layer's input.

    `same` puts dilation * ((k - 1) // 2) on the left, so that a tap falls on the output's own cell even for an even
    kernel, and the rest of dilation * (k - 1) on the right; `causal` puts all of it on the left; `valid` pads
    nothing. The first two make ceil(n / stride) cells of n.
    """
    spans = [(d * (k - 1), d * ((k - 1) // 2)) for k, d in zip(choice.kernel, choice.dilation, strict=True)]
    if rule == "valid":
        return tuple((0, 0) for _ in spans)
    if rule == "causal":
        return tuple((span, 0) for span, _ in spans)
    return tuple((left, span - left) for span, left in spans)
