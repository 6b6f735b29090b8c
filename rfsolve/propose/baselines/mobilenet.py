"""MobileNetV2 (Sandler et al., CVPR 2018)."""

from rfsolve.propose.baselines.sketch import Sketch

STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, width, number of blocks and first stride of each stage: table 2 of the paper."""
LAST = 1280


def mobilenet_v2(sketch: Sketch) -> dict[int, str]:
    """Add the features without the classifier, and return the last node at each stride from 4 on."""
    at = sketch.unit("stem", sketch.image, 32, 3, 2)
    jump, ends = 2, {}
    for stage, (expansion, width, blocks, first) in enumerate(STAGES):
        for block in range(blocks):
            stride = first if block == 0 else 1
            at = _inverted(sketch, f"stage{stage}.{block}", at, expansion=expansion, width=width, stride=stride)
            jump *= stride
        ends[jump] = at
    ends[jump] = sketch.unit("last", at, LAST, 1)
    return {stride: end for stride, end in ends.items() if stride >= 4}  # noqa: PLR2004 - where detectors begin


def _inverted(sketch: Sketch, name: str, source: str, *, expansion: int, width: int, stride: int) -> str:
    """Pointwise up, depthwise, linear pointwise down; a shortcut where the shape stays."""
    inner = sketch.width(source) * expansion
    wide = sketch.unit(f"{name}.expand", source, inner, 1) if expansion > 1 else source
    deep = sketch.unit(f"{name}.depthwise", wide, inner, 3, stride, groups=inner)
    main = sketch.unit(f"{name}.project", deep, width, 1, activated=False)
    if stride == 1 and sketch.width(source) == width:
        return sketch.add(name, main, source)
    return main
