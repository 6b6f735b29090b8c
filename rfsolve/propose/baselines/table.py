"""Every baseline by its name: networks that people would take instead, as layer graphs with the levels they serve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from rfsolve.errors import InputError
from rfsolve.graph import LayerGraph
from rfsolve.propose.baselines.csp import csp_trunk
from rfsolve.propose.baselines.deeplab import deeplab_v3
from rfsolve.propose.baselines.encoder_decoder import unet
from rfsolve.propose.baselines.mobilenet import mobilenet_v2
from rfsolve.propose.baselines.pyramid import lateral_pyramid, with_pooled_level, with_strided_levels
from rfsolve.propose.baselines.resnet import resnet
from rfsolve.propose.baselines.sketch import Size, Sketch
from rfsolve.propose.baselines.temporal import doubling_tcn


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A network to compare with: its graph, and the nodes that serve objects by the name of their level."""

    name: str
    source: str
    graph: LayerGraph
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a baseline is drawn, on how many axes, and where it comes from."""

    draw: Callable[[Sketch], Mapping[str, str]]
    source: str
    axes: tuple[int, ...] = (2,)
    activation: str = "relu"


def _by_stride(levels: Mapping[int, str]) -> dict[str, str]:
    """Name levels as pyramids do: P3 has stride 8."""
    return {f"P{stride.bit_length() - 1}": node for stride, node in levels.items()}


def _faster_rcnn(sketch: Sketch, depth: int) -> Mapping[str, str]:
    return _by_stride(with_pooled_level(sketch, lateral_pyramid(sketch, resnet(sketch, depth))))


def _retinanet(sketch: Sketch, depth: int) -> Mapping[str, str]:
    ends = {stride: end for stride, end in resnet(sketch, depth).items() if stride > 4}  # noqa: PLR2004 - P3 on
    return _by_stride(with_strided_levels(sketch, lateral_pyramid(sketch, ends)))


def _trunk(sketch: Sketch, depth: int) -> Mapping[str, str]:
    return {f"C{stride.bit_length() - 1}": end for stride, end in resnet(sketch, depth).items()}


HE = "He et al., CVPR 2016"
LIN = "Lin et al., Feature Pyramid Networks, CVPR 2017; P2 to P6"
FOCAL = "Lin et al., Focal Loss, ICCV 2017; P3 to P7, as FCOS has it too"

BASELINES: dict[str, Entry] = {
    "resnet18": Entry(draw=partial(_trunk, depth=18), source=HE),
    "resnet50": Entry(draw=partial(_trunk, depth=50), source=HE),
    "resnet18-fpn": Entry(draw=partial(_faster_rcnn, depth=18), source=LIN),
    "resnet50-fpn": Entry(draw=partial(_faster_rcnn, depth=50), source=LIN),
    "retinanet-resnet18": Entry(draw=partial(_retinanet, depth=18), source=FOCAL),
    "retinanet-resnet50": Entry(draw=partial(_retinanet, depth=50), source=FOCAL),
    "mobilenet-v2": Entry(
        draw=lambda sketch: _by_stride(mobilenet_v2(sketch)), source="Sandler et al., CVPR 2018", activation="relu6"
    ),
    "csp-s": Entry(
        draw=lambda sketch: _by_stride(csp_trunk(sketch)),
        source="Wang et al., CSPNet, 2020; sizes of YOLOv5s",
        activation="silu",
    ),
    "unet": Entry(
        draw=lambda sketch: {"output": unet(sketch)}, source="Ronneberger et al., MICCAI 2015, padded", axes=(2, 3)
    ),
    "deeplab-v3-resnet50": Entry(draw=partial(deeplab_v3, depth=50), source="Chen et al., 2017; stride 16"),
    "deeplab-v3-resnet101": Entry(draw=partial(deeplab_v3, depth=101), source="Chen et al., 2017; stride 16"),
    "tcn": Entry(
        draw=lambda sketch: {"output": doubling_tcn(sketch)}, source="Bai et al., 2018; kernel 7, 8 levels", axes=(1,)
    ),
}
"""Every baseline by the name that `--baseline` knows it by."""


def baseline(name: str, *, channels: int, size: Size) -> Baseline:
    """Return a baseline for an input of so many channels and this size (one number or None per axis).

    Raises:
        InputError: no baseline has that name, or it is not for inputs of so many axes.

    """
    if name not in BASELINES:
        raise InputError(f"{name}: no baseline, expected one of {', '.join(BASELINES)}")
    entry = BASELINES[name]
    if len(size) not in entry.axes:
        fitting = ", ".join(other for other, one in BASELINES.items() if len(size) in one.axes)
        raise InputError(f"{name}: not for inputs of {len(size)} axes, expected one of {fitting}")
    sketch = Sketch(channels, size, activation=entry.activation)
    levels = entry.draw(sketch)
    for level, node in levels.items():
        sketch.graph.output(f"out.{level}", node)
    return Baseline(name=name, source=entry.source, graph=sketch.graph, levels=levels)
