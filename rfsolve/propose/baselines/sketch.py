"""A layer graph drawn line by line: every line names its node and returns it, the next line reads it."""

from collections.abc import Sequence

from rfsolve.graph import (
    Activation,
    Add,
    Concat,
    Conv,
    ConvTranspose,
    LayerGraph,
    Norm,
    NormKind,
    Pool,
    PoolKind,
    causal_padding,
    same_padding,
)

Size = Sequence[int | None]
PerAxis = int | Sequence[int]


class Sketch:
    """Adds layers to a graph; the widths of what they read are looked up in it.

    `activation` names what follows each normalised convolution. Convolutions keep the size at stride 1.
    """

    def __init__(self, channels: int, size: Size, *, activation: str = "relu") -> None:
        self.graph = LayerGraph()
        self.axes = len(size)
        self.image = self.graph.input("image", channels=channels, size=tuple(size))
        self._activation = activation

    def width(self, node: str) -> int:
        """Return the channels of a node."""
        return self.graph.shapes()[node].channels

    def conv(
        self,
        name: str,
        source: str,
        width: int,
        kernel: PerAxis,
        stride: PerAxis = 1,
        *,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
        causal: bool = False,
    ) -> str:
        """Add a convolution and nothing behind it."""
        kernels, dilations = self._each(kernel), self._each(dilation)
        layer = Conv(
            in_channels=self.width(source),
            out_channels=width,
            kernel=kernels,
            stride=self._each(stride),
            dilation=dilations,
            padding=causal_padding(kernels, dilations) if causal else same_padding(kernels, dilations),
            groups=groups,
            bias=bias,
        )
        return self.graph.add(name, layer, [source])

    def unit(
        self,
        name: str,
        source: str,
        width: int,
        kernel: PerAxis,
        stride: PerAxis = 1,
        *,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
        causal: bool = False,
        activated: bool = True,
    ) -> str:
        """Add a convolution, its batch normalisation and, unless told otherwise, the activation."""
        conv = f"{name}.conv"
        self.conv(conv, source, width, kernel, stride, dilation=dilation, groups=groups, bias=bias, causal=causal)
        norm = self.graph.add(f"{name}.norm", Norm(kind=NormKind.BATCH, channels=width), [conv])
        return self.activation(name, norm) if activated else norm

    def activation(self, name: str, source: str) -> str:
        """Add the activation."""
        return self.graph.add(name, Activation(kind=self._activation), [source])

    def pool(self, name: str, source: str, kernel: PerAxis, stride: PerAxis, padding: int = 0) -> str:
        """Add a max pool, `padding` on every side."""
        layer = Pool(
            kind=PoolKind.MAX,
            kernel=self._each(kernel),
            stride=self._each(stride),
            padding=((padding, padding),) * self.axes,
        )
        return self.graph.add(name, layer, [source])

    def transposed(self, name: str, source: str, width: int, factor: PerAxis, *, bias: bool = False) -> str:
        """Add a transposed convolution whose kernel is its stride."""
        factors = self._each(factor)
        layer = ConvTranspose(
            in_channels=self.width(source), out_channels=width, kernel=factors, stride=factors, bias=bias
        )
        return self.graph.add(name, layer, [source])

    def add(self, name: str, *branches: str) -> str:
        """Add the sum of branches."""
        return self.graph.add(name, Add(), branches)

    def concat(self, name: str, *branches: str) -> str:
        """Add branches side by side."""
        return self.graph.add(name, Concat(), branches)

    def _each(self, value: PerAxis) -> tuple[int, ...]:
        return (value,) * self.axes if isinstance(value, int) else tuple(value)
