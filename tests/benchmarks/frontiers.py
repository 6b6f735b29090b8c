"""Whole frontiers: how long until every point is proven, and what thinning models out for a range of floors is worth.

`points` and `questions` to the solver, `models` made for them; `first` is when the first point is there. The last
column is the same frontier where nothing is thinned out, so that one model serves for as long as the floor rises.
"""

import sys
import time
from collections.abc import Sequence
from typing import Any

from timing import parser, progress, show, times

from rfsolve.search import climb
from rfsolve.search.frontier import Ending, frontier
from rfsolve.space.reading import problem_from

COLUMNS = ("frontier", "axes", "ending", "points", "questions", "models", "first s", "seconds", "unthinned/seconds")
Case = tuple[str, dict[str, Any], Sequence[str]]
FIELD = {"receptive_field": {"min": 10, "max": 1000}}
CASES: list[Case] = [
    ("fields 10 to 1,000", {"exit": [FIELD]}, ("parameters", "receptive_field")),
    ("the same, stride 8", {"exit": [{**FIELD, "stride": 8}]}, ("parameters", "receptive_field")),
    (
        "the same, free widths",
        {"defaults": {"widths": [32, 64, 128]}, "exit": [FIELD]},
        ("parameters", "receptive_field"),
    ),
    ("MACs", {"input": {"size": 256}, "exit": [FIELD]}, ("macs", "receptive_field")),
    ("depth", {"exit": [FIELD]}, ("layers", "receptive_field")),
    (
        "three axes",
        {"exit": [{"receptive_field": {"min": 10, "max": 120}}]},
        ("parameters", "receptive_field", "layers"),
    ),
]


def measure(case: Case, time_limit: float, *, thinned: bool) -> tuple[list[str], float]:
    """Return a row, and its seconds."""
    name, table, axes = case
    problem = problem_from(table)
    chain = climb.bounds.chain
    if not thinned:
        climb.bounds.chain = lambda _problem, _found: None
    try:
        started = time.perf_counter()
        found = frontier(problem, axes, time_limit=time_limit)
        first = None
        for _ in found:
            first = first or time.perf_counter() - started
        seconds = time.perf_counter() - started
    finally:
        climb.bounds.chain = chain
    ending = Ending.COMPLETE if found.ending is None else found.ending
    counts = [len(found.points), found.solves, found.models]
    row = [name, ", ".join(axes), ending.value, *map(str, counts), f"{first or seconds:.2f}", f"{seconds:.2f}"]
    return row, seconds


def main() -> int:
    """Measure every frontier."""
    options = parser(__doc__, time_limit=120.0, repeat=1)
    options.add_argument("--quick", action="store_true", help="the first frontier only, and only as it is")
    chosen = options.parse_args()
    rows = []
    for case in CASES[:1] if chosen.quick else CASES:
        progress(case[0])
        row, seconds = measure(case, chosen.time_limit, thinned=True)
        ratio = None if chosen.quick else measure(case, chosen.time_limit, thinned=False)[1] / seconds
        rows.append([*row, times(ratio)])
    show("Whole frontiers", COLUMNS, rows, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
