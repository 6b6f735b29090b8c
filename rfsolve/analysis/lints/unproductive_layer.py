"""Layers behind the border layer: whatever path a value took, it has seen more than the input is large.

Richter, Byttner, Krumnack, Schallner and Shenk, "(Input) Size Matters for CNN Classifiers", ICANN 2021: the border
layer is the first whose input's receptive field exceeds the input; convolutions from there on hardly improve the
predictions.
With several paths, a layer is unproductive where the smallest field of any path exceeds the input.
"""

from collections.abc import Iterator

from rfsolve.analysis.lints.lint import Lint, Subject
from rfsolve.analysis.lints.spatial import exceeds, least_before, spatial_convolutions

CODE = "unproductive-layer"
ADVICE = "leave the layers out, give the input more pixels, or stride later"


def find(subject: Subject) -> Iterator[Lint]:
    """Yield every convolution above 1x1 whose input's field exceeds the input on every path."""
    for name, _, axes in spatial_convolutions(subject):
        if exceeds(subject, name, axes):
            least = float(least_before(subject, name, axes))
            seen = "the whole input" if least == float("inf") else f"{least:g} px"
            sizes = "x".join(map(str, subject.size or ()))
            yield Lint(
                code=CODE,
                node=name,
                message=f"every path to this convolution has seen {seen} of an input of {sizes} already",
                advice=ADVICE,
            )
