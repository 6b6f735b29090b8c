"""U-Net (Ronneberger et al., MICCAI 2015), padded, and the U-Net that a plan of nnU-Net describes."""

from collections.abc import Sequence

from rfsolve.propose.baselines.sketch import PerAxis, Sketch


def unet(sketch: Sketch, *, depth: int = 4, width: int = 64) -> str:
    """Add two normalised 3x3 a level, 2x2 max pools down, 2x2 transposed convolutions up; return the last node."""
    at, skips = sketch.image, []
    for level in range(depth + 1):
        if level:
            skips.append(at)
            at = sketch.pool(f"down{level}", at, 2, 2)
        at = _pair(sketch, f"enc{level}", at, width << level)
    for level in reversed(range(depth)):
        risen = sketch.transposed(f"up{level}", at, width << level, 2, bias=True)
        at = _pair(sketch, f"dec{level}", sketch.concat(f"skip{level}", skips[level], risen), width << level)
    return at


def _pair(sketch: Sketch, name: str, source: str, width: int) -> str:
    return sketch.unit(f"{name}.2", sketch.unit(f"{name}.1", source, width, 3), width, 3)


def planned_unet(
    sketch: Sketch,
    *,
    widths: Sequence[int],
    kernels: Sequence[PerAxis],
    strides: Sequence[PerAxis],
    encoder: Sequence[int],
    decoder: Sequence[int],
    stem: PerAxis | None = None,
    classes: int = 2,
) -> tuple[str, str]:
    """Add the plain U-Net of an nnU-Net plan, and return its bottleneck and its full-resolution output.

    Per stage: width, kernel, stride (taken by its first convolution) and number of convolutions; `decoder` from the
    bottleneck's neighbour up; `stem` is the kernel of the convolution of stride 1 that residual encoders have before
    their stages. Convolutions have biases. The norms stand for instance norms, which have as many
    parameters; what those read of the whole patch is left out of the fields.
    """
    at, skips = sketch.image, []
    if stem is not None:
        at = sketch.unit("stem", at, widths[0], stem, bias=True)
    for stage, (width, kernel, stride) in enumerate(zip(widths, kernels, strides, strict=True)):
        for number in range(encoder[stage]):
            at = sketch.unit(f"enc{stage}.{number}", at, width, kernel, 1 if number else stride, bias=True)
        skips.append(at)
    bottleneck = skips.pop()
    for step, stage in enumerate(reversed(range(len(skips)))):
        risen = sketch.transposed(f"up{stage}", at, widths[stage], strides[stage + 1], bias=True)
        at = sketch.concat(f"skip{stage}", risen, skips[stage])
        for number in range(decoder[step]):
            at = sketch.unit(f"dec{stage}.{number}", at, widths[stage], kernels[stage], bias=True)
    return bottleneck, sketch.conv("logits", at, classes, 1, bias=True)
