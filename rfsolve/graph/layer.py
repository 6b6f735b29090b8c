"""What every layer of the vocabulary can say of itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from rfsolve.graph.mixing import KEPT, MIXED, Mixing
from rfsolve.graph.shape import TensorShape
from rfsolve.windows import IDENTITY, PeriodError, Step


class Reach(StrEnum):
    """How well the dependence on the source is known along an axis; later members are worse."""

    EXACT = "exact"
    GLOBAL = "global"
    UNKNOWN = "unknown"

    @property
    def badness(self) -> int:
        """0 for exact, 1 for global, 2 for unknown."""
        return list(Reach).index(self)


@dataclass(frozen=True, slots=True)
class LongPeriod:
    """A step whose pattern takes too many outputs to repeat to be listed; only its jump is known."""

    jump: Fraction | None


Dependence = Step | Reach | LongPeriod


def listed(make: Callable[..., Step], **arguments: object) -> Step | LongPeriod:
    """Return the step that `make` makes, or LongPeriod where it has too many phases."""
    try:
        return make(**arguments)
    except PeriodError as error:
        return LongPeriod(error.jump)


ANY_NUMBER = 1 << 30  # inputs; no layer has more


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer(ABC):
    """One operation.

    Fields are exactly what its JSON carries; per-axis fields are in the order height, width.
    """

    op: ClassVar[str]
    arity: ClassVar[tuple[int, int]] = (1, 1)  # least and most inputs
    in_place: ClassVar[bool] = False  # writes over its input, so that it needs no memory of its own
    keeps_grid: ClassVar[bool] = True  # where it is global, its outputs still sit on its input's grid

    @abstractmethod
    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The output's shape; ShapeError if the inputs do not fit."""

    def dependence(self, inputs: Sequence[TensorShape], slot: int = 0) -> tuple[Dependence, ...]:
        """Per spatial axis, what an output reads of input `slot`: a Step, LongPeriod, GLOBAL or UNKNOWN."""
        return (IDENTITY,) * inputs[slot].axes

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Which channels an output reads: all, unless the layer says otherwise."""
        return MIXED

    @property
    def hands_on(self) -> bool:
        """Whether every output reads that channel of that pixel of the one input and nothing else."""
        return False

    @property
    def parameters(self) -> int:
        """Elements of what the PyTorch module calls its parameters; buffers are none."""
        return 0

    def fits_weights_of(self, other: "Layer") -> bool:
        """Whether the weights of another layer can be this one's: those of an equal layer."""
        return self == other

    def macs(self, inputs: Sequence[TensorShape], output: TensorShape) -> int:  # noqa: ARG002 - every layer has this signature
        """Multiply-accumulates for one item of a batch.

        Biases, norms, poolings and activations count 0.
        """
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointwise(Layer):
    """A layer with one input whose output has the same shape and sits on the same pixels."""

    def infer(self, inputs: Sequence[TensorShape]) -> TensorShape:
        """The input's shape."""
        return inputs[0]

    def mixing(self, inputs: Sequence[TensorShape]) -> Mixing:  # noqa: ARG002 - every layer has this signature
        """Each channel its own."""
        return KEPT

    @property
    def hands_on(self) -> bool:
        """Whether the layer says nothing of its own about the pixels and the channels it reads.

        One that does, for some of its settings, says here for which; the shape is the input's in any case.
        """
        kind = type(self)
        return kind.dependence is Layer.dependence and kind.mixing is Pointwise.mixing
