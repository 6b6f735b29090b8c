"""Time to proven optimum: rfsolve, the per-layer model (a) and the lattice under HiGHS (b).

All three are timed in one process, problem by problem, from the problem to the proof: building the
model counts, and for rfsolve the independent check of the design too. The proven optima must agree;
if they do not, the exit code is 1.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from cases import Case, cases
from highs import LatticeProgramme
from per_layer import SPARE, PerLayerModel
from timing import Answer, NotStatedError, Timing, parser, progress, show, side_by_side, times

from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve

COLUMNS = ("problem", "objective", "layers", "ours s", "(a) s", "(b) s", "(a)/ours", "(b)/ours")
NOT_TRIVIAL = 0.1
"""Seconds; below, building the model and the fixed costs of a solver are most of the time."""


@dataclass(frozen=True, slots=True)
class Row:
    """One problem: the design found, and the three times."""

    case: Case
    layers: int
    ours: Timing
    per_layer: Timing
    highs: Timing

    @property
    def disagreements(self) -> list[str]:
        """The sides whose proven optimum is another."""
        ours = self.ours.answer
        return [
            f"{self.case.name}: {side} finds {theirs}, rfsolve {ours}"
            for side, theirs in (("(a)", self.per_layer.answer), ("(b)", self.highs.answer))
            if theirs is not None and ours is not None and not _agree(ours, theirs)
        ]

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        value = self.ours.answer.value if self.ours.answer else None
        sides = (self.per_layer, self.highs)
        ratios = [times(side.ratio_to(self.ours), at_least=not side.proven) for side in sides]
        shown = "-" if value is None else f"{value:,.0f}"
        seconds = [str(timing) for timing in (self.ours, *sides)]
        return (self.case.name, shown, str(self.layers), *seconds, *ratios)


def _agree(ours: Answer, theirs: Answer) -> bool:
    """Two proofs must give one value; a design found without proof must not beat a proof."""
    if ours.proven and theirs.proven:
        return ours.value == theirs.value
    if ours.proven and theirs.value is not None:
        return ours.value is not None and theirs.value >= ours.value
    if theirs.proven and ours.value is not None:
        return theirs.value is not None and ours.value >= theirs.value
    return True


def answer_of(solution: Solution) -> Answer:
    """Return what rfsolve found."""
    proven = solution.status in {Status.OPTIMAL, Status.INFEASIBLE}
    return Answer(solution.outcome.value, proven)


def measure(case: Case, time_limit: float, repeat: int) -> Row:
    """Return the three times of one problem."""
    problem = case.problem

    def ours() -> Solution:
        return solve(problem, time_limit=time_limit, explain=False)

    design = ours().design
    layers = Counter(layer.stack for layer in design.layers) if design else Counter()
    slots = {stack.name: layers[stack.name] + SPARE for stack in problem.stacks}

    def per_layer() -> Answer:
        if design is None:
            raise NotStatedError("no design to take the number of slots from")
        return PerLayerModel(problem, slots).solve(time_limit)

    runs = (lambda: answer_of(ours()), per_layer, lambda: LatticeProgramme(problem).solve(time_limit))
    return Row(case, layers.total(), *side_by_side(repeat, runs))


def summary(rows: Sequence[Row], time_limit: float) -> list[str]:
    """Return the medians; a side that ran out of time counts with the limit, which favours it."""
    notes = [
        _medians("(a)", [(row.ours, row.per_layer) for row in rows], time_limit),
        _medians("(b)", [(row.ours, row.highs) for row in rows], time_limit),
    ]
    seconds = [row.ours.seconds for row in rows if row.ours.seconds is not None]
    return [*notes, f"ours: median {median(seconds):.3f} s, slowest {max(seconds):.3f} s"]


def _medians(side: str, pairs: Sequence[tuple[Timing, Timing]], time_limit: float) -> str:
    ratios = [(theirs.ratio_to(ours), theirs.proven, ours) for ours, theirs in pairs]
    stated = [(ratio, proven, ours) for ratio, proven, ours in ratios if ratio is not None]
    if not stated:
        return f"{side}: states none of these problems"
    finished = [ratio for ratio, proven, _ in stated if proven]
    longer = [ratio for ratio, _, ours in stated if (ours.seconds or 0) * ratio >= NOT_TRIVIAL]
    where = f"{times(median(finished))} where {side} finishes" if finished else "it never finishes"
    hard = f"{times(median(longer))} where {side} needs {NOT_TRIVIAL:g} s" if longer else "none is hard"
    parts = [
        f"{times(median(ratio for ratio, _, _ in stated))} over all {len(stated)}",
        f"{where} ({len(finished)} within {time_limit:g} s)",
        f"{hard} or more ({len(longer)})",
        f"not stated: {len(pairs) - len(stated)}",
    ]
    return f"{side} / ours, medians: {'; '.join(parts)}"


def main() -> int:
    """Run the comparison; 1 where two proofs disagree."""
    options = parser(__doc__, time_limit=60.0, repeat=3)
    options.add_argument("files", nargs="*", type=Path, help="problem files (default: all)")
    chosen = options.parse_args()
    rows = []
    for case in cases(chosen.files):
        progress(case.name)
        rows.append(measure(case, chosen.time_limit, chosen.repeat))
    wrong = [text for row in rows for text in row.disagreements]
    notes = [*summary(rows, chosen.time_limit), *(f"DISAGREEMENT {text}" for text in wrong)]
    cells = [row.cells() for row in rows]
    show("Time to proven optimum", COLUMNS, cells, notes, as_json=chosen.json)
    for text in wrong:
        progress(f"DISAGREEMENT {text}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
