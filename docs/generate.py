"""Writes docs/reference/ from the code: `python docs/generate.py`.

The command line page comes from click's options, the problem file page from the JSON Schema and from the comments of
the starter problem that `rfsolve init` writes.
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
    GuardTable,
    InputTable,
    KnownTable,
    LayerTable,
    ObjectiveTable,
    ObjectTable,
    StackTable,
    Table,
)
from rfsolve.space.policies import POLICIES
from rfsolve.space.reading import json_schema
from rfsolve.space.widths import FixedWidth, FreeWidth, ScaledWidth, TableWidth

HERE = Path(__file__).parent
WRITTEN = "<!-- Written by `python docs/generate.py`; changes belong in the code. -->\n"

ENDINGS = {
    Ending.DONE: "the command did what it was asked; `solve`: a design was found (proven optimal or best so far)",
    Ending.INTERNAL: "a defect of rfsolve: please report it",
    Ending.INVALID: "wrong options or input; one line on stderr for each mistake",
    Ending.INFEASIBLE: "proven: no design meets every requirement",
    Ending.OUT_OF_TIME: "the time limit came before a design, and none is excluded",
    Ending.INTERRUPTED: "Ctrl-C where there was nothing to keep",
    Ending.BROKEN_PIPE: "whoever read the output has gone",
}

TABLES: dict[str, tuple[str, type[Table]]] = {
    "[input]": ("input", InputTable),
    "[defaults]": ("defaults", LayerTable),
    "[[stack]]": ("stack", StackTable),
    "[[exit]]": ("exit", ExitTable),
    "[budget]": ("budget", BudgetTable),
    "[objective]": ("objective", ObjectiveTable),
    "[guards]": ("guards", GuardTable),
    "[known]": ("known", KnownTable),
}

DEFAULTED = {"defaults", "guards", "input.channels", "input.axes", "stack.after", "exit.after", "exit.hole_free"}
DEFAULTED |= {"objective.minimise", "stack.name", "exit.name", "known.proven"}
"""Sections and keys whose value in the starter problem is the default; any other is an example."""

PLAIN = {"conv": "a convolution", "pool": "a max pool; the width stays"}
"""What the blocks are whose row in `BLOCKS` says nothing."""

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
    context = click.Context(command, info_name=f"rfsolve {name}")
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
    made = option.make_metavar(context)
    return "N" if made == "INTEGER RANGE" else made


# the problem file ------------------------------------------------------------------------------------------------


def problem_page() -> str:
    """docs/reference/problem-file.md."""
    return "\n".join(
        [
            WRITTEN,
            "# Problem file\n",
            "A problem is a TOML file, the same as JSON, or a Python dictionary. A key that is not listed here is a",
            "mistake, and all mistakes are reported at once. `rfsolve schema` prints the JSON Schema, for editors.\n",
            "Per axis means: one number for every axis, or a list in the order height, width (depth first in 3-D).",
            "At the top a file may have a `title` and a `source`, both texts.\n",
            *(line for title in TABLES for line in _table(title)),
            *_object_size(),
            *_plans(),
            *_blocks(),
            *_policies(),
            "## The starter problem\n",
            "`rfsolve init` writes this. It can be solved as it is.\n",
            f"```toml\n{starter().strip()}\n```\n",
        ]
    )


def _table(title: str) -> Iterator[str]:
    section, model = TABLES[title]
    yield f"## {title}\n"
    yield _sentence(model) + "\n"
    notes = _notes(section) | (_notes("defaults") if section == "stack" else {})
    own = [key for key in model.model_fields if section != "stack" or key not in LayerTable.model_fields]
    yield "| key | value | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for key in own:
        shown, meaning = notes.get(key, ("", ""))
        schema = _property(model, key)
        default = f"`{_cell(shown)}`" if f"{section}.{key}" in DEFAULTED or section in DEFAULTED else "-"
        meaning = "" if _repeats(meaning, schema) else meaning
        example = f"e.g. `{_cell(shown)}`" if default == "-" and shown else ""
        words = "; ".join(text for text in (_cell(meaning), example) if text)
        yield f"| `{key}` | {_cell(_type(schema))} | {default} | {words} |"
    if section == "stack":
        yield ""
        yield "And every key of [`[defaults]`](#defaults), for this stack alone."
    yield ""


def _repeats(meaning: str, schema: dict[str, Any]) -> bool:
    """Whether a comment only lists the values that the schema lists."""
    values = re.findall(r"`([\w.]+)`", _type(schema))
    return bool(values) and set(meaning.split(", ")) <= set(values)


def _object_size() -> Iterator[str]:
    yield "## object_size\n"
    yield _sentence(ObjectTable) + "\n"
    yield "| key | value |"
    yield "| --- | --- |"
    for key in ObjectTable.model_fields:
        yield f"| `{key}` | {_cell(_type(_property(ObjectTable, key)))} |"
    yield ""


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
    lines = inspect.getsource(inspect.getmodule(BLOCKS["conv"]) or inspect).splitlines()
    for name in BLOCKS:
        row = next(line for line in lines if line.strip().startswith(f'"{name}":'))
        yield f"| `{name}` | {row.partition('#')[2].strip() or PLAIN[name]} |"
    yield ""


def _policies() -> Iterator[str]:
    yield "## Policies\n"
    yield "A policy is a published rule of thumb from an object's size to what an exit must have; it is a design"
    yield "constraint and no promise of accuracy.\n"
    yield "| name | rule |"
    yield "| --- | --- |"
    for name, policy in POLICIES.items():
        yield f"| `{name}` | {_cell(_first_paragraph(policy))} |"
    yield ""


# text ------------------------------------------------------------------------------------------------------------


def _notes(section: str) -> dict[str, tuple[str, str]]:
    """Each key of a section of the starter problem: what stands behind `=`, and the comment."""
    part = re.search(rf"^(# )?\[+{section}\]+$(.*?)(?=^(# )?\[|\Z)", starter(), re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^(?:# )?(\w+) = (.+?)(?:\s{2,}# (.*))?$", part[2] if part else "", re.MULTILINE)
    return {key: (shown, meaning) for key, shown, meaning in rows}


def _property(model: type[Table], key: str) -> dict[str, Any]:
    schema = json_schema()["$defs"][model.__name__]["properties"][key]
    return dict(schema)


def _type(schema: dict[str, Any]) -> str:
    """What a value may be, in words."""
    words = next((words for key, words in _WORDS.items() if key in schema), _plain_type)
    return words(schema)


def _plain_type(schema: dict[str, Any]) -> str:
    match schema["type"]:
        case "array":
            return f"a list, {_type(schema['items'])}"
        case "string":
            return "an amount such as `1.5M`" if "pattern" in schema else "a text"
        case "boolean":
            return "`true`, `false`"
        case "object":
            return "an object"
    return ("a whole number" if schema["type"] == "integer" else "a number") + _range(schema)


def _choice(schema: dict[str, Any]) -> str:
    if (numbers := _per_axis(schema["anyOf"])) is not None:
        return f"per axis: {numbers}"
    texts = dict.fromkeys(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    return "a width plan" if "an object" in texts else " or ".join(texts)


def _per_axis(options: list[dict[str, Any]]) -> str | None:
    """The numbers of `4 or [4, 8]`, None for any other choice."""
    numbers, lists = ([one for one in options if one.get("type") == kind] for kind in ("integer", "array"))
    others = [one for one in options if one.get("type") not in {"integer", "array", "null"}]
    if len(numbers) == len(lists) == 1 and not others and lists[0]["items"] == numbers[0]:
        return _type(numbers[0])
    return None


def _range(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f" above {schema['exclusiveMinimum']:,}" + (f", up to {high:,}" if high is not None else "")
    if low is not None and high is not None:
        return f" from {low:,} to {high:,}"
    return "" if low is None else f" from {low:,} on"


def _reference(schema: dict[str, Any]) -> str:
    name = schema["$ref"].rpartition("/")[2]
    listed = ", ".join(f"`{key}`" for key in json_schema()["$defs"][name]["properties"])
    number = "a whole number" if name == "LayerLimits" else "a number"
    return f"{number}, or a table of {listed}"


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
