"""All rules, in the order in which their remarks are shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rfsolve.analysis.lints import (
    border_effects,
    critical_layer,
    field_smaller_than_object,
    gridding,
    large_kernel_after_coverage,
    misaligned_merge,
    unproductive_layer,
)
from rfsolve.analysis.lints.lint import Lint, Subject, Unchecked

NO_SIZE = "the size of the input is not known"
NO_OBJECT = "the size of the objects is not given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A code, what finds its remarks, and what it cannot do without."""

    code: str
    find: Callable[[Subject], Iterator[Lint]]
    needs_size: bool = False
    needs_object: bool = False

    def obstacle(self, subject: Subject) -> str | None:
        """Return why the rule cannot be checked, or None."""
        if self.needs_size and subject.size is None:
            return NO_SIZE
        return NO_OBJECT if self.needs_object and subject.object_size is None else None


RULES = (
    Rule(code=field_smaller_than_object.CODE, find=field_smaller_than_object.find, needs_object=True),
    Rule(code=gridding.CODE, find=gridding.find),
    Rule(code=misaligned_merge.CODE, find=misaligned_merge.find),
    Rule(code=unproductive_layer.CODE, find=unproductive_layer.find, needs_size=True),
    Rule(code=critical_layer.CODE, find=critical_layer.find, needs_size=True),
    Rule(code=large_kernel_after_coverage.CODE, find=large_kernel_after_coverage.find, needs_size=True),
    Rule(code=border_effects.CODE, find=border_effects.find, needs_size=True),
)


def lints(subject: Subject) -> tuple[tuple[Lint, ...], tuple[Unchecked, ...]]:
    """Return what every rule found, and the rules that could not be checked."""
    found: list[Lint] = []
    left: list[Unchecked] = []
    for rule in RULES:
        why = rule.obstacle(subject)
        if why is None:
            found += rule.find(subject)
        else:
            left.append(Unchecked(code=rule.code, reason=why))
    return tuple(found), tuple(left)
