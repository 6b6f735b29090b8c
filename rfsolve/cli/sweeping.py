"""What `rfsolve sweep` does: axes to a plan, the plan to rows, with the progress on stderr."""

import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.caching import cache_of
from rfsolve.cli.ending import Ending, say
from rfsolve.cli.ticking import Ticking
from rfsolve.errors import InputError
from rfsolve.report.sweep_page import plan_facts, print_facts, tally_facts
from rfsolve.report.terminal import stdout_console
from rfsolve.space.family_table import family_of
from rfsolve.sweep.answering import Effort
from rfsolve.sweep.estimating import estimate
from rfsolve.sweep.grid import Base, Grid, grid_of
from rfsolve.sweep.planning import Plan, plan_of
from rfsolve.sweep.reading import Rows
from rfsolve.sweep.rows import Row, RowStatus
from rfsolve.sweep.sweeping import base_of, check_size
from rfsolve.sweep.sweeping import run as run_plan
from rfsolve.sweep.tally import Tally

DEFAULT_STORE = "sweep.jsonl"

Options = Mapping[str, Any]


def run(options: Options) -> int:
    """Run the sweep that the options state, print what came of it, and return the exit code."""
    collector.resume()
    executor, workers = _executor(options)
    grid = _grid(options)
    check_size(grid, yes=options["yes"])
    with Planning():
        plan = plan_of(grid, _pairs("--set", options["settings"], "guards.hole_free=false"))
    plan, store = _shard(plan, options)
    cache = cache_of(options)
    effort = Effort(
        time_limit=options["time_limit"],
        seed=options["seed"],
        solver_workers=options["solver_workers"],
        explain=not options["no_explain"],
        cache=None if cache is None else str(cache.directory),
    )
    if options["dry_run"]:
        print_facts(stdout_console(), plan_facts(grid, plan, estimate(plan, effort, workers)))
        return Ending.DONE
    _say_threads(workers, effort)
    rows = run_plan(
        plan,
        effort,
        store=store,
        executor=executor,
        workers=workers,
        retry=options["retry"],
        warn=None if cache is None else cache.warn,
    )
    tally, kept = _followed(rows, plan, options, store)
    if not options["as_json"]:
        print_facts(stdout_console(), tally_facts(Rows(tuple(kept)), tally, store))
    return _ending(tally)


def _followed(rows: Iterator[Row], plan: Plan, options: Options, store: str) -> tuple[Tally, list[Row]]:
    """Return the rows once all are known; Ctrl-C leaves what is in the store, at once."""
    tally = Tally(sum(map(len, plan.chains)))
    kept: list[Row] = []
    try:
        with Following(tally):
            for row in rows:
                tally.add(row)
                kept.append(row)
                if options["as_json"]:
                    click.echo(json.dumps(row.to_dict(), allow_nan=False))
    except KeyboardInterrupt:
        say(f"interrupted: {tally.line}; they are kept in {store}, the same command goes on")
        sys.stdout.flush()
        os._exit(Ending.INTERRUPTED)  # solves that run in threads cannot be stopped, and nobody waits for them
    kept.sort(key=lambda row: row.point)
    return tally, kept


class Planning(Ticking):
    """Says that the points are being put in order."""

    def line(self) -> str:
        """Return how long it has taken."""
        return f"planning, {_duration(time.perf_counter() - self._started)}"


class Following(Ticking):
    """Says how far a sweep is."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally

    def line(self) -> str:
        """Return the counts, the rate and the time left."""
        tally = self._tally
        left = "" if tally.left is None else f", {_duration(tally.left)} left"
        return f"sweeping, {_duration(tally.seconds)}: {tally.line}; {tally.rate:,.1f} points/s{left}"


def _duration(seconds: float) -> str:
    if seconds < 100:  # noqa: PLR2004 - then minutes say more
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - as above


def _ending(tally: Tally) -> int:
    if tally.count(RowStatus.FAILED):
        return Ending.INTERNAL
    return Ending.OUT_OF_TIME if tally.count(RowStatus.UNKNOWN) else Ending.DONE


# options --------------------------------------------------------------------------------------------------------------


def _grid(options: Options) -> Grid:
    bases = [base_of(name) for name in options["problems"]]
    if options["family"] is not None:
        if bases:
            raise InputError("--family and a problem file: expected one of them")
        bases = [Base({"family": {"name": family_of(options["family"], "--family")}})]
    zipped = [[name.strip() for name in names.split(",")] for names in options["zipped"]]
    axes = _pairs("--vary", options["axes"], "target_rf=50:400:25")
    return grid_of(bases or [Base({})], axes, zipped=zipped, dropped=options["drop"])


def _pairs(option: str, texts: tuple[str, ...], example: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{option} {text}: expected key=value, such as {example}")
        if name.strip() in pairs:
            raise InputError(f"{option} {name.strip()}: there twice, expected each key once")
        pairs[name.strip()] = value.strip()
    return pairs


def _executor(options: Options) -> tuple[str, int]:
    given = [name for name in ("processes", "scheduler", "cluster") if options[name]]
    if len(given) > 1:
        raise InputError(f"--{given[0]} and --{given[1]}: expected one of them")
    if options["cluster"] is not None and not options["cluster"].startswith("local:"):
        raise InputError(f"--cluster {options['cluster']}: expected local:N with N workers, such as local:4")
    if options["scheduler"] is not None and "://" not in options["scheduler"]:
        raise InputError(f"--scheduler {options['scheduler']}: no address, expected one such as tcp://host:8786")
    if options["scheduler"] or options["cluster"]:
        _quieten()
    place = "processes" if options["processes"] else options["scheduler"] or options["cluster"] or "threads"
    return place, options["workers"] or os.cpu_count() or 1


def _quieten() -> None:
    """Keep Dask from logging: what matters of it is said here, in one line. It sets its own levels when imported."""
    with suppress(ImportError):  # said later, with the line that installs it
        import_module("distributed")
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _shard(plan: Plan, options: Options) -> tuple[Plan, str]:
    """Return the part of the plan to solve, and the store for it."""
    store = options["out"] or DEFAULT_STORE
    if options["shard"] is None:
        return plan, store
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", options["shard"])
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of:
        raise InputError(f"--shard {options['shard']}: expected I/N with I from 1 to N, such as 3/16")
    path = Path(store)
    return plan.shard(number, of), str(path.with_name(f"{path.stem}.{number}-of-{of}{path.suffix}"))


def _say_threads(workers: int, effort: Effort) -> None:
    cores = os.cpu_count() or 1
    threads = workers * effort.solver_workers
    if threads > cores:
        each = effort.solver_workers
        say(f"note: {workers} points at a time with {each} solver threads each are {threads} on {cores} cores")
