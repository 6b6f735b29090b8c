"""Proposals for volumes: an anisotropic U-Net on nnU-Net's pools and kernels, the layers of each level for lesions."""

import time
from collections.abc import Sequence
from dataclasses import replace

from rfsolve.errors import InputError
from rfsolve.propose.aims import Aim, band_aims, whole_sides
from rfsolve.propose.baselines import Baseline
from rfsolve.propose.baselines.encoder_decoder import planned_unet
from rfsolve.propose.baselines.sketch import Sketch
from rfsolve.propose.comparisons import comparison, comparisons
from rfsolve.propose.evidence import with_evidence
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.frontier import Climber
from rfsolve.propose.making import Facts, Shape, made
from rfsolve.propose.nnunet_rule import CONVOLUTIONS, REFERENCE, REFERENCE_GB, NnunetPlan, nnunet_plan, on_patch
from rfsolve.propose.proposals import Proposals, Task
from rfsolve.propose.request import Request
from rfsolve.propose.rungs import context_rungs
from rfsolve.propose.segmentation import tile_text
from rfsolve.search.solution import Design
from rfsolve.space import families
from rfsolve.space.family import Table

AXES = 3
WIDTHS = "32*jump:320"
MOST_LAYERS = 4
"""Layers of a level, in the encoder and in the decoder."""
CLASSES = 2


def propose_volume(fingerprint: Fingerprint, request: Request) -> Proposals:
    """Return U-Nets whose output sees whole lesions, beside the one that nnU-Net's rule would plan."""
    started = time.perf_counter()
    plan, spacing = _plan(fingerprint, request)
    aims = band_aims(fingerprint, ("out",), stride=1, cells=1.0)
    channels = request.channels or 1
    found = (
        comparison(planned_baseline(plan, channels=channels), aims),
        *comparisons(request.baselines or (), aims, channels=channels, axes=AXES, size=plan.patch),
    )
    table = request.laid_over(_table(fingerprint, plan), channels=channels, size=plan.patch, budget=found[0].parameters)
    table["budget"]["activations"] = round(REFERENCE[AXES] * request.memory_gb / REFERENCE_GB)
    result = made(
        Proposals(
            task=Task.VOLUME,
            fingerprint=fingerprint,
            policy="contains: field >= lesion on each axis; pools, kernels and patch by nnU-Net's rule",
            aims=aims,
            proposals=(),
            baselines=found,
            facts=_plan_facts(plan, spacing),
            notes=tuple(_oversized(aims, plan)),
        ),
        Climber(request.seconds, request.seed),
        list(context_rungs(with_evidence(table, aims))),
        Shape(parts={"decoder": ("up", "dec")}, facts=lambda design: _facts(design, plan)),
    )
    return replace(result, seconds=time.perf_counter() - started)


def _plan(fingerprint: Fingerprint, request: Request) -> tuple[NnunetPlan, tuple[float, ...]]:
    """Return what nnU-Net's rule plans, for the patch that was asked for where there is one; and the spacing."""
    if fingerprint.axes != AXES:
        raise InputError(f"{fingerprint.source}: objects of {fingerprint.axes} axes, expected volumes: three")
    spacing = request.spacing or fingerprint.spacing
    if spacing is None:
        raise InputError(
            f"{fingerprint.source}: states no spacing, expected --spacing, e.g. 5x1.56x1.56 (mm per voxel)"
        )
    if request.patch is not None:
        return on_patch(spacing, request.patch, classes=CLASSES), spacing
    shape = request.input_size or fingerprint.input_size
    if shape is None:
        raise InputError(
            f"{fingerprint.source}: states no size of the volumes, expected --input-size (their median) or --patch"
        )
    return nnunet_plan(spacing, shape, memory_gb=request.memory_gb, classes=CLASSES), spacing


def planned_baseline(plan: NnunetPlan, *, channels: int) -> Baseline:
    """Return the plain U-Net of a plan as a baseline: its output serves lesions."""
    sketch = Sketch(channels, plan.patch, activation="leaky_relu")
    stages = len(plan.widths)
    _, output = planned_unet(
        sketch,
        widths=plan.widths,
        kernels=plan.topology.kernels,
        strides=plan.topology.strides,
        encoder=(CONVOLUTIONS,) * stages,
        decoder=(CONVOLUTIONS,) * (stages - 1),
        classes=CLASSES,
    )
    sketch.graph.output("out", output)
    source = "Isensee et al., Nature Methods 2021; the rule of its planner"
    return Baseline(name="nnU-Net's plan", source=source, graph=sketch.graph, levels={"output": output})


def _table(fingerprint: Fingerprint, plan: NnunetPlan) -> Table:
    table = families.unet.table(
        target_rf=whole_sides(fingerprint.sizes),
        axes=AXES,
        factors=plan.topology.strides[1:],
        level_kernels=plan.topology.kernels,
        widths=WIDTHS,
        layers=(1, MOST_LAYERS),
    )
    table["defaults"] = {key: value for key, value in table["defaults"].items() if key != "kernels"}
    return {**table, "title": f"A U-Net for volumes, {len(plan.widths)} levels, pools and kernels by nnU-Net's rule"}


def _plan_facts(plan: NnunetPlan, spacing: Sequence[float]) -> Facts:
    return (
        ("spacing", _by(f"{one:.4g}" for one in spacing)),
        ("patch", f"{_by(plan.patch)} voxels, {plan.elements:,} elements written by nnU-Net's plan"),
        ("pools", f"{', '.join(map(str, plan.topology.pools))} halvings per axis"),
        ("kernels", f"{' '.join(_by(kernel) for kernel in plan.topology.kernels)}, from full resolution down"),
        ("bottleneck", f"{_by(plan.bottleneck)} cells"),
    )


def _by(values: object) -> str:
    return "x".join(map(str, values))  # type: ignore[call-overload]


def _oversized(aims: Sequence[Aim], plan: NnunetPlan) -> list[str]:
    """Return a note where lesions do not fit into a patch."""
    total = sum(len(aim.sizes) for aim in aims)
    larger = sum(int((aim.sizes > plan.patch).any(axis=1).sum()) for aim in aims)
    return (
        [f"{larger:,} objects ({larger / total:.1%}) are larger than the patch: no field sees them whole"]
        if larger
        else []
    )


def _facts(design: Design, plan: NnunetPlan) -> Facts:
    deepest = f"enc{len(plan.widths) - 1}"
    tap = design.taps[design.ends[deepest]]
    fields = _by("-".join(map(str, dict.fromkeys(field))) if field else "all" for field in tap.receptive_field)
    layers = [sum(layer.stack == f"enc{i}" for layer in design.layers) for i in range(len(plan.widths))]
    back = [sum(layer.stack == f"dec{i}" for layer in design.layers) for i in range(len(plan.widths) - 1)]
    return (
        ("levels", f"{' '.join(map(str, layers))} layers down, {' '.join(map(str, reversed(back)))} up"),
        ("bottleneck", f"sees {fields} voxels of a patch of {_by(plan.patch)}"),
        ("tiles", tile_text(design)),
    )
