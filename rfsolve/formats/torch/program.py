"""A run of a module written down: the ATen operations in order, and where in the module each was called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rfsolve.formats.lowering.values import Constant


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor of the program, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Place:
    """A call of a module: which call it is, and the module's path."""

    call: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One operation: arguments by the names of its schema, tensors among them as Refs.

    `outputs` and `shapes` have an entry for each result, None for one that is no tensor. `changes`
    are the tensors that it writes to. `places` are the calls of modules that it is in, outermost
    first. `run` is the operation itself.
    """

    operator: str
    arguments: Mapping[str, Any]
    outputs: Sequence[Ref | None]
    shapes: Sequence[tuple[int, ...] | None]
    changes: Sequence[Ref] = ()
    places: Sequence[Place] = ()
    run: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Inputs with their shapes, constants, operations, outputs by name; `sizes` are those of the parameters."""

    inputs: Mapping[str, tuple[Ref, tuple[int, ...]]]
    constants: Mapping[Ref, Constant]
    calls: Sequence[Call]
    outputs: Mapping[str, Ref]
    sizes: Mapping[str, int] = field(default_factory=dict)
