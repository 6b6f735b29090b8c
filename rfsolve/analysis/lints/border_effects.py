"""Outputs most of which see padding."""

from collections.abc import Iterator

from rfsolve.analysis.borders import padded_share
from rfsolve.analysis.lints.lint import Lint, Severity, Subject

CODE = "border-effects"
MOST = 0.5
"""The share of the outputs that may see padding without a remark."""

ADVICE = "good to know where positions are compared: a larger input, or no padding, leaves fewer"


def find(subject: Subject) -> Iterator[Lint]:
    """Yield every output of whose cells more than half have a window that reaches over the border."""
    for tap in subject.analysis.outputs:
        share = padded_share(tap)
        if share is not None and share > MOST:
            sizes = "x".join(map(str, tap.shape.size))
            message = f"{share:.0%} of its {sizes} cells have a window that reaches over the border of the input"
            yield Lint(code=CODE, node=tap.name, message=message, advice=ADVICE, severity=Severity.NOTE)
