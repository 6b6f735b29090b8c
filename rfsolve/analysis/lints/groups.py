"""Remarks of one rule on many nodes, said once."""

from collections.abc import Iterable
from dataclasses import dataclass

from rfsolve.analysis.lints.lint import Lint, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class LintGroup:
    """The remarks of one rule with one advice: the first one's sentence, and every node."""

    code: str
    severity: Severity
    message: str
    advice: str
    nodes: tuple[str, ...]


def grouped(found: Iterable[Lint]) -> tuple[LintGroup, ...]:
    """Return the remarks by rule and advice, warnings first, else in the order found."""
    groups: dict[tuple[str, str], list[Lint]] = {}
    for lint in found:
        groups.setdefault((lint.code, lint.advice), []).append(lint)
    made = [
        LintGroup(
            code=code,
            severity=same[0].severity,
            message=same[0].message,
            advice=advice,
            nodes=tuple(dict.fromkeys(lint.node for lint in same)),
        )
        for (code, advice), same in groups.items()
    ]
    return tuple(sorted(made, key=lambda group: group.severity is not Severity.WARNING))
