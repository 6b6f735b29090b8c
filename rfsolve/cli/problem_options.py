"""Which option of `solve` sets which key of a problem file."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import click

from rfsolve.cli import option_values as values
from rfsolve.cli.problem_table import PathError, ProblemTable
from rfsolve.errors import Mistake

LEAST = "least"
"""What a bare --max-params stands for: no budget, but the smallest that admits a design."""

NO_BUDGET = "none"
"""The amount that lifts a budget of the file."""


@dataclass(frozen=True, slots=True)
class Way:
    """An option, the key it sets, and how its text is read."""

    option: str
    path: str
    read: Callable[[str], object]

    @property
    def parameter(self) -> str:
        """The option's name in Python."""
        return self.option.lstrip("-").replace("-", "_")


WAYS = (
    Way("--in-channels", "input.channels", values.whole),
    Way("--input-size", "input.size", values.per_axis),
    Way("--axes", "input.axes", values.whole),
    Way("--target-rf", "exit[-1].receptive_field.min", values.per_axis),
    Way("--max-rf", "exit[-1].receptive_field.max", values.per_axis),
    Way("--target-erf", "exit[-1].effective_receptive_field.min", values.number),
    Way("--object-size", "exit[-1].object_size", values.object_size),
    Way("--output-stride", "exit[-1].stride.exact", values.per_axis),
    Way("--max-output-stride", "exit[-1].stride.max", values.per_axis),
)
"""Options about the input and the last exit."""

BUDGET_WAYS = (
    Way("--max-params", "budget.parameters", str),
    Way("--max-macs", "budget.macs", str),
)
"""Options about the budget, which can also lift what the file says."""

LAYER_WAYS = (
    Way("--kernels", "kernels", values.domain),
    Way("--strides", "strides", values.domain),
    Way("--dilations", "dilations", values.domain),
    Way("--widths", "widths", str),
    Way("--block", "block", str),
    Way("--norm", "norm", str),
    Way("--act", "activation", str),
    Way("--padding", "padding", str),
)
"""Options about layers: they win over the defaults and over what a stack says."""

DEPTH_WAYS = (
    Way("--min-layers", "layers.min", values.whole),
    Way("--max-layers", "layers.max", values.whole),
)
"""Options about the number of layers of every stack."""

Options = Mapping[str, Any]


def lay_over(table: ProblemTable, options: Options) -> None:
    """Set in the table what the options say. UsageError for options that contradict each other."""
    _contradictions(options)
    for way in _given(WAYS, options):
        _put(table, way.path.replace("[-1]", f"[{table.last_exit}]"), way, options)
    for way in _given(LAYER_WAYS, options):
        _put(table, f"defaults.{way.path}", way, options)
        for stack in table.stacks:
            with suppress(AttributeError):
                stack.pop(way.path, None)
    for way in _given(DEPTH_WAYS, options):
        own = [f"stack[{i}]" for i, stack in enumerate(table.stacks) if isinstance(stack, dict) and "layers" in stack]
        for holder in ("defaults", *own):
            _put(table, f"{holder}.{way.path}", way, options)
    for way in _given(BUDGET_WAYS, options):
        _budget(table, way, options)
    _objective(table, options)
    for setting in options["settings"]:
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


def _put(table: ProblemTable, path: str, way: Way, options: Options) -> None:
    with suppress(PathError):  # something else is in the way: the file is wrong there, and the space will say so
        table.put(path, way.read(options[way.parameter]), way.option)


def _budget(table: ProblemTable, way: Way, options: Options) -> None:
    bare = way.option == "--max-params" and options["max_params"] == LEAST
    if bare or options[way.parameter] == NO_BUDGET:
        table.drop(way.path)
    else:
        _put(table, way.path, way, options)


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
