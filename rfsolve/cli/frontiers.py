"""What `rfsolve frontier` does: options to a problem and axes, the search, and the points on stdout as they come."""

import json
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import click

from rfsolve.cli import collector
from rfsolve.cli.caching import cache_of
from rfsolve.cli.ending import Ending as Code
from rfsolve.cli.problem_options import Options
from rfsolve.cli.solving import problem_of
from rfsolve.cli.watching import Watching
from rfsolve.report.facts import facts_text
from rfsolve.report.frontier_json import frontier_document
from rfsolve.report.frontier_page import FrontierTable, frontier_facts
from rfsolve.report.frontier_rows import csv_line
from rfsolve.report.solution_page import print_solution
from rfsolve.report.terminal import stdout_console
from rfsolve.report.wording import count_text
from rfsolve.search.engine import Progress
from rfsolve.search.frontier import Ending, Frontier, frontier
from rfsolve.search.solution import Solution
from rfsolve.search.solve import solve
from rfsolve.space.option_values import words

LEAST_SECONDS = 5.0
"""For the explanation of an infeasible problem, whatever the search has left of its time."""


def run(options: Options) -> int:
    """Find the frontier that the options state, print it, and return the exit code."""
    collector.resume()
    if options["as_csv"] and options["as_json"]:
        raise click.UsageError("--csv and --json are two forms of one result, expected one of them")
    problem = problem_of({**options, "axes": None, "minimise": None, "maximise": None})
    started = time.perf_counter()
    watched: list[Watching] = []

    def see(progress: Progress) -> None:
        for watching in watched:
            watching.see(progress)

    found = frontier(
        problem,
        words(options["quantities"]),
        time_limit=options["time_limit"],
        seed=options["seed"],
        workers=options["workers"],
        points=options["points"],
        progress=see,
        cache=cache_of(options),
    )
    with _watching(found, options) as watching:
        watched += [] if watching is None else [watching]
        _print_points(found, options)
    explained = None
    if found.ending is Ending.INFEASIBLE:
        left = max(LEAST_SECONDS, options["time_limit"] - time.perf_counter() + started)
        explained = _explained(found, options, left)
    _print_end(found, explained, options)
    if found.points:
        return Code.DONE
    return Code.INFEASIBLE if found.ending is Ending.INFEASIBLE else Code.OUT_OF_TIME


def _watching(found: Frontier, options: Options) -> AbstractContextManager[Watching | None]:
    """Return what says on stderr how far the search is; on a terminal, the points themselves do."""
    if sys.stdout.isatty() and not options["as_json"]:
        return nullcontext()
    return Watching(found.cost, done=lambda: count_text(len(found.points), "points"))


def _print_points(found: Frontier, options: Options) -> None:
    if options["as_json"]:
        list(found)
        return
    table = None if options["as_csv"] else FrontierTable(found.axes, sized=found.problem.input.size is not None)
    if table is None:
        click.echo(csv_line(found.axes, None))
    for number, point in enumerate(found):
        if table is None:
            click.echo(csv_line(found.axes, point))
        else:
            click.echo((table.head + "\n" if number == 0 else "") + table.row(point))


def _explained(found: Frontier, options: Options, seconds: float) -> Solution:
    """Return why there is no design."""
    problem = replace(found.problem, objectives=(found.cost,))
    return solve(
        problem,
        time_limit=seconds,
        seed=options["seed"],
        workers=options["workers"],
        cache=cache_of(options),
    )


def _print_end(found: Frontier, explained: Solution | None, options: Options) -> None:
    console = stdout_console()
    if options["as_json"]:
        click.echo(json.dumps(frontier_document(found, explained), indent=2, allow_nan=False))
    elif options["as_csv"]:
        return
    elif explained is not None:
        print_solution(console, found.problem, explained)
    else:
        if found.points:
            console.print()
        console.print(facts_text(frontier_facts(found), console.width), soft_wrap=True)
