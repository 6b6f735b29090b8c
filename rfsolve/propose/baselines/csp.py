"""A trunk of cross-stage partial blocks, of the size of YOLOv5s (Wang et al., CSPNet, CVPR Workshops 2020)."""

from rfsolve.propose.baselines.sketch import Sketch

STAGES = ((64, 1), (128, 2), (256, 3), (512, 1))
"""Width and number of bottlenecks of each stage."""
POOLS = 3


def csp_trunk(sketch: Sketch) -> dict[int, str]:
    """Add the trunk, and return the ends of its stages by their stride; the last has three 5x5 pools behind it."""
    at = sketch.unit("stem", sketch.image, 32, 6, 2)
    ends = {}
    for stage, (width, blocks) in enumerate(STAGES):
        down = sketch.unit(f"down{stage}", at, width, 3, 2)
        at = _partial(sketch, f"stage{stage}", down, width, blocks)
        ends[4 << stage] = at
    ends[4 << (len(STAGES) - 1)] = _spatial_pyramid(sketch, at)
    return ends


def _partial(sketch: Sketch, name: str, source: str, width: int, blocks: int) -> str:
    """Half of the width goes through bottlenecks, half around them; a pointwise layer mixes both."""
    half = width // 2
    main = sketch.unit(f"{name}.main", source, half, 1)
    around = sketch.unit(f"{name}.around", source, half, 1)
    for block in range(blocks):
        narrow = sketch.unit(f"{name}.{block}.1", main, half, 1)
        main = sketch.add(f"{name}.{block}", main, sketch.unit(f"{name}.{block}.2", narrow, half, 3))
    return sketch.unit(name, sketch.concat(f"{name}.both", main, around), width, 1)


def _spatial_pyramid(sketch: Sketch, source: str) -> str:
    """Pools of 5x5 in a row, all of them and what they read side by side, between two pointwise layers."""
    width = sketch.width(source)
    found = [sketch.unit("pools.in", source, width // 2, 1)]
    for pool in range(POOLS):
        found.append(sketch.pool(f"pools.{pool}", found[-1], 5, 1, 2))
    return sketch.unit("pools", sketch.concat("pools.all", *found), width, 1)
