"""Where the time of an answer goes, in milliseconds: lattice, labels, programme, model, presolve, search, check.

`labels` is the best-first search along a chain; where it settles the problem, only the check follows. Elsewhere,
`programme` is the first design and the thinning, `model` the building of what is left, `presolve` a run that ends after
it, `search` what the whole run takes beyond that. Where the programme finds no first design, a problem is solved twice,
and only the last model is shown.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from cases import Case, cases
from timing import parser, progress, show

from rfsolve.search import bounds, labels
from rfsolve.search.check import broken, checked_design
from rfsolve.search.cpsat import solver_of
from rfsolve.search.engine import Engine, Settings
from rfsolve.search.implied import with_implied
from rfsolve.search.lattice import Found, Lattice, lattices
from rfsolve.search.model import Model
from rfsolve.search.placement import Placement
from rfsolve.space.problem import COSTS, Problem

Made = TypeVar("Made")
STAGES = ("lattice", "labels", "programme", "model", "presolve", "search", "check")
LIMIT = 30.0


def import_seconds() -> float:
    """Return what importing all of the search takes in a process of its own, CP-SAT included, beyond an empty one."""

    def once(code: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    return min(once("import rfsolve.search.proof") for _ in range(3)) - min(once("pass") for _ in range(3))


class Clock:
    """Times one stage after another."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, stage: str, work: Callable[[], Made]) -> Made:
        """Do the work of a stage."""
        started = time.perf_counter()
        made = work()
        self.seconds[stage] = time.perf_counter() - started
        return made


def stages(case: Case) -> dict[str, float]:
    """Return the seconds of each stage of one answer."""
    clock = Clock()
    problem, objective = with_implied(case.problem), case.problem.objectives[0]
    found = clock.timed("lattice", lambda: lattices(problem))
    chain = bounds.chain(problem, found) if objective.quantity in COSTS else None
    placement = None
    settled = clock.timed("labels", lambda: None if chain is None else labels.cheapest(problem, chain))
    if settled is None:
        moves, start = clock.timed("programme", lambda: thinned(problem, found, chain))
        settled = clock.timed("again", lambda: None if start is None else labels.cheapest_at(problem, moves, start))
        clock.seconds["labels"] += clock.seconds["again"]
        placement = _solved(problem, clock, moves, start) if settled is None else None
    placement = placement if settled is None else settled.placement
    if placement is None:
        raise SystemExit(f"{case.name}: no design in {LIMIT:g} s")
    clock.timed("check", lambda: broken(problem, checked_design(problem, placement)))
    return {**dict.fromkeys(STAGES, 0.0), **clock.seconds}


def thinned(
    problem: Problem, found: Found, chain: Mapping[str, Lattice] | None
) -> tuple[dict[str, Any], bounds.Start | None]:
    """Return what is left beside a first design, and what the programme found."""
    if chain is None:
        return dict(found), None
    start = bounds.start(problem, chain, problem.objectives[0].quantity)
    return dict(bounds.thinned(problem, start)), start


def modelled(problem: Problem, moves: Found, start: bounds.Start | None) -> Model:
    """Return the model that CP-SAT gets."""
    model = Model(problem, moves)
    model.put_twins_in_order()
    model.set_objective(problem.objectives[0])
    if start is not None and start.known is not None:
        model.hint(start.known)
    return model


def _solved(problem: Problem, clock: Clock, moves: Found, start: bounds.Start | None) -> Placement | None:
    """Return what CP-SAT finds."""
    model = clock.timed("model", lambda: modelled(problem, moves, start))
    engine = Engine(deadline=time.perf_counter() + LIMIT, seed=0, workers=1)
    solver = solver_of(Settings(seconds=LIMIT, work=inf, seed=0, workers=1, gap=0.0), light=True)
    solver.parameters.stop_after_presolve = True
    clock.timed("presolve", lambda: solver.solve(model.cp))
    run = clock.timed("search", lambda: engine.run(model))
    clock.seconds["search"] = max(0.0, clock.seconds["search"] - clock.seconds["presolve"])
    return run.placement


def main() -> int:
    """Show the stages of every problem, and the medians."""
    options = parser(__doc__, time_limit=LIMIT, repeat=3)
    options.add_argument("files", nargs="*", type=Path, help="problem files (default: all)")
    chosen = options.parse_args()
    rows, best = [], []
    for case in cases(chosen.files):
        progress(case.name)
        runs = [stages(case) for _ in range(chosen.repeat)]
        best.append({stage: min(run[stage] for run in runs) for stage in STAGES})
        cells = [f"{1000 * best[-1][stage]:.1f}" for stage in STAGES]
        rows.append((case.name, *cells, f"{1000 * sum(best[-1].values()):.1f}"))
    typical = ", ".join(f"{stage} {1000 * median(one[stage] for one in best):.1f}" for stage in STAGES)
    notes = [f"medians: {typical} ms; the import before all that: {1000 * import_seconds():.0f} ms"]
    show("Where the time goes", ("problem", *STAGES, "sum"), rows, notes, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
