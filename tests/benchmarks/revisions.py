"""This tree against another revision of it, problem by problem, in one run: the ratio of the times to solve.

The problems are those of the library that the other revision has too. Both trees answer in a process of their own, in
turns, so that a busy machine slows both alike.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import geometric_mean, median

from timing import parser, progress, show

ROOT = Path(__file__).parents[2]
COLUMNS = ("problem", "there, s", "here, s", "here / there")

WORKER = """
import sys, time
from rfsolve import load_problem, solve
for line in sys.stdin:
    problem = load_problem(line.strip())
    started = time.perf_counter()
    solution = solve(problem, explain=False)
    print(time.perf_counter() - started, solution.outcome.value, flush=True)
"""


class Tree:
    """A checkout with a process that solves what it is told."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={"PYTHONPATH": str(root)},
        )

    def solve(self, path: Path) -> tuple[float, str]:
        """Return the seconds that the problem took, and its objective."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the worker has no pipes")
        stdin.write(f"{path}\n")
        stdin.flush()
        seconds, value = stdout.readline().split()
        return float(seconds), value


def main() -> None:
    """Print the ratios."""
    options = parser(__doc__, time_limit=60.0, repeat=7)
    options.add_argument("revision", help="what to compare with, such as main~1")
    chosen = options.parse_args()
    git = ("git", "-C", str(ROOT), "worktree")
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "other"
        subprocess.run([*git, "add", "--detach", str(other), chosen.revision], check=True, capture_output=True)
        try:
            rows, ratios = compared(other, chosen.repeat)
        finally:
            subprocess.run([*git, "remove", "--force", str(other)], check=True)
    notes = [f"median ratio {median(ratios):.2f}, geometric mean {geometric_mean(ratios):.2f}"]
    show(f"this tree against {chosen.revision}", COLUMNS, rows, notes, as_json=chosen.json)


def compared(other: Path, repeat: int) -> tuple[list[tuple[str, ...]], list[float]]:
    """Return a row for each common problem, median seconds of both trees and their ratio, and the ratios."""
    here, there = Tree(ROOT), Tree(other)
    rows: list[tuple[str, ...]] = []
    ratios = []
    for path in sorted((other / "problems").glob("*.toml")):
        progress(path.stem)
        runs = [(here.solve(path), there.solve(path)) for _ in range(repeat + 1)][1:]  # the first one imports
        values = {value for run in runs for _, value in run}
        new, old = (median(run[side][0] for run in runs) for side in (0, 1))
        ratios.append(new / old)
        agree = f"{new / old:.2f}" if len(values) == 1 else f"objectives differ: {', '.join(sorted(values))}"
        rows.append((path.stem, f"{old:.3f}", f"{new:.3f}", agree))
    return rows, ratios


if __name__ == "__main__":
    main()
