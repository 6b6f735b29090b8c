"""This tree against another revision of it, problem by problem, in one run: the ratio of the times to solve.

    python tests/benchmarks/revisions.py REVISION [--repeat 5]

The problems are those of the library that the other revision has too. Both trees answer in a process of their own, in
turns, so that a busy machine slows both alike.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import geometric_mean, median

ROOT = Path(__file__).parents[2]

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
    parser = argparse.ArgumentParser()
    parser.add_argument("revision")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        other_root = Path(folder) / "other"
        git = ("git", "-C", str(ROOT), "worktree")
        subprocess.run([*git, "add", "--detach", str(other_root), options.revision], check=True, capture_output=True)
        try:
            compare(other_root, options.repeat)
        finally:
            subprocess.run([*git, "remove", "--force", str(other_root)], check=True)


def compare(other_root: Path, repeat: int) -> None:
    """Print, for each common problem, the median seconds of both trees and their ratio."""
    here, there = Tree(ROOT), Tree(other_root)
    ratios = []
    print("| problem | there, s | here, s | here / there |\n| --- | --- | --- | --- |")
    for path in sorted((other_root / "problems").glob("*.toml")):
        runs = [(here.solve(path), there.solve(path)) for _ in range(repeat + 1)][1:]  # the first one imports
        if len({value for run in runs for _, value in run}) > 1:
            print(f"| {path.stem} | objectives differ: {json.dumps(runs)} | | |")
            continue
        new, old = (median(run[side][0] for run in runs) for side in (0, 1))
        ratios.append(new / old)
        print(f"| {path.stem} | {old:.3f} | {new:.3f} | {ratios[-1]:.2f} |", flush=True)
    print(f"\nmedian {median(ratios):.2f}, geometric mean {geometric_mean(ratios):.2f}")


if __name__ == "__main__":
    main()
