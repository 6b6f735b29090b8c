"""The table of the problem library: `python -m tests.problems.table` writes problems/README.md.

What a row says comes from the problem's file; the number of layers from the design found.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from rfsolve.search.solution import Solution
from rfsolve.search.solve import solve
from rfsolve.space.problem import Problem
from rfsolve.space.reading import load_problem

LIBRARY = Path(__file__).parents[2] / "problems"
README = LIBRARY / "README.md"
SECONDS = 60.0
LESSON = "# Lesson: "
HEADINGS = ("problem", "what it teaches", "objective", "known", "layers", "field asked (pixels)")
INTRODUCTION = """\
# Problems

Each file is a whole problem, from real use or from a paper, with its best known objective.
`rfsolve solve problems/seed-three-3x3.toml` solves one. Every objective below is proven optimal,
and the tests solve all of them again. Read a file from its top: it says what to look for.

A block of several convolutions counts as one layer. The field asked is one number for every axis,
or (depth x) height x width, exit by exit; `s3fd of 32` leaves it to that policy.
This page is written by `python -m tests.problems.table`.

"""


def paths() -> list[Path]:
    """The library's files in order of their names."""
    return sorted(LIBRARY.glob("*.toml"))


def table_of(path: Path) -> dict[str, Any]:
    """What a file says."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def lesson_of(path: Path) -> str:
    """The first line of a file's leading comment."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return first.removeprefix(LESSON) if first.startswith(LESSON) else ""


@cache
def solved(path: Path) -> tuple[Problem, Solution]:
    """A file's problem and the answer to it, once for all who ask."""
    problem = load_problem(path)
    return problem, solve(problem, time_limit=SECONDS, explain=False)


def goal(table: dict[str, Any]) -> str:
    """The first objective in words: `fewest parameters` or `largest entropy`."""
    objective = table.get("objective", {})
    if "maximise" in objective:
        return "largest " + objective["maximise"].replace("_", " ")
    names = objective.get("minimise", "parameters")
    listed = names if isinstance(names, str) else ", then ".join(names)
    return "fewest " + listed.replace("macs", "MACs")


def field(exit_: dict[str, Any]) -> str:
    """The field that an exit asks for, as `>= 212`, `= 7`, `49 to 98` or the policy's name."""
    if "object_size" in exit_:
        size = exit_["object_size"]
        return f"{size['policy']} of {size['value']}"
    asked = exit_.get("receptive_field")
    if not isinstance(asked, dict):
        return f">= {_number(asked)}"
    if "exact" in asked:
        return f"= {_number(asked['exact'])}"
    if "min" in asked and "max" in asked:
        return f"{_number(asked['min'])} to {_number(asked['max'])}"
    return f">= {_number(asked['min'])}" if "min" in asked else f"<= {_number(asked['max'])}"


def _number(value: int | list[int]) -> str:
    return " x ".join(map(str, value)) if isinstance(value, list) else str(value)


def page() -> str:
    """The whole of problems/README.md."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(row(path) for path in paths())]
    return INTRODUCTION + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def row(path: Path) -> tuple[str, ...]:
    """A problem's cells, in the order of the headings."""
    table = table_of(path)
    _, solution = solved(path)
    known = table["known"]["objective"]
    number = f"{known:,}" if isinstance(known, int) else f"{known:,.2f}"
    return (
        f"[{path.stem}]({path.name})",
        lesson_of(path),
        goal(table),
        number,
        "none" if solution.design is None else str(len(solution.design.layers)),
        ", ".join(field(exit_) for exit_ in table["exit"]),
    )


if __name__ == "__main__":
    README.write_text(page(), encoding="utf-8")
