"""What a search returns: a status, a design that has been checked, and what shaped it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from rfsolve.analysis import Tap
from rfsolve.graph import LayerGraph
from rfsolve.search.expand import PlacedLayer
from rfsolve.space.problem import Objective, Relation, Requirement


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
class Conflict:
    """Requirements that cannot hold together, while without any one of them the others can.

    `reasons` says them in words, of two bounds only the one that matters where that could be told. Not `minimal`: they
    cannot hold together, but time ran out before it was settled whether all of them are needed.
    """

    names: tuple[str, ...]
    reasons: tuple[str, ...]
    minimal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A requirement that gives way: as it was asked, and the nearest that would do, in words and as requirements.

    `now` is empty where nothing is left of it, and for a domain; `dropped`: no number of it would do, or it has none.
    """

    name: str
    asked: str
    nearest: str
    now: tuple[Requirement | Relation, ...] = ()
    dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """Changes that make a problem feasible together, and of which none can be left out.

    `proven`: none of them can come nearer while the others stay. `parameters`: the fewest of a design of the relaxed
    problem, None where that was not proven in time.
    """

    changes: tuple[Change, ...]
    proven: bool
    parameters: int | None = None

    @property
    def name(self) -> str:
        """The names of what gives way."""
        return " and ".join(change.name for change in self.changes)

    @property
    def asked(self) -> str:
        """What gives way, as it was asked."""
        return " and ".join(change.asked for change in self.changes)

    @property
    def nearest(self) -> str:
        """The nearest that would do; `(or nearer)` where that is not proven."""
        text = " and ".join(change.nearest for change in self.changes)
        return text if self.proven else f"{text} (or nearer)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a requirement, a guard or a domain costs at the optimum, in the first objective.

    `further`: the optimum one `step` further; `saves`: by how much it is better; `without`: the optimum without the
    requirement. Each is None where there is no such problem or it was not proven in time. `binds`: whether the optimum
    is another without it (one step further, where it is not `optional`: a domain, or what alone bounds a maximum).
    """

    name: str
    asked: str
    step: str
    optional: bool
    further: float | None
    saves: float | None
    without: float | None
    binds: bool | None


class Kind(StrEnum):
    """Which designs are listed besides the best one."""

    TOP = "top"
    ALL_OPTIMAL = "all-optimal"
    DIVERSE = "diverse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A design with its values, objective by objective.

    `distance`: of diverse designs, how much it differs at least from each of those before it, None for the first.
    """

    design: Design
    values: tuple[float, ...]
    distance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """Several designs, the best first; no two are the same network.

    `asked`: how many, None for all. `tolerance`: relative, how much worse than the best a diverse design may be.
    `complete`, by kind: none is better than the last but those listed; none else is as good; each differs from those
    before it as much as any design can. `more`: whether there are others of the kind that are not listed.
    """

    kind: Kind
    listed: tuple[Alternative, ...]
    complete: bool
    asked: int | None = None
    tolerance: float | None = None
    more: bool = False


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
    """How large the model was that settled the answer; nothing where it took no model."""

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
    conflicts: tuple[Conflict, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    widenings: tuple[Relaxation, ...] = ()
    """Kernels or dilations more to choose from that would do alone, each domain by itself."""
    explained: bool = False
    """Whether the conflicts and the relaxations are proven to be all that there are."""
    alternatives: Alternatives | None = None
    prices: tuple[Price, ...] = ()
    diagnostics: tuple[str, ...] = ()
    seconds: Seconds = field(default_factory=Seconds)
    size: Size = field(default_factory=Size)
    recalled: bool = False
    """Whether it was proven before, and read from the cache; its design is checked again."""

    @property
    def outcome(self) -> Outcome:
        """The first objective's outcome."""
        return self.outcomes[0]

    @property
    def conflict(self) -> tuple[str, ...]:
        """The names of the first conflict; none where none was settled in time."""
        return self.conflicts[0].names if self.conflicts else ()
