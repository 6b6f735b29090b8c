"""Proposals for sequences: a causal or centred TCN for events of given lengths, and its latency."""

import time
from dataclasses import replace
from math import ceil, log2

from rfsolve.errors import InputError
from rfsolve.propose.aims import Aim, band_aims
from rfsolve.propose.comparisons import comparisons
from rfsolve.propose.evidence import with_evidence
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.frontier import Climber
from rfsolve.propose.making import Facts, Shape, made
from rfsolve.propose.proposals import Proposals, Task
from rfsolve.propose.request import Request
from rfsolve.propose.rungs import effective_rungs
from rfsolve.propose.segmentation import check_halved, output_stride
from rfsolve.search.solution import Design
from rfsolve.space import families
from rfsolve.space.assignments import Measure
from rfsolve.space.family import Table

BASELINES = ("tcn",)
CELLS = 2.5
SHORT = 5
"""Percentile of the lengths that the stride is chosen for."""
COARSEST = 256
FEWEST_OCTAVES, MOST_OCTAVES = 6, 17


def propose_sequence(fingerprint: Fingerprint, request: Request) -> Proposals:
    """Return designs whose output sees whole events: of the past alone, or of both sides where `centred`."""
    started = time.perf_counter()
    if fingerprint.axes != 1:
        raise InputError(
            f"{fingerprint.source}: objects of {fingerprint.axes} axes, expected events: lengths on one axis"
        )
    cells = request.cells or CELLS
    short = fingerprint.percentile(Measure.LONG, SHORT)
    stride = request.stride or output_stride(short, cells, COARSEST)
    check_halved(stride)
    aims = band_aims(fingerprint, ("out",), stride=stride, cells=cells)
    channels = request.channels or 1
    size = request.input_size
    found = comparisons(
        BASELINES if request.baselines is None else request.baselines, aims, channels=channels, axes=1, size=size
    )
    table = request.laid_over(
        _table(aims[-1], stride, centred=request.centred),
        channels=channels,
        size=size,
        budget=found[0].parameters if found else None,
    )
    rate = fingerprint.annotations.sample_rate
    result = made(
        Proposals(
            task=Task.SEQUENCE,
            fingerprint=fingerprint,
            policy=(
                f"contains: field >= length; the shortest events ({SHORT}th percentile, {short:,.0f} samples) span "
                f"{cells:g} outputs: stride {stride}; {'centred' if request.centred else 'causal'}"
            ),
            aims=aims,
            proposals=(),
            baselines=found,
        ),
        Climber(request.seconds, request.seed),
        list(effective_rungs(with_evidence(table, aims), aims)),
        Shape(parts={"stem": ("stem",)}, facts=lambda design: _facts(design, rate)),
    )
    return replace(result, seconds=time.perf_counter() - started)


def _table(aim: Aim, stride: int, *, centred: bool) -> Table:
    target = aim.receptive_field[0]
    octaves = max(FEWEST_OCTAVES, min(MOST_OCTAVES, ceil(log2(max(2, target / stride))) - 1))
    table = families.tcn.table(
        target_rf=target,
        parameters=None,
        stride=stride,
        padding="same" if centred else "causal",
        octaves=octaves,
    )
    return {**table, "title": f"A {'centred' if centred else 'causal'} TCN for events of {target:,} samples"}


def _facts(design: Design, rate: float | None) -> Facts:
    window = design.taps[design.ends["out"]].windows[0]
    ahead = 0 if window is None else max(0, *(span[1] for span in window.phases if span is not None))
    stride = int(design.exits[0].stride[0])
    words = [f"{_lasting(ahead, rate)} of what comes after an output's own sample are read"]
    words.append(f"an output every {_lasting(stride, rate)}")
    return (("latency", "; ".join(words)),)


def _lasting(samples: int, rate: float | None) -> str:
    counted = f"{samples:,} sample{'' if samples == 1 else 's'}"
    return counted if rate is None else f"{counted} ({1000 * samples / rate:,.4g} ms)"
