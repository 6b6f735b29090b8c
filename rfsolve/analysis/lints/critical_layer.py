"""Layers of which some paths have seen more than the input, and others have not.

After the minimum and maximum receptive fields of networks with several paths in Richter et al., "(Input) Size Matters
for CNN Classifiers", ICANN 2021: such a layer still has something to add for the short paths only.
"""

from collections.abc import Iterator

from rfsolve.analysis.lints.lint import Lint, Severity, Subject
from rfsolve.analysis.lints.spatial import exceeds, largest_exceeds, least_before, spatial_convolutions

CODE = "critical-layer"
ADVICE = "only the short paths gain; with a larger input all would"


def find(subject: Subject) -> Iterator[Lint]:
    """Yield every convolution above 1x1 whose input's field exceeds the input, but not on every path."""
    for name, _, axes in spatial_convolutions(subject):
        if largest_exceeds(subject, name, axes) and not exceeds(subject, name, axes):
            sizes = "x".join(map(str, subject.size or ()))
            least = float(least_before(subject, name, axes))
            yield Lint(
                code=CODE,
                node=name,
                message=f"the longest path to this convolution has seen all of {sizes}, the shortest {least:g} px",
                advice=ADVICE,
                severity=Severity.NOTE,
            )
