"""What the first look without much presolve saves: CP-SAT on every model that it gets, with the look and without.

The models are those of all problems that labels do not settle, and of random problems on graphs. Times are the
processor's; 1.0x is a run with full presolve from the start.
"""

import sys
import time
from math import inf
from pathlib import Path
from statistics import geometric_mean

from cases import Case, cases
from timing import parser, progress, show
from where import modelled, thinned

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from rfsolve.search import bounds, cpsat, labels  # noqa: E402
from rfsolve.search.engine import Settings  # noqa: E402
from rfsolve.search.implied import with_implied  # noqa: E402
from rfsolve.search.lattice import Found, lattices  # noqa: E402
from rfsolve.search.model import Model  # noqa: E402
from rfsolve.space.problem import COSTS  # noqa: E402
from rfsolve.space.reading import problem_from  # noqa: E402
from tests.oracle.random_problems import random_problem  # noqa: E402

RANDOM = 60
LIMIT = 30.0


def model_of(case: Case) -> Model | None:
    """Return the model that CP-SAT gets, None where it gets none."""
    problem = with_implied(case.problem)
    objective = problem.objectives[0]
    found: Found = lattices(problem)
    if not all(one.exits for one in found.values()):
        return None
    chain = bounds.chain(problem, found) if objective.quantity in COSTS else None
    if chain is not None and labels.cheapest(problem, chain) is not None:
        return None
    moves, start = thinned(problem, found, chain)
    if start is not None and labels.cheapest_at(problem, moves, start) is not None:
        return None
    return modelled(problem, moves, start)


def seconds(model: Model, look: float, repeat: int) -> float:
    """Return the processor's time of the fastest run."""
    cpsat.LOOK = look
    settings = Settings(seconds=LIMIT, work=inf, seed=0, workers=1, gap=0.0)
    best = inf
    for _ in range(repeat):
        model.easy = True
        started = time.process_time()
        cpsat.best(model, settings, None)
        best = min(best, time.process_time() - started)
    return best


def main() -> int:
    """Show each problem's times, and the geometric means of the ratios."""
    options = parser(__doc__, time_limit=LIMIT, repeat=3)
    options.add_argument("files", nargs="*", type=Path, help="problem files (default: all)")
    chosen = options.parse_args()
    look = cpsat.LOOK
    drawn = [Case(f"random {seed}", problem_from(random_problem(seed).table)) for seed in range(RANDOM)]
    rows, ratios = [], {"problems": [], "random ones": []}
    for case in (*cases(chosen.files), *(() if chosen.files else drawn)):
        model = model_of(case)
        if model is None:
            continue
        progress(case.name)
        without, looked = (seconds(model, one, chosen.repeat) for one in (0.0, look))
        of = "random ones" if case in drawn else "problems"
        ratios[of].append(looked / without)
        size = model.size
        if of == "problems":
            rows.append(
                (
                    case.name,
                    str(size.variables),
                    f"{1000 * without:.1f}",
                    f"{1000 * looked:.1f}",
                    f"{ratios[of][-1]:.2f}x",
                )
            )
    notes = [
        f"{of}: geometric mean {geometric_mean(found):.2f}x over {len(found)}, at worst {max(found):.2f}x"
        for of, found in ratios.items()
        if found
    ]
    columns = ("problem", "variables", "full presolve ms", "first look ms", "ratio")
    show("The first look", columns, rows, notes, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
