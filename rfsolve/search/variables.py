"""The variables of the model: moves with their counts, what is gathered at each node, and sums."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from rfsolve.errors import Mistake, ProblemError
from rfsolve.search.lattice import Found, Way
from rfsolve.search.moves import Move, State
from rfsolve.space.problem import Problem

LARGEST_SUM = 4 * 10**18
"""CP-SAT counts in 64 bits."""

Values = Callable[[cp_model.IntVar], int]
Term = tuple[cp_model.IntVar, int, int]
"""A variable, its weight and its upper bound."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A move and the variable that counts it."""

    move: Move
    count: cp_model.IntVar
    most: int


@dataclass(frozen=True, slots=True)
class Port:
    """The end of a node: the state that it ends in; on a path of stacks also what was gathered, per class of axes.

    `ways`: of a merge, the states of its branches that are joined.
    """

    ends: Mapping[State, cp_model.IntVar]
    masses: Mapping[int, Mapping[int, cp_model.IntVar]]
    variances: Mapping[int, cp_model.IntVar]
    ways: Mapping[Way, cp_model.IntVar] = field(default_factory=dict)

    def total(self, values: Mapping[State, int]) -> cp_model.LinearExpr:
        """Return the value of the state that the node ends in."""
        return cp_model.LinearExpr.weighted_sum(list(self.ends.values()), [values[state] for state in self.ends])

    def jump(self, axis: int) -> cp_model.LinearExpr:
        """Return the jump at the end, in pixels."""
        return self.total({state: state.jump[axis] for state in self.ends})


@dataclass(frozen=True, slots=True)
class Parts:
    """What the rows of a model are written with: moves and ends by node, filled as the nodes are added."""

    cp: cp_model.CpModel
    problem: Problem
    found: Found
    axes: Mapping[int, tuple[int, ...]]
    placed: dict[str, list[Placed]] = field(default_factory=dict)
    ports: dict[str, Port] = field(default_factory=dict)


def add_sum(cp: cp_model.CpModel, terms: Iterable[Term], before: cp_model.IntVar | None = None) -> cp_model.IntVar:
    """Return a variable that is the weighted sum, on top of what was gathered before; weights may be negative.

    Raises:
        ProblemError: the sum can grow past what the solver counts.

    """
    gathered = list(terms)
    if not gathered and before is None:
        return cp.new_constant(0)
    most = sum(weight * top for _, weight, top in gathered if weight > 0) + (0 if before is None else upper(before))
    least = sum(weight * top for _, weight, top in gathered if weight < 0) + (0 if before is None else lower(before))
    if max(most, -least) > LARGEST_SUM:
        text = f"adds up to more than {LARGEST_SUM:.0e}, expected a smaller field, stride or number of layers"
        raise ProblemError([Mistake("influence", text)])
    total = cp.new_int_var(least, most, "")
    variables = [variable for variable, _, _ in gathered] + ([] if before is None else [before])
    weights = [weight for _, weight, _ in gathered] + ([] if before is None else [1])
    cp.add(cp_model.LinearExpr.weighted_sum(variables, weights) == total)
    return total


def span(masses: Mapping[int, cp_model.IntVar]) -> cp_model.LinearExpr:
    """Return the sum of step * mass: the field that layers with these steps add."""
    return cp_model.LinearExpr.weighted_sum(list(masses.values()), list(masses))


def merged(taps: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return (step, sum of the masses) for every step."""
    found: dict[int, int] = defaultdict(int)
    for step, mass in taps:
        found[step] += mass
    return sorted(found.items())


def lower(variable: cp_model.IntVar) -> int:
    """Return a variable's lower bound."""
    return int(variable.proto.domain[0])


def upper(variable: cp_model.IntVar) -> int:
    """Return a variable's upper bound."""
    return int(variable.proto.domain[len(variable.proto.domain) - 1])
