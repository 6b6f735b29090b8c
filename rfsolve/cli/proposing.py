"""What `rfsolve propose` does: objects to proposals, and those on stdout and into a folder."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from rfsolve import __version__
from rfsolve.cli import collector
from rfsolve.cli.ending import Ending, say
from rfsolve.cli.folders import check_folder, write_folder
from rfsolve.cli.network import size_of
from rfsolve.cli.ticking import Ticking
from rfsolve.errors import InputError
from rfsolve.formats.blueprint import Blueprint, Origin
from rfsolve.formats.exports import EXPORTS
from rfsolve.propose.annotations.annotations import Unit
from rfsolve.propose.annotations.reading import Reading
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.plan import plan_toml
from rfsolve.propose.proposals import Place, Proposal, Proposals, Task
from rfsolve.propose.request import MEMORY_GB, Request, foreign, not_of
from rfsolve.propose.resizing import parse_resize
from rfsolve.propose.taking import take
from rfsolve.propose.tasks import AXES, proposed
from rfsolve.report.proposal_json import proposals_document
from rfsolve.report.proposal_page import print_proposals
from rfsolve.report.solution_json import solution_document
from rfsolve.report.terminal import stdout_console
from rfsolve.search.solution import Status
from rfsolve.space.option_values import domain, whole, words
from rfsolve.space.policies import Policy
from rfsolve.space.quantity import parse_quantity
from rfsolve.space.reading import load_policies
from rfsolve.space.widths import parse_widths

Options = Mapping[str, Any]
UNITS = {1: Unit.SAMPLES, 2: Unit.PIXELS, 3: Unit.VOXELS}
NO_BASELINE = "none"
DOCUMENT = "proposals.json"
APART = (
    ("sizes", ("annotations", "kind", "sample_rate", "masks")),
    ("patch", ("input_size",)),
)
"""Options, and what would be ignored beside each."""

NAMES = frozenset({DOCUMENT, *(f"{place}.{ending}" for place in Place for ending in ("toml", "py", "json"))})
"""The files of a folder of proposals."""


def run(options: Options) -> int:
    """Print the proposals for the objects that the options name, and write them where asked; return the exit code."""
    collector.resume()
    if options["out"] is not None:
        check_folder(options["out"], NAMES, force=options["force"])
    _check_task(options)
    request = _request(options)
    objects = _fingerprint(options)
    with _Telling():
        found = proposed(
            options["task"],
            objects,
            request,
            policy=_policy(options),
            assignment=options["assignment"],
        )
    folder = options["out"]
    if folder is not None and found.proposals:
        write_folder(folder, _files(found))
        first = Path(folder) / f"{found.proposals[0].place}.toml"
        say(f"wrote {folder}; solve a plan again with: rfsolve {first}")
    if options["as_json"]:
        click.echo(_json(proposals_document(found)), nl=False)
    else:
        print_proposals(stdout_console(), found)
    if found.proposals:
        return Ending.DONE
    refused = found.refusal
    return Ending.INFEASIBLE if refused and refused.status is Status.INFEASIBLE else Ending.OUT_OF_TIME


class _Telling(Ticking):
    """Says that the search goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._started = time.perf_counter()

    def line(self) -> str:
        """Return for how long it has gone on."""
        return f"searching, {time.perf_counter() - self._started:.0f} s"


def _check_task(options: Options) -> None:
    """Refuse an option that the task does not have: it would be ignored."""
    given = [name for name, value in options.items() if value is not None and value is not False]
    for name in foreign(given, options["task"]):
        value = "" if options[name] is True else f" {options[name]}"
        raise InputError(f"{_option(name)}{value}: {not_of(name, options['task'])}")
    for name, others in APART:
        if name in given and (found := [other for other in others if other in given]):
            raise InputError(f"{_option(name)}: expected no {_option(found[0])} with it")


def _option(name: str) -> str:
    """Return a parameter as the command line has it."""
    return {"annotations": "annotations", "kind": "--format"}.get(name, f"--{name.replace('_', '-')}")


def _fingerprint(options: Options) -> Fingerprint:
    axes = AXES[options["task"]]
    image = _each(size_of("--image-size", options["image_size"]), axes)
    if options["sizes"] is not None:
        sizes = [_sides(word, axes) for word in words(options["sizes"])]
        resize = None if options["resize"] is None else parse_resize(options["resize"], axes)
        return Fingerprint.of_sizes(
            sizes, image_size=image, unit=UNITS[axes], spacing=_spacing(options), resize=resize, source="--sizes"
        )
    if options["annotations"] is None:
        raise click.UsageError("nothing to propose for, expected annotations, a preset such as coco, or --sizes")
    reading = Reading(
        image_size=image,
        sample_rate=options["sample_rate"],
        instances=None if options["masks"] is None else options["masks"] == "instances",
    )
    return take(options["annotations"], kind=options["kind"], resize=options["resize"], reading=reading)


def _policy(options: Options) -> str | Policy:
    name: str = options["policy"] or "contains"
    return name if options["policies"] is None else load_policies(options["policies"]).get(name, name)


def _sides(word: str, axes: int) -> list[float]:
    try:
        sides = [float(part) for part in word.split("x")]
    except ValueError:
        sides = []
    if len(sides) not in {1, axes}:
        raise InputError(f"--sizes {word}: expected a size such as 52, or one number for each of {axes} axes")
    return sides * axes if len(sides) == 1 else sides


def _request(options: Options) -> Request:
    axes = AXES[options["task"]]
    listed = options["baselines"]
    names = None if listed is None else tuple(name for name in words(listed) if name not in {"", NO_BASELINE})
    return Request(
        input_size=_each(size_of("--input-size", options["input_size"]), axes),
        channels=_number("--in-channels", options["in_channels"]),
        widths=_widths(options["widths"]),
        dilations=_dilations(options["dilations"]),
        norm=options["norm"],
        parameters=_amount("--max-params", options["max_params"]),
        macs=_amount("--max-macs", options["max_macs"]),
        neck=options["neck"] or "trunk",
        framework=options["framework"] or "torchvision",
        head=options["head"],
        stride=_number("--stride", options["stride"]),
        cells=options["cells"],
        centred=options["centred"],
        spacing=_spacing(options),
        patch=_each(size_of("--patch", options["patch"]), axes),
        memory_gb=MEMORY_GB if options["memory_gb"] is None else options["memory_gb"],
        baselines=names,
        seconds=options["time_limit"],
        seed=options["seed"],
    )


def _each(size: tuple[int, ...] | None, axes: int) -> tuple[int, ...] | None:
    return size * axes if size is not None and len(size) == 1 else size


def _number(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    found = whole(text)
    if not isinstance(found, int) or not 1 <= found <= 65_536:  # noqa: PLR2004 - as in a problem file
        raise InputError(f"{option} {text}: expected a whole number from 1 to 65,536")
    return found


def _amount(option: str, text: str | None) -> int | None:
    try:
        return None if text is None else parse_quantity(text)
    except ValueError as error:
        raise InputError(f"{option} {text}: {error}") from None


def _widths(text: str | None) -> str | None:
    try:
        if text is not None:
            parse_widths(text)
    except ValueError as error:
        raise InputError(f"--widths {text}: {error}") from None
    return text


def _dilations(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    found = tuple(one for one in domain(text) if isinstance(one, int) and one >= 1)
    if not found or len(found) != len(domain(text)):
        raise InputError(f"--dilations {text}: expected whole numbers from 1 on, such as 1,2,4")
    return found


def _spacing(options: Options) -> tuple[float, ...] | None:
    text = options["spacing"]
    if text is None:
        return None
    try:
        found = tuple(float(part) for part in text.split("x"))
    except ValueError:
        found = ()
    if len(found) != AXES[Task.VOLUME] or not all(0 < one < float("inf") for one in found):
        raise InputError(f"--spacing {text}: expected three sizes of a voxel, such as 5x1.56x1.56")
    return found


def _files(found: Proposals) -> dict[str, str]:
    """Return the plan, the design and the code of each proposal and the whole document, by their names."""
    texts: dict[str, str] = {}
    for proposal in found.proposals:
        design, place = proposal.design, proposal.place
        written = EXPORTS["torch"].write(Blueprint(graph=design.graph, origin=_origin(proposal), ends=design.ends))
        texts[f"{place}.toml"] = plan_toml(found, proposal, f"{place}.toml")
        texts[f"{place}.py"] = written if isinstance(written, str) else written.decode()
        texts[f"{place}.json"] = _json(solution_document(proposal.solution, proposal.problem))
    return texts | {DOCUMENT: _json(proposals_document(found))}


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _origin(proposal: Proposal) -> Origin:
    proven = "proven minimal" if proposal.proven else "best found"
    return Origin(
        title=f"{proposal.problem.title}: {proposal.place}",
        proof=f"{proposal.design.parameters:,} parameters, {proven}",
        version=__version__,
    )
