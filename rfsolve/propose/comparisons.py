"""Baselines at the same input, held against the same objects."""

from collections.abc import Sequence
from math import ceil

from rfsolve.analysis import Tap, analyse
from rfsolve.graph import costs
from rfsolve.propose.aims import Aim
from rfsolve.propose.baselines import Baseline, baseline
from rfsolve.propose.coverage import coverage_elsewhere
from rfsolve.propose.proposals import Comparison

COARSEST = 32
"""Stride to whose multiples images are padded, as torchvision and others do."""


def comparison(found: Baseline, aims: Sequence[Aim]) -> Comparison:
    """Return the costs and the coverage of a baseline, each aim served by the level that suits it best."""
    analysis = analyse(found.graph)
    taps: dict[str, Tap] = {level: analysis.taps[node] for level, node in found.levels.items()}
    sized = all(shape.elements is not None for shape in analysis.shapes.values())
    return Comparison(
        name=found.name,
        source=found.source,
        parameters=costs.parameters(found.graph),
        macs=costs.macs(found.graph) if sized else None,
        coverage=tuple(coverage_elsewhere(aims, taps)),
    )


def padded(size: Sequence[int], divisor: int) -> tuple[int, ...]:
    """Return the size rounded up to a multiple, so that what is halved can be doubled again."""
    return tuple(ceil(extent / divisor) * divisor for extent in size)


def comparisons(
    names: Sequence[str], aims: Sequence[Aim], *, channels: int, axes: int, size: tuple[int, ...] | None
) -> tuple[Comparison, ...]:
    """Return the named baselines for an input of this size, padded as frameworks do; without one, they have no MACs."""
    entry = (None,) * axes if size is None else padded(size, COARSEST)
    return tuple(comparison(baseline(name, channels=channels, size=entry), aims) for name in names)
