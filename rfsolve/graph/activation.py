"""Layers that change values one by one, or not at all."""

from dataclasses import dataclass
from typing import ClassVar

from rfsolve.graph import fields
from rfsolve.graph.layer import Pointwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation(Pointwise):
    """An activation by its name ("relu", "silu", "prelu", ...).

    `slopes` is the number of learned slopes of a PReLU.
    """

    op: ClassVar[str] = "activation"
    in_place: ClassVar[bool] = True

    kind: str
    slopes: int = 0

    def __post_init__(self) -> None:
        if not self.kind:
            raise ValueError("kind must name the activation")
        if self.kind == "prelu" and not self.slopes:
            object.__setattr__(self, "slopes", 1)
        fields.integer("slopes", self.slopes, least=0)

    @property
    def parameters(self) -> int:
        """The learned slopes of a PReLU; 0 for the others."""
        return self.slopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Pointwise):
    """Nothing happens."""

    op: ClassVar[str] = "identity"
    in_place: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout(Pointwise):
    """Values set to zero at random while training."""

    op: ClassVar[str] = "dropout"
    in_place: ClassVar[bool] = True

    rate: float = 0.5

    def __post_init__(self) -> None:
        if isinstance(self.rate, bool) or not 0 <= self.rate <= 1:
            raise ValueError(f"rate must lie between 0 and 1, not {self.rate!r}")
