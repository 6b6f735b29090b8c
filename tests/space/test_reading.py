"""Reading problems: every mistake of a document at once, each with its place and a way out."""

import json
from pathlib import Path
from typing import Any

import pytest

from rfsolve.errors import InputError, ProblemError
from rfsolve.space.reading import json_schema, load_problem, problem_from, read_table
from rfsolve.space.text_file import read_text

PLANS = "64, [32, 64, 128] (free choice), '32*jump:512' (base x jump, capped) or { 1 = 64, 16 = 128 } (from that jump)"
EXIT = {"exit": [{"receptive_field": 20}]}


def mistakes(table: dict[str, Any], **options: Any) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        problem_from(table, **options)
    assert str(caught.value) == "\n".join(map(str, caught.value.mistakes))
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        ({"gards": {}}, ["gards: unknown key, did you mean guards?"]),
        (
            {"foo": 1},
            [
                (
                    "foo: unknown key, expected one of title, source, input, defaults, stack, merge, relation, policy, "
                    "exit, budget, objective, guards, family, sweep, known"
                )
            ],
        ),
        ({"stack": [{}, {"kernals": [3]}]}, ["stack[1].kernals: unknown key, did you mean kernels?"]),
        ({"exit": [{"strid": 3}]}, ["exit[0].strid: unknown key, did you mean stride?"]),
        (
            {"exit": [{"receptive_field": {"minimum": 3}}]},
            [
                "exit[0].receptive_field.minimum: unknown key, did you mean min?",
            ],
        ),
        ({"title": 3}, ["title: 3 is not a text"]),
        ({"input": 5}, ["input: 5 is not a table"]),
        ({"exit": {"a": 1}}, ["exit: {'a': 1} is not a list"]),
        ({"stack": [3]}, ["stack[0]: 3 is not a table"]),
        (
            {"input": {"channels": 0, "axes": 4}},
            [
                "input.channels: 0 is too small, expected at least 1",
                "input.axes: 4 is too large, expected at most 3",
            ],
        ),
        (
            {"defaults": {"kernels": [3.5], "strides": [0], "dilations": [True]}},
            [
                "defaults.kernels[0]: 3.5 is not a whole number",
                "defaults.strides[0]: 0 is too small, expected at least 1",
                "defaults.dilations[0]: True is not a whole number",
            ],
        ),
        ({"defaults": {"kernels": 3}}, ["defaults.kernels: 3 is not a list"]),
        ({"defaults": {"kernels": ["a"]}}, ["defaults.kernels[0]: 'a' is not a whole number"]),
        ({"defaults": {"kernels": [[]]}}, ["defaults.kernels[0]: empty, expected at least one value"]),
        ({"defaults": {"kernels": [[3] * 4]}}, ["defaults.kernels[0]: too many values, expected at most 3"]),
        ({"defaults": {"kernels": [3] * 65}}, ["defaults.kernels: too many values, expected at most 64"]),
        ({"defaults": {"kernels": [1_025]}}, ["defaults.kernels[0]: 1025 is too large, expected at most 1,023"]),
        ({"defaults": {"widths": 1.5}}, [f"defaults.widths: 1.5 is no width plan; expected {PLANS}"]),
        ({"stack": [{"widths": [0]}]}, ["stack[0].widths: width 0 is out of range; expected 1 to 65,536"]),
        (
            {"defaults": {"layers": {"min": 3, "max": 2}}},
            ["defaults.layers: contradictory limits: min 3 is above max 2"],
        ),
        ({"defaults": {"layers": {"min": "3"}}}, ["defaults.layers.min: '3' is not a whole number"]),
        (
            {"defaults": {"layers": 10_001}},
            [
                "defaults.layers.min: 10001 is too large, expected at most 10,000",
                "defaults.layers.max: 10001 is too large, expected at most 10,000",
            ],
        ),
        (
            {"defaults": {"block": "foo", "norm": "layer", "activation": 3, "bias": 1, "padding": "same "}},
            [
                (
                    "defaults.block: unknown block 'foo', expected one of bottleneck, conv, convnext, depthwise, "
                    "inverted, pool, residual, separable, transposed, upsample"
                ),
                "defaults.norm: 'layer' is unknown, expected 'batch', 'group' or 'none'",
                "defaults.activation: 3 is unknown, expected 'relu', 'gelu', 'silu' or 'none'",
                "defaults.bias: 1 is not true or false",
                "defaults.padding: 'same ' is unknown, expected 'same', 'causal' or 'valid'",
            ],
        ),
        (
            {"exit": [{"receptive_field": {"exact": 3, "min": 2}}, {"stride": {}}]},
            ["exit[0].receptive_field: exact goes without min and max", "exit[1].stride: expected min, max or exact"],
        ),
        (
            {"exit": [{"receptive_field": {"min": [3, 9], "max": 5}}]},
            ["exit[0].receptive_field: contradictory limits: min [3, 9] is above max 5"],
        ),
        ({"exit": [{"receptive_field": 2.5}]}, ["exit[0].receptive_field.min: 2.5 is not a whole number"]),
        (
            {"exit": [{"receptive_field": 1_000_001}]},
            ["exit[0].receptive_field.min: 1000001 is too large, expected at most 1,000,000"],
        ),
        (
            {"exit": [{"effective_receptive_field": {"min": 5, "max": 4}}, {"effective_receptive_field": {}}]},
            [
                "exit[0].effective_receptive_field: contradictory limits: min 5.0 is above max 4.0",
                "exit[1].effective_receptive_field: expected min or max",
            ],
        ),
        (
            {"exit": [{"object_size": {"value": 20, "policy": "x"}}]},
            ["exit[0].object_size.policy: unknown policy 'x', expected one of contains, erf, lffd, s3fd"],
        ),
        (
            {"objective": {"minimise": ["speed"]}},
            [
                "objective.minimise[0]: 'speed' is unknown, expected 'parameters', 'macs', 'layers' or 'activations'",
            ],
        ),
        ({"objective": {"minimise": []}}, ["objective.minimise: empty, expected at least one value"]),
        (
            {"budget": {"parameters": "1Q", "macs": 0}},
            [
                (
                    "budget.parameters: '1Q' ends in the unknown suffix 'Q'; expected a positive number such as "
                    "250000, 250k, 1.5M or 2G"
                ),
                (
                    "budget.macs: 0 is out of range; expected a positive number such as 250000, 250k, 1.5M or 2G, "
                    "at most 1e15"
                ),
            ],
        ),
        ({"guards": {"hole_free": 0}}, ["guards.hole_free: 0 is not true or false"]),
    ],
)
def test_what_is_wrong_in_a_table(table: dict[str, Any], lines: list[str]) -> None:
    """The place, what was found there, and what was expected; all of them, in the order of the document."""
    assert mistakes({**EXIT, **table}) == lines


def test_many_mistakes_over_many_tables_come_at_once() -> None:
    table = {"defaults": {"kernels": []}, "stack": [{"x": 1}, {"norm": 1}], "exit": [{"stride": 0}], "budget": 3}
    places = [line.partition(":")[0] for line in mistakes(table)]
    assert places == ["defaults.kernels", "stack[0].x", "stack[1].norm", "exit[0].stride.exact", "budget"]


def test_a_mistake_names_the_file_or_the_option() -> None:
    table = {"exit": [{"receptive_field": 0, "stride": 0}], "foo": 3}
    lines = mistakes(table, place="p.toml", origins={"exit[0].receptive_field": "--target-rf"})
    assert [line.rpartition(": ")[0] for line in lines] == [
        "--target-rf",
        "p.toml: exit[0].stride.exact",
        "p.toml: foo",
    ]


def test_long_values_are_cut() -> None:
    (line,) = mistakes({**EXIT, "title": ["x" * 100]})
    assert line == f"title: ['{'x' * 55}... is not a text"


def test_a_table_is_not_changed_by_reading_it() -> None:
    table: dict[str, Any] = {"exit": [{"receptive_field": 20, "stride": 4}], "defaults": {"widths": {"1": 8}}}
    before = json.dumps(table)
    problem_from(table)
    assert json.dumps(table) == before


TOML = """
title = "twins"
[defaults]
kernels = [3, [1, 5]]
widths = { 1 = 8, 4 = 16 }
[[exit]]
receptive_field = { min = 20, max = 40 }
[budget]
parameters = "20k"
"""
TABLE = {
    "title": "twins",
    "defaults": {"kernels": [3, [1, 5]], "widths": {"1": 8, "4": 16}},
    "exit": [{"receptive_field": {"min": 20, "max": 40}}],
    "budget": {"parameters": "20k"},
}


def test_toml_json_and_a_dictionary_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(TOML)
    (tmp_path / "p.json").write_text(json.dumps(TABLE))
    problems = [load_problem(tmp_path / "p.toml"), load_problem(str(tmp_path / "p.json")), problem_from(TABLE)]
    first, *others = [(p.title, p.stacks, p.exits, p.requirements, p.objectives, p.guards, p.input) for p in problems]
    assert others == [first, first]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TOML.encode())
    assert load_problem(path).title == "twins"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    said = {
        "missing.toml": "no such file",
        "": "a directory, expected a file",
        "broken.toml": "no valid TOML: Expected ']' at the end of a table declaration (at line 1, column 10)",
        "broken.json": "no valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "binary.toml": "a binary file, expected UTF-8 text",
        "list.json": "a list, expected a table of keys",
        "nothing.json": "no valid JSON: Expecting value: line 1 column 1 (char 0)",
        "nul\0.toml": "cannot be read: embedded null byte",
    }
    (tmp_path / "broken.toml").write_text("[defaults\n")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "binary.toml").write_bytes(b"\x89PNG\xff\x00")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "nothing.json").write_text("")
    for name, text in said.items():
        path = tmp_path / name
        with pytest.raises(InputError) as caught:
            read_table(path)
        assert str(caught.value) == f"{path}: {text}"


def test_deep_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"deep\.json: cannot be read: "):
        read_table(path)


def test_large_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text("#" * 100)
    assert read_text(path, largest=100) == "#" * 100
    with pytest.raises(InputError, match=r"large\.toml: larger than 0 MB, expected a small text file"):
        read_text(path, largest=99)


def test_mistakes_in_a_file_name_it(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("foo = 1")
    with pytest.raises(ProblemError) as caught:
        load_problem(path)
    assert str(caught.value).startswith(f"{path}: foo: unknown key")


def test_the_schema_forbids_unknown_keys_everywhere() -> None:
    """But in `[family]`: the family itself says which parameters it has."""
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    tables = [schema, *schema["$defs"].values()]
    assert {table["title"] for table in tables if table["type"] == "object" and table["additionalProperties"]} == {
        "FamilyTable"
    }


def test_the_schema_closes_the_closed_choices() -> None:
    layer = json_schema()["$defs"]["LayerTable"]["properties"]
    assert layer["block"]["anyOf"][0]["enum"] == [
        "bottleneck",
        "conv",
        "convnext",
        "depthwise",
        "inverted",
        "pool",
        "residual",
        "separable",
        "transposed",
        "upsample",
    ]
    assert layer["mode"]["anyOf"][0]["enum"] == ["nearest", "linear"]
    assert layer["padding"]["anyOf"][0]["enum"] == ["same", "causal", "valid"]
    policy = json_schema()["$defs"]["ObjectTable"]["properties"]["policy"]
    assert policy["anyOf"][0]["enum"] == ["contains", "erf", "lffd", "s3fd"]
