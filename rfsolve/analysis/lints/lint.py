"""What a rule looks at, and what it has to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from rfsolve.analysis.analyse import Analysis
from rfsolve.analysis.path_fields import Extent, smallest_path_fields


class Severity(StrEnum):
    """How much a lint matters: a warning asks for a change, a note is good to know."""

    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """A remark of a rule on a node: a code for programs, a sentence and advice for people."""

    code: str
    node: str
    message: str
    advice: str
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A rule that could not be checked, and what it needs."""

    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An analysis to be looked at, and the size of the objects in pixels per axis, where it is given."""

    analysis: Analysis
    object_size: tuple[int, ...] | None = field(default=None)

    @cached_property
    def path_fields(self) -> Mapping[str, tuple[Extent, ...]]:
        """The smallest receptive field over the paths to each node."""
        return smallest_path_fields(self.analysis)

    @property
    def size(self) -> tuple[int, ...] | None:
        """The input's size in pixels, None unless it is known on every axis."""
        known = tuple(n for n in self.analysis.shapes[self.analysis.source].size if n is not None)
        return known if len(known) == len(self.analysis.shapes[self.analysis.source].size) else None
