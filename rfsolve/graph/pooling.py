"""Pooling: with a kernel, to a given size, over whole axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.convolution import Pairs, kernel_steps
from rfsolve.graph.layer import Dependence, Layer, Reach, listed
from rfsolve.graph.mixing import KEPT, Folded, Mixing, Scattered
from rfsolve.graph.shape import ShapeError, Size, TensorShape, positive, same_axes
from rfsolve.windows import IDENTITY, adaptive, transposed


class PoolKind(StrEnum):
    """Which value a pooling takes from its window."""

    MAX = "max"
    AVG = "avg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool(Layer):
    """Pooling with a kernel.

    An empty stride means the kernel, an empty dilation 1, an empty padding none.
    """

    op: ClassVar[str] = "pool"

    kind: PoolKind
    kernel: tuple[int, ...]
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    padding: Pairs = ()
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        axes = fields.number_of_axes("kernel", self.kernel)
        fields.choice("kind", self.kind, list(PoolKind))
        object.__setattr__(self, "stride", self.stride or self.kernel)
        object.__setattr__(self, "dilation", self.dilation or (1,) * axes)
        object.__setattr__(self, "padding", self.padding or ((0, 0),) * axes)
        for name in ("kernel", "stride", "dilation"):
            fields.per_axis(name, getattr(self, name), axes)
        fields.pairs("padding", self.padding, axes)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """As a convolution; in ceil mode rounded up, without a window that starts in the right padding."""
        same_axes(inputs[0], len(self.kernel))
        size = [None if n is None else self._extent(n, axis) for axis, n in enumerate(inputs[0].size)]
        return TensorShape(inputs[0].channels, positive(size, "the kernel is larger than the padded input"))

    def _extent(self, extent: int, axis: int) -> int:
        left, right = self.padding[axis]
        stride = self.stride[axis]
        room = extent + left + right - self.dilation[axis] * (self.kernel[axis] - 1) - 1
        if not self.ceil_mode or room < 0:
            return room // stride + 1
        rounded = -(-room // stride) + 1
        return rounded - 1 if (rounded - 1) * stride >= extent + left else rounded

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """A convolution's step on each axis."""
        return kernel_steps(self.kernel, self.stride, self.dilation, self.padding)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class _Windows(Layer):
    """Windows whose pixels are channels; an empty stride and dilation mean 1, an empty padding none."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    padding: Pairs = ()

    def __post_init__(self) -> None:
        axes = fields.number_of_axes("kernel", self.kernel)
        object.__setattr__(self, "stride", self.stride or (1,) * axes)
        object.__setattr__(self, "dilation", self.dilation or (1,) * axes)
        object.__setattr__(self, "padding", self.padding or ((0, 0),) * axes)
        for name in ("kernel", "stride", "dilation"):
            fields.per_axis(name, getattr(self, name), axes)
        fields.pairs("padding", self.padding, axes)

    def _count(self, size: Size) -> Size:
        """How many windows an image of a size has, per axis."""
        return tuple(
            None if n is None else (n + left + right - d * (k - 1) - 1) // s + 1
            for n, k, s, d, (left, right) in zip(
                size, self.kernel, self.stride, self.dilation, self.padding, strict=True
            )
        )

    def _starts(self) -> tuple[range, ...]:
        """Where in the image the pixels of the first window lie, per axis."""
        each = zip(self.kernel, self.dilation, self.padding, strict=True)
        return tuple(range(-left, k * d - left, d) for k, d, (left, _) in each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfold(_Windows):
    """The pixels of every window side by side as channels (im2col); it has no weights."""

    op: ClassVar[str] = "unfold"

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """Channels times the pixels of the kernel; sizes as a convolution's."""
        same_axes(inputs[0], len(self.kernel))
        size = positive(self._count(inputs[0].size), "the kernel is larger than the padded input")
        return TensorShape(inputs[0].channels * prod(self.kernel), size)

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """A convolution's step on each axis."""
        return kernel_steps(self.kernel, self.stride, self.dilation, self.padding)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel becomes one for each pixel of the kernel, the last axis first."""
        return Scattered(self._starts(), self.stride)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold(_Windows):
    """The windows of an Unfold laid back where they came from, overlaps added (col2im); it has no weights."""

    op: ClassVar[str] = "fold"

    output_size: tuple[int, ...]

    def __post_init__(self) -> None:
        _Windows.__post_init__(self)
        fields.per_axis("output_size", self.output_size, len(self.kernel))

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """Channels over the pixels of the kernel, and the output size, of which there must be as many windows."""
        same_axes(inputs[0], len(self.kernel))
        if inputs[0].channels % prod(self.kernel):
            raise ShapeError(f"needs channels divisible by {prod(self.kernel)}, its input has {inputs[0].channels}")
        windows = self._count(self.output_size)
        if any(n is not None and n != one for n, one in zip(inputs[0].size, windows, strict=True)):
            raise ShapeError(f"lays {list(windows)} windows, its input is {inputs[0]}")
        return TensorShape(inputs[0].channels // prod(self.kernel), self.output_size)

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """A transposed convolution's step on each axis."""
        return tuple(
            listed(transposed, kernel=k, stride=s, dilation=d, padding_left=left)
            for k, s, d, (left, _) in zip(self.kernel, self.stride, self.dilation, self.padding, strict=True)
        )

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """A channel for each pixel of the kernel, the last axis first, makes one."""
        return Folded(self._starts(), self.stride)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptivePool(Layer):
    """Pooling to a given output size.

    To size 1 it is global; otherwise its step needs the input's size.
    """

    op: ClassVar[str] = "adaptive_pool"
    keeps_grid: ClassVar[bool] = False

    kind: PoolKind
    output_size: tuple[int, ...]

    def __post_init__(self) -> None:
        axes = fields.number_of_axes("output_size", self.output_size)
        fields.choice("kind", self.kind, list(PoolKind))
        fields.per_axis("output_size", self.output_size, axes)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The output size asked for."""
        same_axes(inputs[0], len(self.output_size))
        return TensorShape(inputs[0].channels, self.output_size)

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Global on axes pooled to 1, unknown on axes of unknown size."""
        return tuple(_adaptive(extent, out) for extent, out in zip(inputs[slot].size, self.output_size, strict=True))

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT


def _adaptive(extent: int | None, out: int) -> Dependence:
    if out == 1:
        return Reach.GLOBAL
    return Reach.UNKNOWN if extent is None else listed(adaptive, in_size=extent, out_size=out)


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalPool(Layer):
    """Pooling over whole axes, which keep size 1. No axes given means all of them."""

    op: ClassVar[str] = "global_pool"
    keeps_grid: ClassVar[bool] = False

    kind: PoolKind
    axes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        fields.choice("kind", self.kind, list(PoolKind))
        for axis in self.axes:
            fields.integer("axes", axis, least=0)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """1 on the pooled axes."""
        if any(axis >= inputs[0].axes for axis in self.axes):
            raise ShapeError(f"pools over axes {list(self.axes)}, its input has {inputs[0].axes}")
        size = inputs[0].size
        return TensorShape(inputs[0].channels, tuple(1 if self._pools(n) else size[n] for n in range(len(size))))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Global on the pooled axes, nothing on the others."""
        return tuple(Reach.GLOBAL if self._pools(n) else IDENTITY for n in range(inputs[slot].axes))

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT

    def _pools(self, axis: int) -> bool:
        return not self.axes or axis in self.axes
