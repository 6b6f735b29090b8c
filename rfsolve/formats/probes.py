"""Where to look in a network that is run: an input just large enough, and the outputs of one whole period in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm

from rfsolve.analysis import Analysis, Tap
from rfsolve.graph import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Outputs of one exit along an axis: `phases` of them from `first` on, whose windows end before pixel `end`."""

    first: int
    phases: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """An input, long along one axis and as thin as all strides allow along the others, and what to look at in it."""

    axis: int
    size: tuple[int, ...]
    of: Mapping[str, Probe]


def probes(analysis: Analysis, axis: int) -> Probes:
    """Return where to look along an axis, for every output whose field is a number there.

    Each window begins a period after the first pixel and ends a period before the last, so that no layer on the way
    reads what is padded.
    """
    grains = [grain(analysis, at) for at in range(len(analysis.taps[analysis.source].reach))]
    found = {tap.name: _probe(tap, axis, grains[axis]) for tap in analysis.outputs if tap.reach[axis] is Reach.EXACT}
    longest = max((probe.end for probe in found.values()), default=0)
    size = [*grains]
    size[axis] = -(-(longest + grains[axis]) // grains[axis]) * grains[axis]
    return Probes(axis=axis, size=tuple(size), of=found)


def grain(analysis: Analysis, axis: int) -> int:
    """Return the least size in pixels that every stride divides: the common multiple of all jumps along an axis."""
    jumps = [tap.stride[axis] for tap in analysis.taps.values()]
    return lcm(*(abs(jump.numerator) for jump in jumps if jump))


def _probe(tap: Tap, axis: int, clear: int) -> Probe:
    window, period = tap.windows[axis], _period(tap, axis)
    assert window is not None  # noqa: S101 - asked of exact axes alone
    first = 0
    while True:
        spans = [span for at in range(first, first + period) if (span := window.at(at)) is not None]
        if _lowest(spans) >= clear:
            return Probe(first=first, phases=period, end=max((high for _, high in spans), default=0) + 1)
        first += period


def _lowest(spans: Sequence[tuple[int, int]]) -> float:
    return min((low for low, _ in spans), default=float("inf"))


def _period(tap: Tap, axis: int) -> int:
    """Outputs after which window, coverage and influence all repeat."""
    known = (tap.windows[axis], tap.coverage(axis), tap.moments[axis])
    return lcm(*(one.period for one in known if one is not None))
