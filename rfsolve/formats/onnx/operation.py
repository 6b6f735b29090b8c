"""One operation of an ONNX graph as the rules see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Its inputs (None where one is left out) and attributes, how many outputs it has, the version it is meant in."""

    operator: str
    inputs: Sequence[Value | None]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    outputs: int = 1
    opset: int = 1

    def tensor(self, place: int = 0) -> Tensor:
        """Return an input that must depend on an input of the network."""
        value = self.value(place)
        if not isinstance(value, Tensor):
            raise Untranslatable(f"its input {place} is a constant and another is not")
        return value

    def value(self, place: int) -> Value | None:
        """Return an input; None where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def constant(self, place: int) -> Constant:
        """Return an input that must be a constant."""
        value = self.value(place)
        if not isinstance(value, Constant):
            raise Untranslatable(f"its input {place} depends on the input of the network")
        return value

    def values(self) -> list[Value]:
        """Return the inputs that there are."""
        return [value for value in self.inputs if value is not None]

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or the default."""
        return self.attributes.get(name, default)

    def integers(self, name: str, place: int | None = None) -> list[int] | None:
        """Return a list of integers from an attribute, or from an input in later versions; None where there is none."""
        given = self.attributes.get(name)
        if given is None and place is not None and self.value(place) is not None:
            given = self.constant(place).numbers(name)
        if given is None:
            return None
        if isinstance(given, int):
            return [given]
        if not isinstance(given, Sequence) or not all(type(one) is int for one in given):
            raise Untranslatable(f"its '{name}' is no list of integers")
        return list(given)

    def integer(self, name: str, default: int) -> int:
        """Return an integer attribute."""
        given = self.attributes.get(name, default)
        if not isinstance(given, int):
            raise Untranslatable(f"its '{name}' is no integer")
        return given


Rule = Callable[[Site, Operation], Value | Sequence[Value | None]]
