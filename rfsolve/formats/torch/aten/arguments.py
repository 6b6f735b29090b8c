"""The arguments of one operation, by the names of its schema."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable, Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments by name; `shapes` are those of the results."""

    values: Mapping[str, Any]
    shapes: Sequence[tuple[int, ...]]

    def tensor(self, name: str = "self", other: str = "input") -> Tensor:
        """Return an argument that must depend on an input of the network."""
        value = self.values.get(name, self.values.get(other))
        if not isinstance(value, Tensor):
            raise Untranslatable(f"its '{name}' is a constant and another argument is not")
        return value

    def value(self, name: str) -> Any:
        """Return an argument as it is; None where there is none."""
        return self.values.get(name)

    def all(self) -> list[Value]:
        """Return all tensors among the arguments, in order."""
        found: list[Value] = []
        for value in self.values.values():
            found += [
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Tensor | Constant)
            ]
        return found

    def integers(self, name: str, count: int, *, default: int | None = None) -> list[int]:
        """Return a list of integers; one stands for all, an empty one for the default."""
        given = self.values.get(name)
        row = [given] if isinstance(given, int) else list(given or [])
        if not row and default is not None:
            row = [default]
        if len(row) == 1:
            row *= count
        if len(row) != count or not all(isinstance(one, int) for one in row):
            raise Untranslatable(f"its '{name}' is not {count} numbers")
        return row

    def integer(self, name: str, default: int = 0) -> int:
        """Return an integer."""
        given = self.values.get(name)
        if given is None:
            return default
        if not isinstance(given, int):
            raise Untranslatable(f"its '{name}' is not known before it runs")
        return int(given)


Rule = Callable[[Site, Arguments], Value | Sequence[Value | None]]
