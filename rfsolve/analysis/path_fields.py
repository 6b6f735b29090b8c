"""The smallest receptive field that any single path brings to a node."""

from collections.abc import Mapping
from fractions import Fraction
from math import floor, inf

from rfsolve.analysis.analyse import Analysis
from rfsolve.graph import Dependence, Reach
from rfsolve.windows import Step

Extent = int | float


def smallest_path_fields(analysis: Analysis) -> Mapping[str, tuple[Extent, ...]]:
    """Return, per node and axis, the least receptive field in pixels over all paths from the source.

    Along a path r' = r + floor((n - 1) * j) for a layer that spans n cells of a grid with jump j, in
    the phase where it spans least; of several paths the least, and never more than the node's own
    window. Infinite where every path is global; a layer that is not known adds nothing: the number
    is exact without up-sampling and never too large.
    """
    fields: dict[str, tuple[Extent, ...]] = {}
    axes = range(len(analysis.taps[analysis.source].reach))
    for name, tap in analysis.taps.items():
        shapes = [analysis.shapes[source] for source in tap.inputs]
        layer = analysis.graph.layer(name)
        paths = [
            tuple(
                _after(fields[source][axis], analysis.taps[source].stride[axis], dependence)
                for axis, dependence in enumerate(layer.dependence(shapes, slot))
            )
            for slot, source in enumerate(tap.inputs)
            if source in fields
        ]
        own = [inf if field is None else field[0] for field in tap.receptive_field]
        fields[name] = tuple(min(own[axis], *(path[axis] for path in paths)) if paths else 1 for axis in axes)
    return fields


def span(dependence: Dependence) -> int:
    """Return the cells from the first to the last that a layer reads, in the phase where that is least; at least 1."""
    if not isinstance(dependence, Step):
        return 1
    return min((abs(taps.step) * (taps.count - 1) + 1 for taps in dependence.phases if taps.count), default=1)


def _after(field: Extent, jump: Fraction | None, dependence: Dependence) -> Extent:
    if dependence is Reach.GLOBAL:
        return inf
    return field + (0 if jump is None else floor((span(dependence) - 1) * abs(jump)))
