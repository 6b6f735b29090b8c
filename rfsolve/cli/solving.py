"""What `rfsolve solve` does: options to a problem, the search, and the answer on stdout."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.caching import cache_of
from rfsolve.cli.ending import Ending, say
from rfsolve.cli.folders import check_folder, write_folder
from rfsolve.cli.problem_options import Options, lay_over, unfold
from rfsolve.cli.watching import Watching
from rfsolve.errors import ProblemError
from rfsolve.report.design_folder import FILES, design_files
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
    folder = options["folder"]
    if folder is not None:
        check_folder(folder, FILES, force=options["force"])
    with Watching(problem.objectives[0]) as watching:
        solution = _solved(problem, options, watching)
    if options["explain"]:
        solution = _priced(problem, options, solution)
    if options["as_json"]:
        click.echo(json.dumps(solution_document(solution, problem), indent=2, allow_nan=False))
    else:
        print_solution(stdout_console(), problem, solution)
    if folder is not None and solution.design is not None:
        write_folder(folder, design_files(problem, table, solution))
        say(f"wrote {folder}: {', '.join(sorted(FILES))}")
    return ENDINGS[solution.status]


def _solved(problem: Problem, options: Options, watching: Watching) -> Solution:
    """Return the solution, with several designs where an option asks for them."""
    settings = {name: options[name] for name in ("time_limit", "seed", "workers")}
    listed = _listed(problem, options)
    if not listed:
        return solve(problem, **settings, progress=watching.see, cache=cache_of(options))
    from rfsolve.search.alternatives import alternatives  # noqa: PLC0415 - most searches want one design

    return alternatives(problem, **listed, **settings, explain=True, progress=watching.see)


def _priced(problem: Problem, options: Options, solution: Solution) -> Solution:
    """Return the solution with prices, as far as they are proven in the time that is left; Ctrl-C leaves them out."""
    from rfsolve.search.prices import prices  # noqa: PLC0415 - most searches want none

    started = time.perf_counter()
    left = max(0.0, options["time_limit"] - solution.seconds.total)
    with suppress(KeyboardInterrupt):
        priced = prices(problem, solution, time_limit=left, seed=options["seed"], workers=options["workers"])
        solution = replace(solution, prices=priced)
    spent = solution.seconds.explain + time.perf_counter() - started
    return replace(solution, seconds=replace(solution.seconds, explain=spent))


def _listed(problem: Problem, options: Options) -> dict[str, Any]:
    """Return which designs are asked for besides the best one; nothing where none are. UsageError for more than one."""
    asked = [name for name in ("top", "diverse", "all_optimal") if options[name]]
    if len(asked) > 1:
        raise click.UsageError(f"{' and '.join(map(_option, asked))} exclude each other, expected one of them")
    if options["tolerance"] is not None and asked != ["diverse"]:
        raise click.UsageError("--tolerance is about --diverse K, expected both or neither")
    if asked == ["diverse"] and problem.objectives[0].maximise:
        raise click.UsageError("--diverse keeps near the least cost, expected an objective that is minimised")
    listed = {name: options[name] for name in asked}
    if options["tolerance"] is not None:
        listed["tolerance"] = options["tolerance"] / 100
    return listed


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def problem_of(options: Options) -> Problem:
    """Return the problem of the file with the options laid over it; see `stated`."""
    return stated(options)[0]


def stated(options: Options) -> tuple[Problem, Mapping[str, Any]]:
    """Return the problem of the file with the options laid over it, and as a table of the problem language.

    Raises:
        RfsolveError: with every mistake in both.

    """
    place = options["problem"]
    table = unfold({} if place is None else read_table(place), options, place or "")
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
