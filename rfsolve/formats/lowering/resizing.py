"""Interpolation of some of the axes."""

from collections.abc import Sequence
from fractions import Fraction

from rfsolve.formats.lowering.kernels import lined_up, spread
from rfsolve.formats.lowering.layout import counting
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Tensor, Untranslatable
from rfsolve.graph import Resize, ResizeMode
from rfsolve.windows import Coordinates, Rounding


def resized(
    site: Site,
    tensor: Tensor,
    mode: ResizeMode,
    *,
    sizes: Sequence[int],
    scales: Sequence[Fraction] | None = None,
    coordinates: Coordinates | None = None,
    rounding: Rounding = Rounding.FLOOR,
    antialias: bool = False,
) -> Tensor:
    """Return the tensor with its dimensions from 2 on resized to these sizes.

    `scales` (output pixels per input pixel) are there where the operation itself goes by them; the
    ratio of the sizes is taken otherwise.
    """
    lined = lined_up(site, tensor, fold=False)
    if max(lined.gap, default=1) > 1:
        raise Untranslatable("it resizes an axis that another dimension counts a part of")
    before = [extent or 1 for extent in site.shape(lined.tensor.node).size]
    if list(sizes) == [before[axis] for axis in lined.axes] and coordinates is not Coordinates.ALIGN_CORNERS:
        ratios = scales or [Fraction(1)] * len(sizes)
        if all(ratio == 1 for ratio in ratios):
            return lined.tensor
    how = {"mode": mode, "coordinates": coordinates, "rounding": rounding, "antialias": antialias}
    target = list(before)
    for axis, size in zip(lined.axes, sizes, strict=True):
        target[axis] = size
    if scales is not None and coordinates is not Coordinates.ALIGN_CORNERS:
        full = spread(site, lined, [0] * len(scales), 0)
        ratios = [Fraction(1)] * len(full)
        for axis, ratio in zip(lined.axes, scales, strict=True):
            ratios[axis] = ratio
        layer = Resize(scale=tuple(ratios), **how)  # type: ignore[arg-type]
    else:
        layer = Resize(output_size=tuple(target), **how)  # type: ignore[arg-type]
    node = site.add(layer, lined.tensor.node)
    if tuple(extent or 1 for extent in site.shape(node).size) != tuple(target):
        raise Untranslatable(f"a scale of {', '.join(str(float(r)) for r in scales or ())} makes another size")
    dims = [counting(axis, target[axis]) for axis in lined.axes]
    return Tensor(node, (*lined.tensor.dims[:2], *dims))
