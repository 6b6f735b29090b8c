"""Layers that choose or reorder channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import Layer, Pointwise
from rfsolve.graph.mixing import Interleaved, Mixing, Picked
from rfsolve.graph.shape import ShapeError, TensorShape


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSlice(Layer):
    """The channels from `start` up to, not including, `stop`."""

    op: ClassVar[str] = "channel_slice"

    start: int
    stop: int

    def __post_init__(self) -> None:
        fields.integer("start", self.start, least=0)
        fields.integer("stop", self.stop, least=self.start + 1)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """Stop - start channels."""
        if self.stop > inputs[0].channels:
            raise ShapeError(f"takes channels {self.start} to {self.stop}, its input has {inputs[0].channels}")
        return TensorShape(self.stop - self.start, inputs[0].size)

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Those from start to stop."""
        return Picked(self.start, self.stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelShuffle(Pointwise):
    """The channels of `groups` groups interleaved (Zhang et al., CVPR 2018)."""

    op: ClassVar[str] = "channel_shuffle"

    groups: int

    def __post_init__(self) -> None:
        fields.integer("groups", self.groups)

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The input's shape."""
        if inputs[0].channels % self.groups:
            raise ShapeError(f"groups {self.groups} do not divide the {inputs[0].channels} channels of its input")
        return inputs[0]

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """One of each group in turn."""
        return Interleaved(self.groups)
