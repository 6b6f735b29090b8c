"""Merges whose branches look at different places."""

from collections.abc import Iterator

from rfsolve.analysis.lints.lint import Lint, Subject

CODE = "misaligned-merge"
ADVICE = "pad the branches so that their centres agree"


def find(subject: Subject) -> Iterator[Lint]:
    """Yield every merge that the analysis remarks on."""
    for remark in subject.analysis.diagnostics:
        if remark.code == CODE:
            yield Lint(code=CODE, node=remark.node, message=remark.message, advice=ADVICE)
