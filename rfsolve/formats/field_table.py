"""What the parts of a network see, as rows of text: for the docstring of generated code and for CSV-like tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rfsolve.analysis import Tap
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.module_plan import Group, Part
from rfsolve.graph import LayerGraph

TITLES = ("name", "field", "stride", "ERF", "channels", "parameters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A part of a network or one of its outputs, its field, stride and ERF in pixels, written per axis."""

    name: str
    field: str
    stride: str
    effective: str
    channels: int
    parameters: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as texts, in the order of TITLES."""
        return (self.name, self.field, self.stride, self.effective, f"{self.channels:,}", f"{self.parameters:,}")


def field_rows(blueprint: Blueprint) -> Iterator[Row]:
    """Yield a row for each part of the network in the order of its execution, as seen from its first input."""
    if not blueprint.analyses:
        return
    taps = blueprint.analyses[0].taps
    for part in blueprint.plan.root.parts:
        if (tap := taps.get(part.result)) is not None:
            yield _row(part.name, tap, _parameters(blueprint.graph, part))


def exit_rows(blueprint: Blueprint) -> Iterator[Row]:
    """Yield a row for each output, with the parameters of all that it depends on."""
    if not blueprint.analyses:
        return
    taps = blueprint.analyses[0].taps
    for name in blueprint.graph.outputs:
        if name in taps:
            needed = blueprint.graph.ancestors(name)
            owners = {blueprint.graph.weights_owner(node) for node in needed}
            yield _row(name, taps[name], sum(blueprint.graph.parameters(owner) for owner in owners))


def _parameters(graph: LayerGraph, part: Part) -> int:
    leaves = part.leaves if isinstance(part, Group) else [part]
    return sum(graph.parameters(leaf.name) for leaf in leaves)


def _row(name: str, tap: Tap, parameters: int) -> Row:
    return Row(
        name=name,
        field=_axes(
            [
                reach.value if one is None else _range(*one)
                for one, reach in zip(tap.receptive_field, tap.reach, strict=True)
            ]
        ),
        stride=_axes([_number(stride) for stride in tap.stride]),
        effective=_axes(["?" if size is None else f"{size:.1f}" for size in tap.effective_receptive_field]),
        channels=tap.shape.channels,
        parameters=parameters,
    )


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _number(stride: Fraction | None) -> str:
    return "?" if stride is None else f"{float(stride):.6g}"


def _axes(texts: Sequence[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)
