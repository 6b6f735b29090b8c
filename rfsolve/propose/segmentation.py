"""Proposals for segmentation: a trunk under dilated branches whose rates are chosen, or an encoder and a decoder."""

import time
from collections.abc import Sequence
from dataclasses import replace
from math import floor, log2

from rfsolve.analysis import analyse
from rfsolve.analysis.tiling import Untileable, margins
from rfsolve.errors import InputError
from rfsolve.graph import Conv
from rfsolve.propose.aims import Aim, band_aims
from rfsolve.propose.comparisons import comparisons, padded
from rfsolve.propose.evidence import with_evidence
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.frontier import Climber
from rfsolve.propose.making import Facts, Shape, made
from rfsolve.propose.nnunet_rule import topology
from rfsolve.propose.proposals import Proposals, Task
from rfsolve.propose.request import Request
from rfsolve.propose.rungs import context_rungs, effective_rungs
from rfsolve.search.solution import Design
from rfsolve.space import families
from rfsolve.space.assignments import Measure
from rfsolve.space.family import NOTE, Table

BASELINES = ("deeplab-v3-resnet50", "unet", "mobilenet-v2")
CHANNELS = 3
CELLS = 2.0
"""Cells that the thinnest objects span: a line one cell wide is lost where it falls between two."""
THIN = 5
"""Percentile of the short sides that the stride is chosen for."""
COARSEST = 16
"""Largest stride of an output: DeepLab's."""
FINE = 2
"""Up to this stride an encoder and a decoder are proposed: branches at full resolution cost too much."""
DEEPEST = 4
"""Most halvings of an encoder for images."""
STEM_NOTE = "One strided layer first: no convolution at full resolution, where a parameter costs most work."
BRANCHES = ("rate1_sees", "rate2_sees", "rate3_sees")


def propose_segmentation(fingerprint: Fingerprint, request: Request) -> Proposals:
    """Return designs whose output sees the objects whole on a grid that the thinnest of them span."""
    started = time.perf_counter()
    cells = request.cells or CELLS
    thin = fingerprint.percentile(Measure.SHORT, THIN)
    head, stride = _head(request, output_stride(thin, cells, COARSEST))
    size = request.input_size or fingerprint.input_size
    exits = BRANCHES if head == "aspp" else ("out",)
    aims = band_aims(fingerprint, exits, stride=stride, cells=1.0 if thin < cells else cells)
    channels = request.channels or CHANNELS
    found = comparisons(
        BASELINES if request.baselines is None else request.baselines, aims, channels=channels, axes=2, size=size
    )
    depth = _depth(size)
    table = _aspp(aims, stride) if head == "aspp" else _unet(aims, depth)
    entry = padded(size, 2**depth) if size is not None and head == "unet" else size
    table = request.laid_over(table, channels=channels, size=entry, budget=found[0].parameters if found else None)
    rungs = effective_rungs if head == "aspp" else (lambda table, _: context_rungs(table))
    result = made(
        Proposals(
            task=Task.SEGMENTATION,
            fingerprint=fingerprint,
            policy=(
                f"contains: field >= long side; the thinnest objects ({THIN}th percentile of the short side, "
                f"{thin:.1f} px) span {cells:g} cells where the stride can be so fine: stride {stride}"
            ),
            aims=aims,
            proposals=(),
            baselines=found,
            notes=padding_notes(size, entry),
        ),
        Climber(request.seconds, request.seed),
        list(rungs(with_evidence(table, aims), [_whole(aims)])),
        Shape(
            parts={"head": ("point", "rate", "project")} if head == "aspp" else {"decoder": ("up", "dec")},
            facts=_facts,
        ),
    )
    return replace(result, seconds=time.perf_counter() - started)


def _head(request: Request, derived: int) -> tuple[str, int]:
    """Return the head and the stride of the output, as asked for, else as the thinnest objects have it."""
    stride = request.stride or derived
    fine = 1 if request.stride else FINE  # where a stride is asked for, it is kept
    head = request.head or ("unet" if stride <= fine else "aspp")
    if head == "unet":
        if request.stride is not None and stride > 1:
            raise InputError(
                f"stride {stride}: an encoder and a decoder have stride 1, expected --stride 1 or --head aspp"
            )
        return head, 1
    if stride < FINE:
        whose = "" if request.stride else " (by the thinnest objects)"
        raise InputError(
            f"head aspp: its trunk begins at stride {FINE}, and the output's is {stride}{whose}, expected --head unet "
            f"or --stride {FINE}, 4, 8, .."
        )
    check_halved(stride)
    return head, stride


def check_halved(stride: int) -> None:
    """Raise InputError where layers of stride 2 do not make the stride."""
    if stride & (stride - 1):
        lower = 2 ** (stride.bit_length() - 1)
        raise InputError(f"stride {stride}: expected a power of two, such as {lower} or {2 * lower}")


def padding_notes(size: tuple[int, ...] | None, entry: tuple[int, ...] | None) -> tuple[str, ...]:
    """Return a note where the input has to be padded."""
    if size is None or entry is None or size == entry:
        return ()
    before, after = ("x".join(map(str, one)) for one in (size, entry))
    return (f"an input of {before} is padded to {after}: what is halved is doubled again",)


def output_stride(side: float, cells: float, coarsest: int) -> int:
    """Return the largest power of two, up to `coarsest`, on which a side spans so many cells; 1 where none does."""
    return int(min(coarsest, 2 ** max(0, floor(log2(side / cells) + 1e-12))))


def _aspp(aims: Sequence[Aim], stride: int) -> Table:
    """Return the problem: each branch sees the objects of one band by itself, with a rate no larger than that takes."""
    fields = [max(aim.receptive_field) for aim in aims]
    largest = [
        min(families.LARGEST_RATE, len(aims) * (i + 1) + field // (2 * stride)) for i, field in enumerate(fields)
    ]
    table = families.aspp.table(
        target_rf=max(fields), stride=stride, rates=len(aims), largest_rate=max(largest), branch_fields=fields
    )
    rates = {f"rate{i}": list(range(1, most + 1)) for i, most in enumerate(largest, start=1)}
    stacks = [{**one, **({"dilations": rates[one["name"]]} if one["name"] in rates else {})} for one in table["stack"]]
    stem = {NOTE: STEM_NOTE, "name": "stem", "kernels": [3], "strides": [2], "dilations": [1], "layers": 1}
    trunk, *head = stacks
    return {
        **table,
        "stack": [stem, {**trunk, "after": "stem"}, *head],
        "title": f"A trunk and {len(aims)} dilated branches, rates chosen, at stride {stride}",
    }


def _unet(aims: Sequence[Aim], depth: int) -> Table:
    return families.unet.table(target_rf=max(max(aim.receptive_field) for aim in aims), depth=depth)


def _depth(size: tuple[int, ...] | None) -> int:
    """Return how often an encoder halves: by nnU-Net's rule, at most four times."""
    depth = DEEPEST if size is None else min(DEEPEST, len(topology((1.0, 1.0), size).strides) - 1)
    if depth < 1:
        raise InputError(f"input size {size}: too small to halve once, expected at least 12 px")
    return depth


def _whole(aims: Sequence[Aim]) -> Aim:
    """Return the aim of the output: the objects of the last band, seen from the end of the network."""
    return replace(aims[-1], exit="out")


def _facts(design: Design) -> Facts:
    facts: list[tuple[str, str]] = []
    if rates := _rates(design):
        facts.append(("rates", f"{', '.join(rates)}, chosen for the objects (DeepLab's habit is 6, 12, 18)"))
    facts.append(("tiles", tile_text(design)))
    return tuple(facts)


def _rates(design: Design) -> list[str]:
    found = []
    for layer in design.layers:
        if layer.stack.startswith("rate"):
            convs = [one for node in layer.nodes if isinstance(one := design.graph.layer(node), Conv)]
            found += ["x".join(map(str, dict.fromkeys(convs[0].dilation)))]
    return found


def tile_text(design: Design) -> str:
    """Return by how many pixels tiles must overlap so that each output is that of the whole image."""
    found = margins(analyse(design.graph), design.ends["out"])
    if isinstance(found, Untileable):
        return f"no overlap would do: {found.reason}"
    overlaps = list(dict.fromkeys(margin.overlap for margin in found))
    grids = list(dict.fromkeys(margin.grid for margin in found))
    return f"overlap {'x'.join(map(str, overlaps))} px on a grid of {'x'.join(map(str, grids))}"
