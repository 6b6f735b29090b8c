"""Normalisation and layer scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import Dependence, Pointwise, Reach
from rfsolve.graph.mixing import KEPT, MIXED, Mixed, Mixing
from rfsolve.graph.shape import ShapeError, TensorShape, same_channels
from rfsolve.windows import IDENTITY


class NormKind(StrEnum):
    """Over what a normalisation takes its statistics."""

    BATCH = "batch"  # fixed numbers at inference: pointwise
    LAYER_CHANNELS = "layer_channels"  # the channels of one pixel (ConvNeXt): pointwise
    GROUP = "group"  # a group of channels over all pixels: global
    INSTANCE = "instance"  # a channel over all pixels: global
    LAYER = "layer"  # everything: global


_POINTWISE = (NormKind.BATCH, NormKind.LAYER_CHANNELS)
_BY_CHANNEL = (NormKind.BATCH, NormKind.INSTANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm(Pointwise):
    """Normalisation, with a scale and a shift per channel if `affine`.

    `groups` belongs to kind group. `size` belongs to kind layer, whose scale and shift have
    channels * size elements (torch.nn.LayerNorm); leave it empty for one per channel.
    """

    op: ClassVar[str] = "norm"
    in_place: ClassVar[bool] = True

    kind: NormKind
    channels: int
    affine: bool = True
    groups: int = 1
    size: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        fields.choice("kind", self.kind, list(NormKind))
        fields.integer("channels", self.channels)
        fields.integer("groups", self.groups)
        for extent in self.size:
            fields.integer("size", extent)
        if self.channels % self.groups:
            raise ValueError(f"groups {self.groups} must divide channels {self.channels}")

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The input's shape."""
        same_channels(inputs[0], self.channels)
        if self.size and any(a not in (None, b) for a, b in zip(inputs[0].size, self.size, strict=False)):
            raise ShapeError(f"normalises a size of {list(self.size)}, its input has {inputs[0]}")
        return inputs[0]

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Nothing beyond the pixel for batch and layer_channels, global for the others."""
        kind: Dependence = IDENTITY if self.kind in _POINTWISE else Reach.GLOBAL
        return (kind,) * inputs[slot].axes

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own for batch and instance, all of its group for group, all for the others."""
        if self.kind is NormKind.GROUP:
            return Mixed(self.groups)
        return KEPT if self.kind in _BY_CHANNEL else MIXED

    @property
    def hands_on(self) -> bool:
        """Batch alone: its statistics are fixed, and each channel's are its own."""
        return self.kind is NormKind.BATCH

    @property
    def parameters(self) -> int:
        """A scale and a shift per channel (per element for kind layer with a size), or none."""
        return 2 * self.channels * prod(self.size) if self.affine else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerScale(Pointwise):
    """A learned factor per channel (Touvron et al., ICCV 2021)."""

    op: ClassVar[str] = "layer_scale"

    channels: int

    def __post_init__(self) -> None:
        fields.integer("channels", self.channels)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The input's shape."""
        same_channels(inputs[0], self.channels)
        return inputs[0]

    @property
    def parameters(self) -> int:
        """One per channel."""
        return self.channels
