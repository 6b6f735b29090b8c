"""What `rfsolve fingerprint` does: annotations to a fingerprint, and that on stdout or into a file."""

import json
from collections.abc import Mapping
from typing import Any

import click

from rfsolve.cli.ending import Ending
from rfsolve.cli.files import write_file
from rfsolve.cli.network import size_of
from rfsolve.cli.ticking import Ticking
from rfsolve.errors import InputError
from rfsolve.propose.annotations.reading import Reading
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.fingerprint_json import fingerprint_document, sizes_csv
from rfsolve.propose.levels import Levels, levels
from rfsolve.propose.taking import take
from rfsolve.report.fingerprint_page import print_fingerprint
from rfsolve.report.terminal import stdout_console
from rfsolve.space.policies import Policy
from rfsolve.space.reading import load_policies

SQUARE = 2


class _Telling(Ticking):
    """Repeats the last line that a reader said."""

    def __init__(self) -> None:
        super().__init__()
        self._last = ""

    def tell(self, line: str) -> None:
        """Take note of how far a reader is."""
        self._last = line

    def line(self) -> str:
        """Return the last line."""
        return f"reading, {self._last}" if self._last else "reading"


def run(options: Mapping[str, Any]) -> int:
    """Read the annotations that the options name, and print what is found."""
    _check(options)
    found = _taken(options)
    needed = _levels(found, options)
    if options["as_csv"]:
        _give(sizes_csv(found), options)
    elif options["as_json"] or options["out"] is not None:
        _give(json.dumps(fingerprint_document(found, needed), indent=2, allow_nan=False) + "\n", options)
    else:
        print_fingerprint(stdout_console(), found, needed)
    return Ending.DONE


def _check(options: Mapping[str, Any]) -> None:
    if options["as_json"] and options["as_csv"]:
        raise InputError("--json and --csv: expected one of them")
    for option in ("assignment", "cells", "policies"):
        if options[option] is not None and options["policy"] is None:
            raise InputError(f"--{option}: expected --policy with it")
    if options["sample_rate"] is not None and not 0 < options["sample_rate"] < float("inf"):
        raise InputError(f"--sample-rate {options['sample_rate']:g}: expected a positive number")


def _taken(options: Mapping[str, Any]) -> Fingerprint:
    size = size_of("--image-size", options["image_size"])
    with _Telling() as telling:
        reading = Reading(
            image_size=size * SQUARE if size is not None and len(size) == 1 else size,
            sample_rate=options["sample_rate"],
            instances=None if options["masks"] is None else options["masks"] == "instances",
            tell=telling.tell,
        )
        return take(options["annotations"], kind=options["kind"], resize=options["resize"], reading=reading)


def _levels(found: Fingerprint, options: Mapping[str, Any]) -> Levels | None:
    name = options["policy"]
    if name is None:
        return None
    own: Mapping[str, Policy] = {} if options["policies"] is None else load_policies(options["policies"])
    return levels(found, own.get(name, name), assignment=options["assignment"], cells=options["cells"])


def _give(text: str, options: Mapping[str, Any]) -> None:
    if options["out"] is None:
        click.echo(text, nl=False)
    else:
        write_file(options["out"], text, force=options["force"])
