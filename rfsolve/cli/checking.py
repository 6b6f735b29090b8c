"""What `rfsolve check` does: a design file to verdicts, and those on stdout."""

import json
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import click

from rfsolve.cli import collector
from rfsolve.cli.ending import Ending
from rfsolve.cli.plan_checking import check_plan, plan_in
from rfsolve.errors import GraphError, InputError
from rfsolve.formats.design_file import read_design
from rfsolve.formats.extras import require
from rfsolve.formats.problem_record import record_of
from rfsolve.report.check_json import check_document
from rfsolve.report.check_page import print_checked
from rfsolve.report.checked import checked
from rfsolve.report.terminal import stdout_console
from rfsolve.space.reading import load_problem


def run(options: Mapping[str, Any]) -> int:
    """Check the design that the options name, print the verdicts, and return the exit code."""
    collector.resume()
    if options["witness"] is not None:
        require("torch", "--with torch")
    if options["problem"] is None and (plan := plan_in(options["design"])) is not None:
        return check_plan(plan, options)
    if options["lesions"] is not None:
        raise InputError(f"--lesions: {options['design']} is no plan of nnU-Net, expected its plans.json")
    file = read_design(options["design"])
    problem = None if options["problem"] is None else record_of(load_problem(options["problem"]))
    try:
        found = checked(file, problem)
        if options["witness"] is not None:
            measuring = import_module("rfsolve.formats.torch.measuring")
            found = replace(found, measured=measuring.measure(file.graph))
    except GraphError as error:
        raise InputError(f"{options['design']}: {error}") from None
    if options["as_json"]:
        click.echo(json.dumps(check_document(found), indent=2, allow_nan=False))
    else:
        print_checked(stdout_console(), found)
    return Ending.DONE if found.holds else Ending.NOT_MET
