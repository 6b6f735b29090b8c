"""Convolution and transposed convolution."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import Dependence, Layer, listed
from rfsolve.graph.mixing import MIXED, Mixed, Mixing
from rfsolve.graph.shape import TensorShape, positive, same_axes, same_channels
from rfsolve.windows import Step, convolution, transposed

Pairs = tuple[tuple[int, int], ...]


def same_padding(kernel: Sequence[int], dilation: Sequence[int]) -> Pairs:
    """(left, right) per axis that keeps the size at stride 1.

    The odd pixel of an even kernel goes right.
    """
    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)


def causal_padding(kernel: Sequence[int], dilation: Sequence[int]) -> Pairs:
    """(left, 0) per axis: no output sees what comes after it."""
    return tuple((d * (k - 1), 0) for k, d in zip(kernel, dilation, strict=True))


@lru_cache(maxsize=1024)
def kernel_steps(
    kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...], padding: Pairs
) -> tuple[Step, ...]:
    """The step of a convolution or a pooling on each axis; kept, since most layers of a network are alike."""
    return tuple(
        convolution(kernel=k, stride=s, dilation=d, padding_left=left)
        for k, s, d, (left, _) in zip(kernel, stride, dilation, padding, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kernel(Layer):
    """Fields common to convolutions; empty stride and dilation mean 1, empty padding means none."""

    in_channels: int
    out_channels: int
    kernel: tuple[int, ...]
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    padding: Pairs = ()
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        axes = fields.number_of_axes("kernel", self.kernel)
        object.__setattr__(self, "stride", self.stride or (1,) * axes)
        object.__setattr__(self, "dilation", self.dilation or (1,) * axes)
        object.__setattr__(self, "padding", self.padding or ((0, 0),) * axes)
        for name in ("in_channels", "out_channels", "groups"):
            fields.integer(name, getattr(self, name))
        for name in ("kernel", "stride", "dilation"):
            fields.per_axis(name, getattr(self, name), axes)
        fields.pairs("padding", self.padding, axes)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"groups {self.groups} must divide in_channels {self.in_channels} and out_channels {self.out_channels}"
            )

    @property
    def parameters(self) -> int:
        """Out * in / groups * product of the kernel, and out for the bias."""
        weights = self.out_channels * self.in_channels // self.groups * prod(self.kernel)
        return weights + self.out_channels * self.bias

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """All of its group."""
        return MIXED if self.groups == 1 else Mixed(self.groups)

    def fits_weights_of(self, other: Layer) -> bool:
        """Whether both have weights of one form; stride, dilation and padding may differ (Li et al., ICCV 2019)."""
        names = ("in_channels", "out_channels", "kernel", "groups", "bias")
        return type(self) is type(other) and all(getattr(self, name) == getattr(other, name) for name in names)

    def _check(self, shape: TensorShape) -> None:
        same_axes(shape, len(self.kernel))
        same_channels(shape, self.in_channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv(_Kernel):
    """Convolution, grouped or depthwise, 1-D to 3-D, with its own padding on each side (zeros)."""

    op: ClassVar[str] = "conv"

    @classmethod
    def uniform(
        cls,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        padding: int | None = None,
        groups: int = 1,
        bias: bool = True,
        axes: int = 2,
    ) -> "Conv":
        """A convolution alike on every axis; padding None keeps the size at stride 1."""
        kernels, dilations = (kernel,) * axes, (dilation,) * axes
        same = same_padding(kernels, dilations)
        return cls(
            in_channels=in_channels,
            out_channels=out_channels,
            kernel=kernels,
            stride=(stride,) * axes,
            dilation=dilations,
            padding=same if padding is None else ((padding, padding),) * axes,
            groups=groups,
            bias=bias,
        )

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """floor((n + left + right - d (k - 1) - 1) / s) + 1 along each axis."""
        self._check(inputs[0])
        size = [
            None if n is None else (n + left + right - d * (k - 1) - 1) // s + 1
            for n, k, s, d, (left, right) in zip(
                inputs[0].size, self.kernel, self.stride, self.dilation, self.padding, strict=True
            )
        ]
        return TensorShape(self.out_channels, positive(size, "the kernel is larger than the padded input"))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """A convolution on each axis."""
        return kernel_steps(self.kernel, self.stride, self.dilation, self.padding)

    def macs(self, inputs: Sequence[TensorShape], output: TensorShape) -> int:  # noqa: ARG002 - every layer has this signature
        """Elements of the output * in / groups * product of the kernel."""
        return (output.elements or 0) * (self.in_channels // self.groups) * prod(self.kernel)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvTranspose(_Kernel):
    """Transposed convolution.

    `padding` is taken off each side, `output_padding` is added on the right.
    """

    op: ClassVar[str] = "conv_transpose"

    output_padding: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _Kernel.__post_init__(self)
        axes = len(self.kernel)
        object.__setattr__(self, "output_padding", self.output_padding or (0,) * axes)
        fields.per_axis("output_padding", self.output_padding, axes, least=0)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """(n - 1) s - left - right + d (k - 1) + output padding + 1 along each axis."""
        self._check(inputs[0])
        size = [
            None if n is None else (n - 1) * s - left - right + d * (k - 1) + extra + 1
            for n, k, s, d, (left, right), extra in zip(
                inputs[0].size,
                self.kernel,
                self.stride,
                self.dilation,
                self.padding,
                self.output_padding,
                strict=True,
            )
        ]
        return TensorShape(self.out_channels, positive(size, "the padding takes all of the output"))

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:  # noqa: ARG002 - every layer has this signature
        """A transposed convolution on each axis."""
        return tuple(
            listed(transposed, kernel=k, stride=s, dilation=d, padding_left=left)
            for k, s, d, (left, _) in zip(self.kernel, self.stride, self.dilation, self.padding, strict=True)
        )

    def macs(self, inputs: Sequence[TensorShape], output: TensorShape) -> int:  # noqa: ARG002 - every layer has this signature
        """Elements of the input * out / groups * product of the kernel."""
        return (inputs[0].elements or 0) * (self.out_channels // self.groups) * prod(self.kernel)
