"""Proposals for detection: a trunk with an exit and a head at each level, or a feature pyramid."""

import time
from collections.abc import Sequence
from dataclasses import replace
from math import inf

from rfsolve.errors import InputError
from rfsolve.propose.aims import Aim, level_aims
from rfsolve.propose.anchors import CONVENTIONS
from rfsolve.propose.comparisons import comparisons, padded
from rfsolve.propose.evidence import with_evidence
from rfsolve.propose.frontier import SETTLED, Climber
from rfsolve.propose.levels import Levels, range_text
from rfsolve.propose.making import Shape, made
from rfsolve.propose.proposals import Proposals, SpareLevel, Task
from rfsolve.propose.request import Request
from rfsolve.propose.rungs import Rung, effective_rungs
from rfsolve.propose.segmentation import padding_notes
from rfsolve.search.solution import Status
from rfsolve.space import families
from rfsolve.space.assignments import Band, octaves
from rfsolve.space.family import Table
from rfsolve.space.policies import Need

BASELINES = ("resnet18-fpn", "resnet50-fpn", "mobilenet-v2", "csp-s")
CHANNELS = 3
PYRAMID = (4, 128)
"""The strides of the levels that pyramids have by habit, P2 to P7."""
PRICING = 0.3
"""The part of the time that the search for each spare level may take."""


def propose_detection(levels: Levels, request: Request) -> Proposals:
    """Return designs whose exits serve the levels of a fingerprint."""
    started = time.perf_counter()
    aims = level_aims(levels)
    if not aims:
        why = "; ".join(one.reason for one in levels.unserved)
        place = levels.fingerprint.source
        raise InputError(f"{place}: no level serves an object ({why}), expected another assignment or fewer cells")
    size = request.input_size or levels.fingerprint.input_size
    entry = _entry(size, aims, request)
    channels = request.channels or CHANNELS
    found = comparisons(
        BASELINES if request.baselines is None else request.baselines, aims, channels=channels, axes=2, size=size
    )
    budget = found[0].parameters if found else None
    table = request.laid_over(_table(aims, request), channels=channels, size=entry, budget=budget)
    climber = Climber(request.seconds, request.seed)
    result = made(
        Proposals(
            task=Task.DETECTION,
            fingerprint=levels.fingerprint,
            policy=policy_text(levels),
            aims=aims,
            proposals=(),
            baselines=found,
            conventions=CONVENTIONS[request.framework](aims),
            notes=(*padding_notes(size, entry), *unserved_notes(levels)),
        ),
        climber,
        list(effective_rungs(with_evidence(table, aims), aims)),
        Shape(parts={"heads": ("head",)} if request.neck == "trunk" else {"pyramid": ("lateral", "up", "p")}),
    )
    spare = tuple(_spare_levels(levels, aims, request, result, climber)) if result.proposals else ()
    return replace(result, spare=spare, seconds=time.perf_counter() - started)


def policy_text(levels: Levels) -> str:
    """Return the policy and the assignment with their formulas, in a line."""
    policy, assignment = levels.policy, levels.assignment
    return f"{policy.name}: {policy.formula}; levels {assignment.name}: {assignment.formula}"


def unserved_notes(levels: Levels) -> list[str]:
    """Return a sentence for each kind of object that no level serves."""
    return [f"{one.count:,} objects ({one.share:.1%}) are served by no level: {one.reason}" for one in levels.unserved]


def _entry(size: tuple[int, ...] | None, aims: Sequence[Aim], request: Request) -> tuple[int, ...] | None:
    """Return the size of the input; of a pyramid's, what its coarsest backbone level divides."""
    if size is None or request.neck == "trunk":
        return size
    return padded(size, min(max(aim.stride for aim in aims), 2**families.BACKBONE_TOP))


def _table(aims: Sequence[Aim], request: Request) -> Table:
    table = _trunk(aims) if request.neck == "trunk" else _pyramid(aims)
    for one, aim in zip(table["exit"], aims, strict=True):
        if aim.effective_receptive_field is not None:
            one["effective_receptive_field"] = max(aim.effective_receptive_field)
    return table


def _trunk(aims: Sequence[Aim]) -> Table:
    table = families.heads.table(
        scales=[(_square(aim), aim.stride) for aim in aims],
        names=[aim.exit for aim in aims],
        fewest=0,
        dilations=(1, 2, 3),
    )
    coarsest = max(aim.stride for aim in aims)
    more = {"guards": {"max_output_stride": coarsest}} if coarsest > families.MAX_STRIDE else {}
    return {**table, "title": f"A detector with {_count(len(aims), 'exit')} on one trunk", **more}


def _pyramid(aims: Sequence[Aim]) -> Table:
    strides = [aim.stride for aim in aims]
    if len(set(strides)) < len(strides) or any(stride & (stride - 1) or stride < 2 for stride in strides):  # noqa: PLR2004 - P1
        text = ", ".join(map(str, strides))
        raise InputError(
            f"neck fpn: levels of strides {text}, expected a power of two from 2 on for each, or neck trunk"
        )
    table = families.fpn.table(fields={aim.stride.bit_length() - 1: _square(aim) for aim in aims}, dilations=(1, 2))
    for one, aim in zip(table["exit"], aims, strict=True):
        one["name"] = aim.exit
    return table


def _square(aim: Aim) -> int:
    return max(aim.receptive_field)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _spare_levels(
    levels: Levels, aims: Sequence[Aim], request: Request, result: Proposals, climber: Climber
) -> list[SpareLevel]:
    """Return what each level that no proposal has would add to the cheapest proposal, both proven where possible."""
    cheapest = result.proposals[0]
    found = []
    for band, need in _spare(levels):
        if request.neck == "fpn" and band.stride in {aim.stride for aim in aims}:
            continue
        with_it = sorted([*aims, _empty(band, need, aims[0])], key=lambda aim: (aim.stride, _square(aim)))
        size = _entry(request.input_size or levels.fingerprint.input_size, with_it, request)
        table = request.laid_over(
            _table(with_it, request), channels=CHANNELS, size=size if request.macs else None, budget=None
        )
        table.get("budget", {}).pop("parameters", None)
        _, solution = climber.solved(Rung(words="", table=table), PRICING)
        design = solution.design
        count, served_by = _fallen(levels, band)
        settled = solution.outcome.gap is not None and solution.outcome.gap <= SETTLED
        found.append(
            SpareLevel(
                level=band.name,
                stride=band.stride,
                sizes=range_text(band),
                count=count,
                served_by=served_by,
                parameters=None if design is None else design.parameters - cheapest.design.parameters,
                proven=settled and cheapest.proven if design is not None else solution.status is Status.INFEASIBLE,
            )
        )
    return found


def _spare(levels: Levels) -> list[tuple[Band, Need]]:
    """Return the levels of the assignment that serve nothing; of derived levels, those missing that a pyramid has."""
    if levels.assignment.name != "octaves":
        bands = [one.band for one in levels.dropped]
    else:
        taken = {level.stride for level in levels}
        usual = octaves(levels.required_cells, *PYRAMID).bands
        bands = [band for band in usual if band.stride not in taken]
    return [(band, _least_need(levels, band)) for band in bands]


def _fallen(levels: Levels, band: Band) -> tuple[int, tuple[str, ...]]:
    """Return how many objects are of a band's sizes though it is no level, and the levels that serve them."""
    objects, assignment = levels.fingerprint, levels.assignment
    if assignment.rule is not None:
        return 0, ()  # dropped, so without an object, whatever its sizes
    measured = assignment.measure.of(objects.sizes)
    sizes = objects.sizes[(band.low <= measured) & (measured < band.high)]
    names = {level.name for level in levels}
    serving = [one for one in assignment.bands if one.name in names and assignment.serves(one, sizes).any()]
    return len(sizes), tuple(one.name for one in serving)


def _least_need(levels: Levels, band: Band) -> Need:
    """Return what a level needs for the largest objects of its range; for the smallest, where it has no end."""
    if band.need is not None and levels.policy.assignment == levels.assignment.name:
        return band.need
    return levels.policy(band.high if band.high < inf else band.low)


def _empty(band: Band, need: Need, like: Aim) -> Aim:
    return replace(
        like,
        name=band.name,
        exit=f"out_{band.name}",
        stride=band.stride,
        receptive_field=(need.receptive_field or 1,) * 2,
        effective_receptive_field=None,
    )
