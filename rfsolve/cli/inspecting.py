"""What `rfsolve inspect` does: a network to its analyses, and those on stdout."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending
from rfsolve.cli.network import index_of, named_network, open_word, size_of
from rfsolve.errors import InputError
from rfsolve.formats.comparison import comparison_document
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.inspection_json import inspection_document
from rfsolve.formats.inspection_rows import inspection_csv
from rfsolve.formats.network import Network
from rfsolve.formats.opening import analyses, names_network
from rfsolve.report.boxes import boxes
from rfsolve.report.comparison_page import print_comparison
from rfsolve.report.inspection_page import print_inspection
from rfsolve.report.terminal import stdout_console
from rfsolve.space.option_values import words

TWO = 2


def run(options: Mapping[str, Any]) -> int:
    """Analyse the network that the options name, and print what every layer sees."""
    collector.resume()
    if options["as_json"] and options["as_csv"]:
        raise InputError("--json and --csv: expected one of them")
    if options["compare"]:
        _compare(options)
        return Ending.DONE
    if len(options["model"]) > 1 and not names_network(" ".join(options["model"])):
        _one_only(options["model"])
    found = _inspected(named_network(options), options)
    at = index_of("--at", options["at"])
    if options["as_csv"]:
        click.echo(inspection_csv(found), nl=False)
    elif options["as_json"]:
        _print_json(inspection_document(found) | ({} if at is None else {"at": boxes(found, at)}))
    else:
        print_inspection(stdout_console(), found, at=at)
    return Ending.DONE


def _one_only(models: Sequence[str]) -> None:
    if (one := next(filter(names_network, models), None)) is not None:
        raise InputError(f"{one}: {len(models)} words, expected one network; two are compared with --compare A B")


def _inspected(network: Network, options: Mapping[str, Any]) -> Inspected:
    asked = tuple(word for word in words(options["taps"] or "") if word)
    if options["every_node"] and asked:
        raise InputError("--all and --taps: expected one of them")
    return Inspected(
        network=network,
        analyses=analyses(network.graph),
        object_size=size_of("--object-size", options["object_size"]),
        asked=("all",) if options["every_node"] else asked,
    )


def _compare(options: Mapping[str, Any]) -> None:
    models = options["model"]
    if len(models) != TWO:
        raise InputError(f"--compare: {len(models)} networks, expected two, each one word or in quotes")
    if options["as_csv"] or options["at"] is not None:
        raise InputError(f"--compare: expected no {'--csv' if options['as_csv'] else '--at'} with it")
    names = (models[0], models[1])
    one, other = (_inspected(open_word(name, options), options) for name in names)
    if options["as_json"]:
        _print_json(comparison_document(one, other, names))
    else:
        print_comparison(stdout_console(), one, other, names)


def _print_json(document: Mapping[str, Any]) -> None:
    click.echo(json.dumps(document, indent=2, allow_nan=False))
