"""Lints a plans.json of nnU-Net: sizes that do not divide, bottlenecks, and fields against the lesions.

`plan_findings` is all that a command needs; `is_plan` of `nnunet_file` says whether a parsed JSON document is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rfsolve.analysis import analyse
from rfsolve.propose.baselines.encoder_decoder import planned_unet
from rfsolve.propose.baselines.sketch import Sketch
from rfsolve.propose.nnunet_file import Each, PlannedConfiguration, configurations
from rfsolve.propose.nnunet_rule import SMALLEST_EDGE, topology

LESIONS = 95
"""Per cent of the lesions that a field is to hold."""
PERCENTILES = (50, LESIONS, 100)
"""Of the lesions, in what is said of them."""
FIELD = 2
"""From so many patches on, a bottleneck's field is padding for the larger part."""


class Severity(StrEnum):
    """How bad a finding is: an error cannot be trained, a warning costs accuracy or work, a note is a fact."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know of a configuration: its code for programs, its sentence for people."""

    configuration: str
    code: str
    severity: Severity
    text: str


def plan_findings(
    document: Mapping[str, Any], *, place: str = "plans.json", lesions: ArrayLike | None = None
) -> tuple[Finding, ...]:
    """Return what there is to say of each configuration of a plan.

    `lesions` are rows of sides in millimetres (the unit of the plan's spacings), in the plan's order of axes.

    Raises:
        InputError: it is no plan, or one of its values makes no sense; names the place.

    """
    sides = None if lesions is None else np.asarray(lesions, dtype=np.float64)
    return tuple(finding for one in configurations(document, place) for finding in _findings(one, sides))


def percentiles(lesions: NDArray[np.float64]) -> dict[int, NDArray[np.float64]]:
    """Return the least sides, axis by axis, that so many per cent of the lesions do not exceed."""
    return {q: np.quantile(lesions, q / 100, axis=0, method="inverted_cdf") for q in PERCENTILES}


def _findings(one: PlannedConfiguration, lesions: NDArray[np.float64] | None) -> Iterator[Finding]:
    divisor = _divisor(one)
    uneven = [axis for axis, extent in enumerate(one.patch) if extent % divisor[axis]]

    def say(code: str, severity: Severity, text: str) -> Finding:
        return Finding(configuration=one.name, code=code, severity=severity, text=text)

    bottleneck, output = fields(one)
    held = [] if lesions is None else [say(*found) for found in _against(one, bottleneck, output, lesions)]
    if uneven:
        yield say(
            "divisibility",
            Severity.ERROR,
            f"patch {_by(one.patch)} is not divisible by {_by(divisor)}, the product of the strides: "
            f"expected e.g. {_by(_even(one))}",
        )
        yield from held
        return
    cells = tuple(extent // step for extent, step in zip(one.patch, divisor, strict=True))
    if min(cells) < SMALLEST_EDGE:
        text = f"the bottleneck has {_by(cells)} cells: nnU-Net's planner keeps {SMALLEST_EDGE} on every axis"
        yield say("bottleneck-size", Severity.WARNING, text)
    yield from (say("padding-kernel", Severity.WARNING, text) for text in _padding_kernels(one))
    yield from (say("topology", Severity.NOTE, text) for text in _against_the_rule(one))
    yield say(
        "fields",
        Severity.NOTE,
        f"the output sees {_by(output)} voxels, the bottleneck {_by(bottleneck)}, of a patch of {_by(one.patch)}",
    )
    wide = [axis for axis, field in enumerate(bottleneck) if field >= FIELD * one.patch[axis]]
    if wide:
        at = ", ".join(map(str, wide))
        text = f"on axis {at} the bottleneck sees {FIELD} patches and more: padding for the larger part"
        yield say("bottleneck-field", Severity.NOTE, text)
    yield from held


def _divisor(one: PlannedConfiguration) -> Each:
    """Return the product of the strides per axis."""
    return tuple(prod(axis) for axis in zip(*one.strides, strict=True))


def _even(one: PlannedConfiguration) -> Each:
    """Return the patch, or the next larger one that the strides divide."""
    return tuple(-(-extent // step) * step for extent, step in zip(one.patch, _divisor(one), strict=True))


def _padding_kernels(one: PlannedConfiguration) -> Iterator[str]:
    """Yield a sentence for each stage with a kernel that is longer than its axis."""
    cells = list(one.patch)
    for stage, (stride, kernel) in enumerate(zip(one.strides, one.kernels, strict=True)):
        cells = [extent // step for extent, step in zip(cells, stride, strict=True)]
        long = [axis for axis, taps in enumerate(kernel) if taps > cells[axis]]
        if long:
            yield f"stage {stage}: a kernel of {_by(kernel)} on {_by(cells)} cells reads more padding than cells"


def _against_the_rule(one: PlannedConfiguration) -> Iterator[str]:
    rule = topology(one.spacing, one.patch)
    if rule.strides != one.strides:
        yield f"strides differ from nnU-Net's rule for this patch and spacing: {_stages(rule.strides)} there"
    elif rule.kernels != one.kernels:
        yield f"kernels differ from nnU-Net's rule for this patch and spacing: {_stages(rule.kernels)} there"


def fields(one: PlannedConfiguration) -> tuple[Each, Each]:
    """Return the smallest field per axis of the bottleneck and of the output, in voxels.

    They do not depend on the patch, so they are those of the next one that its strides divide.
    """
    sketch = Sketch(1, _even(one))
    bottleneck, output = planned_unet(
        sketch,
        widths=(1,) * len(one.strides),
        kernels=one.kernels,
        strides=one.strides,
        encoder=one.encoder,
        decoder=one.decoder,
        stem=one.stem,
    )
    taps = analyse(sketch.graph).taps
    at = (taps[bottleneck], taps[output])
    fields = [tuple(0 if field is None else field[0] for field in tap.receptive_field) for tap in at]
    return fields[0], fields[1]


def _against(
    one: PlannedConfiguration, bottleneck: Each, output: Each, lesions: NDArray[np.float64]
) -> Iterator[tuple[str, Severity, str]]:
    """Yield how large the lesions are and how many fit, then what too few of them fit into."""
    voxels = lesions[:, -len(one.patch) :] / np.asarray(one.spacing)
    sides = percentiles(voxels)
    rooms = {"bottleneck": bottleneck, "field": output, "patch": one.patch}
    held = {name: float((voxels <= np.asarray(room)).all(axis=1).mean()) for name, room in rooms.items()}
    spans = ", ".join(f"{q}% span up to {_voxels(sides[q])}" for q in PERCENTILES)
    text = (
        f"{len(voxels):,} lesions were read, in voxels of the plan: {spans}; {held['bottleneck']:.0%} fit into the "
        f"bottleneck's field of {_by(bottleneck)}, {held['field']:.0%} into the output's of {_by(output)}"
    )
    yield "lesions", Severity.NOTE, text
    wanted = _voxels(sides[LESIONS])
    for name, what in (("field", "the output's field"), ("patch", "the patch")):
        if held[name] < LESIONS / 100:
            text = f"{held[name]:.0%} of the lesions fit into {what} of {_by(rooms[name])} voxels: "
            yield f"lesion-{name}", Severity.WARNING, f"{text}{LESIONS}% need {wanted}"


def _voxels(sides: NDArray[np.float64]) -> str:
    return _by(ceil(round(side, 6)) for side in sides.tolist())


def _by(values: Any) -> str:  # noqa: ANN401 - numbers per axis
    return "x".join(map(str, values))


def _stages(vectors: Sequence[Each]) -> str:
    return " ".join(map(_by, vectors))
