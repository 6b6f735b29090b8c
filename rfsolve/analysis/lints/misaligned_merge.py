"""Merges whose branches look at different places."""

from collections.abc import Iterator

from rfsolve.analysis.lints.lint import Lint, Severity, Subject

CODE = "misaligned-merge"
ADVICE = "pad the branches so that their centres agree"
USUAL = "less than a cell apart, as where nearest up-sampling meets a shortcut: nothing to do"


def find(subject: Subject) -> Iterator[Lint]:
    """Yield every merge that the analysis remarks on; a note where its branches are less than a cell apart."""
    for remark in subject.analysis.diagnostics:
        if remark.code == CODE:
            near = _cells_apart(subject, remark.node) < 1
            yield Lint(
                code=CODE,
                node=remark.node,
                message=remark.message,
                advice=USUAL if near else ADVICE,
                severity=Severity.NOTE if near else Severity.WARNING,
            )


def _cells_apart(subject: Subject, node: str) -> float:
    """Return how far the centres of a merge's branches lie apart in cells of its grid, on the axis where most."""
    taps = subject.analysis.taps
    apart = 0.0
    for axis, jump in enumerate(taps[node].stride):
        windows = [taps[source].windows[axis] for source in taps[node].inputs if source in taps]
        centres = [float(one.mean_centre) for one in windows if one is not None and one.mean_centre is not None]
        if centres and jump:
            apart = max(apart, (max(centres) - min(centres)) / float(abs(jump)))
    return apart
