"""Why something is not known of a node: the remark on the first layer before it that the analysis could not follow."""

from collections.abc import Iterable, Mapping

from rfsolve.analysis.analyse import Analysis
from rfsolve.analysis.diagnostics import Diagnostic

LOSSES = frozenset({"unknown-operation", "size-needed", "long-period"})
"""Codes of remarks after which a window is not known."""

UNEVEN = frozenset({"uneven-merge"})
"""Codes of remarks after which windows hold for one size of the input only."""

BOUNDS = frozenset({"mixed-channels"})
"""Codes of remarks after which a window is an upper bound."""


def causes(analysis: Analysis, remarks: Iterable[Diagnostic], codes: frozenset[str]) -> Mapping[str, Diagnostic]:
    """Return, for each node behind a remark with one of these codes, the first such remark."""
    own = {remark.node: remark for remark in reversed(list(remarks)) if remark.code in codes}
    found: dict[str, Diagnostic] = {}
    if not own:
        return found
    for name, tap in analysis.taps.items():
        before = [found[source] for source in tap.inputs if source in found]
        if before or name in own:
            found[name] = before[0] if before else own[name]
    return found
