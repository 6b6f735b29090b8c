"""ResNet-18, -50 and -101 (He et al., CVPR 2016), the stride in a stage's first unit as in torchvision."""

from rfsolve.propose.baselines.sketch import Sketch

UNITS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
WIDEN = 4
"""A bottleneck's last convolution is so many times as wide as the others."""
BOTTLENECKS = 50
"""From this depth on a unit is a bottleneck."""


def resnet(sketch: Sketch, depth: int, *, output_stride: int = 32) -> dict[int, str]:
    """Add the trunk without its classifier, and return the ends of its stages by their stride, those of stage 5 last.

    With an `output_stride` of 16 or 8 the later stages are dilated in place of strided (Chen et al., 2017); the
    key of each stage is then its stage's place, 2 to the power of its number.
    """
    at = sketch.pool("maxpool", sketch.unit("stem", sketch.image, 64, 7, 2), 3, 2, 1)
    ends: dict[int, str] = {}
    jump, dilation = 4, 1
    for stage, units in enumerate(UNITS[depth]):
        stride = 1 if stage == 0 else 2
        if jump * stride > output_stride:
            stride, dilation = 1, dilation * 2
        jump *= stride
        for unit in range(units):
            name = f"layer{stage + 1}.{unit}"
            step = 1 if unit else stride
            at = _unit(sketch, name, at, 64 << stage, stride=step, dilation=dilation, deep=depth >= BOTTLENECKS)
        ends[4 << stage] = at
    return ends


def _unit(sketch: Sketch, name: str, source: str, width: int, *, stride: int, dilation: int, deep: bool) -> str:
    """Two 3x3, or a bottleneck where `deep`, beside a shortcut that is projected where the shape changes."""
    wide = WIDEN * width if deep else width
    if deep:
        narrow = sketch.unit(f"{name}.1", source, width, 1)
        spread = sketch.unit(f"{name}.2", narrow, width, 3, stride, dilation=dilation)
        main = sketch.unit(f"{name}.3", spread, wide, 1, activated=False)
    else:
        first = sketch.unit(f"{name}.1", source, width, 3, stride, dilation=dilation)
        main = sketch.unit(f"{name}.2", first, width, 3, dilation=dilation, activated=False)
    shortcut = source
    if stride > 1 or sketch.width(source) != wide:
        shortcut = sketch.unit(f"{name}.shortcut", source, wide, 1, stride, activated=False)
    return sketch.activation(name, sketch.add(f"{name}.sum", main, shortcut))
