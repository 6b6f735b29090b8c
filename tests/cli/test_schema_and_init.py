"""`rfsolve schema` and `rfsolve init`."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rfsolve.cli.init import FAMILIES
from rfsolve.space import families
from rfsolve.space.problem import Problem
from rfsolve.space.reading import json_schema, load_problem, problem_from

Call = Callable[..., Result]
Refused = Callable[..., list[str]]


def test_the_schema_is_json(rfsolve: Call) -> None:
    assert json.loads(rfsolve("schema").stdout) == json_schema()


def test_every_key_has_a_description() -> None:
    """One line that ends in a full stop, for editors and docs/reference/problem-file.md."""
    for table in (json_schema(), *json_schema()["$defs"].values()):
        for key, schema in table["properties"].items():
            text = schema.get("description", "")
            assert text.endswith("."), key
            assert "\n" not in text


def test_the_starter_loads_and_solves(rfsolve: Call) -> None:
    made = rfsolve("init")
    assert (made.exit_code, made.stdout) == (0, "")
    assert made.stderr == "wrote problem.toml; solve it with: rfsolve problem.toml\n"
    load_problem("problem.toml")
    assert "proven optimal" in rfsolve("problem.toml").stdout
    assert [path.name for path in Path().iterdir()] == ["problem.toml"]


def test_every_key_is_in_the_starter(rfsolve: Call) -> None:
    text = rfsolve("init", "-").stdout
    tables = [json_schema(), *json_schema()["$defs"].values()]
    keys = {key for table in tables for key in table.get("properties", {})}
    assert not [key for key in keys if not re.search(rf"\b{key}\b", text)]


def test_what_is_commented_out_is_valid_too(rfsolve: Call) -> None:
    """All at once; one objective, since there is but one first goal."""
    text = rfsolve("init", "-").stdout
    shown = re.sub(r"^# (?=\[{0,2}[a-z_]+(\]{1,2}$| = ))", "", text, flags=re.MULTILINE)
    table = tomllib.loads(shown)
    assert table["known"]["proven"]
    problem_from(table)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_a_problem_that_says_the_same(rfsolve: Call, name: str) -> None:
    """What is written is what the function returns, and every key is explained where it stands first."""
    text = rfsolve("init", name, "-").stdout
    written, made = problem_from(tomllib.loads(text)), families.FAMILIES[name]()
    assert (written.title, set(written.stacks)) == (made.title, set(made.stacks))
    assert asked(written) == asked(made)
    assert set(written.space.edges) == set(made.space.edges)
    assert written.relations == made.relations
    assert text.startswith(f"# {families.FAMILIES[name].summary}\n")
    assert max(map(len, text.splitlines())) <= 120


def asked(problem: Problem) -> set[tuple[object, ...]]:
    """What must hold and where, whatever its place in the file."""
    return {(r.quantity, r.node, r.least, r.most, r.source, r.guard) for r in problem.requirements}


def test_the_program_knows_every_family() -> None:
    assert list(families.FAMILIES) == list(FAMILIES)


def test_a_family_goes_to_the_file_that_is_named(rfsolve: Call) -> None:
    assert rfsolve("init", "unet", "net.toml").stderr == "wrote net.toml; solve it with: rfsolve net.toml\n"
    assert "proven optimal" in rfsolve("net.toml").stdout


def test_words_that_are_neither_family_nor_file(refused: Refused) -> None:
    assert refused("init", "unnet") == ["unnet: no family, did you mean unet? (or one file such as problem.toml)"]
    assert "expected one of plain, residual" in refused("init", "zebra")[0]
    assert "no family" in refused("init", "unet", "a.toml", "b.toml")[0]
    assert list(Path().iterdir()) == []


def test_nothing_is_overwritten_unless_forced(rfsolve: Call, refused: Refused) -> None:
    Path("p.toml").write_text("mine")
    assert refused("init", "p.toml") == ["p.toml: exists already, expected a new file or --force"]
    assert Path("p.toml").read_text() == "mine"
    assert rfsolve("init", "p.toml", "--force").exit_code == 0
    assert Path("p.toml").read_text() != "mine"


def test_where_no_file_can_be(refused: Refused) -> None:
    assert refused("init", "/") == ["/: a directory, expected a file"]
    assert refused("init", "no/such/p.toml") == ["no/such/p.toml: cannot be written: No such file or directory"]
