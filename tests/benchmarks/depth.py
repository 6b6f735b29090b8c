"""Solve time against the number of layers allowed: flat is the claim, as repeats are counts."""

import sys

from cases import Table, first_objective, one_stack
from timing import Answer, Timing, best_of, parser, progress, show, times

from rfsolve.search.solution import Status
from rfsolve.search.solve import solve
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from

DEPTHS = (10, 20, 50, 100, 200, 500, 1000)
CASES: dict[str, tuple[int, Table]] = {
    "field 200": (200, {}),
    "field 200, no dilation": (200, {"dilations": [1]}),
    "field 1000": (1000, {}),
    "field 1000, width 64, no dilation": (1000, {"widths": 64, "dilations": [1]}),
}


def measure(problem: Problem, time_limit: float, repeat: int) -> Timing:
    """Return the time from problem to checked design."""

    def run() -> Answer:
        solution = solve(problem, time_limit=time_limit, explain=False)
        proven = solution.status in {Status.OPTIMAL, Status.INFEASIBLE}
        return Answer(solution.outcome.value, proven)

    return best_of(repeat, run)


def main() -> int:
    """Print a row for each problem and depth."""
    chosen = parser(__doc__, time_limit=60.0, repeat=5).parse_args()
    rows = []
    worst = 0.0
    for name, (field, choices) in CASES.items():
        progress(name)
        timings = {}
        for depth in DEPTHS:
            table = one_stack(field, layers={"max": depth}, **choices)
            problem = first_objective(problem_from(table))
            timings[depth] = measure(problem, chosen.time_limit, chosen.repeat)
        for depth, timing in timings.items():
            ratio = timing.ratio_to(timings[DEPTHS[0]])
            worst = max(worst, ratio or 0.0)
            value = timing.answer.value if timing.answer else None
            shown = "no design" if value is None else f"{value:,.0f}"
            rows.append((name, str(depth), shown, str(timing), times(ratio)))
    columns = ("problem", "layers allowed", "objective", "seconds", "to 10 layers")
    notes = [f"largest ratio: {times(worst)} (flat is the claim)"]
    show("Time against depth", columns, rows, notes, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
