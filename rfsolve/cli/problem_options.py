"""Which option of `solve` sets which key of a problem file."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

from rfsolve.errors import Mistake
from rfsolve.space import option_values as values
from rfsolve.space.problem_table import PathError, ProblemTable
from rfsolve.space.ways import BUDGET_WAYS, DEPTH_WAYS, EXIT_WAYS, LAYER_WAYS, Way, lay

LEAST = "least"
"""What a bare --max-params stands for: no budget, but the smallest that admits a design."""

NO_BUDGET = "none"
"""The amount that lifts a budget of the file."""


Options = Mapping[str, Any]


def unfold(table: Mapping[str, Any], options: Options, place: str) -> ProblemTable:
    """Return the table of a file with its family, whose parameters `--set family.NAME=VALUE` sets.

    Raises:
        ProblemError: there is no such family or parameter.

    """
    from rfsolve.space.family_table import unfolded  # noqa: PLC0415 - keeps --help light

    stated = ProblemTable(table)
    for setting in options["settings"]:
        if _is_of_the_family(setting):
            _set(stated, setting)
    unfolded_ = ProblemTable(unfolded(stated.table, place=place, origins=stated.origins))
    unfolded_.mistakes += stated.mistakes
    return unfolded_


def _is_of_the_family(setting: str) -> bool:
    return setting.lstrip().startswith("family.")


def lay_over(table: ProblemTable, options: Options) -> None:
    """Set in the table what the options say. UsageError for options that contradict each other."""
    _contradictions(options)
    for way in _given((*EXIT_WAYS, *LAYER_WAYS, *DEPTH_WAYS), options):
        _put(table, way, options)
    for way in _given(BUDGET_WAYS, options):
        _budget(table, way, options)
    _objective(table, options)
    for setting in options["settings"]:
        if not _is_of_the_family(setting):
            _set(table, setting)


def _contradictions(options: Options) -> None:
    if options["output_stride"] is not None and options["max_output_stride"] is not None:
        raise click.UsageError("--output-stride is exact and --max-output-stride is a limit, expected one of them")
    first = values.words(options["minimise"] or "parameters")[:1]
    if options["max_params"] == LEAST and (options["maximise"] is not None or first != ["parameters"]):
        other = "--maximise" if options["maximise"] is not None else "--minimise"
        raise click.UsageError(
            f"--max-params without an amount minimises the parameters, which contradicts {other}; "
            "expected an amount such as --max-params 1M"
        )


def _given(ways: Sequence[Way], options: Options) -> list[Way]:
    return [way for way in ways if options[way.parameter] is not None]


def _put(table: ProblemTable, way: Way, options: Options) -> None:
    with suppress(PathError):  # something else is in the way: the file is wrong there, and the space will say so
        lay(table, way, way.read(options[way.parameter]), way.option)


def _budget(table: ProblemTable, way: Way, options: Options) -> None:
    bare = way.option == "--max-params" and options["max_params"] == LEAST
    if bare or options[way.parameter] == NO_BUDGET:
        table.lift(way.path, way.option)
    else:
        _put(table, way, options)


def _objective(table: ProblemTable, options: Options) -> None:
    asked = {key: options[key] for key in ("minimise", "maximise") if options[key] is not None}
    if asked:
        table.put("objective", {}, ", ".join(f"--{key}" for key in asked))
    for key, text in asked.items():
        table.put(f"objective.{key}", text if key == "maximise" else values.words(text), f"--{key}")
    if not asked and options["max_params"] == LEAST and not _minimises_parameters(table.table.get("objective")):
        table.put("objective", {"minimise": ["parameters"]}, "--max-params")


def _minimises_parameters(objective: object) -> bool:
    """Whether this `[objective]` asks first for few parameters, or is none the space will take."""
    if not isinstance(objective, dict):
        return True
    minimised = objective.get("minimise", "parameters")
    first = minimised[0] if isinstance(minimised, list) and minimised else minimised
    return first == "parameters" and "maximise" not in objective


def _set(table: ProblemTable, setting: str) -> None:
    path, equals, text = setting.partition("=")
    if not equals:
        expected = "expected key=value, such as guards.hole_free=false"
        table.mistakes.append(Mistake(f"--set {setting}", expected))
        return
    try:
        table.put(path.strip(), values.toml_value(text.strip()), f"--set {path.strip()}")
    except PathError as error:
        table.mistakes.append(Mistake(f"--set {setting}", str(error)))
