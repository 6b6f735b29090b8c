"""What people would use instead, on the same problems: other solvers, other models, and samplers.

Time to the proven optimum of rfsolve, of the per-layer CP-SAT model (per_layer.py) and of the lattice model under HiGHS
and SCIP, on every problem that one of them can state; and, on one problem of each kind, how far from that optimum the
best design of Optuna's TPE and NSGA-II and of pymoo's NSGA-II is, after ten times rfsolve's time and at the end. The
samplers see the same space (genes.py), and the recurrence as constraint. Where proofs disagree, or a sampler beats one,
the exit code is 1.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isinf
from pathlib import Path
from statistics import median

from cases import Case, cases
from genes import GeneSpace
from highs import LatticeProgramme
from per_layer import SPARE, PerLayerModel
from samplers import SAMPLERS, Trace, sampled
from scip import solve_with_scip
from timing import Answer, NotStatedError, Timing, parser, progress, show, side_by_side, times

from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve

SIDES = ("per-layer CP-SAT", "HiGHS", "SCIP")
COLUMNS = ("problem", "optimum", "ours s", *(f"{side} s" for side in SIDES), *(f"{name} gap" for name in SAMPLERS))
CHOSEN = (
    "field 200",
    "free widths, field 200",
    "LFFD, eight exits",
    "mobile-separable-macs",
    "erf-lane-marking",
)
"""What is sampled, one of each kind, for twenty minutes in all: plain, free widths, exits, MACs, an effective field."""

NOT_TRIVIAL = 0.1
"""Seconds; below, building the model and the fixed costs of a solver are most of the time."""

TIMES = 10
SHORTEST = 0.1
"""Seconds that a sampler has at least, whatever rfsolve needs."""


@dataclass(frozen=True, slots=True)
class Row:
    """One problem: the times of those that prove, and the traces of those that do not."""

    case: Case
    ours: Timing
    provers: Sequence[Timing]
    traces: Sequence[Trace | None]
    sampled: bool

    @property
    def optimum(self) -> float:
        """The proven optimum."""
        value = self.ours.answer.value if self.ours.answer is not None else None
        return inf if value is None else value

    @property
    def early(self) -> float:
        """The samplers' first look: ten times our seconds."""
        return max(SHORTEST, TIMES * (self.ours.seconds or 0.0))

    def gaps(self, trace: Trace) -> tuple[float, float]:
        """Return how much dearer a sampler's best is, relative to the optimum, early and at the end."""
        early, late = (trace.best(by) / max(1.0, self.optimum) - 1 for by in (self.early, inf))
        return early, late

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        missing = "not stated" if self.sampled else "-"
        shown = [
            missing if trace is None else " / ".join(_percent(gap) for gap in self.gaps(trace)) for trace in self.traces
        ]
        return (self.case.name, f"{self.optimum:,.0f}", str(self.ours), *map(str, self.provers), *shown)

    @property
    def disagreements(self) -> list[str]:
        """Who contradicts our proof."""
        wrong = [
            f"{self.case.name}: {side} proves {timing.answer.value}, rfsolve {self.optimum}"
            for side, timing in zip(SIDES, self.provers, strict=True)
            if timing.answer is not None and timing.proven and timing.answer.value != self.optimum
        ]
        return wrong + [
            f"{self.case.name}: {name} finds {trace.best()}, rfsolve {self.optimum}"
            for name, trace in zip(SAMPLERS, self.traces, strict=True)
            if trace is not None and trace.best() < self.optimum
        ]


def _percent(gap: float) -> str:
    return "none" if isinf(gap) else f"{100 * gap:.0f} %"


def measure(case: Case, time_limit: float, sampling: float, repeat: int) -> Row:
    """Return what all sides make of one problem; samplers where they have time."""

    def ours() -> Solution:
        return solve(case.problem, time_limit=time_limit, explain=False)

    design = ours().design
    if design is None:
        raise SystemExit(f"{case.name}: no design within {time_limit:g} s to compare with")
    layers = Counter(layer.stack for layer in design.layers)
    places = {stack.name: layers[stack.name] + SPARE for stack in case.problem.stacks}
    runs: list[Callable[[], Answer]] = [
        lambda: _answer(ours()),
        lambda: PerLayerModel(case.problem, places).solve(time_limit),
        lambda: LatticeProgramme(case.problem).solve(time_limit),
        lambda: solve_with_scip(LatticeProgramme(case.problem), time_limit),
    ]
    mine, *provers = side_by_side(repeat, runs)
    traces = [_traced(case, places, name, sampling) if sampling else None for name in SAMPLERS]
    return Row(case, mine, provers, traces, sampled=sampling > 0)


def _answer(solution: Solution) -> Answer:
    return Answer(solution.outcome.value, solution.status in {Status.OPTIMAL, Status.INFEASIBLE})


def _traced(case: Case, places: dict[str, int], name: str, seconds: float) -> Trace | None:
    progress(f"{case.name}: {name}")
    try:
        return sampled(name, GeneSpace(case.problem, places), seconds)
    except NotStatedError:
        return None


def summary(rows: Sequence[Row], sampling: float) -> list[str]:
    """Return the medians; a side that ran out of time counts with the limit, which favours it."""
    notes = []
    for i, side in enumerate(SIDES):
        ratios = [ratio for row in rows if (ratio := row.provers[i].ratio_to(row.ours)) is not None]
        unproven = sum(row.provers[i].seconds is not None and not row.provers[i].proven for row in rows)
        longer = [
            ratio
            for row in rows
            if (ratio := row.provers[i].ratio_to(row.ours)) is not None
            and (row.provers[i].seconds or 0.0) >= NOT_TRIVIAL
        ]
        if ratios:
            text = f"{side} / ours: median {times(median(ratios))} over {len(ratios)}"
            hard = f"{times(median(longer))} over the {len(longer)} where it needs" if longer else "none where it needs"
            notes.append(f"{text}, {hard} {NOT_TRIVIAL:g} s or more; {unproven} not proven in time")
    for i, name in enumerate(SAMPLERS):
        traces = [(row, trace) for row in rows if (trace := row.traces[i]) is not None]
        if traces:
            early, late = zip(*(row.gaps(trace) for row, trace in traces), strict=True)
            optimal = sum(gap == 0 for gap in late)
            tried = median(trace.tried for _, trace in traces)
            notes.append(
                f"{name}: median gap {_percent(median(early))} after {TIMES}x our time, {_percent(median(late))} after "
                f"{sampling:g} s ({tried:,.0f} designs tried); optimal in {optimal} of {len(traces)}"
            )
    return notes


def main() -> int:
    """Run the comparison; 1 where somebody contradicts a proof."""
    options = parser(__doc__, time_limit=60.0, repeat=3)
    options.add_argument(
        "--sampling", type=float, default=60.0, metavar="SECONDS", help="for each sampler (default 60)"
    )
    options.add_argument("--all", action="store_true", help="sample every problem, in place of five (hours)")
    options.add_argument("files", nargs="*", type=Path, help="problem files (default: all), each of them sampled")
    chosen = options.parse_args()
    rows = []
    for case in cases(chosen.files):
        progress(case.name)
        sampled = chosen.files or chosen.all or case.name in CHOSEN
        row = measure(case, chosen.time_limit, chosen.sampling if sampled else 0.0, chosen.repeat)
        if sampled or any(timing.seconds is not None for timing in row.provers):
            rows.append(row)
    wrong = [text for row in rows for text in row.disagreements]
    notes = [*summary(rows, chosen.sampling), *(f"DISAGREEMENT {text}" for text in wrong)]
    show(
        f"Gaps: after {TIMES}x our time / at the end",
        COLUMNS,
        [row.cells() for row in rows],
        notes,
        as_json=chosen.json,
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
