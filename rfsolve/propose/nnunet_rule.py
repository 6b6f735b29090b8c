"""What nnU-Net's published planner would choose for a volume or image: patch, pools, kernels and widths.

The rule of Isensee et al., Nature Methods 2021, as version 2 of nnU-Net states it (default planner, plain U-Net): from
voxel spacing, median shape and memory, never from the objects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, prod

SMALLEST_EDGE = 4
"""Cells that the bottleneck keeps on every axis."""
WIDTH, LARGEST_WIDTH = 32, {2: 512, 3: 320}
CONVOLUTIONS = 2
"""Per stage, in the encoder and in the decoder."""
REFERENCE = {2: 85_000_000, 3: 560_000_000}
"""Elements written by one forward pass that fit into the reference memory."""
REFERENCE_GB = 8.0
START = {2: 2048, 3: 256}
"""Side of the square or cube whose volume the first patch has."""
NEAR = 2
"""Axes whose spacings differ by less than this factor are treated alike."""

PerAxis = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Stride and kernel of each stage, the first one at full resolution."""

    strides: tuple[PerAxis, ...]
    kernels: tuple[PerAxis, ...]

    @property
    def pools(self) -> PerAxis:
        """How often each axis is halved."""
        return tuple(sum(stride[axis] > 1 for stride in self.strides) for axis in range(len(self.strides[0])))

    @property
    def divisor(self) -> PerAxis:
        """What a patch must be divisible by, per axis: the product of the strides."""
        return tuple(prod(stride[axis] for stride in self.strides) for axis in range(len(self.strides[0])))


@dataclass(frozen=True, slots=True, kw_only=True)
class NnunetPlan:
    """A patch in voxels, the stages, and how many elements a forward pass writes for one patch."""

    patch: PerAxis
    topology: Topology
    widths: PerAxis
    elements: int

    @property
    def bottleneck(self) -> PerAxis:
        """Cells of the bottleneck per axis."""
        return tuple(extent // divisor for extent, divisor in zip(self.patch, self.topology.divisor, strict=True))


def topology(spacing: Sequence[float], patch: Sequence[int]) -> Topology:
    """Return the stages for voxels of this spacing and a patch of this many voxels.

    Stage by stage: an axis is halved while it has at least 8 cells and its voxels are less than twice as long as the
    shortest among such axes; a single such axis needs 12 cells. A kernel is 1 along an axis until its voxels are less
    than twice the shortest of all, and 3 from there on; the last stage has 3 on all axes.
    """
    axes = range(len(spacing))
    lengths, cells = list(spacing), list(patch)
    kernel = [1] * len(lengths)
    strides, kernels = [(1,) * len(lengths)], []
    while halved := _halved(lengths, cells):
        kernel = [3 if k == 3 or lengths[i] / min(lengths) < NEAR else 1 for i, k in enumerate(kernel)]  # noqa: PLR2004 - as it stands there
        kernels.append(tuple(kernel))
        strides.append(tuple(2 if axis in halved else 1 for axis in axes))
        for axis in halved:
            lengths[axis] *= 2
            cells[axis] = ceil(cells[axis] / 2)
    return Topology(strides=tuple(strides), kernels=(*kernels, (3,) * len(lengths)))


def _halved(lengths: Sequence[float], cells: Sequence[int]) -> list[int]:
    """Return the axes that the next stage halves."""
    large = [axis for axis, count in enumerate(cells) if count >= 2 * SMALLEST_EDGE]
    if not large:
        return []
    shortest = min(lengths[axis] for axis in large)
    near = [axis for axis in large if lengths[axis] / shortest < NEAR]
    return [] if len(near) == 1 and cells[near[0]] < 3 * SMALLEST_EDGE else near


def widths(stages: int, axes: int) -> PerAxis:
    """Return the width of each stage: 32, doubled at each, at most 320 (512 for images)."""
    return tuple(min(LARGEST_WIDTH[axes], WIDTH << stage) for stage in range(stages))


def nnunet_plan(
    spacing: Sequence[float], shape: Sequence[float], *, memory_gb: float = REFERENCE_GB, classes: int = 2
) -> NnunetPlan:
    """Return the plan for voxels of `spacing` and images of this median `shape` in voxels, on `memory_gb` of memory.

    The patch starts with the aspect of one that is cubic in millimetres, cut to the median shape. While a forward pass
    writes more than the memory allows, the axis that is largest against the median shape gives up one divisor.
    """
    axes = len(spacing)
    inverse = [1 / length for length in spacing]
    scale = (START[axes] ** axes / prod(inverse)) ** (1 / axes)
    patch = [int(min(round(scale * one), extent)) for one, extent in zip(inverse, shape, strict=True)]
    limit = REFERENCE[axes] * memory_gb / REFERENCE_GB
    plan = on_patch(spacing, patch, classes=classes)
    while plan.elements > limit and max(plan.bottleneck) > 1:
        ratios = [extent / whole for extent, whole in zip(plan.patch, shape, strict=True)]
        axis = max(range(axes), key=lambda i: (ratios[i], i))
        smaller = list(plan.patch)
        smaller[axis] -= plan.topology.divisor[axis]
        divisor = topology(spacing, smaller).divisor[axis]  # a smaller patch may be halved less often
        smaller[axis] = plan.patch[axis] - divisor
        if smaller[axis] < 1:
            break
        plan = on_patch(spacing, smaller, classes=classes)
    return plan


def on_patch(spacing: Sequence[float], patch: Sequence[int], *, classes: int = 2) -> NnunetPlan:
    """Return the plan for a patch of at least this many voxels: rounded up to what its strides divide."""
    found = topology(spacing, patch)
    whole = tuple(ceil(extent / divisor) * divisor for extent, divisor in zip(patch, found.divisor, strict=True))
    channels = widths(len(found.strides), len(spacing))
    return NnunetPlan(
        patch=whole, topology=found, widths=channels, elements=sum(_written(whole, found, channels, classes))
    )


def _written(patch: PerAxis, found: Topology, channels: PerAxis, classes: int) -> Iterator[int]:
    """Yield the elements that each stage's layers write: convolutions down and up, what rises, and the logits."""
    cells = patch
    for stage, stride in enumerate(found.strides):
        cells = tuple(extent // step for extent, step in zip(cells, stride, strict=True))
        yield CONVOLUTIONS * channels[stage] * prod(cells)
        if stage < len(found.strides) - 1:
            yield (CONVOLUTIONS * channels[stage] + channels[stage] + classes) * prod(cells)
