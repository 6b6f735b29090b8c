"""`rfsolve solve --out`: everything of a design in one directory, or nothing."""

import ast
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rfsolve.cli import folders
from rfsolve.cli.main import program
from rfsolve.errors import InputError
from rfsolve.report.design_folder import FILES


def solve(folder: Path, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(program, ["solve", "--target-rf", "20", "--widths", "4", "--out", str(folder), *words])
    assert result.exit_code == code, result.output
    return result.output


def test_the_files_are_of_one_design(tmp_path: Path) -> None:
    folder = tmp_path / "found"
    solve(folder)
    assert {path.name for path in folder.iterdir()} == FILES
    assert list(tmp_path.iterdir()) == [folder]
    document = json.loads((folder / "design.json").read_text())
    count = f"{document['design']['parameters']:,} parameters"
    assert count in (folder / "design.txt").read_text()
    assert count in ast.get_docstring(ast.parse((folder / "network.py").read_text()))
    checked = CliRunner().invoke(program, ["check", str(folder / "design.json"), str(folder / "problem.json")])
    assert checked.exit_code == 0, checked.output
    assert "another problem" not in checked.output


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    solve(folder)
    before = (folder / "design.json").read_text()
    assert "exists already" in solve(folder, "--norm", "none", code=2)
    assert (folder / "design.json").read_text() == before
    solve(folder, "--norm", "none", "--force")
    assert (folder / "design.json").read_text() != before
    (folder / "notes.md").write_text("mine")
    assert "holds notes.md" in solve(folder, "--force", code=2)
    assert (folder / "notes.md").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_without_a_design_nothing_is_written(tmp_path: Path) -> None:
    solve(tmp_path / "none", "--max-layers", "1", "--kernels", "3", code=3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["file", "no/such/parent"])
def test_what_is_in_the_way_is_named_before_the_search(tmp_path: Path, word: str) -> None:
    (tmp_path / "file").write_text("x")
    assert str(tmp_path / word) in solve(tmp_path / word, code=2)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "design.txt").write_text("before")
    renamed = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError(28, "No space left on device")
        return renamed(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(InputError, match="No space left"):
        folders.write_folder(str(folder), {"design.txt": "after"})
    assert (folder / "design.txt").read_text() == "before"
    assert list(tmp_path.iterdir()) == [folder]
