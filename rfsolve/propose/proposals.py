"""What `propose` returns: the proposals on the frontier, each a checked design with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rfsolve.errors import InputError
from rfsolve.propose.aims import Aim
from rfsolve.propose.coverage import CoverageRow
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.rungs import Table
from rfsolve.search.solution import Design, Solution
from rfsolve.space.problem import Problem


class Task(StrEnum):
    """What a network is proposed for."""

    DETECTION = "detection"
    SEGMENTATION = "segmentation"
    SEQUENCE = "sequence"
    VOLUME = "volume"


class Place(StrEnum):
    """Where a proposal lies on the frontier."""

    CHEAPEST = "cheapest"
    BALANCED = "balanced"
    BEST = "best"


class MissingPlaceError(InputError, KeyError):
    """A place where there is no proposal; a KeyError too, as of any mapping."""

    __str__ = Exception.__str__  # a KeyError prints its text in quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One design: its place on the frontier, what it asks in words, the problem it solves, and its coverage.

    `parts` are the parameters of its parts by name. `facts` are what a user of the task wants to know besides: a label
    and a text. `proven`: no design of its problem has fewer parameters.
    """

    place: Place
    words: str
    table: Table
    problem: Problem
    solution: Solution
    design: Design
    proven: bool
    coverage: tuple[CoverageRow, ...]
    parts: Mapping[str, int]
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A named baseline at the same input: its costs, and its coverage of the same objects."""

    name: str
    source: str
    parameters: int
    macs: int | None
    coverage: tuple[CoverageRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareLevel:
    """A level that no proposal has, the objects in its range, and what it would add to the cheapest proposal.

    `count` objects are of its sizes, which is none or too few for a level of their own; `served_by` are the levels that
    serve them in its place, none where no level does. `parameters` is None where no design has it within the budget of
    MACs, or where that was not settled; `proven` where both optima are, or that there is none.
    """

    level: str
    stride: int
    sizes: str
    count: int
    served_by: tuple[str, ...]
    parameters: int | None
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposals:
    """Everything that was found: the objects, what was asked, the proposals, cheapest first, and the baselines.

    `proposals` is empty where no design exists; then `refusal` is the solution that says why.
    """

    task: Task
    fingerprint: Fingerprint
    policy: str
    aims: tuple[Aim, ...]
    proposals: tuple[Proposal, ...]
    baselines: tuple[Comparison, ...] = ()
    spare: tuple[SpareLevel, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    refusal: Solution | None = None
    refused: Problem | None = None
    seconds: float = 0.0
    conventions: Mapping[str, object] = field(default_factory=dict)

    def __getitem__(self, place: str) -> Proposal:
        """Return the proposal at a place; where places share one design, that design.

        Raises:
            MissingPlaceError: there is no such place, or no design there.

        """
        order = list(Place)
        asked = order.index(Place(place)) if place in order else -1
        before = [one for one in self.proposals if order.index(one.place) <= asked]
        if not before:
            there = ", ".join(one.place for one in self.proposals)
            expected = f"expected one of {there}" if there else "no design exists"
            raise MissingPlaceError(f"place '{place}': no proposal there, {expected}")
        return before[-1]
