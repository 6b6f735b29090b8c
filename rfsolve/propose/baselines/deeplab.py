"""DeepLab v3 on a ResNet (Chen et al., Rethinking Atrous Convolution, 2017)."""

from rfsolve.graph import GlobalPool, PoolKind, Resize, ResizeMode
from rfsolve.propose.baselines.resnet import resnet
from rfsolve.propose.baselines.sketch import Sketch

WIDTH = 256
RATES = {16: (6, 12, 18), 8: (12, 24, 36)}
"""The rates by output stride: 6, 12, 18 at 16, doubled at 8."""


def deeplab_v3(sketch: Sketch, depth: int, *, output_stride: int = 16, pooled: bool = False) -> dict[str, str]:
    """Add the trunk and the head, and return the branches and the projection by name.

    `pooled`: with the branch that sees the whole image through global pooling, which hides what the others see; it
    needs the input's size.
    """
    trunk = resnet(sketch, depth, output_stride=output_stride)[32]
    found = {"point": sketch.unit("aspp.point", trunk, WIDTH, 1)}
    for rate in RATES[output_stride]:
        found[f"rate {rate}"] = sketch.unit(f"aspp.rate{rate}", trunk, WIDTH, 3, dilation=rate)
    branches = [*found.values()]
    if pooled:
        branches.append(_image(sketch, trunk))
    found["projection"] = sketch.unit("aspp", sketch.concat("aspp.all", *branches), WIDTH, 1)
    return found


def _image(sketch: Sketch, trunk: str) -> str:
    mean = sketch.graph.add("aspp.mean", GlobalPool(kind=PoolKind.AVG), [trunk])
    size = tuple(extent or 1 for extent in sketch.graph.shapes()[trunk].size)
    unit = sketch.unit("aspp.image", mean, WIDTH, 1)
    return sketch.graph.add("aspp.spread", Resize(mode=ResizeMode.LINEAR, output_size=size), [unit])
