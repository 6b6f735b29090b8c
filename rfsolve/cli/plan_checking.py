"""What `rfsolve check plans.json` does: a plan of nnU-Net to findings, and those on stdout."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from rfsolve.cli.ending import Ending
from rfsolve.errors import InputError
from rfsolve.formats.solution_json import reading
from rfsolve.propose.nnunet_file import is_plan
from rfsolve.propose.nnunet_plan import Severity, percentiles, plan_findings
from rfsolve.propose.taking import take
from rfsolve.report.facts import facts_text
from rfsolve.report.terminal import stdout_console

SCHEMA = "rfsolve.plan-check/1"
LARGEST = 4_000_000
"""Bytes of a file that is looked into: a plan has some thousands."""

Plan = Mapping[str, Any]


def plan_in(path: str) -> Plan | None:
    """Return the plan in a file, None where it holds something else.

    Raises:
        InputError: it cannot be read, or is no JSON.

    """
    try:
        if Path(path).stat().st_size > LARGEST:
            return None
    except (OSError, ValueError):
        return None  # who reads it says why
    return reading(path, lambda document: document if isinstance(document, Mapping) and is_plan(document) else None)


def check_plan(plan: Plan, options: Mapping[str, Any]) -> int:
    """Print the findings, and return the exit code: whether anything is worse than a note."""
    lesions = None if options["lesions"] is None else _lesions(options["lesions"], plan)
    found = plan_findings(plan, place=options["design"], lesions=lesions)
    worse = [one for one in found if one.severity is not Severity.NOTE]
    if options["as_json"]:
        document = {"schema": SCHEMA, "holds": not worse, "findings": [asdict(one) for one in found]}
        if lesions is not None:
            document["lesions"] = {
                "count": len(lesions),
                "mm": {q: sides.tolist() for q, sides in percentiles(lesions).items()},
            }
        click.echo(json.dumps(document, indent=2, allow_nan=False))
    else:
        console = stdout_console()
        facts = [(one.configuration, f"{one.severity}: {one.text} ({one.code})") for one in found]
        result = "nothing to object to" if not worse else f"{len(worse)} of {len(found)} findings are worse than a note"
        console.print(facts_text([*facts, ("result", result)], console.width), soft_wrap=True)
    return Ending.NOT_MET if worse else Ending.DONE


def _lesions(source: str, plan: Plan) -> NDArray[np.float64]:
    """Return the sides of the objects in millimetres, their axes in the plan's order."""
    found = take(source)
    if found.spacing is None:
        raise InputError(f"--lesions {source}: states no spacing, expected NIfTI masks")
    sides = found.sizes * np.asarray(found.spacing)
    order = plan.get("transpose_forward", list(range(found.axes)))
    if sorted(order) != list(range(found.axes)):
        raise InputError(f"--lesions {source}: {found.axes} axes, the plan orders {order}")
    return np.asarray(sides[:, order])
