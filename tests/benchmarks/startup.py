"""Whole commands as a shell sees them: process start, imports, solving, checking, printing.

The main job is held against importing what it stands on, `--help` against an empty Python.
"""

import subprocess
import sys
from pathlib import Path

from timing import Answer, Timing, best_of, parser, progress, show, times

ROOT = Path(__file__).parents[2]
RFSOLVE = (sys.executable, "-m", "rfsolve")
COMMANDS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "import ortools, networkx, numpy": (
        sys.executable,
        "-c",
        "import ortools.sat.python.cp_model, networkx, numpy",
    ),
    "rfsolve --help": (*RFSOLVE, "--help"),
    "rfsolve --target-rf 200 --max-params": (*RFSOLVE, "--target-rf", "200", "--max-params"),
}
HEAVY = ("ortools", "networkx", "numpy", "torch", "pandas")
"""What `--help` must not import."""


def finished(command: tuple[str, ...], limit: float) -> subprocess.CompletedProcess[str]:
    """Return a command that has run, in the repository's root."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False)


def measure(command: tuple[str, ...], time_limit: float, repeat: int) -> Timing:
    """Return the time of a command that must succeed."""

    def run() -> Answer:
        done = finished(command, time_limit)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
        return Answer(None, proven=True)

    return best_of(repeat, run)


def imported_by_help(limit: float) -> list[str]:
    """Return the heavy packages that `rfsolve --help` imports."""
    done = finished((sys.executable, "-X", "importtime", "-m", "rfsolve", "--help"), limit)
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    return [name for name in HEAVY if name in modules]


def main() -> int:
    """Print a row for each command; 1 where `--help` imports what it must not."""
    chosen = parser(__doc__, time_limit=60.0, repeat=10).parse_args()
    timings = {}
    for name, command in COMMANDS.items():
        progress(name)
        timings[name] = measure(command, chosen.time_limit, chosen.repeat)
    empty, imports = list(timings.values())[:2]
    rows = [
        (name, str(timing), times(timing.ratio_to(empty)), times(timing.ratio_to(imports)))
        for name, timing in timings.items()
    ]
    heavy = imported_by_help(chosen.time_limit)
    notes = [f"rfsolve --help imports {', '.join(heavy) or 'none'} of {', '.join(HEAVY)}"]
    columns = ("command", "seconds", "to empty Python", "to the imports")
    show("Whole commands", columns, rows, notes, as_json=chosen.json)
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
