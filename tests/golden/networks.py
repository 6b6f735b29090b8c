"""Networks of the literature as layer graphs, built from their papers and reference code.

Trunks only, except MobileNet: what comes after the last feature map sees everything anyway.
"""

from collections.abc import Sequence

from rfsolve.graph import (
    Activation,
    Add,
    Concat,
    Conv,
    ConvTranspose,
    GlobalPool,
    LayerGraph,
    Linear,
    Norm,
    NormKind,
    Pool,
    PoolKind,
    causal_padding,
)


class Sketch:
    """A graph and the name and channels of the node that was added last."""

    def __init__(self, channels: int, *, size: int | None = None, axes: int = 2) -> None:
        self.graph = LayerGraph()
        self.axes, self.at, self.width = axes, "x", channels
        self.graph.input("x", channels=channels, size=(size,) * axes)

    def conv(
        self,
        name: str,
        width: int,
        kernel: int,
        stride: int = 1,
        *,
        dilation: int = 1,
        padding: int | None = None,
        groups: int = 1,
        bias: bool = False,
        source: str | None = None,
        source_width: int | None = None,
    ) -> str:
        layer = Conv.uniform(
            source_width or self.width,
            width,
            kernel,
            stride=stride,
            dilation=dilation,
            padding=padding,
            groups=groups,
            bias=bias,
            axes=self.axes,
        )
        self.width, self.at = width, self.graph.add(name, layer, [source or self.at])
        return self.at

    def normed(self, name: str, width: int, kernel: int, stride: int = 1, **more: int) -> str:
        """Convolution, batch norm, ReLU; the convolution carries the name."""
        self.conv(name, width, kernel, stride, **more)
        self.norm(f"{name}.bn")
        self.at = self.graph.add(f"{name}.relu", Activation(kind="relu"), [f"{name}.bn"])
        return self.at

    def norm(self, name: str) -> str:
        layer = Norm(kind=NormKind.BATCH, channels=self.width)
        self.at = self.graph.add(name, layer, [self.at])
        return self.at

    def pool(self, name: str, kernel: int, stride: int, padding: int = 0) -> str:
        layer = Pool(
            kind=PoolKind.MAX,
            kernel=(kernel,) * self.axes,
            stride=(stride,) * self.axes,
            padding=((padding, padding),) * self.axes,
        )
        self.at = self.graph.add(name, layer, [self.at])
        return self.at


def vgg16() -> LayerGraph:
    """Simonyan & Zisserman, ICLR 2015."""
    sketch = Sketch(3, size=224)
    for stage, (convs, width) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], start=1):
        for number in range(1, convs + 1):
            sketch.conv(f"conv{stage}_{number}", width, 3, bias=True)
        sketch.pool(f"pool{stage}", 2, 2)
    return sketch.graph


def alexnet_v2() -> LayerGraph:
    """Krizhevsky, One weird trick, 2014, as in TF-Slim: pools 3x3 stride 2 without padding."""
    sketch = Sketch(3, size=224)
    sketch.conv("conv1", 64, 11, 4, padding=0)
    sketch.pool("pool1", 3, 2)
    sketch.conv("conv2", 192, 5)
    sketch.pool("pool2", 3, 2)
    for number, width in ((3, 384), (4, 384), (5, 256)):
        sketch.conv(f"conv{number}", width, 3)
    sketch.pool("pool5", 3, 2)
    return sketch.graph


def mobilenet_v1() -> LayerGraph:
    """Howard et al., 2017: a 3x3 stem and 13 depthwise-separable units, with its classifier."""
    sketch = Sketch(3, size=224)
    sketch.normed("stem", 32, 3, 2)
    units = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5]
    for number, (width, stride) in enumerate([*units, (1024, 2), (1024, 1)], start=1):
        sketch.normed(f"depthwise{number}", sketch.width, 3, stride, groups=sketch.width)
        sketch.normed(f"pointwise{number}", width, 1)
    sketch.graph.add("mean", GlobalPool(kind=PoolKind.AVG), [sketch.at])
    sketch.graph.add("logits", Linear(in_features=1024, out_features=1000), ["mean"])
    return sketch.graph


def resnet(units: Sequence[int], *, bottleneck: bool, stride_last: bool = False) -> LayerGraph:
    """He et al., CVPR 2016, the stride in a bottleneck's 3x3.

    `stride_last`: a stage's stride in its last unit (TF-Slim), whose last stage has none; else in
    its first (torchvision).
    """
    sketch = Sketch(3, size=224)
    sketch.normed("stem", 64, 7, 2)
    sketch.pool("maxpool", 3, 2, 1)
    for stage, count in enumerate(units, start=1):
        for unit in range(count):
            if stride_last:
                stride = 2 if unit == count - 1 and stage < len(units) else 1
            else:
                stride = 2 if unit == 0 and stage > 1 else 1
            _residual(sketch, f"layer{stage}.{unit}", 32 << stage, stride, bottleneck=bottleneck)
    return sketch.graph


def _residual(sketch: Sketch, name: str, width: int, stride: int, *, bottleneck: bool, dilation: int = 1) -> None:
    source, source_width = sketch.at, sketch.width
    wide = 4 * width if bottleneck else width
    if bottleneck:
        sketch.normed(f"{name}.conv1", width, 1)
        sketch.normed(f"{name}.conv2", width, 3, stride, dilation=dilation)
        sketch.conv(f"{name}.conv3", wide, 1)
    else:
        sketch.normed(f"{name}.conv1", width, 3, stride)
        sketch.conv(f"{name}.conv2", wide, 3)
    main, shortcut = sketch.norm(f"{name}.bn"), source
    if stride > 1 or source_width != wide:
        convolved = f"{name}.shortcut"
        sketch.conv(convolved, wide, 1, stride, source=source, source_width=source_width)
        shortcut = sketch.norm(f"{convolved}.bn")
    sketch.at, sketch.width = sketch.graph.add(name, Add(), [main, shortcut]), wide


def wavenet(layers: int = 10) -> LayerGraph:
    """Van den Oord et al., 2016: causal, kernel 2, dilations 1, 2, 4, ..."""
    sketch = Sketch(1, axes=1)
    for number in range(layers):
        _causal(sketch, f"layer{number}", 2, 2**number)
    return sketch.graph


def tcn(kernel: int, levels: int) -> LayerGraph:
    """Bai et al., 2018: two causal convolutions a level, with a residual."""
    sketch = Sketch(4, axes=1)
    for level in range(levels):
        source = sketch.at
        for number in (1, 2):
            _causal(sketch, f"level{level}.conv{number}", kernel, 2**level)
        sketch.at = sketch.graph.add(f"level{level}", Add(), [sketch.at, source])
    return sketch.graph


def _causal(sketch: Sketch, name: str, kernel: int, dilation: int) -> None:
    layer = Conv(
        in_channels=sketch.width,
        out_channels=4,
        kernel=(kernel,),
        dilation=(dilation,),
        padding=causal_padding((kernel,), (dilation,)),
    )
    sketch.at, sketch.width = sketch.graph.add(name, layer, [sketch.at]), 4


def dilated(dilations: Sequence[int]) -> LayerGraph:
    """A run of 3x3 convolutions with these dilations."""
    sketch = Sketch(4)
    for number, dilation in enumerate(dilations):
        sketch.conv(f"conv{number}", 4, 3, dilation=dilation)
    return sketch.graph


def aspp_resnet101(rates: Sequence[int] = (6, 12, 18)) -> LayerGraph:
    """DeepLab v3 at output stride 16: ResNet-101 with a last stage dilated by 2, not strided."""
    sketch = Sketch(3)
    sketch.normed("stem", 64, 7, 2)
    sketch.pool("maxpool", 3, 2, 1)
    for stage, count in enumerate((3, 4, 23, 3), start=1):
        for unit in range(count):
            stride = 2 if unit == 0 and stage in {2, 3} else 1
            dilation = 2 if stage == 4 else 1
            name, width = f"layer{stage}.{unit}", 32 << stage
            _residual(sketch, name, width, stride, bottleneck=True, dilation=dilation)
    trunk = sketch.at
    heads = [sketch.conv("aspp1", 256, 1, source=trunk, source_width=2048)]
    heads += [sketch.conv(f"aspp{rate}", 256, 3, dilation=rate, source=trunk, source_width=2048) for rate in rates]
    sketch.graph.add("aspp", Concat(), heads)
    return sketch.graph


def lffd() -> LayerGraph:
    """He et al., LFFD, 2019: strided 3x3 without padding, residual pairs, eight exits."""
    sketch = Sketch(3)
    sketch.conv("conv1", 64, 3, 2, padding=0, bias=True)
    sketch.conv("conv2", 64, 3, 2, padding=0, bias=True)
    exits = 0
    for part, (width, first, pairs, taken) in enumerate(
        [(64, 1, 4, (3, 4)), (64, 2, 2, (1, 2)), (128, 2, 1, (1,)), (128, 2, 3, (1, 2, 3))]
    ):
        if first == 2:
            sketch.conv(f"down{part}", width, 3, 2, padding=0, bias=True)
        for pair in range(1, pairs + 1):
            source = sketch.at
            sketch.conv(f"p{part}.{pair}a", width, 3, bias=True)
            sketch.conv(f"p{part}.{pair}b", width, 3, bias=True)
            sketch.at = sketch.graph.add(f"p{part}.{pair}", Add(), [sketch.at, source])
            if pair in taken:
                exits += 1
                sketch.graph.output(f"exit{exits}", sketch.at)
    return sketch.graph


def unet(depth: int) -> LayerGraph:
    """Ronneberger et al., 2015, padded.

    Two 3x3 a level, `depth` poolings, 2x2 stride-2 transposed convolutions.
    """
    sketch = Sketch(1, axes=2)
    skips = []
    for level in range(depth + 1):
        if level:
            skips.append(sketch.at)
            sketch.pool(f"pool{level}", 2, 2)
        sketch.conv(f"down{level}a", 4, 3)
        sketch.conv(f"down{level}b", 4, 3)
    for level in reversed(range(depth)):
        up = ConvTranspose(in_channels=4, out_channels=4, kernel=(2, 2), stride=(2, 2))
        sketch.graph.add(f"up{level}", up, [sketch.at])
        sketch.at = sketch.graph.add(f"cat{level}", Concat(), [skips[level], f"up{level}"])
        sketch.width = 8
        sketch.conv(f"up{level}a", 4, 3)
        sketch.conv(f"up{level}b", 4, 3)
    sketch.graph.output("mask", sketch.at)
    return sketch.graph
