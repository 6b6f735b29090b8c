"""Every family at its default size: what it costs to prove, and how large the model is.

    python tests/benchmarks/families.py
"""

from statistics import median

from rfsolve.search.solve import solve
from rfsolve.space.families import FAMILIES

HEADINGS = ("family", "objective", "layers", "seconds", "variables", "constraints", "rejected", "status")
RUNS = 3


def main() -> None:
    """Print the table."""
    print(row(*HEADINGS))
    print(row(*("---",) * len(HEADINGS)))
    for name, family in FAMILIES.items():
        problem = family()
        solutions = [solve(problem, explain=False) for _ in range(RUNS)]
        solution = solutions[0]
        seconds = median(one.seconds.total for one in solutions)
        print(
            row(
                name,
                f"{solution.outcome.value:,} {solution.outcome.objective.quantity.words}",
                len(solution.design.layers) if solution.design is not None else "none",
                f"{seconds:.2f}",
                f"{solution.size.variables:,}",
                f"{solution.size.constraints:,}",
                solution.rejected,
                solution.status,
            ),
            flush=True,
        )


def row(*cells: object) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
