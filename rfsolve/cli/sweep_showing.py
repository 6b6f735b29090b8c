"""What `rfsolve sweep show` does: the rows of a store as a table, a pivot, a front, a file or a plot."""

import json
from collections.abc import Mapping
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending, say
from rfsolve.errors import InputError
from rfsolve.report.sweep_page import print_pivot, print_rows
from rfsolve.report.terminal import stdout_console
from rfsolve.space.option_values import words
from rfsolve.sweep.reading import Rows, load_rows

TWO = 2


def run(options: Mapping[str, Any]) -> int:
    """Show the rows that the options ask for."""
    collector.resume()
    if options["as_csv"] and options["as_json"]:
        raise InputError("--csv and --json: expected one of them")
    found = load_rows(options["store"])
    if options["pivot"] is not None:
        _pivot(found, options)
        return Ending.DONE
    if options["value"] is not None:
        raise InputError("--value goes with --pivot, expected --pivot DOWN,ACROSS too")
    shown = _chosen(found, options)
    written = _write(found, options)
    if options["as_csv"]:
        click.echo(shown.to_csv(), nl=False)
    elif options["as_json"]:
        for row in shown.rows:
            click.echo(json.dumps(row.to_dict(), allow_nan=False))
    elif not written or options["pareto"] or options["best"]:
        asked = [*words(options["best"] or ""), *words(options["pareto"] or "")]
        print_rows(stdout_console(), shown, of=found, asked=asked, most=options["rows"] or 40)
    return Ending.DONE


def _chosen(found: Rows, options: Mapping[str, Any]) -> Rows:
    shown = found
    if options["best"] is not None:
        shown = shown.best(words(options["best"]))
    if options["pareto"] is not None:
        shown = shown.pareto(words(options["pareto"]))
    return shown


def _pivot(found: Rows, options: Mapping[str, Any]) -> None:
    names = words(options["pivot"])
    if len(names) != TWO:
        raise InputError(f"--pivot {options['pivot']}: expected two columns, such as target_rf,levels")
    value = found.column(options["value"] or "objective")
    print_pivot(stdout_console(), found, found.pivot(names[0], names[1]), value)


def _write(found: Rows, options: Mapping[str, Any]) -> bool:
    """Write the files that are asked for; return whether there was any."""
    if options["kind"] is not None and options["plot"] is None:
        raise InputError("--kind goes with --plot, expected --plot FILE too")
    if options["parquet"] is not None:
        found.to_parquet(options["parquet"])
        say(f"wrote {options['parquet']}")
    if options["plot"] is not None:
        from rfsolve.report.sweep_plots import write_plot  # noqa: PLC0415 - only here is it needed

        write_plot(found, options["plot"], options["kind"])
        say(f"wrote {options['plot']}")
    return options["parquet"] is not None or options["plot"] is not None
