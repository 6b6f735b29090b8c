"""Where pixels are first left out.

A layer with dilation (or a stride above its kernel) leaves holes where its step exceeds what the layers before it see
together (Wang et al., "Understanding Convolution for Semantic Segmentation", WACV 2018, call it gridding; their rule is
replaced by the exact set of pixels).
"""

from collections.abc import Iterator

from rfsolve.analysis.gridding import first_gridding
from rfsolve.analysis.lints.lint import Lint, Severity, Subject
from rfsolve.analysis.tap import Tap

CODE = "gridding"
ADVICE = "smaller dilations first (1, 2, 3 in place of 2, 2, 2), or a kernel no smaller than the stride"
CLOSED = "later layers close the holes: nothing to do"


def find(subject: Subject) -> Iterator[Lint]:
    """Yield every layer that brings holes in; a warning where they last to an output."""
    analysis = subject.analysis
    origin = first_gridding(analysis)
    lasting = {origin[tap.name] for tap in analysis.outputs if tap.name in origin}
    for name in dict.fromkeys(origin.values()):
        yield Lint(
            code=CODE,
            node=name,
            message=f"the first layer here to leave pixels out: {_touched(analysis.taps[name])}",
            advice=ADVICE if name in lasting else CLOSED,
            severity=Severity.WARNING if name in lasting else Severity.NOTE,
        )


def _touched(tap: Tap) -> str:
    density = min((one for one in tap.density if one is not None), default=1.0)
    if density < 1:
        return f"it touches {density:.1%} of its window per axis"
    shares = [one.grid_density for axis in range(len(tap.reach)) if (one := tap.coverage(axis)) is not None]
    return f"its outputs together touch {min(shares, default=1.0):.1%} of the pixels per axis"
