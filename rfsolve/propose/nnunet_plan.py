"""Lints a plans.json of nnU-Net: sizes that do not divide, bottlenecks, and fields against the lesions.

`plan_findings` is all that a command needs; `is_plan` of `nnunet_file` says whether a parsed JSON document is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rfsolve.analysis import analyse
from rfsolve.propose.baselines.encoder_decoder import planned_unet
from rfsolve.propose.baselines.sketch import Sketch
from rfsolve.propose.nnunet_file import Each, PlannedConfiguration, configurations
from rfsolve.propose.nnunet_rule import SMALLEST_EDGE, topology

LESIONS = 0.95
"""Part of the lesions that a field is to hold."""
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


def _findings(one: PlannedConfiguration, lesions: NDArray[np.float64] | None) -> Iterator[Finding]:
    divisor = tuple(prod(axis) for axis in zip(*one.strides, strict=True))
    uneven = [axis for axis, extent in enumerate(one.patch) if extent % divisor[axis]]

    def say(code: str, severity: Severity, text: str) -> Finding:
        return Finding(configuration=one.name, code=code, severity=severity, text=text)

    if uneven:
        yield say(
            "divisibility",
            Severity.ERROR,
            f"patch {_by(one.patch)} is not divisible by {_by(divisor)}, the product of the strides: "
            f"expected e.g. {_by(-(-extent // step) * step for extent, step in zip(one.patch, divisor, strict=True))}",
        )
        return
    cells = tuple(extent // step for extent, step in zip(one.patch, divisor, strict=True))
    if min(cells) < SMALLEST_EDGE:
        text = f"the bottleneck has {_by(cells)} cells: nnU-Net's planner keeps {SMALLEST_EDGE} on every axis"
        yield say("bottleneck-size", Severity.WARNING, text)
    yield from (say("padding-kernel", Severity.WARNING, text) for text in _padding_kernels(one))
    yield from (say("topology", Severity.NOTE, text) for text in _against_the_rule(one))
    bottleneck, output = fields(one)
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
    if lesions is not None:
        yield from (say(code, Severity.WARNING, text) for code, text in _against(one, output, lesions))


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
    """Return the smallest field per axis of the bottleneck and of the output, in voxels."""
    sketch = Sketch(1, one.patch)
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


def _against(one: PlannedConfiguration, output: Each, lesions: NDArray[np.float64]) -> Iterator[tuple[str, str]]:
    voxels = lesions[:, -len(one.patch) :] / np.asarray(one.spacing)
    for code, what, room in (("lesion-field", "the output's field", output), ("lesion-patch", "the patch", one.patch)):
        held = float((voxels <= np.asarray(room)).all(axis=1).mean())
        if held < LESIONS:
            wanted = _by(int(np.ceil(side)) for side in np.quantile(voxels, LESIONS, axis=0, method="higher"))
            yield (
                code,
                f"{held:.0%} of the lesions fit into {what} of {_by(room)} voxels: {LESIONS:.0%} need {wanted}",
            )


def _by(values: Any) -> str:  # noqa: ANN401 - numbers per axis
    return "x".join(map(str, values))


def _stages(vectors: Sequence[Each]) -> str:
    return " ".join(map(_by, vectors))
