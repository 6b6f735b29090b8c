"""A sweep survives a kill at any moment, wherever it runs; the rows are those of an uninterrupted run.

`tests/benchmarks/sweeps.py` has the same at size: 10,000 points and 20 kills.
"""

import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from rfsolve.sweep.store import Store
from tests.sweep.running import SLOW, Rows, cluster, finished, rows_of, started, wait_for_lines


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of an uninterrupted run with threads."""
    store = tmp_path_factory.mktemp("whole") / "whole.jsonl"
    finished(store)
    return store


@pytest.fixture(scope="module")
def rows(whole: Path) -> Rows:
    return rows_of(whole)


def test_killed_and_resumed(tmp_path: Path, rows: Rows) -> None:
    """Nothing is lost, nothing is there twice."""
    store = tmp_path / "killed.jsonl"
    chance = random.Random(1)  # noqa: S311 - a moment to kill at
    for lines in (1, 20):
        with started(store) as running:
            wait_for_lines(store, lines)
            time.sleep(chance.random() * 0.02)
            running.send_signal(signal.SIGKILL)
    assert store.read_bytes().count(b"\n") >= 20
    assert finished(store) == rows


def test_cut_off_at_any_byte(tmp_path: Path, whole: Path, rows: Rows) -> None:
    """Whatever a kill leaves of the file: full lines stay, a torn one goes."""
    content = whole.read_bytes()
    chance = random.Random(2)  # noqa: S311 - a place to cut at
    for _ in range(40):
        end = chance.randrange(len(content))
        store = tmp_path / "cut.jsonl"
        store.write_bytes(content[:end])
        with Store(store) as opened:
            kept = content[:end].count(b"\n")
            assert len(opened.rows) == kept
            assert opened.recovered == end - (content[:end].rfind(b"\n") + 1)
        assert store.read_bytes() == content[: content[:end].rfind(b"\n") + 1]
    shutil.copy(whole, tmp_path / "last.jsonl")
    with (tmp_path / "last.jsonl").open("r+b") as file:
        file.truncate(len(content) // 2)
    assert finished(tmp_path / "last.jsonl") == rows


def test_a_finished_sweep_adds_nothing(tmp_path: Path, whole: Path, rows: Rows) -> None:
    store = tmp_path / "again.jsonl"
    shutil.copy(whole, store)
    assert finished(store) == rows
    assert store.read_bytes() == whole.read_bytes()


def test_processes_give_the_same_rows(tmp_path: Path, rows: Rows) -> None:
    assert finished(tmp_path / "processes.jsonl", "--processes") == rows


def test_shards_give_the_same_rows(tmp_path: Path, rows: Rows) -> None:
    """Each point is in one shard, whatever the number of shards."""
    store = tmp_path / "part.jsonl"
    for number in (1, 2, 3):
        with started(store, "--shard", f"{number}/3") as running:
            assert running.wait(timeout=240) == 0
    assert rows_of(*sorted(tmp_path.glob("part.*-of-3.jsonl"))) == rows


def test_dask_workers_give_the_same_rows_though_one_is_killed(tmp_path: Path, rows: Rows) -> None:
    """Scheduler and workers are processes of their own; one worker is killed in mid-run."""
    pytest.importorskip("distributed")
    store = tmp_path / "dask.jsonl"
    with cluster(tmp_path, 2) as (address, _, workers), started(store, "--scheduler", address) as running:
        wait_for_lines(store, 10)
        workers[0].send_signal(signal.SIGKILL)
        out, err = running.communicate(timeout=240)
    assert running.returncode == 0, out + err
    assert rows_of(store) == rows


def test_a_scheduler_that_goes_away_leaves_what_was_finished(tmp_path: Path) -> None:
    """One clear line; threads finish what is left."""
    pytest.importorskip("distributed")
    store = tmp_path / "gone.jsonl"
    with cluster(tmp_path, 1) as (address, scheduler, _), started(store, "--scheduler", address, axes=SLOW) as running:
        wait_for_lines(store, 2)
        scheduler.send_signal(signal.SIGKILL)
        _, err = running.communicate(timeout=120)
    assert running.returncode == 2
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert f"{address}: the scheduler has gone away; " in errors[0]
    assert "Traceback" not in err
    kept = rows_of(store)
    assert len(kept) < len(whole := finished(store, axes=SLOW))
    assert kept.items() <= whole.items()
