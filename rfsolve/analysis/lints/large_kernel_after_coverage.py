"""Large kernels where the field covers the whole input already: the weights outside the middle read what is known."""

from collections.abc import Iterator

from rfsolve.analysis.lints.lint import Lint, Subject
from rfsolve.analysis.lints.spatial import largest_exceeds, spatial_convolutions

CODE = "large-kernel-after-coverage"
LARGE = 3
"""The largest kernel that is not remarked on."""

ADVICE = "a 3x3 kernel here costs less and sees no less"


def find(subject: Subject) -> Iterator[Lint]:
    """Yield every convolution with a kernel above 3 on an axis on which its input's field exceeds the input."""
    for name, layer, axes in spatial_convolutions(subject):
        large = tuple(axis for axis in axes if layer.kernel[axis] > LARGE)
        if large and largest_exceeds(subject, name, large):
            kernel = "x".join(map(str, layer.kernel))
            yield Lint(
                code=CODE,
                node=name,
                message=f"the field covers the whole input before this {kernel} kernel",
                advice=ADVICE,
            )
