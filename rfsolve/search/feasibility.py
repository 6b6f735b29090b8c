"""Whether some of the named requirements of a problem can be met together: each answer a fresh solve, or follows."""

from collections.abc import Iterable

from rfsolve.errors import ProblemError
from rfsolve.search.check import verdicts
from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine
from rfsolve.search.exact import run_exactly
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.named import by_name, only
from rfsolve.search.solution import Design, Status
from rfsolve.space.problem import Problem

Names = frozenset[str]

SHARE = 1 / 4
"""Of the time that is left, for one question."""

QUESTION_SECONDS = 1.0
"""For one question at most: of those that take longer, others mostly do without."""

ROUGH = 0.5
"""Of the layers of the design that answers; any would do, but the check of thousands of layers takes seconds."""


class Feasibility:
    """Answers for the sets of names of one problem, and remembers: fewer requirements never hold less often."""

    def __init__(self, problem: Problem, engine: Engine, *, seconds: float = QUESTION_SECONDS) -> None:
        self._problem = problem
        self._engine = engine
        self._seconds = seconds
        self._met: list[Names] = []
        self._refuted: list[Names] = []

    def of(self, names: Iterable[str]) -> bool | None:
        """Return whether these requirements can be met together; None where time ran out, or numbers grew too large."""
        wanted = frozenset(names)
        if any(wanted <= met for met in self._met):
            return True
        if self.refuted(wanted) is not None:
            return False
        status, design = settled(only(self._problem, wanted), self._engine, seconds=self._seconds)
        if design is not None:
            self._met.append(wanted | self._kept_by(design))
            return True
        if status is not Status.INFEASIBLE:
            return None
        self._refuted.append(wanted)
        return False

    @property
    def is_over(self) -> bool:
        """Whether no time is left for questions."""
        return self._engine.seconds_left <= 0

    def refuted(self, names: Names) -> Names | None:
        """Return some of these requirements that a solve has proven impossible together, None where there are none."""
        return min((one for one in self._refuted if one <= names), key=len, default=None)

    def _kept_by(self, design: Design) -> Names:
        """Return the names of all that a design meets, asked of it or not."""
        if any(stack.block.padding == "valid" for stack in self._problem.stacks):
            return frozenset()  # it has been found without the input's size
        broken = {verdict.requirement.name for verdict in verdicts(self._problem, design) if not verdict.holds}
        return frozenset(by_name(self._problem)) - broken


def settled(problem: Problem, engine: Engine, *, seconds: float = QUESTION_SECONDS) -> tuple[Status, Design | None]:
    """Return whether a problem can be met, with a checked design where it can."""
    if engine.seconds_left <= 0:
        return Status.UNKNOWN, None
    found = lattices(problem)
    if not all(one.exits for one in found.values()):
        return Status.INFEASIBLE, None
    try:
        model = Model(problem, found)
    except ProblemError:  # with a bound left out, numbers can grow past what the solver counts
        return Status.UNKNOWN, None
    model.set_objective(problem.objectives[0])
    exact = run_exactly(engine.ends_at(min(seconds, engine.seconds_left * SHARE), gap=ROUGH), model, Cuts(model))
    return Status.FEASIBLE if exact.design is not None else exact.run.status, exact.design
