"""What every part of a document is resolved with: axes, guards, and the mistakes found so far."""

from collections.abc import Mapping
from dataclasses import replace

from rfsolve.errors import Mistake
from rfsolve.space.document import ProblemDocument
from rfsolve.space.mistakes import named, placed, setter_of
from rfsolve.space.own_policies import policies_of
from rfsolve.space.problem import Guards, Quantity, Requirement
from rfsolve.space.terms import Limits

Axes = tuple[int, ...]


class Context:
    """One document on its way to a problem; collects mistakes instead of stopping at the first."""

    def __init__(self, document: ProblemDocument, place: str, origins: Mapping[str, str]) -> None:
        self.document = document
        self.mistakes: list[Mistake] = []
        self.axes = _count_axes(document)
        guards = document.guards
        self.guards = Guards(
            odd_kernels=guards.odd_kernels,
            hole_free=guards.hole_free,
            max_dilation=guards.max_dilation or None,
            max_stride=guards.max_stride or None,
            max_output_stride=guards.max_output_stride or None,
            monotone_widths=guards.monotone_widths,
        )
        self.policies = policies_of(document.policy)
        self._place = place
        self._origins = origins

    def named(self, path: str) -> str:
        """Return the option that set `path`, or the path itself."""
        return named(path, self._origins)

    def called(self, requirement: Requirement, path: str) -> Requirement:
        """Return a requirement that the limits at `path` state, with the name of each bound where they differ."""
        low, high = (self._setter(path, key) for key in ("min", "max"))
        if requirement.most is None:
            return replace(requirement, name=low)
        if requirement.least is None or requirement.asks_for_a_layer or low == high:
            return replace(requirement, name=high)
        return replace(requirement, name=f"{low}, {high}", bound_names=(low, high))

    def _setter(self, path: str, key: str) -> str:
        set_here = (self._origins.get(f"{path}.{limit}") for limit in (key, "exact", "about"))
        return next(filter(None, set_here), None) or setter_of(path, self._origins) or path

    def placed(self, path: str) -> str:
        """Return the option that set `path`, or the path with its file."""
        return placed(self._place, self.named(path))

    def mistake(self, path: str, text: str) -> None:
        """Note what is wrong at `path`."""
        self.mistakes.append(Mistake(self.placed(path), text))

    def spread(self, value: float | list[int], path: str) -> Axes:
        """Return one number per axis."""
        if not isinstance(value, list):
            return (value,) * self.axes  # type: ignore[return-value]  # floats only for the effective field
        if len(value) == 1:
            return (value[0],) * self.axes
        if len(value) != self.axes:
            self.mistake(path, f"{value} has {len(value)} numbers, expected {self.axes} (one per axis) or one")
            return (value[0],) * self.axes
        return tuple(value)

    def limits(self, limits: Limits, quantity: Quantity, node: str, path: str) -> Requirement:
        """Return the requirement that limits state, per axis."""
        low, high = (limits.exact, limits.exact) if limits.exact is not None else (limits.min, limits.max)
        asked = Requirement(
            name=path,
            quantity=quantity,
            node=node,
            least=None if low is None else self.spread(low, path),
            most=None if high is None else self.spread(high, path),
        )
        return self.called(asked, path)


def _count_axes(document: ProblemDocument) -> int:
    """Return the number of axes stated, or told by the first list that has one number per axis; else 2."""
    table = document.input
    if table.axes is not None:
        return table.axes
    lengths = [len(table.size)] if isinstance(table.size, list) else []
    for layers in (document.defaults, *document.stack):
        for domain in (layers.kernels, layers.strides, layers.dilations):
            lengths += [len(item) for item in domain or () if isinstance(item, list)]
    for way_out in document.exit:
        for limits in (way_out.receptive_field, way_out.stride):
            asked = (limits.min, limits.max, limits.exact) if limits is not None else ()
            lengths += [len(value) for value in asked if isinstance(value, list) and len(value) > 1]
    return lengths[0] if lengths else 2
