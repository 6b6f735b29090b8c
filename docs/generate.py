"""Writes docs/reference/ from the code: `python docs/generate.py`.

The command line page comes from click's options, the problem file page from the JSON Schema and its descriptions.
"""
# ruff: noqa: INP001 - a script beside the pages, not a package

import inspect
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from rfsolve.cli.ending import Ending
from rfsolve.cli.main import COMMANDS, program
from rfsolve.space.blocks import BLOCKS
from rfsolve.space.document import (
    BudgetTable,
    ExitTable,
    FamilyTable,
    GuardTable,
    InputTable,
    KnownTable,
    LayerTable,
    MergeTable,
    ObjectiveTable,
    ObjectTable,
    PolicyTable,
    ProblemDocument,
    RelationTable,
    StackTable,
    SweepTable,
)
from rfsolve.space.policies import POLICIES
from rfsolve.space.reading import json_schema
from rfsolve.space.terms import Table
from rfsolve.space.widths import FixedWidth, FreeWidth, ScaledWidth, TableWidth

HERE = Path(__file__).parent
WRITTEN = "<!-- Written by `python docs/generate.py`; changes belong in the code. -->\n"

ENDINGS = {
    Ending.DONE: "the command did what it was asked; `solve`: a design was found (proven optimal or best so far)",
    Ending.INTERNAL: "a defect of rfsolve: please report it; `sweep`: some points failed, and their rows say why",
    Ending.INVALID: "wrong options or input; one line on stderr for each mistake",
    Ending.INFEASIBLE: "proven: no design meets every requirement",
    Ending.OUT_OF_TIME: "the time limit came before a design, and none is excluded",
    Ending.NOT_MET: "`check`: a requirement does not hold, or a measurement differs",
    Ending.INTERRUPTED: "Ctrl-C where there was nothing to keep",
    Ending.BROKEN_PIPE: "whoever read the output has gone",
}

TABLES: dict[str, type[Table]] = {
    "The file": ProblemDocument,
    "[input]": InputTable,
    "[defaults]": LayerTable,
    "[[stack]]": StackTable,
    "[[merge]]": MergeTable,
    "[[relation]]": RelationTable,
    "[[exit]]": ExitTable,
    "object_size": ObjectTable,
    "[[policy]]": PolicyTable,
    "[budget]": BudgetTable,
    "[objective]": ObjectiveTable,
    "[guards]": GuardTable,
    "[family]": FamilyTable,
    "[sweep]": SweepTable,
    "[known]": KnownTable,
}

PLANS = {
    "`64`": FixedWidth,
    "`[32, 64, 128]`": FreeWidth,
    '`"32*jump:512"`': ScaledWidth,
    "`{ 1 = 64, 16 = 128 }`": TableWidth,
}


def starter() -> str:
    """The problem that `rfsolve init` writes."""
    return (files("rfsolve.cli") / "starter.toml").read_text(encoding="utf-8")


# the command line ------------------------------------------------------------------------------------------------


def cli_page() -> str:
    """docs/reference/cli.md."""
    return "\n".join(
        [
            WRITTEN,
            "# Command line\n",
            "`rfsolve` without a command means `rfsolve solve`. The result goes to stdout, progress and messages go",
            "to stderr. Defaults are in the last column; a default that is a dash is no limit at all.\n",
            *(line for name in COMMANDS for line in _command(name)),
            "## Exit codes\n",
            "| code | meaning |",
            "| --- | --- |",
            *(f"| {int(ending)} | {ENDINGS[ending]} |" for ending in Ending),
            "",
        ]
    )


def _command(name: str) -> Iterator[str]:
    command = program.get_command(click.Context(program), name)
    assert command is not None  # noqa: S101 - COMMANDS names it
    if isinstance(command, click.Group):
        for own, part in command.commands.items():
            yield from _command_options(part, name if own == "run" else f"{name} {own}")
    else:
        yield from _command_options(command, name)


def _command_options(command: click.Command, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=f"rfsolve {name}", **program.context_settings)
    yield f"## rfsolve {name}\n"
    yield f"    {command.get_usage(context).removeprefix('Usage: ')}\n"
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    yield "| option | what it does | default |"
    yield "| --- | --- | --- |"
    for option in command.get_params(context):
        if isinstance(option, click.Option):
            yield _option(option, context)
    yield ""


def _option(option: click.Option, context: click.Context) -> str:
    written = ", ".join([*option.opts, *option.secondary_opts])
    written += "" if option.is_flag else f" {_metavar(option, context)}"
    text = option.help or ""
    found = re.fullmatch(r"(.*?)\s*\[([^\]]*)\]", text, re.DOTALL)
    words, default = (found[1], f"`{found[2]}`") if found else (text, "-")
    return f"| `{_cell(written)}` | {_cell(words)} | {default} |"


def _metavar(option: click.Option, context: click.Context) -> str:
    return option.make_metavar(context)


# the problem file ------------------------------------------------------------------------------------------------


def problem_page() -> str:
    """docs/reference/problem-file.md."""
    return "\n".join(
        [
            WRITTEN,
            "# Problem file\n",
            "A problem is a TOML file, the same as JSON, or a Python dictionary. A key that is not listed here is a",
            "mistake, and all mistakes are reported at once. `rfsolve schema` prints the JSON Schema, for editors.\n",
            "Per axis means: one number for every axis, or a list in the order height, width (depth first in 3-D).\n",
            *(line for title in TABLES for line in _table(title)),
            *_plans(),
            *_blocks(),
            *_policies(),
            "## The starter problem\n",
            "`rfsolve init` writes this. It can be solved as it is.\n",
            f"```toml\n{starter().strip()}\n```\n",
        ]
    )


def _table(title: str) -> Iterator[str]:
    model = TABLES[title]
    of_stack = model is StackTable
    yield f"## {title}\n"
    yield _sentence(model) + "\n"
    yield "| key | value | meaning |"
    yield "| --- | --- | --- |"
    for key, field in model.model_fields.items():
        if not (of_stack and key in LayerTable.model_fields):
            yield f"| `{key}` | {_cell(_type(_property(model, key)))} | {_cell(field.description or '')} |"
    yield ""
    if of_stack:
        yield "And every key of [`[defaults]`](#defaults), for this stack alone.\n"


def _plans() -> Iterator[str]:
    yield "## Width plans\n"
    yield "| written | meaning |"
    yield "| --- | --- |"
    for form, plan in PLANS.items():
        yield f"| {form} | {_cell(_first_paragraph(plan))} |"
    yield ""


def _blocks() -> Iterator[str]:
    yield "## Blocks\n"
    yield "What one placed layer is made of; normalisation and activation follow the convolutions as usual.\n"
    yield "| name | made of, source |"
    yield "| --- | --- |"
    for name, block in BLOCKS.items():
        yield f"| `{name}` | {_cell(_first_paragraph(block))} |"
    yield ""


def _policies() -> Iterator[str]:
    yield "## Policies\n"
    yield "A policy is a published rule of thumb from an object's size to what an exit must have; it is a design"
    yield "constraint and no promise of accuracy.\n"
    yield "| name | rule | source | what it predicts |"
    yield "| --- | --- | --- | --- |"
    for name, policy in POLICIES.items():
        yield f"| `{name}` | {_cell(policy.formula)} | {_cell(policy.source or '-')} | {_cell(policy.predicts)} |"
    yield ""


# text ------------------------------------------------------------------------------------------------------------


def _property(model: type[Table], key: str) -> dict[str, Any]:
    schema = json_schema()
    table = schema if model is ProblemDocument else schema["$defs"][model.__name__]
    return dict(table["properties"][key])


def _type(schema: dict[str, Any]) -> str:
    """What a value may be, in words."""
    words = next((words for key, words in _WORDS.items() if key in schema), _plain_type)
    return words(schema)


def _plain_type(schema: dict[str, Any]) -> str:
    match schema["type"]:
        case "array":
            return f"a list{_separator(schema['items'])} {_type(schema['items'])}"
        case "string":
            return "an amount such as `1.5M`" if "kKMGBT" in schema.get("pattern", "") else "a text"
        case "boolean":
            return "`true`, `false`"
        case "object":
            return "an object"
    return ("a whole number" if schema["type"] == "integer" else "a number") + _range(schema)


def _separator(items: dict[str, Any]) -> str:
    return " of" if "$ref" in items else ","


def _choice(schema: dict[str, Any]) -> str:
    options = list(_options(schema))
    texts = list(dict.fromkeys(map(_type, options)))
    lists = [one["items"] for one in options if one.get("type") == "array"]
    numbers = [one for one in options if one.get("type") == "integer"]
    if "an object" in texts:
        return "a width plan"
    if numbers and numbers == lists:  # 4 or [4, 8]
        texts = [f"per axis: {_type(numbers[0])}", *texts[2:]]
    elif lists and lists[0] == options[0]:
        texts = [texts[0], "a list of these"]
    return "; or ".join(texts)


def _options(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a value may be, without null and with choices among choices laid out."""
    for one in schema["anyOf"]:
        if "anyOf" in one:
            yield from _options(one)
        elif one.get("type") != "null":
            yield one


def _range(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f" above {schema['exclusiveMinimum']:,}" + (f", up to {high:,}" if high is not None else "")
    if low is not None and high is not None:
        return f" from {low:,} to {high:,}"
    return "" if low is None else f" from {low:,} on"


def _reference(schema: dict[str, Any]) -> str:
    name = schema["$ref"].rpartition("/")[2]
    title = next((title for title, model in TABLES.items() if model.__name__ == name), None)
    if title is not None:
        return f"[`{title}`](#{title.strip('[]')})"
    return "a table of " + ", ".join(f"`{key}`" for key in json_schema()["$defs"][name]["properties"])


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "$ref": _reference,
    "enum": lambda schema: ", ".join(f"`{value}`" for value in schema["enum"]),
    "const": lambda schema: f"`{str(schema['const']).lower()}`",
    "anyOf": _choice,
}
"""How a schema is put into words, by the first of these keys that it has."""


def _sentence(model: type[Table]) -> str:
    return (model.__doc__ or "").strip()


def _first_paragraph(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {"reference/cli.md": cli_page, "reference/problem-file.md": problem_page}
"""Every generated page, under docs/."""

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
