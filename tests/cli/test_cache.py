"""The cache as the command line uses it."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import Call

WORDS = ("--target-rf", "60", "--output-stride", "4")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for answers."""
    place = tmp_path / "answers"
    monkeypatch.setenv("RFSOLVE_CACHE_DIR", str(place))
    return place


def last_line(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    return result.stdout.rstrip().splitlines()[-1]


def test_the_second_time_it_is_known(rfsolve: Call, kept: Path) -> None:
    first, second = rfsolve(*WORDS), rfsolve("solve", *WORDS)
    assert "build" in last_line(first)
    assert "(proven before, checked again)" in last_line(second)
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1]
    assert len(list(kept.rglob("*.json"))) == 1
    assert json.loads(rfsolve(*WORDS, "--json").stdout)["recalled"] is True


def test_without_cache_nothing_is_looked_up_or_kept(rfsolve: Call, kept: Path) -> None:
    rfsolve(*WORDS)
    assert "build" in last_line(rfsolve(*WORDS, "--no-cache"))
    for entry in kept.rglob("*.json"):
        entry.unlink()
    rfsolve(*WORDS, "--no-cache")
    assert not list(kept.rglob("*.json"))


def test_infeasible_is_known_too(rfsolve: Call, kept: Path) -> None:
    words = ("--target-rf", "5000", "--max-layers", "4")
    first, second = rfsolve(*words), rfsolve(*words)
    assert (first.exit_code, second.exit_code) == (3, 3)
    assert "checked again" in second.stdout
    assert first.stdout.partition("time ")[0] == second.stdout.partition("time ")[0]
    assert kept.is_dir()


def test_a_directory_that_cannot_be_used_costs_one_line(rfsolve: Call, kept: Path) -> None:
    kept.write_text("not a directory")
    result = rfsolve(*WORDS)
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith("warning: cache: ")
    assert line.endswith("Not a directory; going on without it")


def test_damage_costs_one_line_and_is_mended(rfsolve: Call, kept: Path) -> None:
    rfsolve(*WORDS)
    (entry,) = kept.rglob("*.json")
    entry.write_bytes(b"\x80\x04cbuiltins\neval\n")
    (line,) = rfsolve(*WORDS).stderr.splitlines()
    assert "damaged, or no answer of rfsolve; going on without it" in line
    assert not rfsolve(*WORDS).stderr


@pytest.mark.parametrize("where", [(), ("--processes",)])
def test_a_sweep_says_it_once_too(rfsolve: Call, kept: Path, where: tuple[str, ...]) -> None:
    """Whichever thread or process has met it, and however many points have."""
    kept.write_text("not a directory")
    result = rfsolve("sweep", "--vary", "target_rf=20,30,41", "--vary", "output_stride=1,2", *where)
    assert result.exit_code == 0
    (line,) = (line for line in result.stderr.splitlines() if "warning" in line)
    assert line.startswith("warning: cache: ")
    assert line.endswith("Not a directory; going on without it")
