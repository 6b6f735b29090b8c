"""The table of small networks, each of which holds one trap."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Sizes = tuple[int, ...] | tuple[tuple[int, ...], ...]
Build = Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A network of the table.

    `fields` are known extents (smallest, largest over the output phases) of interior outputs on the
    first axis, by tap. `unknown`: an operation whose dependence cannot be known, so the importer may
    say so. `onnx`: whether it can be exported.
    """

    name: str
    build: Build
    input_size: Sizes
    fields: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unknown: bool = False
    onnx: bool = True

    @property
    def several(self) -> bool:
        """Whether the network has several inputs."""
        return isinstance(self.input_size[0], Sequence)

    @property
    def item_shape(self) -> Any:
        """The shape of one item: the one that all inputs have, where they have one."""
        return self.input_size[0] if self.several and len(set(self.input_size)) == 1 else self.input_size


NETWORKS: dict[str, Entry] = {}


def network(
    *input_size: Any, unknown: bool = False, onnx: bool = True, **fields: tuple[int, int]
) -> Callable[[Build], Build]:
    """Register a network under its class's or function's name; fields by tap, "__" for a dot."""

    def register(build: Build) -> Build:
        name = build.__name__
        assert name not in NETWORKS, name
        known = {tap.replace("__", "."): extent for tap, extent in fields.items()}
        NETWORKS[name] = Entry(name=name, build=build, input_size=input_size, fields=known, unknown=unknown, onnx=onnx)
        return build

    return register
