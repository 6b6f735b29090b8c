"""What a search returns: a status, a design that has been checked, and what shaped it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from rfsolve.analysis import Tap
from rfsolve.graph import LayerGraph
from rfsolve.search.expand import PlacedLayer
from rfsolve.space.problem import Objective


class Status(StrEnum):
    """How far the search came."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitReport:
    """What the recurrence found at one exit, per axis: field (min, max over phases), stride, 4 sigma, all in pixels."""

    name: str
    receptive_field: tuple[tuple[int, int], ...]
    stride: tuple[Fraction, ...]
    centre: tuple[float, ...]
    effective_receptive_field: tuple[float, ...]
    hole_free: bool
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A network that was found: its graph, its layers in order, and what `analysis` says of them.

    `ends` names, for each stack, merge and exit of the problem, the node of the graph where it ends.
    `macs` and `activations` (elements written) are None where the input size is not known.
    """

    graph: LayerGraph
    layers: tuple[PlacedLayer, ...]
    ends: Mapping[str, str]
    taps: Mapping[str, Tap]
    exits: tuple[ExitReport, ...]
    parameters: int
    macs: int | None
    activations: int | None

    def layer_parameters(self, layer: PlacedLayer) -> int:
        """Return the parameters of one placed layer; none where it has the weights of another."""
        own = (node for node in layer.nodes if self.graph.weights_owner(node) == node)
        return sum(self.graph.layer(node).parameters for node in own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One objective: the value found, the bound proven, and the relative gap between them."""

    objective: Objective
    value: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """Return |value - bound| / max(|value|, 1), None without a value."""
        if self.value is None or self.bound is None:
            return None
        return abs(self.value - self.bound) / max(abs(self.value), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardEffect:
    """A guard that is on. `without`: the objective's value with it off; it and `shaped` are None where not settled."""

    name: str
    sentence: str
    shaped: bool | None
    without: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """A requirement whose change alone would make the problem feasible, and the nearest bound that would do."""

    name: str
    asked: str
    nearest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Where the time went."""

    build: float = 0.0
    solve: float = 0.0
    check: float = 0.0
    explain: float = 0.0

    @property
    def total(self) -> float:
        """Return the sum."""
        return self.build + self.solve + self.check + self.explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the model was that settled the answer."""

    variables: int = 0
    constraints: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The answer to a problem: `design` is None unless the status is optimal or feasible."""

    status: Status
    outcomes: tuple[Outcome, ...]
    design: Design | None = None
    guards: tuple[GuardEffect, ...] = ()
    rejected: int = 0
    """Candidates that the recurrence refused on the way."""
    conflict: tuple[str, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    diagnostics: tuple[str, ...] = ()
    seconds: Seconds = field(default_factory=Seconds)
    size: Size = field(default_factory=Size)
    recalled: bool = False
    """Whether it was proven before, and read from the cache; its design is checked again."""

    @property
    def outcome(self) -> Outcome:
        """The first objective's outcome."""
        return self.outcomes[0]
