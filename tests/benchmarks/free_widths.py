"""Free widths: proof time, and what thinning the lattice before the proof is worth.

Six widths to choose from, field 200, jumps to 8. On the one side the whole of `solve`; on the other
the full lattice model under the same CP-SAT settings, nothing thinned out and no design known.
"""

import sys
import time
from functools import partial
from itertools import product
from statistics import median

from cases import FREE_WIDTHS, first_objective, one_stack
from formulations import answer_of
from timing import Answer, NotStatedError, Timing, best_of, parser, progress, show, times

from rfsolve.search import bounds
from rfsolve.search.engine import Engine
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.solution import Status
from rfsolve.search.solve import solve
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from

EXIT_WIDTHS = (None, 128, 256, 512)
CAPS = (None, 12, 6)
COLUMNS = ("problem", "objective", "solve s", "moves", "thinned", "full model s", "full/solve")


def name_of(width: int | None, cap: int | None) -> str:
    """Return the row's name."""
    ending = "any exit width" if width is None else f"exit width {width}"
    return ending + ("" if cap is None else f", <= {cap} layers")


def problem_of(width: int | None, cap: int | None) -> Problem:
    """Return the problem of a row."""
    exit_: dict[str, object] = {"stride": {"max": 8}}
    if width is not None:
        exit_["width"] = width
    limits = {} if cap is None else {"layers": {"max": cap}}
    return first_objective(problem_from(one_stack(200, exit_=exit_, **FREE_WIDTHS, **limits)))


def whole_solve(problem: Problem, time_limit: float) -> Answer:
    """Return what a user gets."""
    return answer_of(solve(problem, time_limit=time_limit, explain=False))


def full_model(problem: Problem, time_limit: float) -> Answer:
    """Return the optimum of the whole lattice."""
    engine = Engine(deadline=time.perf_counter() + time_limit, seed=0, workers=1)
    model = Model(problem, lattices(problem))
    model.set_objective(problem.objectives[0])
    run = engine.run(model)
    value = None if run.value is None else model.in_units(problem.objectives[0], run.value)
    return Answer(value, proven=run.status in {Status.OPTIMAL, Status.INFEASIBLE})


def moves(problem: Problem, known: float | None) -> tuple[int, int]:
    """Return the number of moves, and of those that survive an incumbent as good as the optimum."""
    found = bounds.chain(problem, lattices(problem))
    if found is None:
        raise NotStatedError("branches")
    before = sum(len(lattice.moves) for lattice in found.values())
    if known is None:
        return before, before
    tariffs = bounds.start(problem, found, problem.objectives[0].quantity).tariffs
    thinned = bounds.thin_out(problem, found, tariffs, int(known))
    return before, sum(len(lattice.moves) for lattice in thinned.values())


def main() -> int:
    """Print a row for each problem; 1 where the two sides prove different optima."""
    chosen = parser(__doc__, time_limit=60.0, repeat=3).parse_args()
    rows: list[tuple[str, ...]] = []
    ours: list[Timing] = []
    wrong = []
    for width, cap in product(EXIT_WIDTHS, CAPS):
        name, problem = name_of(width, cap), problem_of(width, cap)
        progress(name)
        mine = best_of(chosen.repeat, partial(whole_solve, problem, chosen.time_limit))
        full = best_of(chosen.repeat, partial(full_model, problem, chosen.time_limit))
        ours.append(mine)
        value = mine.answer.value if mine.answer else None
        before, after = moves(problem, value)
        if mine.proven and full.proven and full.answer != mine.answer:
            wrong.append(f"DISAGREEMENT {name}: full model {full.answer}, rfsolve {mine.answer}")
        ratio = times(full.ratio_to(mine), at_least=not full.proven)
        shown = "no design" if value is None else f"{value:,.0f}"
        rows.append((name, shown, str(mine), f"{before:,}", f"{after:,}", str(full), ratio))
    seconds = [timing.seconds for timing in ours if timing.seconds is not None]
    spread = f"solve: median {median(seconds):.3f} s, slowest {max(seconds):.3f} s (aim: 0.5 s)"
    show("Free widths, field 200", COLUMNS, rows, [spread, *wrong], as_json=chosen.json)
    for text in wrong:
        progress(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
