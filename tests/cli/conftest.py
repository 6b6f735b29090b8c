"""The command line called in this process, and in one of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rfsolve.cli.main import program

Call = Callable[..., Result]
Process = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def rfsolve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call `rfsolve` with these words, in an empty directory, 80 columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*words: str) -> Result:
        return CliRunner().invoke(program, list(words))

    return call


@pytest.fixture
def refused(rfsolve: Call) -> Callable[..., list[str]]:
    """Call `rfsolve` with words it must refuse: exit 2, nothing on stdout; the lines on stderr."""

    def call(*words: str) -> list[str]:
        result = rfsolve(*words)
        assert result.exit_code == 2, result.stderr
        assert not result.stdout
        lines = result.stderr.splitlines()
        assert all(line.startswith("error: ") for line in lines)
        return [line.removeprefix("error: ") for line in lines]

    return call


@pytest.fixture
def process(tmp_path: Path) -> Process:
    """Run `python -m rfsolve` with these words in an empty directory."""

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "rfsolve", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
