"""What `rfsolve solve` does: options to a problem, the search, and the answer on stdout."""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending, say
from rfsolve.cli.folders import check_folder, write_folder
from rfsolve.cli.problem_options import Options, lay_over
from rfsolve.cli.problem_table import ProblemTable
from rfsolve.cli.watching import Watching
from rfsolve.errors import ProblemError
from rfsolve.report.solution_json import solution_document
from rfsolve.report.solution_page import print_solution
from rfsolve.report.terminal import stdout_console
from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from, read_table

ENDINGS = {
    Status.OPTIMAL: Ending.DONE,
    Status.FEASIBLE: Ending.DONE,
    Status.INFEASIBLE: Ending.INFEASIBLE,
    Status.UNKNOWN: Ending.OUT_OF_TIME,
}


def run(options: Options) -> int:
    """Solve the problem that the options state, print the answer, and return the exit code."""
    collector.resume()
    problem, table = stated(options)
    folder = None if options["folder"] is None else DesignFolder(options["folder"], force=options["force"])
    with Watching(problem.objectives[0]) as watching:
        solution = solve(
            problem,
            time_limit=options["time_limit"],
            seed=options["seed"],
            workers=options["workers"],
            progress=watching.see,
        )
    if options["as_json"]:
        click.echo(json.dumps(solution_document(solution, problem), indent=2, allow_nan=False))
    else:
        print_solution(stdout_console(), problem, solution)
    if folder is not None and solution.design is not None:
        folder.write(problem, table, solution)
    return ENDINGS[solution.status]


class DesignFolder:
    """Where a design goes with all that belongs to it; what writes it is imported only where it is asked for."""

    def __init__(self, word: str, *, force: bool) -> None:
        self._word = word
        self._writer = import_module("rfsolve.report.design_folder")
        check_folder(word, self._writer.FILES, force=force)

    def write(self, problem: Problem, table: Mapping[str, Any], solution: Solution) -> None:
        """Write the files, all or none."""
        files: Mapping[str, str] = self._writer.design_files(problem, table, solution)
        write_folder(self._word, files)
        say(f"wrote {self._word}: {', '.join(sorted(files))}")


def problem_of(options: Options) -> Problem:
    """Return the problem of the file with the options laid over it; see `stated`."""
    return stated(options)[0]


def stated(options: Options) -> tuple[Problem, Mapping[str, Any]]:
    """Return the problem of the file with the options laid over it, and as a table of the problem language.

    Raises:
        RfsolveError: with every mistake in both.

    """
    place = options["problem"]
    table = ProblemTable({} if place is None else read_table(place))
    lay_over(table, options)
    if place is None and not table.mistakes and not table.table.get("exit"):
        raise click.UsageError(
            "nothing to design for, expected a problem file or one of --target-rf, --target-erf, --object-size"
        )
    try:
        problem = problem_from(table.table, place=place or "", origins=table.origins)
    except ProblemError as error:
        raise ProblemError([*table.mistakes, *error.mistakes]) from None
    if table.mistakes:
        raise ProblemError(table.mistakes)
    return problem, table.table
