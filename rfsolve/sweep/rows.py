"""Rows of a sweep: what is known of one point, complete in itself, as one line of JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from rfsolve.errors import InputError

SCHEMA = "rfsolve.sweep/1"


class RowStatus(StrEnum):
    """How a point ended: as `Status`, or failed (it could not be stated, or the search broke down)."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"
    FAILED = "failed"

    @property
    def proven(self) -> bool:
        """Whether nothing is left open."""
        return self in {RowStatus.OPTIMAL, RowStatus.INFEASIBLE}

    @property
    def open(self) -> bool:
        """Whether another try may tell more."""
        return self in {RowStatus.UNKNOWN, RowStatus.FAILED, RowStatus.FEASIBLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One objective: its name, the value found and the bound proven."""

    name: str
    maximise: bool = False
    value: float | None = None
    bound: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRow:
    """One exit, per axis: field (min, max over phases), stride, 4 sigma, all in pixels."""

    name: str
    receptive_field: list[list[int]]
    stride: list[float]
    effective_receptive_field: list[float]
    hole_free: bool
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the recurrence found of one bounded quantity, for the points that the design may settle too."""

    node: str | None
    quantity: str
    source: str | None
    found: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Equal layers of a stack that follow each other: how many, and what each is."""

    stack: str
    count: int
    kernel: list[int]
    stride: list[int]
    dilation: list[int]
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is known of one point.

    `sweep`: the whole sweep's digest, `points` their number. `problem`: the identity of the point's problem.
    `implied_by`: the point whose solve implied this one, and `because` why; None where it was solved itself. `design`:
    the digest of the layer graph beside the store. `conflicts`: what cannot hold together; `relaxations`: the nearest
    changes that would do.
    """

    schema: str = SCHEMA
    sweep: str
    points: int
    point: int
    problem: str
    title: str
    varied: Mapping[str, Any]
    status: RowStatus
    implied_by: int | None = None
    because: str = ""
    objectives: tuple[Goal, ...] = ()
    exits: tuple[ExitRow, ...] = ()
    parameters: int | None = None
    macs: int | None = None
    activations: int | None = None
    depth: int | None = None
    layers: tuple[Layers, ...] = ()
    sights: tuple[Sight, ...] = ()
    design: str | None = None
    conflicts: tuple[tuple[str, ...], ...] = ()
    relaxations: tuple[str, ...] = ()
    diagnostics: tuple[str, ...] = ()
    error: str | None = None
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def objective(self) -> Goal | None:
        """The first objective."""
        return self.objectives[0] if self.objectives else None

    @property
    def answer(self) -> tuple[Any, ...]:
        """What every way to this point must agree on: status, objectives and bounds."""
        return self.status, self.objectives

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON can hold it."""
        return {**asdict(self), "status": self.status.value}


NESTED: dict[str, type[Any]] = {"objectives": Goal, "exits": ExitRow, "layers": Layers, "sights": Sight}


def row_from(document: object) -> Row:
    """Return the row that a line of a store holds.

    Raises:
        InputError: it is no row of this schema.

    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f"no row of a sweep, expected an object of schema {SCHEMA!r}")
    known = {one.name for one in fields(Row)}
    try:
        values = {key: value for key, value in document.items() if key in known}
        for key, kind in NESTED.items():
            values[key] = tuple(kind(**part) for part in values[key])
        for key in ("relaxations", "diagnostics"):
            values[key] = tuple(values[key])
        values["conflicts"] = tuple(map(tuple, values["conflicts"]))
        row = Row(**{**values, "status": RowStatus(values["status"])})
    except (TypeError, KeyError, ValueError) as error:
        raise InputError(f"no row of a sweep ({error}), expected schema {SCHEMA!r}") from None
    if not isinstance(row.point, int) or not isinstance(row.varied, dict) or not isinstance(row.points, int):
        raise InputError("no row of a sweep, expected the number of its point and what is varied")
    return row
