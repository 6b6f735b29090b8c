"""Every code block of the documentation runs and prints what the page says it prints."""

import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from rfsolve.cli.main import program
from tests.docs.pages import COLUMNS, README, ROOT, SET_UP, Block, Runner, agrees, blocks_of, name_of, pages

OUTPUT = {"text", "json"}


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty directory with the problems in it, and a terminal of a fixed width."""
    shutil.copytree(ROOT / "problems", tmp_path / "problems")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", COLUMNS)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_block_runs_and_prints_what_is_shown(page: Path) -> None:
    """Python, shell and problem blocks alike; what is printed must be shown, and nothing else."""
    runner, printed = Runner(), ""
    blocks = list(blocks_of(page.read_text(encoding="utf-8")))
    for block, following in pairwise([*blocks, None]):
        assert block is not None
        where = f"{name_of(page)}:{block.line}"
        if block.language in OUTPUT:
            assert agrees(block.text, printed), f"{where} shows\n{block.text}\nbut this is printed:\n{printed}"
            continue
        printed = runner.run(block)
        if block.language == "python" and printed:
            assert _shows(following), f"{where} prints something that is not shown:\n{printed}"


def _shows(block: Block | None) -> bool:
    return block is not None and block.language in OUTPUT


def test_the_readme_has_the_two_commands_for_a_fresh_machine() -> None:
    """CI takes them from there: each on one line of a bash block, once, word for word."""
    text = README.read_text(encoding="utf-8")
    lines = [line for block in blocks_of(text) if block.language == "bash" for line in block.text.splitlines()]
    assert [line for line in lines if line.startswith("python3 -m venv")] == list(SET_UP)
    assert [line for line in text.splitlines() if line.startswith("python3 -m venv")] == list(SET_UP)


def _facts() -> list[tuple[str, str, str]]:
    rows = re.findall(r"^\| (.+?) \| (.+?) \| `(rfsolve .+?)` \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    return [(fact, numbers, command) for fact, numbers, command in rows]


@pytest.mark.parametrize(("fact", "numbers", "command"), _facts())
def test_the_command_beside_a_fact_prints_its_numbers(fact: str, numbers: str, command: str) -> None:
    """Each number of the second column is in the output of the third."""
    result = CliRunner().invoke(program, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    found = re.findall(r"[\d,.]*\d", result.output)
    for number in re.findall(r"[\d,.]*\d", numbers):
        assert number in found, f"{fact}: {number} is not in what `{command}` prints"


def test_there_are_facts() -> None:
    """The table was found at all."""
    assert len(_facts()) > 5
