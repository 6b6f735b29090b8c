"""What a built network does when it is run, held against what the recurrence says of its graph.

Dependence and influence are gradients in double precision, of one output of every phase; parameters are counted, MACs
are taken from torch's own counter, and shapes from runs on sizes that no stride divides.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import prod, sqrt

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from rfsolve.analysis import Analysis, Tap, analyse
from rfsolve.errors import GraphError
from rfsolve.formats.cropping import cropped_shapes
from rfsolve.formats.module_plan import module_plan
from rfsolve.formats.probes import Probe, probes
from rfsolve.formats.torch.building import Network, build
from rfsolve.formats.torch.evening import evened
from rfsolve.graph import LayerGraph, without_statistics

LARGEST_MAP = 1 << 26
"""Elements of the largest map that is measured: half a gigabyte in double precision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredExit:
    """One exit along one axis, over all phases of its output.

    `field` is the smallest and the largest extent (pixels) of what has a gradient; `touched` says whether that is, for
    every phase, pixel by pixel what the recurrence says. `sigma` is the standard deviation of the influence where it
    is least, `deviation` the largest relative difference to the recurrence over the phases.
    """

    name: str
    axis: int
    phases: int
    field: tuple[int, int]
    touched: bool
    sigma: float
    deviation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSize:
    """The shapes of the outputs for one size of the input: as run, and as the graph says."""

    size: tuple[int, ...]
    run: tuple[tuple[int, ...], ...]
    said: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All that was measured of one network; `unmeasured` says of which exits the dependence was not, and why."""

    parameters: int
    macs: int | None
    exits: tuple[MeasuredExit, ...]
    sizes: tuple[MeasuredSize, ...]
    unmeasured: tuple[str, ...] = ()


def measure(graph: LayerGraph) -> Measured:
    """Build the network of a graph with one input, and measure it.

    Raises:
        GraphError: torch has no module for a layer, or the graph has several inputs; names it.

    """
    network = build(module_plan(graph))
    analysis = analyse(without_statistics(graph))
    shape = analysis.shapes[analysis.source]
    exits: list[MeasuredExit] = []
    unmeasured: list[str] = []
    for axis in range(shape.axes):
        measured, left_out = _along(network, analysis, axis)
        exits += measured
        unmeasured += left_out
    return Measured(
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        macs=None if None in shape.size else counted_macs(network, shape.channels, shape.size),
        exits=tuple(sorted(exits, key=lambda found: graph.outputs.index(found.name))),
        sizes=tuple(_odd_sizes(network, graph, analysis.outputs)),
        unmeasured=tuple(dict.fromkeys(unmeasured)),
    )


def counted_macs(network: nn.Module, channels: int, size: Sequence[int | None]) -> int:
    """Return the multiply-accumulates of one item, by torch's counter (which counts two operations for each)."""
    with FlopCounterMode(display=False) as counter:
        _shadow(network)(torch.empty(1, channels, *(n or 1 for n in size), device="meta"))
    return int(counter.get_total_flops()) // 2


def _shadow(network: nn.Module) -> nn.Module:
    """The network on the device that has shapes and no numbers."""
    return deepcopy(network).to("meta").eval()


def _odd_sizes(network: nn.Module, graph: LayerGraph, taps: Sequence[Tap]) -> Iterator[MeasuredSize]:
    """Run the network on two sizes that hold every field, odd and different along each axis."""
    shape = taps[0].source_shape
    shadow = _shadow(network)
    for extra in (1, 5):
        least = [_longest(taps, axis) + (shape.size[axis] or 0) // 4 for axis in range(shape.axes)]
        size = tuple(length // 2 * 2 + extra + 2 * axis for axis, length in enumerate(least))
        try:
            said = cropped_shapes(graph, size)
        except GraphError:  # a layer that takes multiples alone, as pixels that become channels
            continue
        found = shadow(torch.empty(1, shape.channels, *size, device="meta"))
        run = found.values() if isinstance(found, dict) else [found]
        yield MeasuredSize(
            size=size,
            run=tuple(tuple(value.shape[1:]) for value in run),
            said=tuple((said[name].channels, *(n or 0 for n in said[name].size)) for name in graph.outputs),
        )


def _longest(taps: Sequence[Tap], axis: int) -> int:
    fields = [tap.receptive_field[axis] for tap in taps]
    return max((field[1] for field in fields if field is not None), default=64)


def _along(network: Network, analysis: Analysis, axis: int) -> tuple[list[MeasuredExit], list[str]]:
    """Measure the exits along one axis; also say which could not be, and why."""
    looked = probes(analysis, axis)
    left_out = [f"{tap.name}: its field is {tap.reach[axis]}" for tap in analysis.outputs if tap.name not in looked.of]
    widest = max(shape.channels for shape in analysis.shapes.values())
    if prod(looked.size) * widest > LARGEST_MAP:
        return [], [*left_out, *(f"{name}: needs a map of {prod(looked.size):,} pixels" for name in looked.of)]
    if not looked.of:
        return [], left_out
    taps = analyse(analysis.graph, input_size=looked.size).taps
    channels = analysis.shapes[analysis.source].channels
    x = torch.ones(1, channels, *looked.size, dtype=torch.float64, requires_grad=True)
    found = evened(network, axis)(x)
    values = found if isinstance(found, dict) else {analysis.graph.outputs[0]: found}
    return [_exit(taps[name], axis, x, values[name], probe) for name, probe in looked.of.items()], left_out


def _exit(tap: Tap, axis: int, x: Tensor, value: Tensor, probe: Probe) -> MeasuredExit:
    coverage, moments = tap.coverage(axis), tap.moments[axis]
    assert coverage is not None  # noqa: S101 - asked of exact axes alone
    assert moments is not None  # noqa: S101 - as above
    extents, sigmas, deviations, agrees = [], [], [], True
    for index in range(probe.first, probe.first + probe.phases):
        influence = _influence(x, value, axis, index)
        pixels = influence.nonzero().flatten().tolist()
        agrees = agrees and pixels == list(coverage.at(index))
        if pixels:
            sigma, said = _sigma(influence), sqrt(max(0.0, moments.at(index).variance))
            extents.append(pixels[-1] - pixels[0] + 1)
            sigmas.append(sigma)
            deviations.append(abs(sigma - said) / said if said else sigma)
    return MeasuredExit(
        name=tap.name,
        axis=axis,
        phases=probe.phases,
        field=(min(extents, default=0), max(extents, default=0)),
        touched=agrees,
        sigma=min(sigmas, default=0.0),
        deviation=max(deviations, default=0.0),
    )


def _influence(x: Tensor, value: Tensor, axis: int, index: int) -> Tensor:
    """The gradient of one row of outputs, summed over all but the axis, by pixel."""
    (gradient,) = torch.autograd.grad(value.select(2 + axis, index).sum(), x, retain_graph=True)
    return gradient.abs().sum([dim for dim in range(x.ndim) if dim != 2 + axis])


def _sigma(influence: Tensor) -> float:
    """The standard deviation of a distribution over pixels."""
    places = torch.arange(len(influence), dtype=torch.float64)
    share = influence / influence.sum()
    mean = (share * places).sum()
    return float((share * (places - mean) ** 2).sum().clamp(min=0).sqrt())
