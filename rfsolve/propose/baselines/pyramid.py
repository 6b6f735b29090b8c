"""Feature pyramids on a trunk: as in Faster R-CNN (Lin et al., CVPR 2017) and RetinaNet (Lin et al., ICCV 2017)."""

from collections.abc import Mapping
from fractions import Fraction

from rfsolve.graph import Resize, ResizeMode
from rfsolve.propose.baselines.sketch import Sketch

WIDTH = 256


def lateral_pyramid(sketch: Sketch, ends: Mapping[int, str]) -> dict[int, str]:
    """Add the levels of `ends` (by their stride), top down, and return their ends by stride.

    A pointwise lateral for each, nearest up-sampling by two, a sum, and a 3x3 on each level; with biases, without
    normalisation.
    """
    levels: dict[int, str] = {}
    above = ""
    for stride in sorted(ends, reverse=True):
        merged = sketch.conv(f"lateral{stride}", ends[stride], WIDTH, 1, bias=True)
        if above:
            risen = sketch.graph.add(
                f"up{stride}", Resize(mode=ResizeMode.NEAREST, scale=(Fraction(2),) * sketch.axes), [above]
            )
            merged = sketch.add(f"sum{stride}", merged, risen)
        levels[stride] = sketch.conv(f"smooth{stride}", merged, WIDTH, 3, bias=True)
        above = merged
    return dict(sorted(levels.items()))


def with_pooled_level(sketch: Sketch, levels: dict[int, str]) -> dict[int, str]:
    """Add P6 by taking every other cell of P5, as Faster R-CNN does."""
    last = max(levels)
    return levels | {2 * last: sketch.pool(f"every_other{last}", levels[last], 1, 2)}


def with_strided_levels(sketch: Sketch, levels: dict[int, str]) -> dict[int, str]:
    """Add P6 and P7 by 3x3 with stride 2 on P5, as RetinaNet and FCOS do."""
    for _ in range(2):
        last = max(levels)
        levels[2 * last] = sketch.conv(f"coarse{2 * last}", levels[last], WIDTH, 3, 2, bias=True)
    return levels
