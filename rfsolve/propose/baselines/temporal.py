"""The TCN of habit: residual pairs whose dilations double (Bai et al., 2018)."""

from rfsolve.propose.baselines.sketch import Sketch


def doubling_tcn(sketch: Sketch, *, levels: int = 8, kernel: int = 7, width: int = 64, causal: bool = True) -> str:
    """Add two convolutions a level with dilation 2^level and a shortcut beside them, and return the last node."""
    at = sketch.image
    for level in range(levels):
        name, dilation = f"level{level}", 2**level
        first = sketch.unit(f"{name}.1", at, width, kernel, dilation=dilation, causal=causal)
        main = sketch.unit(f"{name}.2", first, width, kernel, dilation=dilation, causal=causal)
        shortcut = at if sketch.width(at) == width else sketch.conv(f"{name}.shortcut", at, width, 1, bias=True)
        at = sketch.activation(name, sketch.add(f"{name}.sum", main, shortcut))
    return at
