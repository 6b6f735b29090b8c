"""Convolutions that look beyond a pixel, and how far their input sees already."""

from collections.abc import Iterator

from rfsolve.analysis.lints.lint import Subject
from rfsolve.analysis.path_fields import Extent
from rfsolve.graph import Conv


def spatial_convolutions(subject: Subject) -> Iterator[tuple[str, Conv, tuple[int, ...]]]:
    """Yield every convolution with a kernel above 1: its node, itself, and the axes where the kernel is."""
    analysis = subject.analysis
    for name, tap in analysis.taps.items():
        layer = analysis.graph.layer(name)
        if isinstance(layer, Conv) and tap.inputs[0] in analysis.taps:
            axes = tuple(axis for axis, kernel in enumerate(layer.kernel) if kernel > 1)
            if axes:
                yield name, layer, axes


def least_before(subject: Subject, name: str, axes: tuple[int, ...]) -> Extent:
    """Return the smallest field of any path to the layer's input, in pixels, on the axis where it is least."""
    fields = subject.path_fields[subject.analysis.taps[name].inputs[0]]
    return min(fields[axis] for axis in axes)


def exceeds(subject: Subject, name: str, axes: tuple[int, ...]) -> bool:
    """Whether every path's field at the layer's input is larger than the input, on each of these axes."""
    size = subject.size or ()
    fields = subject.path_fields[subject.analysis.taps[name].inputs[0]]
    return all(fields[axis] > size[axis] for axis in axes)


def largest_exceeds(subject: Subject, name: str, axes: tuple[int, ...]) -> bool:
    """Whether the field at the layer's input, over all paths, is larger than the input on each of these axes.

    Where some paths are global and others are not, as behind a squeeze-and-excite, the global ones
    do not count: a gate tells no two places apart.
    """
    size = subject.size or ()
    before = subject.analysis.taps[subject.analysis.taps[name].inputs[0]]
    return all(
        field[0] > size[axis]
        if (field := before.receptive_field[axis]) is not None
        else exceeds(subject, name, (axis,))
        for axis in axes
    )
