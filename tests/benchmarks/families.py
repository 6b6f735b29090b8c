"""Every family at its default size: what it takes to prove, and how large the model is."""

from statistics import median

from timing import parser, progress, show

from rfsolve.search.solve import solve
from rfsolve.space.families import FAMILIES

COLUMNS = ("family", "objective", "layers", "seconds", "variables", "constraints", "rejected", "status")


def main() -> None:
    """Print a row for each family."""
    chosen = parser(__doc__, time_limit=60.0, repeat=5).parse_args()
    rows = []
    for name, family in FAMILIES.items():
        progress(name)
        problem = family()
        solutions = [solve(problem, time_limit=chosen.time_limit, explain=False) for _ in range(chosen.repeat)]
        first = solutions[0]
        rows.append(
            (
                name,
                f"{first.outcome.value:,} {first.outcome.objective.quantity.words}",
                "none" if first.design is None else str(len(first.design.layers)),
                f"{median(one.seconds.total for one in solutions):.2f}",
                f"{first.size.variables:,}",
                f"{first.size.constraints:,}",
                str(first.rejected),
                str(first.status),
            )
        )
    notes = [f"median of {chosen.repeat} runs; rejected: candidates that the recurrence refused"]
    show("families at their default size", COLUMNS, rows, notes, as_json=chosen.json)


if __name__ == "__main__":
    main()
